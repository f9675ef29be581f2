"""NCI / Weigh-Tronix SCP-01 and its checkout form SCP-02 (ECR).

Source: Avery Berkel 6702 manual, Ohaus Aviator service manual. 9600 7E1; the host sends a letter and CR;
the answer is ``LF weight unit CR LF [S]hh CR ETX``, with the weight line missing when there is no valid
weight. CAS, Adam and Brecknell speak it with small differences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, command, unspeakable, written_command
from devices.protocols.framing import (
    COMMON,
    FrameCodec,
    Refuse,
    Span,
    Verdict,
    accept,
    from_host,
    read_settings,
    span,
)
from devices.protocols.results import Message, Mode, Result, Weight
from devices.protocols.values import (
    column,
    magnitude,
    negative,
    number,
    reading,
    unit_of,
    written_unit,
)

_LF = 0x0A
_LINES = re.compile(rb"[\r\n]+")
_WEIGHT = re.compile(rb"([ +-]?)([0-9]{1,7}(?:\.[0-9]{0,6})?|\.[0-9]{1,6}) *([A-Za-z]{1,5}) *")
_FILLED = re.compile(rb"[ -]?([-^_.=*]{3,8}) *([A-Za-z]{1,5})? *")
_STATUS = re.compile(rb"[SH]?([\x30-\x3f]|[\x30-\x3f][\x30-\x7f]{1,3})")
_COMMAND = re.compile(rb"([WSHZTUM])\r")
_FILLS = {b"^": "overload", b"_": "underload", b"-": "zero_error"}
#: byte, bit, word; every byte has bits 4 and 5 set, bit 6 announces another byte
_FLAGS = (
    (0, 1, "motion"),
    (0, 2, "zero"),
    (0, 4, "error"),
    (0, 8, "error"),
    (1, 1, "underload"),
    (1, 2, "overload"),
    (1, 4, "error"),
    (1, 8, "error"),
    (2, 8, "init_zero_error"),
)
_NO_WEIGHT = frozenset({"overload", "underload", "error", "init_zero_error", "zero_error"})


class NciEcr(FrameCodec):
    """LF, weight line, status line, CR, ETX."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="nci_ecr",
        kind="scale",
        title="NCI SCP-01 / ECR SCP-02",
        devices="NCI, Avery Weigh-Tronix, Ohaus, Adam, Brecknell, CAS types 4, 5 and 8",
        serial={"baudrate": 9600, "bytesize": 7, "parity": "E", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="Avery Berkel 6702 manual; Ohaus Aviator 7000 service manual",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings of its own; bit 7 is always masked."""
        settings = read_settings(self.info.name, config, COMMON)
        self._host = from_host(direction, settings)
        super().__init__(b"WSHZTUM" if self._host else b"\n", limit=64, strip_bit7=True)

    def match(self, data: bytes, at: int) -> Verdict:
        """One answer, or one command of the host."""
        if self._host:
            if found := _COMMAND.match(data, at):
                return accept(2, command(found[1].decode("ascii")))
            if len(data) - at < 2:
                return None
            return Refuse("bad_format", "a command is one letter and CR")
        if len(data) - at > 1 and data[at + 1] == _LF:
            return Refuse("bad_format", "an empty line where the weight or status should stand")
        whole = span(data, at, ends=b"\x03", limit=self.limit, inner=b"\r\n")
        if not isinstance(whole, Span):
            return whole
        lines = _LINES.split(whole.text)
        if lines and not lines[-1]:
            lines.pop()  # the CR before ETX
        result = self._read(lines, self.previous(data, at))
        if result is None:
            return Refuse("bad_format", "not a weight line and a status line between LF and ETX")
        return accept(whole.length, result)

    @staticmethod
    def _read(lines: list[bytes], previous: int | None) -> Result | None:
        if len(lines) == 1:
            # an LF that follows text or CR is the middle of an answer whose weight line was lost
            if previous is not None and (previous == 0x0D or 0x20 <= previous <= 0x7E):
                return None
            if lines[0] == b"?":
                return answer("?", "unknown_command")
            bits = _status_bits(lines[0])
            return None if bits is None else _reading(bits, None, None)
        if len(lines) != 2:
            return None
        bits = _status_bits(lines[1])
        if bits is None:
            return None
        if found := _WEIGHT.fullmatch(lines[0]):
            unit = unit_of(found[3])
            sign = found[1] if found[1] == b"-" else b""
            return None if unit is None else _reading(bits, sign + found[2], unit)
        if found := _FILLED.fullmatch(lines[0]):
            unit = unit_of(found[2]) if found[2] else None
            if found[2] and unit is None:
                return None
            word = _FILLS.get(found[1].strip(b".")[:1], "invalid")
            known = bits[1] & 3 if len(bits) > 1 else 0
            return _reading(bits, None, unit, () if known else (word,))
        return None

    def encode(self, result: Result) -> bytes:
        """An answer in ECR form, or the host's command. Raises ``ValueError`` for a weight too wide."""
        if self._host:
            text = written_command(result).encode("ascii") + b"\r"
            if not _COMMAND.fullmatch(text):
                raise ValueError("NCI knows the letters W S H Z T U M")
            return text
        if isinstance(result, Message) and result.fields.get("command") == "?":
            return b"\n?\r\x03"
        if not isinstance(result, Weight):
            raise unspeakable(result, "NCI")
        status = b"S" + _status_bytes(result) + b"\r\x03"
        if result.value is None:
            return b"\n" + status
        minus = "-" if negative(result) else ""
        text_value = minus + magnitude(result.value).rjust(6, "0")
        unit = written_unit(result, 5).upper()
        return b"\n" + column(text_value, 8).strip().encode("ascii") + unit.encode("ascii") + b"\r\n" + status

    def poll(self) -> bytes:
        """``W`` CR: the weight, or the status when there is none."""
        return b"W\r"


def _status_bits(text: bytes) -> bytes | None:
    """The status bytes, checked: fixed bits set, bit 6 exactly where another byte follows."""
    found = _STATUS.fullmatch(text)
    bits = found[1] if found else b""
    if len(bits) < 2 or any(byte & 0x30 != 0x30 for byte in bits):
        return None
    if any(bool(byte & 0x40) != (place < len(bits) - 1) for place, byte in enumerate(bits) if place):
        return None
    return bits


def _reading(bits: bytes, text: bytes | None, unit: str | None, more: tuple[str, ...] = ()) -> Weight:
    status = {word for at, bit, word in _FLAGS if at < len(bits) and bits[at] & bit} | set(more)
    mode: Mode | None = None
    if len(bits) > 2:
        mode = "net" if bits[2] & 4 else "gross"
    value = None if text is None or status & _NO_WEIGHT else number(text)
    return reading(value, unit, not bits[0] & 1, mode, status)


def _status_bytes(weight: Weight) -> bytes:
    bits = [0x30, 0x30, 0x30]
    words = set(weight.status)
    if weight.stable is False:
        words.add("motion")
    if "out_of_range" in words:
        words.add("overload")
    done: set[str] = set()
    for at, bit, word in _FLAGS:
        if word in words and word not in done:
            bits[at] |= bit
            done.add(word)
    if weight.mode in ("gross", "net") or bits[2] != 0x30:
        bits[1] |= 0x40
        bits[2] |= 4 if weight.mode == "net" else 0
        return bytes(bits)
    return bytes(bits[:2])
