"""Truck indicators of the Rinstrum kind over TCP: STX, light, seven characters, letter, ETX.

Source: a public driver of M4222 indicators; the manual of the family puts a sign (blank or ``-``) where
this installation has its traffic light. No unit on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import unspeakable
from devices.protocols.framing import COMMON, FrameCodec, Refuse, Verdict, accept, from_host, read_settings
from devices.protocols.results import Mode, Result, Weight
from devices.protocols.values import column, magnitude, negative, number, reading

_ETX = 0x03
_LENGTH = 11
_LIGHTS = {0x20: "none", 0x30: "red", 0x60: "green", 0x70: "both", 0x2D: "none"}
_CODES = {"none": 0x20, "red": 0x30, "green": 0x60, "both": 0x70}
_MINUS = 0x2D
_NUMBER = re.compile(rb" *(-?) *([0-9]{1,7}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
_ALLOWED = b" 0123456789.-"
#: letter -> mode, stable, status words
_LETTERS: Mapping[int, tuple[Mode | None, bool | None, tuple[str, ...]]] = {
    0x47: ("gross", True, ()),
    0x4E: ("net", True, ()),
    0x4D: (None, False, ("motion",)),
    0x4F: (None, None, ("overload",)),
    0x55: (None, None, ("underload",)),
    0x45: (None, None, ("error",)),
}


class RinstrumM4222(FrameCodec):
    """Eleven bytes: STX, light or sign, weight, one letter of G N U O M E, ETX."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="rinstrum_m4222",
        kind="scale",
        title="Rinstrum M4222",
        devices="Rinstrum-type truck indicators with traffic light",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=False,
        confidence="D",
        source="public driver of an M4222 weighbridge over TCP",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit`` (the indicator does not send it), ``strip_bit7`` is not offered: 8 bits."""
        settings = read_settings(self.info.name, config, COMMON)
        self._host = from_host(direction, settings)
        self._unit: str | None = settings.get("unit")
        super().__init__(b"\x02", limit=_LENGTH)

    def match(self, data: bytes, at: int) -> Verdict:
        """One frame of eleven bytes."""
        if self._host:
            return Refuse("bad_format", "nothing is ever sent to this indicator")
        have = len(data) - at
        if have > 1 and data[at + 1] not in _LIGHTS:
            return Refuse("bad_format", "the light byte is none of 20h, 30h, 60h, 70h or a minus")
        if data[at + 2 : at + 9].strip(_ALLOWED):
            return Refuse("bad_format", "something else than a number stands in the weight")
        if have > 9 and data[at + 9] not in _LETTERS:
            return Refuse("bad_format", "the status letter is none of G N U O M E")
        if have < _LENGTH:
            return None
        if data[at + 10] != _ETX:
            return Refuse("bad_format", "no ETX after the status letter")
        light, field = data[at + 1], data[at + 2 : at + 9]
        mode, stable, status = _LETTERS[data[at + 9]]
        extra = {"light": _LIGHTS[light]}
        if stable is None:
            return accept(_LENGTH, reading(None, self._unit, None, mode, status, extra=extra))
        found = _NUMBER.fullmatch(field)
        if not found or (found[1] and light == _MINUS):
            return Refuse("bad_format", "the weight is not a right-aligned number")
        minus = b"-" if found[1] or light == _MINUS else b""
        value = number(minus + found[2])
        return accept(_LENGTH, reading(value, self._unit, stable, mode, status, extra=extra))

    def encode(self, result: Result) -> bytes:
        """A frame. Raises ``ValueError`` for a weight over seven characters or an unknown light."""
        if self._host or not isinstance(result, Weight):
            raise unspeakable(result, "M4222")
        light = result.extra.get("light", "none")
        if light not in _CODES:
            raise ValueError(f"the light is none, red, green or both, not {light!r}")
        text = "" if result.value is None else magnitude(result.value)
        if result.value is not None and negative(result):
            text = "-" + text
        words = ((("overload", "out_of_range"), "O"), (("underload",), "U"))
        letter = next((key for names, key in words if result.status & set(names)), None)
        if letter is None and result.value is None:
            letter = "E"
        elif letter is None:
            letter = "M" if not result.stable else "N" if result.mode == "net" else "G"
        return bytes((0x02, _CODES[light])) + f"{column(text, 7)}{letter}\x03".encode("ascii")

    def poll(self) -> None:
        """None: the indicator streams."""
        return
