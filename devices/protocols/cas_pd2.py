"""CAS checkout dialogs (PD-II, ER and others): control bytes to ask, an XOR byte to check.

Source: CAS PD-II manual and the manufacturer's firmware. 9600 baud. The dialog is a menu setting of the
scale: types 0 and 1, 6 (the default) and 7 are read here; types 2, 3 and 10 speak ``toledo_8217``, types
4, 5 and 8 speak ``nci_ecr``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import xor
from devices.protocols.dialogs import answer, command, unspeakable, written_command
from devices.protocols.framing import (
    LINE,
    FrameCodec,
    Refuse,
    Span,
    Verdict,
    accept,
    from_host,
    read_settings,
    span,
    whole,
)
from devices.protocols.results import Message, Result, Weight
from devices.protocols.values import (
    column,
    magnitude,
    negative,
    number,
    reading,
    scaled,
    unit_of,
    written_unit,
)

_SOH, _STX, _ETX, _EOT = 1, 2, 3, 4
_ANSWERS = {0x06: "ack", 0x07: "zero", 0x15: "nak", 0x18: "cancel"}
_ASKED = {0x05: "ENQ", 0x11: "DC1", 0x12: "DC2", 0x24: "$", 0x06: "ACK", 0x15: "NAK"}
#: capacity classes of types 0 and 1: kg, then lb
_CLASSES = b"ABCGHIJOPDEFKLMN"
_NUMBER = re.compile(rb"( *)(-?)([0-9]{1,6}(?:\.[0-9]{0,5})?|\.[0-9]{1,5})")
_PLAIN = re.compile(rb" *[0-9]{1,5}\.[0-9]{0,4}")
_ELSEWHERE = {
    2: "toledo_8217",
    3: "toledo_8217",
    10: "toledo_8217",
    4: "nci_ecr",
    5: "nci_ecr",
    8: "nci_ecr",
}


def _type_setting(name: str, value: Any) -> int:
    number_ = whole(0, 15)(name, value)
    if number_ in _ELSEWHERE:
        raise ValueError(f"{name} {number_} is the protocol {_ELSEWHERE[number_]}: configure that one")
    if number_ not in (0, 1, 6, 7):
        raise ValueError(f"{name} must be 0, 1, 6 or 7; set the scale to type 6")
    return int(number_)


class CasPd2(FrameCodec):
    """The scale's side of types 0, 1, 6 and 7."""

    info: ClassVar[CodecInfo] = CodecInfo(
        name="cas_pd2",
        kind="scale",
        title="CAS PD-II dialogs",
        devices="CAS PD-II, ER and other checkout scales; Ohaus Aviator (type 0)",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="CAS PD-II manual; CAS firmware source",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``type`` (6; or 0, 1, 7 as set in the scale), ``unit`` and ``decimals`` (types 0 and 1
        send five digits without point or unit; without ``decimals`` they give no weight), ``unit`` (7),
        ``strip_bit7`` (true for types 0 and 1, which speak 7 bits and even parity)."""
        known = {**LINE, "type": _type_setting, "decimals": whole(0, 4)}
        settings = read_settings(self.info.name, config, known)
        self._host = from_host(direction, settings)
        self._type: int = settings.get("type", 6)
        self._unit: str | None = settings.get("unit")
        self._decimals: int | None = settings.get("decimals")
        self._acknowledged = False
        if self._host:
            starts = bytes(_ASKED)
        else:
            frame = {0: b"\x02", 1: b"\x02", 6: b"\x01", 7: b" 0123456789-."}[self._type]
            starts = frame + bytes(_ANSWERS)
        super().__init__(
            starts,
            limit=15 if self._type == 6 else 9,
            strip_bit7=settings.get("strip_bit7", self._type in (0, 1)),
        )

    def match(self, data: bytes, at: int) -> Verdict:
        """One answer, or one control byte of the host."""
        byte = data[at]
        if self._host:
            return accept(1, command(_ASKED[byte]))
        if byte in _ANSWERS:
            self._acknowledged = byte == 0x06
            return accept(1, answer("ack", _ANSWERS[byte]))
        verdict = {6: self._type6, 7: self._type7}.get(self._type, self._type0)(data, at)
        if isinstance(verdict, type(accept(0))):
            self._acknowledged = False
        return verdict

    def _type6(self, data: bytes, at: int) -> Verdict:
        have = len(data) - at
        fixed = ((1, b"\x02"), (2, b"SU"), (3, b" -F"))
        for place, allowed in fixed:
            if have > place and data[at + place] not in allowed:
                return Refuse("bad_format", "SOH is not followed by STX, S or U and a sign")
        if have < 15:
            return None
        if data[at + 13] != _ETX or data[at + 14] != _EOT:
            return Refuse("bad_format", "no ETX and EOT at their place")
        if xor(data[at + 2 : at + 12]) != data[at + 12]:
            return Refuse("bad_checksum", "the XOR byte does not match")
        sign, field, unit = data[at + 3 : at + 4], data[at + 4 : at + 10], unit_of(data[at + 10 : at + 12])
        stable = data[at + 2] == 0x53
        status = [] if stable else ["motion"]
        if unit is None:
            return Refuse("bad_format", "the weight has no unit we know")
        if sign == b"F":
            return accept(15, reading(None, unit, stable, None, [*status, "overload"]))
        found = _NUMBER.fullmatch(field)
        if not found or (found[2] and sign == b"-"):
            return Refuse("bad_format", "the weight is not a right-aligned number")
        minus = b"-" if sign == b"-" or found[2] else b""
        return accept(15, reading(number(minus + found[3]), unit, stable, None, status))

    def _type0(self, data: bytes, at: int) -> Verdict:
        have = len(data) - at
        if have > 1 and data[at + 1] not in _CLASSES:
            return Refuse("bad_format", "the capacity letter after STX is unknown")
        digits = data[at + 2 : at + 7]
        if digits.strip(b"0123456789"):
            return Refuse("bad_format", "something else than digits stands in the weight")
        if have < 9:
            return None
        if data[at + 8] != _ETX:
            return Refuse("bad_format", "no ETX at its place")
        if xor(data[at + 1 : at + 7]) != data[at + 7]:
            return Refuse("bad_checksum", "the XOR byte does not match")
        text = digits.decode("ascii")
        value = None if self._decimals is None else scaled(text, self._decimals)
        extra = {"raw": text, "scale_id": chr(data[at + 1])}
        return accept(9, reading(value, self._unit, True, None, extra=extra))

    def _type7(self, data: bytes, at: int) -> Verdict:
        before = self.previous(data, at)
        if before is not None and 0x20 <= before <= 0x7E:
            return Refuse("bad_format", "the answer does not start here")
        found = span(data, at, ends=b"\r", limit=self.limit)
        if not isinstance(found, Span):
            return found
        text = data[at : at + 1] + found.text
        if len(text) == 6 and not text.strip(b"-."):
            return accept(found.length, reading(None, self._unit, None, None, ["invalid"]))
        if len(text) != 6 or not _PLAIN.fullmatch(text):
            return Refuse("bad_format", "not six characters with a point before CR")
        return accept(found.length, reading(number(text.strip(b" ")), self._unit, True, None))

    def encode(self, result: Result) -> bytes:
        """The scale's answer, or the host's control byte.

        Raises ``ValueError`` for a weight that does not fit, or that type 0, 1 or 7 would not send.
        """
        if self._host:
            name = written_command(result)
            return bytes((next((byte for byte, text in _ASKED.items() if text == name), 0x05),))
        if isinstance(result, Message):
            for byte, word in _ANSWERS.items():
                if result.fields.get("result") == word:
                    return bytes((byte,))
            raise unspeakable(result, "the CAS dialog")
        if not isinstance(result, Weight):
            raise unspeakable(result, "the CAS dialog")
        if self._type == 6:
            return _type6_bytes(result)
        if self._type == 7:
            return self._type7_bytes(result)
        return self._type0_bytes(result)

    def _type7_bytes(self, weight: Weight) -> bytes:
        if weight.value is None or not weight.stable or negative(weight):
            return b"------\r"
        text = magnitude(weight.value).rjust(6, "0")
        if "." not in text or len(text) != 6:
            raise ValueError(f"type 7 sends six characters with a point, not {text}")
        return text.encode("ascii") + b"\r"

    def _type0_bytes(self, weight: Weight) -> bytes:
        digits = weight.extra.get("raw")
        if digits is None:
            if weight.value is None or self._decimals is None or not weight.stable or negative(weight):
                return b"\x15"
            digits = magnitude(weight.value.scaleb(self._decimals).quantize(Decimal(1)))
        body = f"{weight.extra.get('scale_id', 'A')}{column(str(digits), 5, fill='0')}".encode("ascii")
        return b"\x02" + body + bytes((xor(body), _ETX))

    def poll(self) -> bytes:
        """What comes next in the dialog: ENQ, and after the scale's ACK the request for data.

        Type 7 asks with ``$`` at once.
        """
        if self._type == 7:
            return b"$"
        if self._acknowledged:
            self._acknowledged = False
            return b"\x11" if self._type == 6 else b"\x12"
        return b"\x05"


def _type6_bytes(weight: Weight) -> bytes:
    state = "U" if weight.stable is False else "S"
    unit = written_unit(weight, 2)
    if weight.value is None:
        body = f"{state}FFFFFFF{unit:<2}".encode("ascii")
    else:
        sign = "-" if negative(weight) else " "
        body = f"{state}{sign}{column(magnitude(weight.value), 6)}{unit:<2}".encode("ascii")
    return bytes((_SOH, _STX)) + body + bytes((xor(body), _ETX, _EOT))
