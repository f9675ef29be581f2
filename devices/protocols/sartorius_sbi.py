"""Sartorius and Minebea SBI lines of 16 or 22 characters.

Source: Sartorius GC803S, Signum, Entris II and LE manuals. 1200 7O1 on older balances, 9600 8N1 or 7O1 on
newer ones. Blanks carry meaning (an empty unit field is the only sign of motion), so the length is
checked before anything is stripped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import read_command, unspeakable
from devices.protocols.framing import LINE, LineCodec, from_host, read_settings, refuse
from devices.protocols.results import Message, Mode, Noise, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading, unit_of, written_unit

_NUMBER = re.compile(rb" *([0-9]{1,8}(?:\.[0-9]{0,7})?|\.[0-9]{1,7})")
_ERROR = re.compile(rb"(?:ERR|APP\.ERR|DIS\.ERR|PRT\.ERR)[ .]*([0-9]{1,3})")
_COMMAND = re.compile(rb"\x1b([A-Za-z][0-9]{0,2}_?)([\x20-\x7e]{0,20})")
_MODES: Mapping[bytes, Mode] = {
    b"N": "net",
    b"G": "gross",
    b"G#": "gross",
    b"T": "tare",
    b"T1": "tare",
    b"T2": "tare",
    b"PT2": "tare",
    b"N1": "net",
}
_IDENTIFIERS = {"net": "N", "gross": "G", "tare": "T"}
#: identifiers of readings that are neither gross, net nor tare
_COUNTS = frozenset({b"QNT", b"PRC", b"PCS", b""})
_WORDS = {
    "H": "overload",
    "HH": "overload",
    "HIGH": "overload",
    "L": "underload",
    "LL": "underload",
    "LOW": "underload",
    "C": "calibrating",
    "CAL.EXT.": "calibrating",
    "CAL.INT.": "calibrating",
    "CAL.": "calibrating",
    "--": "invalid",
    "OFF": "invalid",
}
_SPELLED = {"overload": "H", "out_of_range": "H", "underload": "L", "calibrating": "C"}


class SartoriusSbi(LineCodec):
    """Sign, value in columns 3-10, unit in columns 12-14; optionally six characters of identifier first."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="sartorius_sbi",
        kind="scale",
        title="Sartorius SBI",
        devices="Sartorius and Minebea balances and terminals",
        serial={"baudrate": 9600, "bytesize": 7, "parity": "O", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="Sartorius GC803S, Signum, Entris II and LE manuals",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        self._host = from_host(direction, settings)
        if self._host:
            self.openers = b"\x1b"
        super().__init__(strip_bit7=settings.get("strip_bit7", False))

    def line(self, line: bytes) -> Result | None:
        """One line of 14 or 20 characters (or ESC and a command of the host)."""
        if self._host:
            return read_command(line, _COMMAND)
        if len(line) not in (14, 20):
            return refuse("bad_format", "an SBI line has 14 characters, or 20 with its identifier")
        identifier = line[:-14].rstrip(b" ").upper()
        if identifier == b"STAT":
            return _special(line[-14:]) or refuse("bad_format", "a status line with an unknown status")
        known = identifier in _MODES or identifier in _COUNTS
        if not known:
            return refuse(
                "not_a_weight", "the line carries something else than a weight (see its identifier)"
            )
        return _special(line[-14:]) or _weight(line[-14:], _MODES.get(identifier))

    def encode(self, result: Result) -> bytes:
        """A line, 22 characters when the mode is known; or the host's ESC command.

        Raises ``ValueError`` for a value over 8 characters.
        """
        if self._host and isinstance(result, Message):
            text = f"\x1b{result.fields.get('command', '')}{result.fields.get('text', '')}".encode("ascii")
            if not _COMMAND.fullmatch(text):
                raise unspeakable(result, "SBI")
            return text + b"\r\n"
        if self._host or not isinstance(result, Weight):
            raise unspeakable(result, "SBI")
        return _weight_text(result).encode("ascii") + b"\r\n"

    def poll(self) -> bytes:
        """ESC ``P``: print the displayed value."""
        return b"\x1bP\r\n"


def _special(text: bytes) -> Weight | None:
    stripped = text.strip(b" ").upper()  # as bytes: a letter beyond ASCII has no capital of one byte
    word = stripped.decode("latin-1")
    if found := _ERROR.fullmatch(stripped):
        return reading(None, None, None, None, ["error"], extra={"error_code": found[1].decode("ascii")})
    return reading(None, None, None, None, [_WORDS[word]]) if word in _WORDS else None


def _weight(text: bytes, mode: Mode | None) -> Weight | Noise:
    sign, field, unit_text = text[:1], text[1:11], text[11:]
    if sign not in b" +-":
        return refuse("bad_format", "the first column of the value is no sign")
    if b"[" in field or b"]" in field:  # digits in brackets are beyond the verified resolution
        open_at = field.find(b"[")
        if field.count(b"[") != 1 or field.count(b"]") != 1 or field[-1:] != b"]" or open_at > 8:
            return refuse("bad_format", "the brackets around the unverified digit do not match")
        field = field[:-1].replace(b"[", b"", 1)
    elif field[:1] != b" " or field[-1:] != b" ":
        return refuse("bad_format", "the value does not stand in its columns")
    else:
        field = field[:-1]
    found = _NUMBER.fullmatch(field)
    unit = unit_of(unit_text)
    blank = not unit_text.strip(b" ")
    misplaced = not blank and unit_text[:1] == b" "
    if not found or misplaced or (unit is None and not blank):
        return refuse("bad_format", "value or unit does not stand in its columns")
    value = number((b"-" if sign == b"-" else b"") + found[1])
    return reading(value, unit, not blank, mode, ["motion"] if blank else [])


def _weight_text(weight: Weight) -> str:
    head = f"{_IDENTIFIERS[weight.mode]:<6}" if weight.mode else ""
    if "error_code" in weight.extra:
        return f"Stat     ERR {weight.extra['error_code']!s:>3}    "
    if weight.value is None:
        word = next((_SPELLED[word] for word in sorted(weight.status) if word in _SPELLED), None)
        return f"      {word}       " if word else "     --       "
    sign = "-" if negative(weight) else "+"
    unit = written_unit(weight, 3) if weight.stable else ""
    return f"{head}{sign} {column(magnitude(weight.value), 8)} {unit:<3}"
