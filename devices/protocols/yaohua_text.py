"""Text formats of small Yaohua indicators and their clones: the ``=`` stream, A12E and the older A12.

Sources: XK3190-A26 manual p. 12-13 (``=``), XK3190-A12E manual p. 13, a driver for the XK3190-A12.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from devices.protocols import CodecInfo, Direction
from devices.protocols.checks import hex_pair, xor
from devices.protocols.framing import (
    LineCodec,
    Refuse,
    Verdict,
    accept,
    flag,
    one_of,
    read_settings,
    refuse,
    whole,
)
from devices.protocols.idle import PauseCodec
from devices.protocols.results import Mode, Result, Weight
from devices.protocols.values import decimal, number, plain, sign_of, unit_of, unit_setting

_SERIAL = {"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1}


def _sign(value: Decimal) -> Literal[1, -1]:
    return -1 if sign_of(value) == -1 else 1


class Equals(PauseCodec):
    """``=`` and 8 characters, again and again, with neither end mark nor check.

    A frame counts only when it stands between two ``=`` (or before a pause): one character too many or too few
    shifts the weight by a power of ten. Demand two equal frames in a row above the codec.
    """

    info: ClassVar[CodecInfo] = CodecInfo(
        name="equals",
        kind="scale",
        title="'=' stream of 8 characters",
        devices="Yaohua XK3190-D2+/A26/A27, Keli D39/D10, many clones",
        serial=_SERIAL,
        polled=False,
        carries_unit=False,
        confidence="V+D",
        source="XK3190-A26 manual p. 12-13",
    )

    _TEXT = re.compile(r" *([+-]?(?:[0-9]+\.?[0-9]*))")
    _CHARS = frozenset(b"0123456789.+- ")

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``unit``; ``reversed`` last digit first (true); ``delimiter`` ``before`` or ``after`` the
        characters (before); ``chars`` how many (8)."""
        settings = read_settings(
            self.info.name,
            config,
            {
                "unit": unit_setting,
                "reversed": flag,
                "delimiter": one_of("before", "after"),
                "chars": whole(3, 16),
            },
        )
        self.unit: str | None = settings.get("unit")
        self.reversed: bool = settings.get("reversed", True)
        self.after: bool = settings.get("delimiter", "before") == "after"
        self.chars: int = settings.get("chars", 8)
        super().__init__(
            bytes(sorted(self._CHARS)) if self.after else b"=", limit=self.chars + 2, after=b"\n"
        )

    def match(self, data: bytes, at: int) -> Verdict:
        """One frame, with the mark at the configured side."""
        return self._mark_last(data, at) if self.after else self._mark_first(data, at)

    def _mark_first(self, data: bytes, at: int) -> Verdict:
        body = data[at + 1 : at + 1 + self.chars]
        for byte in body:
            if byte not in self._CHARS:
                return self._strange(byte)
        if len(body) < self.chars:
            return None
        behind = data[at + 1 + self.chars : at + 2 + self.chars]
        if not behind:
            return self._weight(body, self.chars + 1) if self.idle else None
        if behind in b"\r\n":
            return self._weight(body, self.chars + 2)
        if behind != b"=":
            return Refuse("overlong", f"more than {self.chars} characters before the next '='; check `chars`")
        return self._weight(body, self.chars + 1)

    def _mark_last(self, data: bytes, at: int) -> Verdict:
        before = self.previous(data, at)
        if before is not None and before in self._CHARS:
            return Refuse("overlong", f"more than {self.chars} characters before '='; check `chars`")
        body = data[at : at + self.chars]
        for byte in body:
            if byte not in self._CHARS:
                return self._strange(byte)
        behind = data[at + self.chars : at + self.chars + 1]
        if not behind:
            return None
        if behind != b"=":
            return Refuse("overlong", f"more than {self.chars} characters before '='; check `chars`")
        return self._weight(body, self.chars + 1)

    def _strange(self, byte: int) -> Refuse:
        if byte in b"=\r\n":
            return Refuse("bad_format", f"fewer than {self.chars} characters to the next '='; check `chars`")
        return Refuse("bad_format", f"{byte:02X}h stands where a digit, point or sign belongs")

    def _weight(self, body: bytes, length: int) -> Verdict:
        text = (body[::-1] if self.reversed else body).decode("ascii")
        found = self._TEXT.fullmatch(text)
        value = decimal(found[1]) if found else None
        if value is None:
            if not text.strip(" -"):
                return Refuse("not_a_weight", "blanks or dashes instead of digits")
            return Refuse("bad_format", f"{text!r} is no number; check `reversed` and `delimiter`")
        return accept(length, Weight(value, self.unit, None, None, _sign(value)))

    def encode(self, result: Result) -> bytes:
        """One frame, zero filled. Raises ``ValueError`` for a weight that does not fit."""
        if not isinstance(result, Weight) or result.value is None or result.status:
            raise ValueError("the '=' format can only send plain weights")
        negative = result.sign == -1 or result.value.is_signed()
        digits = plain(abs(result.value))
        text = ("-" if negative else "") + digits.rjust(self.chars - negative, "0")
        if len(text) > self.chars:
            raise ValueError(f"{result.value} does not fit in {self.chars} characters")
        body = (text[::-1] if self.reversed else text).encode("ascii")
        return body + b"=" if self.after else b"=" + body

    def poll(self) -> bytes | None:
        """None: the indicator streams by itself."""
        return None


