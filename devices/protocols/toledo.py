"""Toledo continuous output and its extended form: a stream of fixed frames with a 7-bit sum.

Source: byte tables of Mettler-Toledo IND245 and Wildcat; 9600 (4800) 7E1 or 8N1, about 20 frames a
second, nothing is ever asked. Bit 7 is always masked: a 7E1 device is often read on an 8-bit port.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import sum7, xor
from devices.protocols.dialogs import command, unspeakable, written_command
from devices.protocols.framing import (
    COMMON,
    FrameCodec,
    Refuse,
    Setting,
    Verdict,
    accept,
    flag,
    from_host,
    one_of,
    read_settings,
    whole,
)
from devices.protocols.results import Mode, Result, Weight
from devices.protocols.values import (
    column,
    decimal,
    magnitude,
    negative,
    number,
    plain,
    reading,
    scaled,
    whole_number,
)

_STX, _SOH, _CR = 0x02, 0x01, 0x0D
#: decimal code of status word A -> digits behind the point (negative: zeros to append)
_PLACES = (-2, -1, 0, 1, 2, 3, 4, 5)
_UNITS = {1: "g", 2: "t", 3: "oz", 4: "ozt", 5: "dwt", 6: "ton"}
_UNIT_CODES = {unit: code for code, unit in _UNITS.items()}
_CONTROL = re.compile(rb"[\x00-\x1f]")
_BROKEN = "a control byte stands inside the frame"
_CUT = "a new frame starts before the end of this one"
_FIELD = re.compile(rb" *[0-9]+")
_EMPTY = (b" " * 6, b"*" * 6, b"-" * 6)
#: single characters a host may send on the same line
_KEYS = re.compile(rb"[CTPZ]")

_EXTENDED_UNITS = {1: "lb", 2: "kg", 3: "g", 4: "t", 5: "ton", 8: "oz", 9: "N"}
_EXTENDED_CODES = {unit: code for code, unit in _EXTENDED_UNITS.items()}
_SIGNED = re.compile(rb"([+-]?) *([0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_BLOCKED = frozenset({"out_of_range", "zero_not_captured", "invalid", "overload", "underload"})

_CHECKS: Mapping[Any, Any] = {True: sum7, "xor": lambda data: xor(data) & 0x7F, False: None}
_SETTINGS: Mapping[str, Setting] = {**COMMON, "checksum": one_of(True, False, "xor")}


class _Toledo(FrameCodec):
    """What both forms share: masking, the check byte, the one-letter keys of the host."""

    remembers: ClassVar[bool] = True

    def __init__(self, start: int, length: int, settings: Mapping[str, Any], direction: Direction) -> None:
        self._host = from_host(direction, settings)
        self._check = _CHECKS[settings.get("checksum", True)]
        self._body = length
        super().__init__(
            bytes(range(0x21, 0x7F)) if self._host else bytes((start,)),
            limit=length + (self._check is not None),
            strip_bit7=True,
        )

    def _key(self, data: bytes, at: int) -> Verdict:
        if not _KEYS.match(data, at):
            return Refuse("bad_format", "only the single letters C, T, P and Z are sent to a Toledo terminal")
        return accept(1, command(chr(data[at])))

    def _wrong_check(self, data: bytes, at: int) -> Refuse | None:
        end = at + self._body
        if self._check is not None and self._check(data[at:end]) != data[end]:
            return Refuse("bad_checksum", "the check byte does not match: noise, or the terminal sends none")
        return None

    def _closed(self, frame: bytes) -> bytes:
        return frame if self._check is None else frame + bytes((self._check(frame),))

    def _encoded_key(self, result: Result) -> bytes:
        key = written_command(result).encode("ascii")
        if not _KEYS.fullmatch(key):
            raise ValueError("only the single letters C, T, P and Z are sent to a Toledo terminal")
        return key

    def poll(self) -> None:
        """None: the terminal streams."""
        return


class ToledoContinuous(_Toledo):
    """STX, three status bytes, six digits of weight and of tare, CR, and the check byte."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="toledo_continuous",
        kind="scale",
        title="Toledo continuous output",
        devices="Mettler-Toledo IND, 8142, Jaguar, Wildcat and many clones",
        serial={"baudrate": 9600, "bytesize": 7, "parity": "E", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="Mettler-Toledo IND245 firmware and Wildcat user manual, byte tables",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``checksum`` (true; false when the terminal sends none; ``"xor"`` for some clones),
        ``start`` (start character, 2: multi-scale terminals use others), ``swap_kg_lb`` (clones that
        invert the unit bit, false)."""
        known = {**_SETTINGS, "start": whole(1, 31), "swap_kg_lb": flag}
        settings = read_settings(self.info.name, config, known)
        self._stx: int = settings.get("start", _STX)
        self._swapped: bool = settings.get("swap_kg_lb", False)
        super().__init__(self._stx, 17, settings, direction)

    def match(self, data: bytes, at: int) -> Verdict:
        """One frame of 17 bytes and the check."""
        if self._host:
            return self._key(data, at)
        if found := _CONTROL.search(data, at + 1, min(len(data), at + 16)):
            return Refuse("bad_format", _BROKEN if data[found.start()] != data[at] else _CUT)
        have = len(data) - at
        if have > 16 and data[at + 16] != _CR:
            return Refuse("bad_format", "no CR after the tare")
        if have < self.limit:
            return None
        a, b, c = data[at + 1 : at + 4]
        weight, tare = _unsigned(data[at + 4 : at + 10]), _unsigned(data[at + 10 : at + 16])
        if wrong := self._wrong_check(data, at):
            return wrong
        if a & 0x60 != 0x20 or not b & 0x20 or not c & 0x20:
            return Refuse("bad_format", "a status byte has impossible bits")
        if weight is None or tare is None:
            return Refuse("bad_format", "weight or tare is not a right-aligned number")
        return accept(self.limit, self._weight(a, b, c, weight, tare))

    def _weight(self, a: int, b: int, c: int, digits: str, tare_digits: str) -> Weight:
        places = _PLACES[a & 7]
        minus = bool(b & 2)
        status = {
            word
            for bit, word in ((b & 4, "out_of_range"), (b & 8, "motion"), (b & 64, "zero_not_captured"))
            if bit
        }
        status |= {word for bit, word in ((c & 8, "print_request"), (c & 16, "expanded")) if bit}
        value = scaled(digits, places, negative=minus) if digits else None
        if status & _BLOCKED:
            value = None
        elif value is None:
            status.add("invalid")
        tare = scaled(tare_digits, places) if tare_digits else None
        unit = _UNITS.get(c & 7)
        if not c & 7:
            unit = "kg" if bool(b & 16) != self._swapped else "lb"
        mode: Mode = "net" if b & 1 else "gross"
        return reading(
            value,
            unit,
            not b & 8,
            mode,
            status,
            sign=-1 if minus else 1,
            extra={"tare": None if tare is None else plain(tare)},
        )

    def encode(self, result: Result) -> bytes:
        """A frame, or the host's key. Raises ``ValueError`` when weight or tare need more than six digits."""
        if self._host:
            return self._encoded_key(result)
        if not isinstance(result, Weight):
            raise unspeakable(result, "Toledo continuous")
        tare = decimal(str(result.extra.get("tare") or "0"))
        code = _decimal_code([v for v in (result.value, tare) if v is not None])
        weight_field = " " * 6 if result.value is None else _unscaled(result.value, code)
        if result.value is None and "invalid" in result.status:
            weight_field = "*" * 6
        a = 0x28 | code
        b = 0x20 | (result.mode == "net") | negative(result) << 1
        b |= bool(result.status & {"out_of_range", "overload", "underload"}) << 2
        b |= (result.stable is False) << 3 | ("zero_not_captured" in result.status) << 6
        if "underload" in result.status:
            b |= 2
        c = 0x20 | ("print_request" in result.status) << 3 | ("expanded" in result.status) << 4
        if result.unit in _UNIT_CODES:
            c |= _UNIT_CODES[result.unit]
        elif result.unit not in ("kg", "lb"):
            c |= 7
        if (result.unit == "kg") != self._swapped:
            b |= 16
        text = weight_field + ("" if tare is None else _unscaled(tare, code))
        return self._closed(bytes((self._stx, a, b, c)) + text.encode("ascii") + b"\r")


class ToledoExtended(_Toledo):
    """SOH, ``1``, four status bytes, nine characters of weight and eight of tare with sign and point."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="toledo_extended",
        kind="scale",
        title="Toledo extended continuous output",
        devices="newer Mettler-Toledo IND terminals",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=False,
        carries_unit=True,
        confidence="V",
        source="Mettler-Toledo IND245 firmware",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``checksum`` (true; false when the terminal sends none)."""
        super().__init__(_SOH, 24, read_settings(self.info.name, config, _SETTINGS), direction)

    def match(self, data: bytes, at: int) -> Verdict:
        """One frame of 24 bytes and the check."""
        if self._host:
            return self._key(data, at)
        have = len(data) - at
        if have > 1 and data[at + 1] not in b"123456789":
            return Refuse("bad_format", "no scale number after SOH")
        if found := _CONTROL.search(data, at + 1, min(len(data), at + 23)):
            return Refuse("bad_format", _BROKEN if data[found.start()] != data[at] else _CUT)
        if have > 23 and data[at + 23] != _CR:
            return Refuse("bad_format", "no CR after the tare")
        if have < self.limit:
            return None
        if wrong := self._wrong_check(data, at):
            return wrong
        if not data[at + 2] & 0x20:
            return Refuse("bad_format", "a status byte has impossible bits")
        try:
            weight, tare = _signed(data[at + 6 : at + 15]), _signed(data[at + 15 : at + 23])
        except ValueError:
            return Refuse("bad_format", "weight or tare is not a number")
        return accept(self.limit, self._weight(data[at + 1 : at + 6], weight, tare))

    @staticmethod
    def _weight(head: bytes, value: Decimal | None, tare: Decimal | None) -> Weight:
        address, one, two, three, _ = head
        flags = (
            (one & 16, "zero"),
            (one & 64, "motion"),
            (two & 64, "expanded"),
            (three & 1, "invalid"),
            (three & 2, "underload"),
            (three & 4, "overload"),
            (three & 8, "zero_not_captured"),
            (three & 16, "print_request"),
        )
        status = {word for bit, word in flags if bit}
        if status & _BLOCKED:
            value = None
        elif value is None:
            status.add("invalid")
        extra: dict[str, Any] = {"tare": None if tare is None else plain(tare)}
        if address != 0x31:
            extra["addr"] = chr(address)
        unit = _EXTENDED_UNITS.get(one & 15)
        return reading(value, unit, not one & 64, "net" if two & 1 else "gross", status, extra=extra)

    def encode(self, result: Result) -> bytes:
        """A frame, or the host's key. Raises ``ValueError`` when a field is too narrow."""
        if self._host:
            return self._encoded_key(result)
        if not isinstance(result, Weight):
            raise unspeakable(result, "Toledo extended")
        status = result.status
        one = 0x20 | ("zero" in status) << 4 | (result.stable is False) << 6
        one |= _EXTENDED_CODES.get(result.unit or "", 0)
        two = 0x20 | (result.mode == "net") | ("expanded" in status) << 6
        three = 0x20 | ("invalid" in status) | ("underload" in status) << 1 | ("overload" in status) << 2
        three |= ("zero_not_captured" in status) << 3 | ("print_request" in status) << 4
        address = whole_number(str(result.extra.get("addr", "1"))) or 1
        if not 1 <= address <= 9:
            raise ValueError("the scale number is 1 to 9")
        text = ""
        if result.value is not None:
            text = ("-" if negative(result) else "") + magnitude(result.value)
        tare = str(result.extra.get("tare") or "0")
        frame = bytes((_SOH, 0x30 + address, one, two, three, 0x20))
        return self._closed(frame + (column(text, 9) + column(tare, 8, "tare")).encode("ascii") + b"\r")


def _unsigned(field: bytes) -> str | None:
    """Digits of a six-character field, "" for a field that gives no number, None for nonsense."""
    if field in _EMPTY:
        return ""
    return field.strip(b" ").decode("ascii") if _FIELD.fullmatch(field) else None


def _signed(field: bytes) -> Decimal | None:
    """The number of a field, None for a field that gives none; ``ValueError`` for nonsense."""
    text = field.strip(b" ")
    if not text or not text.strip(b"*") or (len(text) > 1 and not text.strip(b"-")):
        return None
    found = _SIGNED.fullmatch(text)
    value = number(found[1] + found[2]) if found else None
    if value is None:
        raise ValueError("not a number")
    return value


def _decimal_code(values: list[Decimal]) -> int:
    """The decimal code with which all ``values`` fit into six digits."""
    exponents = [value.as_tuple().exponent for value in values]
    places = max((-e for e in exponents if isinstance(e, int)), default=0)
    code = max(places, 0) + 2
    if code > 7:
        raise ValueError("Toledo continuous has at most five digits behind the point")
    while code > 0 and any(len(_unscaled(v, code, check=False)) > 6 for v in values):
        code -= 1
        if any(v != v.quantize(Decimal(1).scaleb(-_PLACES[code])) for v in values):
            raise ValueError("weight and tare do not fit into six digits each")
    return code


def _unscaled(value: Decimal, code: int, *, check: bool = True) -> str:
    try:
        digits = magnitude(value.copy_abs().scaleb(_PLACES[code]).quantize(Decimal(1)))
    except InvalidOperation:
        raise ValueError(f"{value} does not fit into six digits") from None
    return column(digits, 6) if check else digits
