"""KERN DE platform scales: ``M-       0.000 kg``.

Source: KERN DE operating instructions (M, sign, ten characters, blank, three of unit; the unit is blank
while the load moves) and a public driver. Commands ``w``, ``s``, ``t`` have no end mark.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import command, unspeakable, written_command
from devices.protocols.framing import LINE, LineCodec, from_host, read_settings, refuse
from devices.protocols.results import Noise, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading, unit_of, written_unit

#: the number ends in column 12 or later: the tail of a line must not pass for a line
_LINE = re.compile(
    rb"(?=[M 0-9.+-]{12})[M ]([ +-]) {0,11}([0-9]{1,9}(?:\.[0-9]{0,6})?|\.[0-9]{1,6}) ([A-Za-z% ]{0,4})"
)
_ERROR = re.compile(rb" *(?:Error|Err|E ?r ?r) *([0-9]{0,3}) *")
_COMMANDS = "wstzWSTZ"


class KernDe(LineCodec):
    """One line: M or blank, sign, number, unit."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="kern_de",
        kind="scale",
        title="KERN DE",
        devices="KERN DE platform scales",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V+D",
        source="KERN DE operating instructions; public driver of a KERN DE",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        super().__init__(strip_bit7=settings.get("strip_bit7", False))
        self._host = from_host(direction, settings)

    def feed(self, data: bytes) -> list[Result]:
        """Lines of the scale; single letters of the host."""
        if not self._host:
            return super().feed(data)
        found: list[Result] = []
        for byte in bytes(data):
            letter = chr(byte)
            if letter in _COMMANDS:
                found.append(command(letter))
            elif letter not in "\r\n":
                found.append(Noise("bad_format", bytes((byte,)), "KERN DE knows the letters w, s, t and z"))
        return found

    def line(self, line: bytes) -> Result | None:
        """One line of the scale."""
        if found := _LINE.fullmatch(line):
            blank = not found[3].strip(b" ")
            unit = unit_of(found[3])
            if blank or unit is not None:
                value = number((b"-" if found[1] == b"-" else b"") + found[2])
                return reading(value, unit, False if blank else None, None, ["motion"] if blank else [])
        if found := _ERROR.fullmatch(line):
            extra = {"error_code": found[1].decode("ascii")} if found[1] else {}
            return reading(None, None, None, None, ["error"], extra=extra)
        return refuse("bad_format", "not a KERN DE line (M, sign, number, unit)")

    def encode(self, result: Result) -> bytes:
        """A line, or the host's letter. Raises ``ValueError`` for a number over ten characters."""
        if self._host:
            letter = written_command(result)
            if len(letter) != 1 or letter not in _COMMANDS:
                raise ValueError("KERN DE knows the letters w, s, t and z")
            return letter.encode("ascii")
        if not isinstance(result, Weight):
            raise unspeakable(result, "KERN DE")
        if result.value is None:
            return b"           Error\r\n"
        unit = "" if result.stable is False else written_unit(result, 3)
        sign = "-" if negative(result) else " "
        return f"M{sign}{column(magnitude(result.value), 10)} {unit:<3}\r\n".encode("ascii")

    def poll(self) -> bytes:
        """``w``: the weight now."""
        return b"w"
