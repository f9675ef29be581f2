"""Yaohua XK3190 (A9, A9+, A6, D9, D10, DS1, DS3), Keli K9/D2008/D2002 and VESAR truck indicators.

``yaohua_a9`` is the continuous mode (menu tF = 0), ``yaohua_cmd`` the command mode (tF = 1). Source: XK3190-A9+
manual p. 10, XK3190-DS1 manual p. 7-8, XK3190-A22 manual p. 13, and recordings of regional weighbridges.
The wire says nothing about stability, gross or net (continuous mode), unit or overload.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import add30_pair, hex_pair, xor
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, flag, one_of, read_settings, span
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import scaled, sign_of, unit_setting

STX, ETX, EOT = 0x02, 0x03, 0x04

_SERIAL = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1}

_NIBBLES = {"hex": hex_pair, "add30": add30_pair}

#: sign, six digits, number of decimal places
_FIELD = re.compile(rb"([+-])([0-9]{6})([0-4])")

#: commands whose answer is a weight
_MODES: dict[str, Mode] = {"B": "gross", "C": "tare", "D": "net"}

#: commands whose answer is a number typed in at the indicator: how many characters the manual gives it
_NUMBERS = {"E": "vehicle", "F": "cargo", "G": "customer", "H": "remark"}

_COMMAND = re.compile(rb"[A-Za-z0-9]")

#: longest answer in command mode: STX, address, command, twelve characters, check, ETX with room to spare
_CMD_LIMIT = 32


def decode_field(field: bytes) -> tuple[Decimal, int, int] | None:
    """``sign + six digits + decimals`` as (value, sign, decimals); None when it is not such a field.

    The last digit is always the exponent: reading seven digits and dividing by ten is right only while the
    indicator is set to no decimals.
    """
    found = _FIELD.fullmatch(field)
    if not found:
        return None
    places = found[3][0] - 0x30
    value = scaled(found[2].decode("ascii"), places, negative=found[1] == b"-")
    return (value, -1 if found[1] == b"-" else 1, places) if value is not None else None


def encode_field(weight: Weight) -> bytes:
    """The eight characters for ``weight``. Raises ``ValueError`` for what six digits and 0-4 decimals cannot say."""
    if weight.value is None or weight.status:
        raise ValueError("this format has no way to say 'no weight' or a status; send nothing instead")
    exponent = weight.value.as_tuple().exponent
    places = weight.extra.get("decimals", max(0, -exponent) if isinstance(exponent, int) else 0)
    if places not in range(5):
        raise ValueError(f"0 to 4 decimal places are possible, not {places!r}")
    count = abs(weight.value).scaleb(places)
    if count != count.to_integral_value() or count > 999999:
        raise ValueError(f"{weight.value} does not fit in six digits with {places} decimal places")
    sign = weight.sign or sign_of(weight.value)
    return f"{'-' if sign == -1 else '+'}{int(count):06d}{places}".encode("ascii")


class YaohuaA9(FrameCodec):
    """Continuous mode: ``STX sign 6-digits decimals check check ETX``, 12 bytes, 5 to 15 a second."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="yaohua_a9",
        kind="scale",
        title="Yaohua XK3190-A9 continuous (tF = 0)",
        devices="Yaohua XK3190-A9/A9+/A6/D9/D10/DS1/DS3, Keli D2008/D2002/K9, VESAR: most truck scales of the region",
        serial=_SERIAL,
        polled=False,
        carries_unit=False,
        confidence="V+D",
        source="XK3190-A9+ manual p. 10; recordings from weighbridges",
    )
    LENGTH = 12

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``nibble`` = ``hex`` (A9) or ``add30`` (A22 family)."""
        super().__init__(bytes((STX,)), limit=self.LENGTH)
        settings = read_settings(
            self.info.name, config, {"unit": unit_setting, "nibble": one_of("hex", "add30")}
        )
        self.unit: str | None = settings.get("unit")
        self._pair = _NIBBLES[settings.get("nibble", "hex")]

    def match(self, data: bytes, at: int) -> Verdict:
        """Structure first, then the check: XOR alone cannot see swapped digits."""
        frame = data[at : at + self.LENGTH]
        if len(frame) > 1 and frame[1] not in b"+-":
            return Refuse("bad_format", "STX is not followed by + or -")
        for place, byte in enumerate(frame[2:8]):
            if not 0x30 <= byte <= 0x39:
                return Refuse("bad_format", f"character {place + 1} of the six digits is {byte:02X}h")
        if len(frame) > 8 and not 0x30 <= frame[8] <= 0x34:
            return Refuse("bad_format", f"the number of decimal places is {frame[8]:02X}h, 0 to 4 expected")
        if len(frame) < self.LENGTH:
            return None
        if frame[11] != ETX:
            return Refuse("bad_format", f"ETX expected after the check, {frame[11]:02X}h came")
        expected = self._pair(xor(frame[1:9]))
        if frame[9:11] != expected:
            return Refuse(
                "bad_checksum",
                f"check is {frame[9:11]!r}, the digits give {expected!r}: line noise, or another `nibble` setting",
            )
        decoded = decode_field(frame[1:9])
        if decoded is None:
            return Refuse("bad_format", "the weight field is damaged")
        value, sign, places = decoded
        return accept(
            self.LENGTH,
            Weight(value, self.unit, None, None, 1 if sign > 0 else -1, frozenset(), {"decimals": places}),
        )

    def encode(self, result: Result) -> bytes:
        """One frame. Raises ``ValueError`` for anything but a weight of six digits and up to four decimals."""
        if not isinstance(result, Weight):
            raise ValueError("yaohua_a9 can only send weights")
        field = encode_field(result)
        return bytes((STX,)) + field + self._pair(xor(field)) + bytes((ETX,))

    def poll(self) -> bytes | None:
        """None: the indicator streams by itself."""
        return None


class YaohuaCmd(FrameCodec):
    """Command mode: ``STX address command [data] check check ETX`` both ways; EOT alone means "not understood".

    B, C, D answer gross, tare, net; A echoes; E to H answer the numbers typed in at the indicator.
    """

    info: ClassVar[CodecInfo] = CodecInfo(
        name="yaohua_cmd",
        kind="scale",
        title="Yaohua XK3190 command mode (tF = 1)",
        devices="the same indicators as yaohua_a9 set to answer commands; several can share an RS-485 pair",
        serial=_SERIAL,
        polled=True,
        carries_unit=False,
        confidence="V",
        source="XK3190-A9+ manual p. 10; XK3190-DS1 manual p. 7-8; XK3190-A22 manual p. 13",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``, ``nibble`` as in ``yaohua_a9``; ``addr`` A-Z (A) and ``ask`` B, C or D (B) for the poll;
        ``request``: decode the host's side."""
        settings = read_settings(
            self.info.name,
            config,
            {
                "unit": unit_setting,
                "nibble": one_of("hex", "add30"),
                "addr": one_of(*"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                "ask": one_of(*"BCD"),
                "request": flag,
            },
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        super().__init__(bytes((STX,)) if self.host else bytes((STX, EOT)), limit=_CMD_LIMIT)
        self.unit: str | None = settings.get("unit")
        self.addr: str = settings.get("addr", "A")
        self.ask: str = settings.get("ask", "B")
        self._pair = _NIBBLES[settings.get("nibble", "hex")]

    def match(self, data: bytes, at: int) -> Verdict:
        """Everything between STX and ETX is printable; address, command and check are always there."""
        if data[at] == EOT:
            return accept(1, Message({"command": "?", "result": "wrong_command"}))
        head = data[at + 1 : at + 4]
        if head and not 0x41 <= head[0] <= 0x5A:
            return Refuse("bad_format", f"the address is {head[0]:02X}h, a letter A to Z expected")
        if len(head) > 1 and not _COMMAND.match(head, 1):
            return Refuse("bad_format", f"the command is {head[1]:02X}h, a letter or digit expected")
        if len(head) > 2 and head[1] in b"BCD" and head[2] in b"+-":
            return self._weight(data[at : at + 14])
        got = span(data, at, ends=bytes((ETX,)), limit=self.limit)
        if got is None or isinstance(got, Refuse):
            return got
        if len(got.text) < 4:
            return Refuse("bad_format", "shorter than address, command and two check characters")
        body, check = got.text[:-2], got.text[-2:]
        if check != (expected := self._pair(xor(body))):
            return Refuse("bad_checksum", f"check is {check!r}, the frame gives {expected!r}")
        command = chr(body[1])
        fields: dict[str, Any] = {"command": command, "addr": chr(body[0])}
        if len(body) > 2:
            if command in "ABCD":
                return Refuse("bad_format", f"the answer to {command} carries characters that are no weight")
            fields[_NUMBERS.get(command, "text")] = body[2:].decode("ascii")
        return accept(got.length, Message(fields))

    def _weight(self, frame: bytes) -> Verdict:
        for place, byte in enumerate(frame[4:10]):
            if not 0x30 <= byte <= 0x39:
                return Refuse("bad_format", f"character {place + 1} of the six digits is {byte:02X}h")
        if len(frame) > 10 and not 0x30 <= frame[10] <= 0x34:
            return Refuse("bad_format", f"the number of decimal places is {frame[10]:02X}h, 0 to 4 expected")
        if len(frame) < 14:
            return None
        if frame[13] != ETX:
            return Refuse("bad_format", f"ETX expected after the check, {frame[13]:02X}h came")
        expected = self._pair(xor(frame[1:11]))
        if frame[11:13] != expected:
            return Refuse("bad_checksum", f"check is {frame[11:13]!r}, the frame gives {expected!r}")
        decoded = decode_field(frame[3:11])
        if decoded is None:
            return Refuse("bad_format", "the weight field is damaged")
        value, sign, _ = decoded
        return accept(
            14,
            Weight(
                value,
                self.unit,
                None,
                _MODES[chr(frame[2])],
                1 if sign > 0 else -1,
                frozenset(),
                {"addr": chr(frame[1])},
            ),
        )

    def encode(self, result: Result) -> bytes:
        """A weight answer, a command, an echo, or EOT for ``{"command": "?"}``.

        Raises ``ValueError`` when there is no such frame.
        """
        if isinstance(result, Weight):
            letter = next((c for c, mode in _MODES.items() if mode == result.mode), None)
            if letter is None:
                raise ValueError("a command-mode answer is gross, net or tare; set the mode")
            body = f"{result.extra.get('addr', self.addr)}{letter}".encode("ascii") + encode_field(result)
        elif isinstance(result, Message) and result.fields.get("command") == "?":
            return bytes((EOT,))
        elif isinstance(result, Message):
            command = str(result.fields.get("command", ""))
            number = result.fields.get(_NUMBERS.get(command, "text"), "")
            body = f"{result.fields.get('addr', self.addr)}{command}{number}".encode("ascii", "replace")
        else:
            raise ValueError("yaohua_cmd sends weights and commands")
        if not re.fullmatch(rb"[A-Z][A-Za-z0-9][ -~]{0,27}", body):
            raise ValueError(f"address A-Z, one command character and up to 27 characters, not {body!r}")
        return bytes((STX,)) + body + self._pair(xor(body)) + bytes((ETX,))

    def poll(self) -> bytes | None:
        """Ask gross (or what ``ask`` says) of the configured address."""
        return self.encode(Message({"command": self.ask, "addr": self.addr}))
