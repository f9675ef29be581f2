"""Ohaus bench scales and portable balances.

Source: Ohaus Defender 3000/5000 manuals and recordings. 9600 8N1, older models 2400 7N2; commands end in
CR LF. Columns move with the model, so the line is matched as ordered parts: polarity, weight, unit,
``?`` when moving, legend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, complaint, read_command, unspeakable, written_command
from devices.protocols.framing import LINE, LineCodec, from_host, read_settings, refuse
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading, unit_of, written_unit

_UNIT = rb" *(?P<unit>[A-Za-z%]{1,5})"
_TAIL = rb" *(?P<moving>\??) *(?P<legend>G|N|T|B|PT|NET|GR|TR)? *"
#: The number ends in column 8 or later and never starts the line (the polarity column does): the tail of a
#: line, such as ``60 kg    G`` of ``   0.360 kg    G``, must not pass for a line of its own.
_LINE = re.compile(
    rb"(?=[ 0-9.+-]{8})(?=[ +-]) *(?P<sign>[+-]?) *(?P<value>[0-9]{1,9}(?:\.[0-9]{0,7})?|\.[0-9]{1,7}) "
    + _UNIT
    + _TAIL
)
_OUT = re.compile(rb" *(?P<what>-{2,9}|\*{2,9}|_{2,9}|\^{2,9}|-*OL-*|-*UL-*)(?:" + _UNIT + rb")?" + _TAIL)
_COMMAND = re.compile(rb"(IP|P|SP|CP|CS|[0-9]{1,4}P|T|Z|PU|PV|PSN|PM|H|\?|SLP|SI)(?: ?([\x20-\x7e]{1,20}))?")
_MODES: Mapping[bytes, Mode] = {
    b"G": "gross",
    b"B": "gross",
    b"GR": "gross",
    b"N": "net",
    b"NET": "net",
    b"T": "tare",
    b"TR": "tare",
    b"PT": "tare",
}
_LETTERS = {"gross": "G", "net": "N", "tare": "T", None: " "}


class Ohaus(LineCodec):
    """One line: polarity, right-aligned weight, unit, ``?`` while moving, legend."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="ohaus",
        kind="scale",
        title="Ohaus print line",
        devices="Ohaus Defender, Ranger, Explorer and portable balances",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V+D",
        source="Ohaus Defender 3000 and 5000 manuals; recordings of a Defender 3000",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._host = from_host(direction, settings)

    def line(self, line: bytes) -> Result | None:
        """One printed line (or one command of the host)."""
        if self._host:
            return read_command(line, _COMMAND)
        if line in (b"OK!", b"OK"):
            return answer("ack", "ok")
        if line in (b"ES", b"ES!"):
            return complaint("ES")
        found = _LINE.fullmatch(line) or _OUT.fullmatch(line)
        unit = unit_of(found["unit"]) if found and found["unit"] else None
        if not found or (unit is None and (found["unit"] or found.re is _LINE)):
            return refuse("bad_format", "not an Ohaus line (polarity, weight, blank, unit, ?, legend)")
        mode = _MODES.get(found["legend"] or b"")
        if found.re is _OUT:
            return reading(None, unit, None, mode, [_word(found["what"])])
        sign = b"-" if found["sign"] == b"-" else b""
        moving = bool(found["moving"])
        return reading(number(sign + found["value"]), unit, not moving, mode, ["motion"] if moving else [])

    def encode(self, result: Result) -> bytes:
        """A Defender line, or the host's command. Raises ``ValueError`` for a weight over 7 characters."""
        if self._host:
            return written_command(result).encode("ascii") + b"\r\n"
        if isinstance(result, Weight):
            return _weight_text(result).encode("ascii") + b"\r\n"
        if isinstance(result, Message):
            if "error_code" in result.fields:
                return b"ES\r\n"
            if result.fields.get("result") == "ok":
                return b"OK!\r\n"
        raise unspeakable(result, "Ohaus")

    def poll(self) -> bytes:
        """``IP``: print now, still or not."""
        return b"IP\r\n"


def _word(what: bytes) -> str:
    if b"OL" in what or b"^" in what:
        return "overload"
    return "underload" if b"UL" in what or b"_" in what else "invalid"


def _weight_text(weight: Weight) -> str:
    unit = f"{written_unit(weight, 5):<5}" if weight.unit else " " * 5
    mode = _LETTERS[weight.mode]
    if weight.value is None:
        words = (({"overload", "out_of_range"}, "OL"), ({"underload"}, "UL"))
        text = next((text for words, text in words if weight.status & words), "------")
        return f"  {text:>7} {unit} {mode}"
    moving = "?" if weight.stable is False else " "
    polarity = "-" if negative(weight) else " "
    return f"{polarity} {column(magnitude(weight.value), 7)} {unit}{moving}{mode}"
