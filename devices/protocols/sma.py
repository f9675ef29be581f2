"""SMA SCP-0499/0999, the standard of the scale manufacturers' association.

Source: Sartorius PR5220 and Fairbanks FB2550 manuals. 9600 8N1. Commands are LF, letter, data, CR; a
weight answer has exactly 20 bytes from LF to CR; the other answers are short texts in the same frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from devices.protocols import CodecInfo, Direction
from devices.protocols.dialogs import answer, unspeakable, written_command
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
_HEAD = re.compile(rb"[ ZOUEITe_][0-9_ ][GTNgtn_][M _]")
_NUMBER = re.compile(rb" *(-?[0-9]+(?:\.[0-9]*)?|-?\.[0-9]+)")
_EMPTY = re.compile(rb"[ ]*[-_*]*")
_ABOUT = re.compile(rb"(?:SMA|MFG|MOD|REV|SN_?|OP[0-9]|END) ?:[\x20-\x7e]*")
_INFORMATION = re.compile(rb"(?:TYP|CAP|CMD|[A-Z]{3}) ?:[\x20-\x7e]*")
_DIAGNOSTICS = re.compile(rb"[ _R][ _E][ _C][ _A-Z]")
_COMMAND = re.compile(rb"([A-Z\x1b])([\x20-\x7e]{0,20})")
_STATUS = {
    b" ": None,
    b"Z": "zero",
    b"O": "overload",
    b"U": "underload",
    b"E": "zero_error",
    b"I": "init_zero_error",
    b"T": "tare_error",
    b"e": "invalid",
    b"_": "not_executable",
}
_LETTERS = {word: letter for letter, word in _STATUS.items() if word}
_MODES: Mapping[bytes, Mode] = {b"G": "gross", b"N": "net", b"T": "tare"}
_SPELLING = {"ton": "tn"}
_WEIGHT_LENGTH = 18  # between LF and CR


class Sma(FrameCodec):
    """LF, status, range, mode, motion, reserved, ten characters of weight, three of unit, CR."""

    remembers: ClassVar[bool] = True
    info: ClassVar[CodecInfo] = CodecInfo(
        name="sma",
        kind="scale",
        title="SMA SCP-0499/0999",
        devices="Fairbanks, Cardinal, Minebea, Sartorius and others at SMA level 1 or 2",
        serial={"baudrate": 9600, "bytesize": 8, "parity": "N", "stopbits": 1},
        polled=True,
        carries_unit=True,
        confidence="V",
        source="Sartorius PR5220 manual; Fairbanks FB2550 manual (SMA SCP-0499)",
    )

    def __init__(
        self, config: Mapping[str, Any] | None = None, *, direction: Direction = "device_to_host"
    ) -> None:
        """Settings: ``strip_bit7`` (7-bit line read as 8 bits, false)."""
        settings = read_settings(self.info.name, config, LINE)
        self._host = from_host(direction, settings)
        super().__init__(b"\n\x1b", limit=66, strip_bit7=settings.get("strip_bit7", False))

    def match(self, data: bytes, at: int) -> Verdict:
        """One answer, or one command of the host."""
        if data[at] != _LF:  # ESC aborts, without a frame
            if self._host:
                return accept(1, Message({"command": "ESC"}))
            return Refuse("bad_format", "ESC is only sent by the host")
        found = span(data, at, ends=b"\r", limit=self.limit)
        if not isinstance(found, Span):
            return found
        if self._host:
            return _read_command(found)
        verdict = _read(found.text)
        return verdict if isinstance(verdict, Refuse) else accept(found.length, verdict)

    def encode(self, result: Result) -> bytes:
        """An answer, or the host's command. Raises ``ValueError`` for a weight wider than ten characters."""
        if self._host:
            text = written_command(result, between="")
            return b"\x1b" if text == "ESC" else b"\n" + text.encode("ascii") + b"\r"
        if isinstance(result, Weight):
            return b"\n" + _weight_text(result).encode("ascii") + b"\r"
        if isinstance(result, Message):
            if result.fields.get("command") == "?":
                return b"\n?\r"
            text = result.fields.get("text", "")
            if text and text.isascii() and text.isprintable() and len(text) <= 60:
                return b"\n" + str(text).encode("ascii") + b"\r"
        raise unspeakable(result, "SMA")

    def poll(self) -> bytes:
        """``W``: the displayed weight now."""
        return b"\nW\r"


def _read_command(found: Span) -> Verdict:
    parts = _COMMAND.fullmatch(found.text)
    if not parts:
        return Refuse("bad_format", "a command is LF, a capital letter, data, CR")
    fields = {"command": parts[1].decode("ascii")}
    if parts[2]:
        fields["text"] = parts[2].decode("ascii")
    return accept(found.length, Message(fields))


def _read(text: bytes) -> Weight | Message | Refuse:
    if text == b"?":
        return answer("?", "unknown_command")
    if _ABOUT.fullmatch(text):
        return Message({"command": "about", "text": text.decode("ascii")})
    if _INFORMATION.fullmatch(text):
        return Message({"command": "information", "text": text.decode("ascii")})
    if _DIAGNOSTICS.fullmatch(text):
        return Message({"command": "diagnostics", "text": text.decode("ascii")})
    if not _HEAD.match(text):
        return Refuse("bad_format", "not a weight answer: status, range, mode or motion is impossible")
    if len(text) != _WEIGHT_LENGTH:
        longer = len(text) > _WEIGHT_LENGTH
        return Refuse("overlong" if longer else "bad_format", "a weight answer has 20 bytes from LF to CR")
    return _weight(text)


def _weight(text: bytes) -> Weight | Refuse:
    status_letter, mode_letter, motion, digits = text[:1], text[2:3], text[3:4], text[5:15]
    word = _STATUS[status_letter]
    unit = unit_of(
        text[15:].rstrip(b"_")
    )  # the standard fills the field with underlines, some makers with blanks
    found = _NUMBER.fullmatch(digits)
    empty = bool(_EMPTY.fullmatch(digits))
    if not found and not empty:
        return Refuse("bad_format", "the weight is not a right-aligned number")
    if unit is None and not (empty and not text[15:].strip(b" _")):
        return Refuse("bad_format", "the weight has no unit we know")
    value: Decimal | None = number(found[1]) if found and word in (None, "zero") else None
    status = {word} if word else set()
    if b"_" in (status_letter, mode_letter, motion):
        status, value = {"not_executable"}, None
    elif value is None and not status - {"zero"}:
        status.add("not_executable" if b"_" in digits else "invalid")
    stable: bool | None = None if motion == b"_" else motion != b"M"
    if stable is False:
        status.add("motion")
    return reading(value, unit, stable, _MODES.get(mode_letter.upper()), status)


def _weight_text(weight: Weight) -> str:
    if "not_executable" in weight.status:
        unit = written_unit(weight, 3, _SPELLING) if weight.unit else "___"
        return "____ " + "_" * 10 + f"{unit:<3}"
    letters = [_LETTERS[word] for word in sorted(weight.status) if word in _LETTERS and word != "zero"]
    letter = (letters or [_LETTERS["zero"] if "zero" in weight.status else b" "])[0].decode("ascii")
    if "out_of_range" in weight.status:
        letter = "O"
    digits = "-" * 10
    if weight.value is not None:
        digits = column(("-" if negative(weight) else "") + magnitude(weight.value), 10)
    mode = (weight.mode or "gross")[0].upper()
    motion = "M" if weight.stable is False else " "
    return f"{letter}1{mode}{motion} {digits}{written_unit(weight, 3, _SPELLING):<3}"
