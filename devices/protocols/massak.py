"""Massa-K scales: protocol 100 (``massak_100``) and the one-byte dialog "protocol 2 / 1C" (``massak_1c``).

Source: several public drivers and their tests. The division codes of the two protocols differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import crc16_massak
from devices.protocols.framing import Refuse, Verdict, accept, flag, one_of, read_settings
from devices.protocols.idle import LengthCodec
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import decimal

_HEADER = b"\xf8\x55\xce"
#: division code -> (decimal places of the count, negative appends zeros; unit)
_DIVISIONS_100: dict[int, tuple[int, str]] = {
    0: (1, "g"),
    1: (0, "g"),
    2: (-1, "g"),
    3: (-2, "g"),
    4: (0, "kg"),
}
_DIVISIONS_1C: dict[int, int] = {0: 0, 1: 1, 4: -1, 5: -2}
#: what each error code of answer 28h means, for the log
ERRORS_100: dict[str, str] = {
    "07": "the command is not supported",
    "08": "the load is above the maximum",
    "09": "the scale is not in weighing mode",
    "0A": "the data of the command are wrong",
    "0B": "the setting could not be saved",
    "10": "there is no Wi-Fi module",
    "11": "there is no Ethernet module",
    "15": "zero is impossible with this load",
    "17": "no link to the weighing module",
    "18": "there was a load at power-up",
    "19": "the scale is faulty",
    "F0": "unknown error",
}
_REFUSALS = frozenset({0x14, 0x15, 0xF0})


def _count(count: int, places: int) -> Decimal:
    """``count`` divisions: ``places`` decimal places, or zeros appended for negative ``places``."""
    return Decimal(count).scaleb(-places) if places >= 0 else Decimal(count * 10**-places)


class MassaK100(LengthCodec):
    """``F8 55 CE``, length (2, low first), body, CRC-16 over the body (low first). The scale only answers."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="massak_100",
        kind="scale",
        title="Massa-K protocol 100",
        devices="Massa-K terminals A/R/TB and scales with USB, RS-232 or Ethernet (TCP 5001)",
        serial={"baudrate": 57600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="D",
        source="several public drivers and their tests",
    )
    #: longest body; the longest the drivers know is the network set-up of about 60 bytes
    BODY_LIMIT = 256

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``ask`` 23 (get mass) or A0 (get weight, older firmware) for the poll; ``request``."""
        super().__init__(_HEADER[:1], limit=7 + self.BODY_LIMIT)
        settings = read_settings(self.info.name, config, {"ask": one_of("23", "A0"), "request": flag})
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.ask: str = settings.get("ask", "23")

    def match(self, data: bytes, at: int) -> Verdict:
        """Header, believable length, CRC, then the meaning."""
        head = data[at : at + 5]
        if head[:3] != _HEADER[: len(head[:3])]:
            return Refuse("bad_format", "F8 is not followed by 55 CE")
        if len(head) < 5:
            return None
        size = int.from_bytes(head[3:], "little")
        if size > self.BODY_LIMIT:
            return Refuse(
                "overlong", f"a body of {size} bytes is announced, {self.BODY_LIMIT} is the longest"
            )
        if size == 0:
            return Refuse("bad_format", "an empty body is announced")
        if len(data) - at < size + 7:
            return None
        body = data[at + 5 : at + 5 + size]
        crc = int.from_bytes(data[at + 5 + size : at + 7 + size], "little")
        if crc != (expected := crc16_massak(body)):
            return Refuse("bad_checksum", f"CRC is {crc:04X}h, the body gives {expected:04X}h")
        return self._body(body, size + 7)

    def _body(self, body: bytes, length: int) -> Verdict:
        command, data = body[0], body[1:]
        if not self.host:
            if command == 0x24:
                if len(data) not in (8, 12):
                    return Refuse("bad_format", f"a weight answer has 9 or 13 bytes, not {len(body)}")
                return self._weight(data, length)
            if command == 0x10 and len(data) == 6:
                return self._weight(data, length)
        fields: dict[str, Any] = {"command": f"{command:02X}"}
        if command == 0x28 and not self.host:
            if len(data) != 1:
                return Refuse("bad_format", f"an error answer carries one code, not {len(data)}")
            fields |= {"error_code": f"{data[0]:02X}", "status": ["error"], "weight": None}
        elif command in _REFUSALS and not self.host:
            fields |= {"status": ["error"], "weight": None}
        if data and command != 0x28:
            fields["data"] = data.hex().upper()
        return accept(length, Message(fields))

    def _weight(self, data: bytes, length: int) -> Verdict:
        """``data``: count (4), division, stable, and in answer 24h net, zero and sometimes tare (4)."""
        division = _DIVISIONS_100.get(data[4])
        if division is None:
            return Refuse("bad_format", f"division code {data[4]:02X}h is not known")
        places, unit = division
        value = _count(int.from_bytes(data[:4], "little", signed=True), places)
        stable = data[5] == 1
        words = set() if stable else {"motion"}
        extra: dict[str, Any] = {}
        mode: Mode | None = None
        if len(data) >= 8:
            mode = "net" if data[6] == 1 else "gross"
            if data[7] == 1:
                words.add("zero")
        if len(data) == 12:
            extra["tare"] = _count(int.from_bytes(data[8:], "little", signed=True), places)
        sign: Literal[1, -1] = -1 if value.is_signed() else 1
        return accept(length, Weight(value, unit, stable, mode, sign, frozenset(words), extra))

    def encode(self, result: Result) -> bytes:
        """A weight answer 24h (body of 13 bytes, 9 without ``tare``) or a command with ``data`` as hex.

        Raises ``ValueError`` for what no division code can say.
        """
        if isinstance(result, Weight):
            return self._wrap(self._weight_body(result))
        if isinstance(result, Message):
            command = str(result.fields.get("command", ""))
            data = str(result.fields.get("error_code" if command == "28" else "data", ""))
            if not re.fullmatch(r"[0-9A-F]{2}", command) or not re.fullmatch(r"(?:[0-9A-F]{2}){0,255}", data):
                raise ValueError(f"command and data are hex bytes, not {command!r} {data!r}")
            return self._wrap(bytes.fromhex(command + data))
        raise ValueError("massak_100 sends weights and commands")

    @staticmethod
    def _wrap(body: bytes) -> bytes:
        crc = crc16_massak(body).to_bytes(2, "little")
        return _HEADER + len(body).to_bytes(2, "little") + body + crc

    @staticmethod
    def _weight_body(weight: Weight) -> bytes:
        if weight.value is None:
            raise ValueError("a weight answer carries a value; send an error answer 28h instead")
        tare = weight.extra.get("tare")
        for code, (places, unit) in sorted(_DIVISIONS_100.items(), key=lambda item: -item[1][0]):
            count = weight.value.scaleb(places)
            pack = Decimal(0) if tare is None else Decimal(tare).scaleb(places)
            if (
                unit == weight.unit
                and count == count.to_integral_value()
                and pack == pack.to_integral_value()
                and _keeps_digits(weight.value, places)
                and -(2**31) <= min(count, pack) <= max(count, pack) < 2**31
            ):
                body = b"\x24" + int(count).to_bytes(4, "little", signed=True)
                body += bytes((code, bool(weight.stable), weight.mode == "net", "zero" in weight.status))
                return body + (b"" if tare is None else int(pack).to_bytes(4, "little", signed=True))
        raise ValueError(f"no division code says {weight.value} {weight.unit}")

    def poll(self) -> bytes | None:
        """Ask the mass."""
        return self._wrap(bytes.fromhex(self.ask))


def _keeps_digits(value: Decimal, places: int) -> bool:
    """Whether a count with ``places`` decimal places is read back with as many decimals as ``value`` has."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and max(0, places) == max(0, -exponent)


