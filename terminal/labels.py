"""Logistics labels for handling units: one SSCC as GS1-128 and as DataMatrix, with what a person needs.

The page is A6 (103 x 148 mm, the size of label printers' stock) laid out once in millimetres and drawn
by one of the back ends in :mod:`terminal.label_formats`. The linear symbol follows the GS1 logistics
label guideline: X dimension 0.5 mm, bars 32 mm high, quiet zones of ten modules, text below. The
DataMatrix carries the same element string and survives what bars do not: glare, distance, a torn edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Literal

import barcode
import numpy as np
import zxingcpp
from barcode.codex import Gs1_128
from stdnum.gs1_128 import encode as encode_gs1

from devices.vision.gs1 import check_digit, mod10

WIDTH_MM, HEIGHT_MM = 103.0, 148.0
MODULE_MM = 0.5
BAR_HEIGHT_MM = 32.0
MATRIX_MODULE_MM = 1.2
MARGIN_MM = 5.0
EDGE = WIDTH_MM - MARGIN_MM
#: Width of one character of the label font in parts of its size (DejaVu Sans Mono: 1233 / 2048).
CHARACTER = 0.602

Format = Literal["png", "svg", "pdf", "zpl"]
FORMATS: tuple[Format, ...] = ("png", "svg", "pdf", "zpl")


class LabelRefused(ValueError):  # noqa: N818 - it is an answer to a person
    """A label that must not be printed; the text says what to correct."""


class NoTerminalData(LookupError):  # noqa: N818 - it is an answer to a person
    """A reference cannot be looked up because there is no terminal data, or it holds no such units."""


@dataclass(frozen=True, slots=True)
class UnitLabel:
    """What stands on the label of one handling unit. ``sscc`` is 18 digits; ``number`` of ``total`` counts
    the consignment's units (None when unknown); ``gross_kg`` is the gross weight in kilograms."""

    sscc: str
    sender: str = ""
    consignee: str = ""
    consignment: str = ""
    contents: str = ""
    gross_kg: Decimal | None = None
    number: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text: baseline start in mm from the top left corner, size in mm."""

    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A linear symbol: left edge of the first bar, top, module and height in mm, modules as ones and zeros."""

    x: float
    y: float
    module: float
    height: float
    pattern: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix symbol without quiet zone: top left corner and module in mm, rows of dark flags."""

    x: float
    y: float
    module: float
    rows: tuple[tuple[bool, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line across the page at ``y`` mm."""

    y: float


@dataclass(frozen=True, slots=True)
class Page:
    """One laid-out label."""

    sscc: str
    words: tuple[Words, ...]
    bars: Bars
    matrix: Matrix
    rules: tuple[Rule, ...]


def checked_sscc(text: str) -> str:
    """18 digits out of what a person typed or scanned: blanks, ``(00)`` and a leading ``00`` are dropped.

    Raises LabelRefused with the reason: not digits, wrong length, wrong check digit.
    """
    digits = text.strip().removeprefix("]C1").removeprefix("(00)").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        raise LabelRefused(f"“{text}” is no SSCC: an SSCC has 18 digits and nothing else.")
    if len(digits) == 20 and digits.startswith("00"):
        digits = digits[2:]
    if len(digits) != 18:
        raise LabelRefused(f"“{text}” has {len(digits)} digits; an SSCC has 18.")
    if not mod10(digits):
        right = check_digit(digits[:-1])
        raise LabelRefused(
            f"The check digit of SSCC {digits} is wrong: behind {digits[:-1]} it must be {right}, not "
            f"{digits[-1]}. Compare the number with its source; a digit was mistyped or two were swapped."
        )
    return digits


def looks_like_sscc(text: str) -> bool:
    """True for text that can only be meant as an SSCC: digits, long enough that no reference looks so."""
    digits = text.strip().removeprefix("]C1").removeprefix("(00)").replace(" ", "")
    return digits.isascii() and digits.isdigit() and len(digits) >= 14


@cache
def font_path() -> Path:
    """The label font (DejaVu Sans Mono, part of python-barcode): Latin, Cyrillic, Uzbek apostrophes."""
    return Path(barcode.__file__).resolve().parent / "fonts" / "DejaVuSansMono.ttf"


def linear_modules(sscc: str) -> str:
    """Modules of the GS1-128 symbol ``(00)sscc``: 156 ones and zeros, quiet zones not included."""
    built: list[str] = Gs1_128(encode_gs1({"00": sscc})).build()
    return built[0]


