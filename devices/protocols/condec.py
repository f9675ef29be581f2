"""Rice Lake / Condec stream: STX, polarity, seven characters, unit, gross/net, status, CR LF.

Source: Rice Lake IQ plus 700, 482 and 880 manuals. 9600 8N1 (IQ plus 700: 9600 7O1); bit 7 is always
masked. Cardinal, Transcell and Rinstrum indicators can be set to the same form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import read_command, unspeakable, written_command
from devices.protocols.framing import (
    COMMON,
    FrameCodec,
    Refuse,
    Span,
    Verdict,
    accept,
    from_host,
    one_of,
    read_settings,
    span,
)
from devices.protocols.results import Mode, Noise, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading, unit_of, written_unit

_NUMBER = rb" *(?P<value>[0-9]{1,7}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})"
_STREAM = re.compile(
    rb"(?P<sign>[ +-])(?P<field>[ 0-9.*^_-]{7})(?P<unit>[LKTGO ])(?P<mode>[GNT])(?P<status>[ MOIZ])"
)
_DEMAND = re.compile(
    rb"(?P<sign>[ +-])" + _NUMBER + rb" (?P<unit>LB|KG|OZ|TN|G|T|lb|kg|oz|tn|g|t) {1,2}(?P<mode>GR|NT|TR) ?"
)
_FIELD = re.compile(_NUMBER)
_LETTERS = {b"L": "lb", b"K": "kg", b"G": "g", b"O": "oz", b" ": None}
_MODES: Mapping[bytes, Mode] = {b"G": "gross", b"N": "net", b"T": "tare"}
_STATUS = {b" ": "", b"M": "motion", b"O": "out_of_range", b"I": "invalid", b"Z": "zero"}
_COMMAND = re.compile(rb"(K[A-Z]{2,12}|P|S|X[GNT]#?[0-9]?)(?: ([\x20-\x7e]{1,20}))?\r")


class Condec(FrameCodec):
    """The stream frame, and the demand form ``STX polarity data blank KG blank GR blank CR LF``."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="condec",
        kind="scale",
        title="Rice Lake / Condec stream",
        devices="Rice Lake IQ plus, 482, 680, 880; Condec, Cardinal, Transcell, Rinstrum in this form",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="Rice Lake IQ plus 700, 482 and 880 manuals",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``letter_t`` (what the unit letter T means: ``"t"`` metric, the default, or ``"ton"``;
        the manuals only say "tons")."""
        settings = read_settings(self.info.name, config, {**COMMON, "letter_t": one_of("t", "ton")})
        self._host = from_host(direction, settings)
        self._units = {**_LETTERS, b"T": settings.get("letter_t", "t")}
        starts = bytes(range(0x41, 0x5B)) if self._host else b"\x02"
        super().__init__(starts, limit=24, strip_bit7=True, after=b"\n")

    def match(self, data: bytes, at: int) -> Verdict:
        """One frame, or one command line of the host."""
        found = span(data, at, ends=b"\r", limit=self.limit)
        if not isinstance(found, Span):
            return found
        if self._host:
            result: Result = read_command(data[at : at + found.length], _COMMAND)
            if isinstance(result, Noise):
                return Refuse(result.error, result.reason)
            return accept(found.length, result)
        weight = self._read(found.text)
        if weight is None:
            return Refuse("bad_format", "not polarity, weight, unit, G or N and status between STX and CR")
        return accept(found.length, weight)

    def _read(self, text: bytes) -> Weight | None:
        if found := _STREAM.fullmatch(text):
            word = _STATUS[found["status"]]
            unit, mode = self._units[found["unit"]], _MODES[found["mode"]]
            if word in ("out_of_range", "invalid"):
                return reading(None, unit, None, mode, [word])
            digits = _FIELD.fullmatch(found["field"])
            if not digits:
                return None
            value = number((b"-" if found["sign"] == b"-" else b"") + digits["value"])
            return reading(value, unit, word != "motion", mode, [word] if word else [])
        if found := _DEMAND.fullmatch(text):
            value = number((b"-" if found["sign"] == b"-" else b"") + found["value"])
            return reading(value, unit_of(found["unit"]), None, _MODES[found["mode"][:1]])
        return None

    def encode(self, result: Result) -> bytes:
        """A stream frame (the demand form when ``stable`` is None and there is a value), or a command.

        Raises ``ValueError`` for a weight over seven characters.
        """
        if self._host:
            return written_command(result).encode("ascii") + b"\r\n"
        if not isinstance(result, Weight):
            raise unspeakable(result, "the Condec stream")
        minus = "-" if negative(result) else " "
        digits = "" if result.value is None else magnitude(result.value)
        if result.value is not None and result.stable is None:
            unit = written_unit(result, 2, {"ton": "TN"}).upper()
            mode = {"net": "NT", "tare": "TR"}.get(result.mode or "", "GR")
            return f"\x02{minus}{column(digits, 7)} {unit} {mode} \r\n".encode("ascii")
        letter = next((key for key, unit in self._units.items() if unit == result.unit), None)
        if letter is None:
            raise ValueError(f"the Condec stream has no letter for the unit {result.unit}")
        status = " "
        words = result.status | ({"motion"} if result.stable is False else set())
        if words & {"overload", "underload", "out_of_range"}:
            status = "O"
        elif result.value is None:
            status = "I"
        else:
            status = "M" if "motion" in words else "Z" if "zero" in words else " "
        mode = (result.mode or "gross")[0].upper()
        unit = letter.decode("ascii")
        return f"\x02{minus}{column(digits, 7)}{unit}{mode}{status}\r\n".encode("ascii")

    def poll(self) -> None:
        """None: the indicator streams (or prints on its key)."""
        return
