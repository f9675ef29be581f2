"""Keli HT9800, XK3118T1 and similar: five binary bytes every 100 ms, 8 data bits, two stop bits.

Source: a driver note. The byte order of the BCD is not confirmed: put a known load on and set ``bcd``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.framing import FrameCodec, Refuse, Verdict, accept, one_of, read_settings
from devices.protocols.results import Result, Weight
from devices.protocols.values import scaled, unit_setting

START = 0xFF
_STABLE, _MINUS, _OVERLOAD, _PLACES = 0x10, 0x20, 0x80, 0x07


def bcd_digits(packed: bytes) -> str | None:
    """The decimal digits of packed BCD, high byte first; None when a nibble is no digit."""
    text = packed.hex()
    return text if text.isdigit() else None


class KeliBcd5(FrameCodec):
    """``FF status bcd bcd bcd``. FF cannot occur in BCD, so the start is safe; there is no check code."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="keli_bcd5",
        kind="scale",
        title="Keli 5-byte BCD stream",
        devices="HT9800, XK3118T1 and similar",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 2},
        polled=False,
        carries_unit=False,
        confidence="D",
        source="driver note for HT9800 / XK3118T1",
    )
    LENGTH = 5

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``bcd`` = ``low_first`` (usual) or ``high_first``."""
        super().__init__(bytes((START,)), limit=self.LENGTH)
        settings = read_settings(
            self.info.name, config, {"unit": unit_setting, "bcd": one_of("low_first", "high_first")}
        )
        self.unit: str | None = settings.get("unit")
        self.low_first: bool = settings.get("bcd", "low_first") == "low_first"

    def match(self, data: bytes, at: int) -> Verdict:
        """Status: bits 0-2 decimal places 0-5, 4 stable, 5 negative, 7 overload."""
        frame = data[at : at + self.LENGTH]
        if len(frame) > 1 and frame[1] & _PLACES > 5:
            return Refuse(
                "bad_format",
                f"status {frame[1]:02X}h asks for {frame[1] & _PLACES} decimal places, 0 to 5 exist",
            )
        for byte in frame[2:]:
            if bcd_digits(bytes((byte,))) is None:
                return Refuse("bad_format", f"{byte:02X}h is not BCD")
        if len(frame) < self.LENGTH:
            return None
        status, packed = frame[1], frame[2:]
        digits = (packed[::-1] if self.low_first else packed).hex()
        stable = bool(status & _STABLE)
        words = set() if stable else {"motion"}
        if status & _OVERLOAD:
            words.add("overload")
            return accept(self.LENGTH, Weight(None, self.unit, stable, None, None, frozenset(words)))
        negative = bool(status & _MINUS)
        value = scaled(digits, status & _PLACES, negative=negative)
        return accept(
            self.LENGTH, Weight(value, self.unit, stable, None, -1 if negative else 1, frozenset(words))
        )

    def encode(self, result: Result) -> bytes:
        """One frame. Raises ``ValueError`` for more than six digits or five decimal places."""
        if not isinstance(result, Weight):
            raise ValueError("keli_bcd5 can only send weights")
        status = _STABLE if result.stable else 0
        if "overload" in result.status:
            return bytes((START, status | _OVERLOAD)) + b"\x99\x99\x99"
        if result.value is None:
            raise ValueError("without a value only overload can be sent")
        digits, places = packed_digits(result, 5)
        negative = result.sign == -1 or result.value.is_signed()
        packed = bytes.fromhex(digits)
        status |= places | (_MINUS if negative else 0)
        return bytes((START, status)) + (packed[::-1] if self.low_first else packed)

    def poll(self) -> bytes | None:
        """None: the indicator streams by itself."""
        return None


def packed_digits(weight: Weight, most: int) -> tuple[str, int]:
    """Six digits and the number of decimal places of a weight, for BCD formats.

    Raises ``ValueError`` for more than six digits or ``most`` places.
    """
    if weight.value is None:
        raise ValueError("there is no value to send")
    exponent = weight.value.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 99
    if places > most or (count := int(abs(weight.value).scaleb(places))) > 999999:
        raise ValueError(f"{weight.value} does not fit in six digits and {most} decimal places")
    return f"{count:06d}", places