class YaohuaA12e(LineCodec):
    """``WG004.139kg`` + XOR as two hex characters + CR LF; nine blanks and ``OL``/``LO`` when out of range."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="yaohua_a12e",
        kind="scale",
        title="Yaohua XK3190-A12E text with check",
        devices="Yaohua XK3190-A12E and bench indicators of that family",
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="V",
        source="XK3190-A12E manual p. 13",
    )
    _BODY = re.compile(rb"W([GN]) *([+-]?) *([0-9]+\.?[0-9]*)([A-Za-z ]{2})")
    _RANGE: ClassVar[dict[bytes, str]] = {b" " * 9 + b"OL": "overload", b" " * 9 + b"LO": "underload"}
    _MODES: ClassVar[dict[bytes, Mode]] = {b"G": "gross", b"N": "net"}
    LENGTH = 11

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings but ``strip_bit7``."""
        settings = read_settings(self.info.name, config, {"strip_bit7": flag})
        super().__init__(strip_bit7=settings.get("strip_bit7", False))

    def line(self, line: bytes) -> Result | None:
        """One line without its end: eleven characters and two check characters."""
        body, check = line[: self.LENGTH], line[self.LENGTH :]
        found = self._BODY.fullmatch(body)
        word = self._RANGE.get(body)
        unit = unit_of(found[4]) if found else None
        if word is None and (found is None or unit is None or len(body) < self.LENGTH):
            return refuse("bad_format", f"{line!r} is not W, G or N, value, unit and check")
        if len(check) < 2:
            return refuse("truncated", "the line ended before its two check characters")
        if len(check) > 2:
            return refuse("bad_format", f"{len(line)} characters, 13 expected")
        if check != (expected := hex_pair(xor(body))):
            return refuse("bad_checksum", f"check is {check!r}, the characters give {expected!r}")
        if word is not None:
            return Weight(None, None, None, None, None, frozenset({word}))
        value = number(found[2] + found[3]) if found else None
        if found is None or value is None:
            return refuse("bad_format", f"{line!r} holds no number")
        return Weight(value, unit, None, self._MODES[found[1]], _sign(value))

    def encode(self, result: Result) -> bytes:
        """One line. Raises ``ValueError`` for a weight that does not fit in seven characters."""
        if not isinstance(result, Weight):
            raise ValueError("yaohua_a12e can only send weights")
        body = next((text for text, word in self._RANGE.items() if word in result.status), b"")
        if not body:
            letter = next((k for k, mode in self._MODES.items() if mode == result.mode), None)
            if result.value is None or letter is None:
                raise ValueError("a line is gross or net with a value, or overload or underload")
            negative = result.sign == -1 or result.value.is_signed()
            text = ("-" if negative else "") + plain(abs(result.value)).rjust(7 - negative, "0")
            body = b"W" + letter + text.encode("ascii") + (result.unit or "").ljust(2).encode("ascii")
            if len(body) != self.LENGTH or unit_of(result.unit or "") is None:
                raise ValueError(
                    f"{result.value} {result.unit} does not fit in seven characters and a unit of two"
                )
        return body + hex_pair(xor(body)) + b"\r\n"

    def poll(self) -> bytes | None:
        """None: the indicator streams by itself."""
        return None


class WgAscii(LineCodec):
    """Older A12, HEB-TW: ``ww`` gross, ``wn`` net, ``wt`` tare, value, unit, CR LF; some in capital letters."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="wg_ascii",
        kind="scale",
        title="Yaohua XK3190-A12 text without check",
        devices="Yaohua XK3190-A12 (older), HEB-TW",
        serial=_SERIAL,
        polled=False,
        carries_unit=True,
        confidence="D",
        source="driver for the XK3190-A12",
    )
    _LINE = re.compile(rb"[Ww]([WwNnTt])( *)([+-]?)( *)([0-9]+\.?[0-9]*) *([A-Za-z]{1,3})")
    _MODES: ClassVar[dict[bytes, Mode]] = {b"w": "gross", b"n": "net", b"t": "tare"}

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """No settings but ``strip_bit7``."""
        settings = read_settings(self.info.name, config, {"strip_bit7": flag})
        super().__init__(strip_bit7=settings.get("strip_bit7", False))

    def line(self, line: bytes) -> Result | None:
        """One line without its end."""
        found = self._LINE.fullmatch(line)
        value = number(found[3] + found[5]) if found else None
        unit = unit_of(found[6]) if found else None
        if found is None or value is None or unit is None:
            return refuse("bad_format", f"{line!r} is not w, one of w n t, value and unit")
        return Weight(value, unit, None, self._MODES[found[1].lower()], _sign(value))

    def encode(self, result: Result) -> bytes:
        """One line with seven characters of value. Raises ``ValueError`` for what does not fit."""
        if not isinstance(result, Weight) or result.value is None or result.status:
            raise ValueError("wg_ascii can only send plain weights")
        letter = next((k for k, mode in self._MODES.items() if mode == result.mode), None)
        if letter is None or result.unit is None:
            raise ValueError("a line is gross, net or tare and names its unit")
        negative = result.sign == -1 or result.value.is_signed()
        text = ("-" if negative else "") + plain(abs(result.value)).rjust(7 - negative, "0")
        return b"w" + letter + text.encode("ascii") + result.unit.encode("ascii") + b"\r\n"

    def poll(self) -> bytes | None:
        """None: the indicator streams by itself."""
        return None