def matrix_modules(sscc: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of the GS1 DataMatrix symbol ``(00)sscc``, True for dark: 16 x 16, quiet zone not included."""
    made = zxingcpp.create_barcode(
        f"(00){sscc}", zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True
    )
    pixels = np.array(made.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(value < 128) for value in row) for row in pixels)


def lay_out(label: UnitLabel) -> Page:
    """The page of one label. Raises LabelRefused when the SSCC is wrong."""
    sscc = checked_sscc(label.sscc)
    words: list[Words] = []
    rules: list[Rule] = []
    y = _block(words, 9.0, "FROM / ОТ", label.sender, (4.2, 2, EDGE))
    rules.append(Rule(y))
    y = _block(words, y + 4.5, "TO / КОМУ", label.consignee, (5.6, 3, EDGE))
    rules.append(Rule(y))
    _block(words, y + 4.5, "CONSIGNMENT / ПАРТИЯ", label.consignment, (6.0, 1, EDGE))
    rows = matrix_modules(sscc)
    side = len(rows) * MATRIX_MODULE_MM
    matrix_x, matrix_y = WIDTH_MM - MARGIN_MM - side - 2.0, 71.0
    right_edge = matrix_x - 3.0
    y = 74.0
    rules.append(Rule(68.0))
    if label.contents:
        y = _block(words, y, "CONTENTS / ГРУЗ", label.contents, (3.8, 2, right_edge)) + 3.5
    facts = []
    if label.gross_kg is not None:
        facts.append(f"{_plain(label.gross_kg)} kg")
    if label.number is not None:
        facts.append(f"{label.number} / {label.total}" if label.total else f"{label.number}")
    if facts:
        _block(words, y, "GROSS, UNIT / БРУТТО, МЕСТО", "   ".join(facts), (5.0, 1, right_edge))
    pattern = linear_modules(sscc)
    bars_x = (WIDTH_MM - len(pattern) * MODULE_MM) / 2
    bars = Bars(bars_x, 101.0, MODULE_MM, BAR_HEIGHT_MM, pattern)
    human = f"(00) {sscc[0]} {sscc[1:8]} {sscc[8:17]} {sscc[17]}"
    size = 4.6
    words.append(Words((WIDTH_MM - len(human) * size * CHARACTER) / 2, 139.5, size, human))
    rules.append(Rule(96.0))
    return Page(sscc, tuple(words), bars, Matrix(matrix_x, matrix_y, MATRIX_MODULE_MM, rows), tuple(rules))


def render(label: UnitLabel, form: Format, *, dpi: int = 203) -> bytes:
    """One label as a file. ``dpi`` is the printer's, 203 or 300 (png and zpl). Raises LabelRefused."""
    if form == "pdf":
        return render_pdf([label])
    formats = import_module("terminal.label_formats")
    page = lay_out(label)
    if form == "svg":
        drawn: bytes = formats.svg(page)
        return drawn
    if dpi not in (203, 300):
        raise LabelRefused(f"Label printers print 203 or 300 dots an inch, not {dpi}.")
    raster: bytes = formats.png(page, dpi) if form == "png" else formats.zpl(page, dpi)
    return raster


def render_pdf(labels: Iterable[UnitLabel]) -> bytes:
    """Labels as one PDF, a page each. Raises LabelRefused when one is wrong or there is none."""
    formats = import_module("terminal.label_formats")
    pages = [lay_out(label) for label in labels]
    if not pages:
        raise LabelRefused("There is no label to print.")
    made: bytes = formats.pdf(pages)
    return made


Lookup = Callable[[str, Path], Sequence[UnitLabel]]


def units_of(ref: str, data_dir: Path, lookup: Lookup | None = None) -> list[UnitLabel]:
    """Labels of the units of consignment ``ref``, from the terminal's own data at ``data_dir``.

    ``lookup`` is the query to use; by default the one of the store. Raises NoTerminalData when there is
    no data at ``data_dir`` or it knows no unit of that reference.
    """
    find = lookup if lookup is not None else _store_lookup()
    if find is None or not data_dir.is_dir() or not any(data_dir.iterdir()):
        raise NoTerminalData(
            f"No terminal data was found at {data_dir}, so the units of “{ref}” are not known. "
            "Name the folder of the running terminal with --data, or give an SSCC of 18 digits."
        )
    found = list(find(ref, data_dir))
    if not found:
        raise NoTerminalData(f"The terminal data at {data_dir} holds no handling unit of “{ref}”.")
    return found


def _store_lookup() -> Lookup | None:
    try:
        module = import_module("terminal.store.labels")
    except ModuleNotFoundError as missing:
        if missing.name != "terminal.store.labels":
            raise
        return None
    found: Lookup = module.units_of
    return found


def _block(words: list[Words], y: float, caption: str, text: str, style: tuple[float, int, float]) -> float:
    """Put a caption and wrapped text below it; returns the y where the block ends.

    ``style`` is the text size in mm, the most lines, and the right edge in mm. Long text is set smaller
    before it is cut, and a cut shows as an ellipsis.
    """
    size, lines, right = style
    words.append(Words(MARGIN_MM, y, 2.4, caption))
    room = right - MARGIN_MM
    wrapped = _wrapped(text, int(room / (size * CHARACTER)))
    while len(wrapped) > lines and size > 2.9:
        size *= 0.92
        wrapped = _wrapped(text, int(room / (size * CHARACTER)))
    if len(wrapped) > lines:
        last = wrapped[lines - 1]
        fits = int(room / (size * CHARACTER))
        wrapped = [*wrapped[: lines - 1], last[: max(0, fits - 1)] + "…"]
    for line in wrapped:
        y += size * 1.18
        words.append(Words(MARGIN_MM, y, size, line))
    return y + 2.0


def _wrapped(text: str, room: int) -> list[str]:
    """Words of ``text`` in lines of at most ``room`` characters; words that are longer are cut."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for word in _printable(paragraph).split():
            rest = word
            while len(rest) > room:
                if line:
                    lines.append(line)
                    line = ""
                lines.append(rest[:room])
                rest = rest[room:]
            joined = f"{line} {rest}".strip()
            if len(joined) <= room:
                line = joined
            else:
                lines.append(line)
                line = rest
        if line:
            lines.append(line)
    return lines


def _printable(text: str) -> str:
    """Control characters become blanks: they belong neither on paper nor into a printer's commands."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
