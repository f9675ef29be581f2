"""Modbus RTU frames of weight transmitters (``modbus_rtu``): requests and answers, CRC, register layouts.

Source: Modbus over Serial Line V1.02, Modbus Application Protocol V1.1b3; maps in :mod:`devices.protocols.modbus_layouts`.
A frame ends where its length says, not at a pause, so that device servers may cut it; the CRC proves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import crc16_modbus
from devices.protocols.framing import Refuse, Verdict, accept, flag, one_of, read_settings, whole
from devices.protocols.idle import LengthCodec
from devices.protocols.massak import positive
from devices.protocols.modbus_layouts import (
    FATAL,
    MODELS,
    NUMBERS,
    STATUS_BITS,
    has,
    judge,
    read_number,
    write_number,
)
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import sign_of, unit_setting

_READS = (3, 4)
_BIT_READS = (1, 2)
_ECHOED = (5, 6, 15, 16)
_KNOWN = frozenset((*_READS, *_BIT_READS, *_ECHOED))


class ModbusRtu(LengthCodec):
    """One codec per transmitter: what the registers mean comes from the settings."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="modbus_rtu",
        kind="scale",
        title="Modbus RTU weight transmitter",
        devices="Laumas, Dini Argeo, Baykon, General Measure, Pavone, CAS CI-600D and others",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=False,
        confidence="V",
        source="Modbus over Serial Line V1.02; register maps of the makers",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``layout`` a number layout or model (without it answers are plain registers); ``decimals`` 0-9;
        ``scale`` factor; ``unit``; ``weight_at``/``status_at`` register within the answer; ``status`` whose bits the
        status word has; for the poll ``addr`` (1), ``function`` 3 or 4, ``start``, ``count``; ``request``.
        """
        super().__init__(bytes(range(248)), limit=256)
        settings = read_settings(
            self.info.name,
            config,
            {
                "layout": one_of(*NUMBERS, *MODELS),
                "decimals": whole(0, 9),
                "scale": positive,
                "unit": unit_setting,
                "weight_at": whole(0, 124),
                "status_at": whole(0, 124),
                "status": one_of(*STATUS_BITS),
                "addr": whole(1, 247),
                "function": one_of(*_READS),
                "start": whole(0, 65535),
                "count": whole(1, 125),
                "request": flag,
            },
        )
        self.host = direction == "host_to_device" or settings.get("request", False)
        self.layout: str | None = settings.get("layout")
        self.decimals: int = settings.get("decimals", 0)
        self.scale: Decimal = settings.get("scale", Decimal(1))
        self.unit: str | None = settings.get("unit")
        self.model = MODELS.get(self.layout or "")
        self.weight_at: int = settings.get("weight_at", 0)
        self.status_at: int | None = settings.get("status_at")
        self.bits = STATUS_BITS[settings["status"]] if "status" in settings else None
        if (self.status_at is None) != (self.bits is None) and not self.model:
            raise ValueError("modbus_rtu: `status_at` and `status` belong together; give both or none")
        self.addr: int | None = settings.get("addr")
        self.function: int = settings.get("function", 3)
        self.start: int | None = settings.get("start", self.model.start if self.model else None)
        self.count: int | None = settings.get("count", self.model.count if self.model else None)

    # --- frames

    def match(self, data: bytes, at: int) -> Verdict:
        """Address and function tell the length, the length tells where the CRC is."""
        head = data[at : at + 7]
        if not self.host and head[0] == 0:
            return Refuse("bad_format", "0 is the broadcast address, nobody answers from it")
        if len(head) < 2:
            return None
        function = head[1]
        if function & 0x7F not in _KNOWN or (self.host and function & 0x80):
            return Refuse("bad_format", f"function {function} is none that a weight transmitter uses")
        length = self._length(head)
        if isinstance(length, Refuse) or length is None:
            return length
        if len(data) - at < length:
            return None
        frame = data[at : at + length]
        crc = int.from_bytes(frame[-2:], "little")
        if crc != (expected := crc16_modbus(frame[:-2])):
            return Refuse("bad_checksum", f"CRC is {crc:04X}h, the frame gives {expected:04X}h")
        if not self.host and self.addr is not None and frame[0] != self.addr:
            return Refuse("bad_sequence", f"an answer of unit {frame[0]} came, unit {self.addr} was asked")
        return self._request(frame) if self.host else self._answer(frame)

    def _length(self, head: bytes) -> int | Refuse | None:
        """Bytes of the whole frame; None while the byte that says so has not arrived."""
        function = head[1]
        if self.host:
            if function not in (15, 16):
                return 8
            if len(head) < 7:
                return None
            count = int.from_bytes(head[4:6], "big")
            needed = (count + 7) // 8 if function == 15 else 2 * count
            if head[6] != needed or not 1 <= needed <= 246:
                return Refuse("bad_format", f"{head[6]} bytes are announced for {count} registers or coils")
            return 9 + needed
        if function & 0x80:
            return 5
        if function in _ECHOED:
            return 8
        if len(head) < 3:
            return None
        size = head[2]
        if not size or size > 250 or (function in _READS and size % 2):
            return Refuse("bad_format", f"a byte count of {size} is not possible")
        return 5 + size

    def _request(self, frame: bytes) -> Verdict:
        fields: dict[str, Any] = {
            "addr": frame[0],
            "function": frame[1],
            "start": int.from_bytes(frame[2:4], "big"),
        }
        last = int.from_bytes(frame[4:6], "big")
        if frame[1] in (5, 6):
            fields["value"] = last
        else:
            fields["count"] = last
        if frame[1] == 16:
            fields["values"] = _registers(frame[7:-2])
        elif frame[1] == 15:
            fields["data"] = frame[7:-2].hex().upper()
        return accept(len(frame), Message(fields))

    def _answer(self, frame: bytes) -> Verdict:
        function = frame[1]
        fields: dict[str, Any] = {"addr": frame[0], "function": function & 0x7F}
        if function & 0x80:
            fields["exception"] = frame[2]
        elif function in _ECHOED:
            fields["start"] = int.from_bytes(frame[2:4], "big")
            fields["value" if function in (5, 6) else "count"] = int.from_bytes(frame[4:6], "big")
        elif function in _BIT_READS:
            fields["data"] = frame[3:-2].hex().upper()
        elif self.layout is None:
            fields["values"] = _registers(frame[3:-2])
        else:
            return self._weight(frame[3:-2], fields, len(frame))
        return accept(len(frame), Message(fields))

    # --- meaning

    def _weight(self, data: bytes, fields: Mapping[str, Any], length: int) -> Verdict:
        expected = self.count if self.count is not None else self._least()
        if len(data) != 2 * expected:
            return Refuse(
                "bad_format", f"{len(data) // 2} registers came, {expected} were expected; check `count`"
            )
        if self.model:
            return accept(length, self._modelled(data, fields))
        assert self.layout is not None
        value = self._value(self.layout, data, self.weight_at)
        stable, words = None, frozenset[str]()
        extra: dict[str, Any] = {}
        if self.bits is not None and self.status_at is not None:
            word = int.from_bytes(data[2 * self.status_at : 2 * self.status_at + 2], "big")
            extra["status_word"] = word
            stable, words = judge(self.bits, word)
            if value is not None and has(word, self.bits.minus):
                value = -abs(value)
        if value is None:
            words |= {"invalid"}
        return accept(length, self._reading(value, stable, None, words, extra))

    def _modelled(self, data: bytes, fields: Mapping[str, Any]) -> Weight:
        model = self.model
        assert model is not None
        word = int.from_bytes(data[2 * model.status_at : 2 * model.status_at + 2], "big")
        stable, words = judge(model.bits, word)
        extra = {**fields, "status_word": word}
        for name, place in (("gross", model.gross_at), ("net", model.net_at), ("tare", model.tare_at)):
            if place is not None:
                value = self._value(model.number, data, place)
                minus = (
                    model.bits.minus if name == "gross" else model.bits.net_minus if name == "net" else None
                )
                extra[name] = -abs(value) if value is not None and has(word, minus) else value
        mode: Mode = "net" if has(word, model.bits.net) else "gross"
        if model.weight_at is not None:
            shown = self._value(model.number, data, model.weight_at)
        else:
            shown = extra["net"] if mode == "net" else extra["gross"]
        return self._reading(shown, stable, mode, words, extra)

    def _reading(
        self,
        value: Decimal | None,
        stable: bool | None,
        mode: Mode | None,
        words: frozenset[str],
        extra: Mapping[str, Any],
    ) -> Weight:
        if words & FATAL:
            value = None
        sign: Literal[1, -1] | None = None if value is None else -1 if sign_of(value) == -1 else 1
        return Weight(value, self.unit, stable, mode, sign, words, extra)

    def _least(self) -> int:
        """Registers an answer must have when ``count`` is not set."""
        places = [self.weight_at + NUMBERS[self.layout or "int16_be"]]
        if self.status_at is not None:
            places.append(self.status_at + 1)
        return max(places)

    def _value(self, number: str, data: bytes, register: int) -> Decimal | None:
        raw = read_number(number, data[2 * register : 2 * (register + NUMBERS[number])])
        if raw is None:
            return None
        if number.startswith("float"):
            value = raw * self.scale
            return round(value, self.decimals) if self.decimals else value
        return raw.scaleb(-self.decimals) * self.scale

    def _counts(self, number: str, value: Decimal) -> bytes:
        raw = value / self.scale
        return write_number(number, raw if number.startswith("float") else raw.scaleb(self.decimals))

    # --- the other way

    def encode(self, result: Result) -> bytes:
        """An answer (weight by ``layout``, or a message), or a request when speaking for the host.

        Raises ``ValueError`` for what the layout or the protocol cannot say.
        """
        if isinstance(result, Weight) and not self.host:
            data = self._block(result)
            return self._seal(bytes((self._address(result.extra), self.function, len(data))) + data)
        if not isinstance(result, Message):
            raise ValueError("modbus_rtu sends weights and messages")
        fields = result.fields
        address, function = self._address(fields), fields.get("function")
        if function not in _KNOWN:
            raise ValueError(f"function {function!r} is not supported")
        head = bytes((address, function))
        if "exception" in fields:
            return self._seal(bytes((address, function | 0x80, fields["exception"])))
        if not self.host and function not in _ECHOED:
            data = _packed(fields["values"]) if "values" in fields else bytes.fromhex(fields.get("data", ""))
            return self._seal(head + bytes((len(data),)) + data)
        last = fields["value" if function in (5, 6) else "count"]
        head += int(fields["start"]).to_bytes(2, "big") + int(last).to_bytes(2, "big")
        if self.host and function in (15, 16):
            data = _packed(fields["values"]) if function == 16 else bytes.fromhex(fields["data"])
            head += bytes((len(data),)) + data
        return self._seal(head)

    def _address(self, fields: Mapping[str, Any]) -> int:
        address = fields.get("addr", self.addr or 1)
        if address not in range(248):
            raise ValueError(f"unit address 0 to 247, not {address!r}")
        return int(address)

    def _block(self, weight: Weight) -> bytes:
        if self.layout is None:
            raise ValueError("set `layout` to send weights")
        block = bytearray(2 * (self.count if self.count is not None else self._least()))
        if self.model:
            word = weight.extra.get("status_word", 0)
            parts = {"gross": self.model.gross_at, "net": self.model.net_at, "tare": self.model.tare_at}
            for name, place in parts.items():
                value = weight.extra.get(name, weight.value if name == weight.mode else None)
                if place is not None and value is not None:
                    block[2 * place : 2 * place + 4] = self._counts(self.model.number, value)
            if self.model.weight_at is not None and weight.value is not None:
                at = 2 * self.model.weight_at
                block[at : at + 4] = self._counts(self.model.number, weight.value)
            block[2 * self.model.status_at : 2 * self.model.status_at + 2] = int(word).to_bytes(2, "big")
            return bytes(block)
        if weight.value is None:
            raise ValueError("a number layout cannot say 'no weight'")
        packed = self._counts(self.layout, weight.value)
        block[2 * self.weight_at : 2 * self.weight_at + len(packed)] = packed
        if self.status_at is not None:
            word = weight.extra.get("status_word", 0)
            block[2 * self.status_at : 2 * self.status_at + 2] = int(word).to_bytes(2, "big")
        return bytes(block)

    @staticmethod
    def _seal(frame: bytes) -> bytes:
        return frame + crc16_modbus(frame).to_bytes(2, "little")

    def poll(self) -> bytes | None:
        """Read the configured block; None when ``start`` is not known. Status and weight come in one request."""
        if self.start is None:
            return None
        count = self.count if self.count is not None else self._least()
        request = bytes((self.addr or 1, self.function))
        return self._seal(request + self.start.to_bytes(2, "big") + count.to_bytes(2, "big"))


def _registers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def _packed(values: Any) -> bytes:
    try:
        return b"".join(int(value).to_bytes(2, "big") for value in values)
    except OverflowError:
        raise ValueError(f"registers hold 0 to 65535, not {values!r}") from None