class MassaK1C(LengthCodec):
    """One-byte requests at 4800 8E1; the answer has no framing, its length follows from the request.

    The adapter flushes, sends, reads for 200 ms, and flushes again: too few bytes are thrown away.
    """

    info: ClassVar[CodecInfo] = CodecInfo(
        name="massak_1c",
        kind="scale",
        title="Massa-K protocol 2 / 1C",
        devices="Massa-K MK, TB, PV with protocol 2 or 1C in the menu",
        serial={"baudrate": 4800, "bytesize": 8, "parity": "E", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="D",
        source="two public drivers",
    )
    _LENGTHS: ClassVar[dict[str, int]] = {"44": 2, "45": 2, "4A": 5}
    _REQUESTS = bytes((0x44, 0x45, 0x4A, 0x0E, 0x0D))

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``command`` the request that is answered, 4A (weight with status), 45 (weight) or 44 (status);
        ``division_g`` grams of one division for 45 (1); ``request``: decode the host's side."""
        settings = read_settings(
            self.info.name,
            config,
            {"command": one_of(*self._LENGTHS), "division_g": positive, "request": flag},
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.command: str = settings.get("command", "4A")
        self.division: Decimal = settings.get("division_g", Decimal(1))
        starts = self._REQUESTS if self.host else bytes(range(256))
        if self.command == "4A" and not self.host:
            starts = b"\x00\x40\x80\xc0"
        super().__init__(starts, limit=self._LENGTHS[self.command])

    def match(self, data: bytes, at: int) -> Verdict:
        """The answer to :attr:`command`, or any request when decoding the host's side."""
        if self.host:
            return accept(1, Message({"command": f"{data[at]:02X}"}))
        frame = data[at : at + self.limit]
        if self.command == "4A" and len(frame) > 1 and frame[1] not in _DIVISIONS_1C:
            return Refuse("bad_format", f"division code {frame[1]:02X}h is not known")
        if len(frame) < self.limit:
            return None
        if self.command == "44":
            return accept(2, Message({"command": "44", "data": frame.hex().upper()}))
        if self.command == "45":
            count, negative = int.from_bytes(frame, "little") & 0x7FFF, bool(frame[1] & 0x80)
            value = count * self.division
            value = value.copy_negate() if negative else value
            return accept(2, Weight(value, "g", None, None, -1 if negative else 1))
        count, negative = int.from_bytes(frame[2:], "little") & 0x7FFFFF, bool(frame[4] & 0x80)
        value = _count(count, _DIVISIONS_1C[frame[1]])
        value = value.copy_negate() if negative else value
        stable = bool(frame[0] & 0x80)
        words = set() if stable else {"motion"}
        if frame[0] & 0x40:
            words.add("zero")
        return accept(5, Weight(value, "g", stable, None, -1 if negative else 1, frozenset(words)))

    def encode(self, result: Result) -> bytes:
        """An answer to :attr:`command`, or a request. Raises ``ValueError`` for what does not fit."""
        if isinstance(result, Message):
            command, data = str(result.fields.get("command", "")), str(result.fields.get("data", ""))
            if command == "44" and re.fullmatch(r"[0-9A-F]{4}", data):
                return bytes.fromhex(data)
            if re.fullmatch(r"44|45|4A|0E|0D", command):
                return bytes.fromhex(command)
            raise ValueError(f"massak_1c has no request {command!r}")
        if not isinstance(result, Weight) or result.value is None or result.unit != "g":
            raise ValueError("massak_1c sends weights in grams")
        negative = result.sign == -1 or result.value.is_signed()
        if self.command == "45":
            count = abs(result.value) / self.division
            if count != count.to_integral_value() or count > 0x7FFF:
                raise ValueError(f"{result.value} g is not 0 to 32767 divisions of {self.division} g")
            return (int(count) | (0x8000 if negative else 0)).to_bytes(2, "little")
        for code, places in sorted(_DIVISIONS_1C.items(), key=lambda item: -item[1]):
            count = abs(result.value).scaleb(places)
            if (
                _keeps_digits(result.value, places)
                and count == count.to_integral_value()
                and count < 0x800000
            ):
                status = (0x80 if result.stable else 0) | (0x40 if "zero" in result.status else 0)
                packed = int(count) | (0x800000 if negative else 0)
                return bytes((status, code)) + packed.to_bytes(3, "little")
        raise ValueError(f"no division code says {result.value} g")

    def poll(self) -> bytes | None:
        """The one-byte request."""
        return bytes.fromhex(self.command)


def positive(name: str, value: Any) -> Decimal:
    """Setting: a positive number, given as a number or a decimal text. Raises ``ValueError`` otherwise."""
    text = str(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else value
    found = decimal(text) if isinstance(text, str) else None
    if found is None or found <= 0:
        raise ValueError(f"{name} must be a positive number such as 1 or 0.5, not {value!r}")
    return found
