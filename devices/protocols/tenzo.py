"""Tenzo-M terminals: the protocol "Tenzo-M" (``tenzo_m``) and the older "6.43" (``tenzo_643``).

Two protocols hide behind one name; the menu of the terminal says which. Source: two independent drivers that
agree on framing and CRC. RS-232/485 or TCP 4001; polling only; leave 40-50 ms before the next request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import crc8_tenzo
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, flag, one_of, read_settings, whole
from devices.protocols.idle import PauseCodec
from devices.protocols.keli import bcd_digits, packed_digits
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import decimal, plain, scaled, sign_of, unit_setting

_SERIAL = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1}

_MARK, _STUFF = 0xFF, 0xFE
_MODES: dict[int, Mode] = {0xC2: "net", 0xC3: "gross"}
_ERROR = 0xEE
_MINUS, _EVENT, _INPUT2, _STABLE, _OVERLOAD, _PLACES = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07


class TenzoM(PauseCodec):
    """``FF adr op [data] CRC FF FF``; FF inside is sent as ``FF FE``; the CRC covers the bytes before stuffing."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="tenzo_m",
        kind="scale",
        title="Tenzo-M, protocol 'Tenzo-M'",
        devices="Tenzo-M TB terminals (TV-003, TV-011 and others)",
        serial=_SERIAL,
        polled=True,
        carries_unit=False,
        confidence="D",
        source="two public drivers with the same CRC",
    )
    #: longest frame: start, stuffed body of 64 bytes, end mark
    LIMIT = 132

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``addr`` 1-159 (1) and ``ask`` C2 net or C3 gross (C3) for the poll; ``request``:
        decode the host's side."""
        super().__init__(bytes((_MARK,)), limit=self.LIMIT)
        settings = read_settings(
            self.info.name,
            config,
            {"unit": unit_setting, "addr": whole(1, 159), "ask": one_of("C2", "C3"), "request": flag},
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.unit: str | None = settings.get("unit")
        self.addr: int = settings.get("addr", 1)
        self.ask: str = settings.get("ask", "C3")

    def match(self, data: bytes, at: int) -> Verdict:
        """One or more FF start a frame; the first byte behind them is the address."""
        if at + 1 == len(data):
            return accept(1) if self.idle else None
        if data[at + 1] == _MARK:
            return accept(1)  # of several FF the last one counts
        if data[at + 1] > 159:
            return Refuse("bad_format", f"{data[at + 1]:02X}h is no address; 0 to 159 exist")
        body = bytearray()
        here, last = at + 1, min(len(data), at + self.limit)
        while True:
            mark = data.find(b"\xff", here, last)
            if mark < 0 or mark + 1 >= last:
                return None
            body += data[here:mark]
            if data[mark + 1] == _MARK:
                return self._frame(bytes(body), mark + 2 - at)
            if data[mark + 1] != _STUFF:
                return Refuse("bad_format", "a single FF inside the frame: it was cut and another one began")
            body.append(_MARK)
            here = mark + 2

    def _frame(self, body: bytes, length: int) -> Verdict:
        head = 1 if body[0] else 4  # address 0 is followed by a serial number of three bytes
        if len(body) < head + 2:
            return Refuse("bad_format", "shorter than address, operation and CRC")
        if (crc := crc8_tenzo(body[:-1])) != body[-1]:
            return Refuse("bad_checksum", f"CRC is {body[-1]:02X}h, the frame gives {crc:02X}h")
        operation, data = body[head], body[head + 1 : -1]
        address: dict[str, Any] = {"addr": body[0]}
        if head == 4:
            address["serial"] = int.from_bytes(body[1:4], "little")
        if operation in _MODES and data and not self.host:
            return self._weight(operation, data, address, length)
        fields: dict[str, Any] = {"command": f"{operation:02X}", **address}
        if operation == _ERROR and not self.host:
            if len(data) != 1:
                return Refuse("bad_format", f"an error answer carries one code, not {len(data)}")
            fields |= {"error_code": f"{data[0]:02X}", "status": ["error"], "weight": None}
        elif data:
            fields["data"] = data.hex().upper()
        return accept(length, Message(fields))

    def _weight(self, operation: int, data: bytes, address: Mapping[str, Any], length: int) -> Verdict:
        if len(data) != 4:
            return Refuse(
                "bad_format", f"a weight answer carries three BCD bytes and CON, not {len(data)} bytes"
            )
        condition = data[3]
        stable = bool(condition & _STABLE)
        words = set() if stable else {"motion"}
        extra = dict(address)
        if condition & _EVENT:
            extra["event"] = True
        if condition & _INPUT2:
            extra["input2"] = True
        mode = _MODES[operation]
        if condition & _OVERLOAD:
            words.add("overload")
            return accept(length, Weight(None, self.unit, stable, mode, None, frozenset(words), extra))
        digits = bcd_digits(data[2::-1])
        if digits is None:
            return Refuse("bad_format", f"{data[:3].hex(' ').upper()} is not BCD")
        negative = bool(condition & _MINUS)
        value = scaled(digits, condition & _PLACES, negative=negative)
        return accept(
            length, Weight(value, self.unit, stable, mode, -1 if negative else 1, frozenset(words), extra)
        )

    def encode(self, result: Result) -> bytes:
        """A weight answer, an error answer, or a command with ``data`` as hex. Raises ``ValueError`` otherwise."""
        if isinstance(result, Weight):
            operation = next((op for op, mode in _MODES.items() if mode == result.mode), None)
            if operation is None:
                raise ValueError("tenzo_m answers gross or net; set the mode")
            condition = _STABLE if result.stable else 0
            condition |= (_EVENT if result.extra.get("event") else 0) | (
                _INPUT2 if result.extra.get("input2") else 0
            )
            if "overload" in result.status:
                digits = "999999"
                condition |= _OVERLOAD
            else:
                digits, places = packed_digits(result, 7)
                negative = result.sign == -1 or (result.value is not None and result.value.is_signed())
                condition |= places | (_MINUS if negative else 0)
            body = bytes((operation,)) + bytes.fromhex(digits)[::-1] + bytes((condition,))
            return self._wrap(result.extra, body)
        if isinstance(result, Message):
            command = str(result.fields.get("command", ""))
            data = str(result.fields.get("error_code", result.fields.get("data", "")))
            if not re.fullmatch(r"[0-9A-F]{2}", command) or not re.fullmatch(r"(?:[0-9A-F]{2}){0,56}", data):
                raise ValueError(f"command and data are hex bytes, not {command!r} {data!r}")
            return self._wrap(result.fields, bytes.fromhex(command + data))
        raise ValueError("tenzo_m sends weights and commands")

    def _wrap(self, fields: Mapping[str, Any], body: bytes) -> bytes:
        address = fields.get("addr", self.addr)
        if address not in range(160):
            raise ValueError(f"address 0 to 159, not {address!r}")
        head = bytes((address,))
        if address == 0:
            head += int(fields.get("serial", 0)).to_bytes(3, "little")
        message = head + body
        message += bytes((crc8_tenzo(message),))
        return b"\xff" + message.replace(b"\xff", b"\xff\xfe") + b"\xff\xff"

    def poll(self) -> bytes | None:
        """Ask gross (or net, by ``ask``) of the configured address."""
        return self.encode(Message({"command": self.ask, "addr": self.addr}))


class Tenzo643(FrameCodec):
    """ "6.43": greeting ``01 dddd`` once after opening, then 10h asks; the answer is ``=``, 7 characters, status.

    Status bit 0 set means moving. One driver divides by ten while bit 2 is clear, which no manual confirms: check
    with a known load, then set ``tenths`` if the terminal does.
    """

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="tenzo_643",
        kind="scale",
        title="Tenzo-M, protocol '6.43'",
        devices="Tenzo-M TB terminals with protocol 6.43 in the menu",
        serial=_SERIAL,
        polled=True,
        carries_unit=False,
        confidence="D",
        source="a public driver",
    )
    LENGTH = 9
    _TEXT = re.compile(r" *([+-]?) *([0-9]+\.?[0-9]*)")
    _CHARS = frozenset(b"0123456789.+- ")
    _COMMANDS: ClassVar[dict[int, str]] = {0x10: "read", 0x0D: "zero", 0x18: "weighing"}

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``tenths``: divide by ten while status bit 2 is clear (false); ``request``."""
        settings = read_settings(
            self.info.name, config, {"unit": unit_setting, "tenths": flag, "request": flag}
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        super().__init__(b"\x01" + bytes(self._COMMANDS) if self.host else b"=", limit=self.LENGTH)
        self.unit: str | None = settings.get("unit")
        self.tenths: bool = settings.get("tenths", False)

    def match(self, data: bytes, at: int) -> Verdict:
        """A whole answer, or a request when decoding the host's side."""
        if self.host:
            return self._request(data, at)
        frame = data[at : at + self.LENGTH]
        for byte in frame[1:8]:
            if byte not in self._CHARS:
                return Refuse("bad_format", f"{byte:02X}h stands where a digit, point or sign belongs")
        if len(frame) < self.LENGTH:
            return None
        status = frame[8]
        if status == 0x3D:
            return Refuse("bad_format", "the status byte is missing, another answer begins")
        text = frame[1:8].decode("ascii")
        found = self._TEXT.fullmatch(text)
        value = decimal(found[1] + found[2]) if found else None
        if value is None:
            if not text.strip(" -"):
                return Refuse("not_a_weight", "blanks or dashes instead of digits")
            return Refuse("bad_format", f"{text!r} is no number")
        if self.tenths and not status & 0x04:
            value = value.scaleb(-1)
        stable = not status & 0x01
        sign: Literal[1, -1] = -1 if sign_of(value) == -1 else 1
        words = frozenset() if stable else frozenset({"motion"})
        return accept(self.LENGTH, Weight(value, self.unit, stable, None, sign, words))

    def _request(self, data: bytes, at: int) -> Verdict:
        if (command := self._COMMANDS.get(data[at])) is not None:
            return accept(1, Message({"command": command}))
        digits = data[at + 1 : at + 5]
        if digits and not digits.isdigit():
            return Refuse("bad_format", "SOH is not followed by four address digits")
        if len(digits) < 4:
            return None
        return accept(5, Message({"command": "greet", "addr": digits.decode("ascii")}))

    def encode(self, result: Result) -> bytes:
        """An answer, or a request (``greet`` with ``addr``, ``read``, ``zero``). Raises ``ValueError`` otherwise."""
        if isinstance(result, Message):
            command = result.fields.get("command")
            for code, name in self._COMMANDS.items():
                if command == name:
                    return bytes((code,))
            address = str(result.fields.get("addr", "0001"))
            if command == "greet" and re.fullmatch(r"[0-9]{4}", address):
                return b"\x01" + address.encode("ascii")
            raise ValueError(f"tenzo_643 has no command {command!r}, or the address is not four digits")
        if not isinstance(result, Weight) or result.value is None or result.status - {"motion"}:
            raise ValueError("tenzo_643 can only send plain weights")
        value = result.value
        negative = result.sign == -1 or value.is_signed()
        text = (("-" if negative else "") + plain(abs(value))).rjust(7)
        if len(text) > 7:
            raise ValueError(f"{value} does not fit in seven characters")
        return b"=" + text.encode("ascii") + bytes((0x04 | (0 if result.stable else 1),))

    def poll(self) -> bytes | None:
        """10h, the request for the weight. Send :attr:`greeting` once after opening."""
        return b"\x10"

    @property
    def greeting(self) -> bytes:
        """What the host says once after opening the line (terminal 0001)."""
        return self.encode(Message({"command": "greet", "addr": "0001"}))
