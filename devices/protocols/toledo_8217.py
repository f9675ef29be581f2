"""Toledo 8217: the question-and-answer protocol of checkout and bench scales.

Source: Mettler-Toledo DIVA service manual. 9600 7E1; the host sends single letters without an end mark;
the scale answers with a weight or, when there is none to give, with a status byte *instead*. There is no
unit and no sign on the wire. CAS scales (types 2, 3 and 10) speak it too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, command, unspeakable, written_command
from devices.protocols.framing import (
    COMMON,
    Refuse,
    Span,
    Verdict,
    accept,
    from_host,
    read_settings,
    span,
    whole,
)
from devices.protocols.idle import PauseCodec
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import magnitude, number, reading, scaled

_STX, _CR = 0x02, 0x0D
_WEIGHT = re.compile(rb"([0-9]{1,5}\.[0-9]{1,4})(N?)")
_BARE = re.compile(rb"([0-9]{4,7})(N?)")
_STATUS = re.compile(rb"\?([\x40-\x7f])")
_COMMAND = re.compile(rb"T([0-9]{1,6})\r|([WZTCHABEF])(?:\r)?")
_FLAGS = (
    (1, "motion"),
    (2, "overload"),
    (4, "underload"),
    (8, "zero_not_captured"),
    (16, "zero"),
)
#: bits that cannot be set together (at zero, and outside the zero range): CAS says "what?" with 58h
_UNKNOWN_COMMAND = 0x58


class Toledo8217(PauseCodec):
    """STX, weight or ``?`` and a status byte, CR. Of the host, a ``T`` waits for digits until a pause."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="toledo_8217",
        kind="scale",
        title="Toledo 8217",
        devices="Mettler-Toledo checkout and bench scales, CAS PD-II and ER types 2, 3 and 10",
        serial={"baudrate": 9600, "bytesize": 7, "parity": "E", "stopbits": 1},
        polled=True,
        carries_unit=False,
        confidence="V",
        source="Mettler-Toledo DIVA service manual",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit`` (the scale does not send it), ``decimals`` (for scales that send no point)."""
        settings = read_settings(self.info.name, config, {**COMMON, "decimals": whole(0, 5)})
        self._host = from_host(direction, settings)
        self._unit: str | None = settings.get("unit")
        self._decimals: int | None = settings.get("decimals")
        starts = b"WZTCHABEF" if self._host else bytes((_STX,))
        super().__init__(starts, limit=12, strip_bit7=True, after=b"\r" if self._host else b"\n")

    def match(self, data: bytes, at: int) -> Verdict:
        """One answer, or one letter of the host."""
        if self._host:
            return _read_command(data, at, idle=self.idle)
        found = span(data, at, ends=b"\r", limit=self.limit, inner=b"\x7f")
        if not isinstance(found, Span):
            return found
        result = self._read(found.text)
        if result is None:
            return Refuse("bad_format", "not a weight, a status or an echo between STX and CR")
        return accept(found.length, result)

    def _read(self, text: bytes) -> Result | None:
        if found := _WEIGHT.fullmatch(text):
            return reading(number(found[1]), self._unit, True, "net" if found[2] else "gross")
        if self._decimals is not None and (found := _BARE.fullmatch(text)):
            value = scaled(found[1].decode("ascii"), self._decimals)
            return reading(value, self._unit, True, "net" if found[2] else "gross")
        if found := _STATUS.fullmatch(text):
            bits = found[1][0]
            if bits == _UNKNOWN_COMMAND:
                return answer("?", "unknown_command")
            mode: Mode | None = "net" if bits & 32 else None
            return reading(None, self._unit, not bits & 1, mode, [w for bit, w in _FLAGS if bits & bit])
        if text == b"E":
            return answer("echo", "ok")
        if len(text) == 1 and 0x40 <= text[0] <= 0x7F:
            return answer("test", "ok" if text == b"@" else "error", text=text.decode("ascii"))
        return None

    def encode(self, result: Result) -> bytes:
        """An answer, or the host's letter. Raises ``ValueError`` for a negative or too long weight."""
        if self._host:
            written = written_command(result, between="").encode("ascii")
            full = written + b"\r" if len(written) > 1 else written
            if not _COMMAND.fullmatch(full):
                raise ValueError("8217 knows the letters W Z T C H A B E F, and T with digits")
            return full
        if isinstance(result, Weight):
            text = _status_text(result) if result.value is None else self._weight_text(result)
        elif isinstance(result, Message):
            text = _message_text(result)
        else:
            raise unspeakable(result, "8217")
        return b"\x02" + text + b"\r"

    def _weight_text(self, weight: Weight) -> bytes:
        assert weight.value is not None
        if weight.value < 0:
            raise ValueError("8217 has no minus: a scale below zero sends the status 'underload'")
        text = magnitude(weight.value)
        if self._decimals is not None:
            text = magnitude(weight.value.scaleb(self._decimals).quantize(Decimal(1)))
        elif "." not in text:
            text += ".0"  # the point is always sent
        width = 6 if self._decimals is not None or len(text.partition(".")[2]) > 2 else 5
        text = text.rjust(width, "0") + ("N" if weight.mode == "net" else "")
        if len(text) > 10:
            raise ValueError(f"the weight {text} does not fit into an 8217 answer")
        return text.encode("ascii")

    def poll(self) -> bytes:
        """``W``: the weight now, or why there is none."""
        return b"W"


def _read_command(data: bytes, at: int, *, idle: bool) -> Verdict:
    letter = chr(data[at])
    if letter != "T":
        return accept(1, command(letter))
    end = at + 1
    while end < len(data) and 0x30 <= data[end] <= 0x39:
        end += 1
        if end - at > 7:
            return Refuse("bad_format", "a keyed tare has at most six digits")
    if end == at + 1:
        return accept(1, command("T")) if idle or end < len(data) else None
    if end == len(data):
        return None
    if data[end] != _CR:
        return Refuse("bad_format", "a keyed tare ends in CR")
    return accept(end + 1 - at, command("T", data[at + 1 : end].decode("ascii")))


def _status_text(weight: Weight) -> bytes:
    bits = 0x40 | sum(bit for bit, word in _FLAGS if word in weight.status)
    if weight.stable is False:
        bits |= 1
    if weight.mode == "net":
        bits |= 32
    if "out_of_range" in weight.status:
        bits |= 2
    return bytes((0x3F, bits))


def _message_text(message: Message) -> bytes:
    name, text = message.fields.get("command"), message.fields.get("text")
    if name == "echo":
        return b"E"
    if name == "?":
        return bytes((0x3F, _UNKNOWN_COMMAND))
    if name == "test" and isinstance(text, str) and len(text) == 1 and "@" <= text <= "\x7f":
        return text.encode("ascii")
    raise unspeakable(message, "8217")
