"""CAS 22-byte line of the CI, NT and DB indicators, and a field variant of it.

Source: CAS CI-600D, CI-400 and NT-200 manuals; a live stream of a customs warehouse. 9600 8N1. The lamp
byte has bit 7 set, so nothing may be masked. The line is found by its end, CR LF, and has 20 characters
before it with commas at 2, 5 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import complaint, read_command, unspeakable, written_command
from devices.protocols.framing import COMMON, LineCodec, from_host, one_of, read_settings, refuse
from devices.protocols.results import Message, Mode, Noise, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading, unit_of, written_unit

_LENGTH = 20
_FIELD = re.compile(rb"([ +-]?) *([+-]?)([0-9]{1,8}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
_GROUPED = re.compile(rb" *([0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]{0,3})?|[0-9]{1,8}(?:\.[0-9]{0,6})?)")
_NOT_DIGITS = re.compile(rb"[ 0-9.+*^_-]{8}")
_ERROR = re.compile(rb"ERR ?([0-9]{1,2})")
_COMMAND = re.compile(rb"(KT|WT|ZE|TR|HD|PR|[A-Z]{2}|[A-Z])(?:,?([\x20-\x7e]{1,10}))?")
_STATES = frozenset({b"ST", b"US", b"OL", b"UL"})
_MODES: Mapping[bytes, Mode] = {b"GS": "gross", b"NT": "net", b"TR": "tare"}
_SECONDS: Mapping[Any, str] = {"gross": "GS", "net": "NT", "tare": "TR", None: "GS"}


class Cas22(LineCodec):
    """State, mode, device number and lamps (or sign), value, unit."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="cas_22",
        kind="scale",
        title="CAS 22 bytes",
        devices="CAS CI-600D, CI-400, CI-150A, NT-200, DB and clones",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V+D",
        source="CAS CI-600D, CI-400 and NT-200 manuals; live stream of a customs warehouse",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``variant`` ``"sign67"`` for indicators that send a sign instead of device and lamps."""
        settings = read_settings(self.info.name, config, {**COMMON, "variant": one_of("sign67")})
        super().__init__()
        self._host = from_host(direction, settings)
        self._sign67 = settings.get("variant") == "sign67"

    def line(self, line: bytes) -> Result | None:
        """One line of 20 characters (or one command of the host)."""
        if self._host:
            return read_command(line, _COMMAND)
        if found := _ERROR.fullmatch(line):
            return complaint(found[1].decode("ascii"))
        if len(line) != _LENGTH:
            return refuse("bad_format", f"{len(line)} characters instead of 20 before the end of line")
        if line[2] != 0x2C or line[5] != 0x2C or line[8] != 0x2C:
            return refuse("bad_format", "the commas do not stand at 2, 5 and 8")
        mode = _MODES.get(line[3:5])
        if line[:2] not in _STATES or mode is None:
            return refuse("bad_format", "state or gross/net is none of the known letters")
        return _sign67(line, mode) if self._sign67 else _manual(line, mode)

    def encode(self, result: Result) -> bytes:
        """A line, or the host's command. Raises ``ValueError`` for a value over eight characters."""
        if self._host:
            return written_command(result, between="").encode("ascii") + b"\r\n"
        if isinstance(result, Message) and "error_code" in result.fields:
            return f"ERR {result.fields['error_code']}\r\n".encode("ascii")
        if not isinstance(result, Weight):
            raise unspeakable(result, "CAS 22")
        state = "ST" if result.stable else "US"
        if result.value is None:
            state = "UL" if "underload" in result.status else "OL"
        head = f"{state},{_SECONDS[result.mode]},".encode("ascii")
        digits = "" if result.value is None else magnitude(result.value)
        unit = written_unit(result, 2)
        if self._sign67:
            sign = " -" if negative(result) else "  "
            return head + f"{sign},{column(digits, 8)}{unit:<2} \r\n".encode("ascii")
        device = result.extra.get("device", 1)
        if not isinstance(device, int) or not 0 <= device <= 9:
            raise ValueError(f"the device number is 0 to 9, not {device!r}")
        text = ("-" if negative(result) else "") + digits
        tail = f",{column(text, 8)} {unit:>2}\r\n".encode("ascii")
        return head + bytes((0x30 + device, _lamps(result))) + tail

    def poll(self) -> None:
        """None: the indicator streams. (With command mode on, its number must be known first.)"""
        return


def _manual(line: bytes, mode: Mode) -> Weight | Noise:
    device, lamps = line[6], line[7]
    if not 0x30 <= device <= 0x39 or not lamps & 0x80:
        return refuse("bad_format", "device number or lamp byte is impossible; try variant sign67")
    unit = unit_of(line[17:]) if line[17] == 0x20 else None
    if unit is None:
        return refuse("bad_format", "no blank and known unit after the value")
    extra = {"device": device - 0x30}
    status = {word for bit, word in ((1, "zero"), (8, "print_request"), (16, "hold")) if lamps & bit}
    return _weight(line, mode, unit, status=status, value=_manual_value(line), extra=extra)


def _sign67(line: bytes, mode: Mode) -> Weight | Noise:
    if line[6:8] not in (b"  ", b" -", b"- ", b" +", b"+ "):
        return refuse("bad_format", "bytes 6 and 7 carry no sign")
    unit = unit_of(line[17:])
    if unit is None:
        return refuse("bad_format", "no known unit after the value")
    return _weight(line, mode, unit, status=set(), value=_grouped_value(line), extra={})


def _weight(
    line: bytes, mode: Mode, unit: str, *, status: set[str], value: Decimal | None, extra: Mapping[str, Any]
) -> Weight | Noise:
    state = line[:2]
    if state in (b"OL", b"UL"):
        if not _NOT_DIGITS.fullmatch(line[9:17]):
            return refuse("bad_format", "the value of an out-of-range line has impossible characters")
        status = (status - {"zero"}) | {"overload" if state == b"OL" else "underload"}
        return reading(None, unit, None, mode, status, extra=extra)
    if value is None:
        return refuse("bad_format", "the value is empty or not a number; it is not taken for zero")
    stable = state == b"ST"
    if not stable:
        status = status | {"motion"}
    return reading(value, unit, stable, mode, status, extra=extra)


def _manual_value(line: bytes) -> Decimal | None:
    found = _FIELD.fullmatch(line[9:17])
    if not found or (found[1].strip() and found[2]):
        return None
    minus = b"-" if b"-" in (found[1], found[2]) else b""
    return number(minus + found[3])


def _grouped_value(line: bytes) -> Decimal | None:
    found = _GROUPED.fullmatch(line[9:17])
    if not found:
        return None
    minus = b"-" if b"-" in line[6:8] else b""
    return number(minus + found[1].replace(b" ", b""))


def _lamps(weight: Weight) -> int:
    lamps = 0x80 | (0x40 if weight.stable else 0) | (4 if weight.mode != "net" else 2)
    for bit, word in ((1, "zero"), (8, "print_request"), (16, "hold")):
        lamps |= bit if word in weight.status else 0
    return lamps
