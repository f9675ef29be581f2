"""Numbers as people write them, decided column by column.

``1 234,56``, ``1,234.56``, ``۱٬۲۳۴٫۵`` are safe by themselves. ``1.250`` is not: it is one and a quarter or a
thousand two hundred and fifty. What other figures of the same column prove decides; where nothing proves it,
both readings are kept and a person is asked (check DAT-05).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache

from terminal.importing.vocabulary import UnitWord, package_code, unit_word
from workflows.identifiers import fold_digits

_SPACES = re.compile(r"[\s\u00a0\u2000-\u200b\u202f\u2060']+")
_EMPTY = frozenset({"", "-", "—", "–", "--", "---", "n/a", "na", "n.a.", "nil", "none", "нет", "б/н", "х", "x", "/", "*",
                    "yoq", "yo'q", "yoʻq", "йўқ", "null", "н/д", "ندارد", "tbd", "not applicable", "…", "...", "_"})  # fmt: skip
_NUMBER = re.compile(
    r"(?P<sign>[+\-−]?)(?P<body>\d{1,3}(?:[ ]\d{3})+(?:[.,]\d+)?|\d[\d.,٬٫]*\d|\d)(?P<rest>.*)", re.DOTALL
)
_SPACED = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?![\d.,])")
_TRAILER = re.compile(r"\s*(?P<unit>[^\d\s()]{1,15}(?:\s[^\d\s()]{1,12})?)?\s*(?:\([^()]*\))?\s*")


class Mark(Enum):
    """The decimal mark that a column's figures prove."""

    COMMA = ","
    POINT = "."


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell read as a number.

    ``value`` is set when there is one safe reading; ``readings`` holds both when there are two; neither means
    that it is no number. ``empty`` is a blank or a placeholder. ``unit`` is the word that followed the figure.
    """

    text: str
    value: Decimal | None = None
    readings: tuple[Decimal, ...] = ()
    unit: str | None = None
    empty: bool = False
    mark: str | None = None  # the one mark of an undecided figure


def is_empty(text: str) -> bool:
    """True for a blank cell and for what people write to say "nothing": ``-``, ``n/a``, ``нет`` ..."""
    return text.strip().lower() in _EMPTY


_PLAIN = re.compile(r"[0-9]{1,15}")


@lru_cache(maxsize=65_536)
def read_number(text: str) -> Figure:
    """Read one cell by itself; column evidence is applied later by :func:`settle`."""
    if _PLAIN.fullmatch(text):
        return Figure(text, Decimal(text))
    if is_empty(text):
        return Figure(text, empty=True)
    flat = _SPACES.sub(" ", fold_digits(text)).strip()
    prefix = re.match(r"(?P<unit>[^\d\s+\-−.,()]{1,12})[\s.:]*(?=\d)", flat)
    unit: str | None = None
    if prefix is not None and (unit_word(prefix["unit"]) or package_code(prefix["unit"])):
        unit, flat = prefix["unit"], flat[prefix.end() :]
    match = _NUMBER.fullmatch(flat)
    if match is None:
        return Figure(text)
    trailer = _TRAILER.fullmatch(match["rest"])
    if trailer is None:
        return Figure(text)
    unit = trailer["unit"] or unit
    if unit is not None:
        unit = unit.strip(" .,;")
    body = match["body"].replace(" ", "")
    sign = "-" if match["sign"] in ("-", "−") else ""
    value, readings, mark = _readings(sign, body, spaced=" " in match["body"])
    return Figure(text, value, readings, unit or None, mark=mark)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _readings(
    sign: str, body: str, *, spaced: bool
) -> tuple[Decimal | None, tuple[Decimal, ...], str | None]:
    if "٬" in body or "٫" in body:
        return _decimal(sign + body.replace("٬", "").replace(",", "").replace("٫", ".")), (), None
    commas, points = body.count(","), body.count(".")
    if not commas and not points:
        return _decimal(sign + body), (), None
    if commas and points:
        last = "," if body.rfind(",") > body.rfind(".") else "."
        other = "." if last == "," else ","
        whole, _, fraction = body.rpartition(last)
        if last in whole or not re.fullmatch(r"\d{1,3}(" + re.escape(other) + r"\d{3})+", whole):
            return None, (), None
        return _decimal(f"{sign}{whole.replace(other, '')}.{fraction}"), (), None
    mark = "," if commas else "."
    groups = body.split(mark)
    if commas + points > 1:
        good = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
        return (_decimal(sign + "".join(groups)) if good else None), (), None
    whole, fraction = groups
    decimal = _decimal(f"{sign}{whole}.{fraction}")
    undecided = len(fraction) == 3 and len(whole) <= 3 and whole.lstrip("0") == whole and not spaced
    if not undecided:
        return decimal, (), mark
    thousands = _decimal(sign + whole + fraction)
    assert decimal is not None
    assert thousands is not None
    return None, (decimal, thousands), mark


def proven_mark(figures: Iterable[Figure]) -> Mark | None:
    """The decimal mark that the safe figures of a column prove; None without proof or with contradicting ones."""
    proven: set[str] = set()
    for figure in figures:
        text = figure.text
        if figure.value is None:
            continue
        comma, point = text.rfind(","), text.rfind(".")
        if comma >= 0 and point >= 0:
            proven.add("," if comma > point else ".")
        elif figure.mark is not None:
            proven.add(figure.mark)
        elif text.count(",") > 1:
            proven.add(".")
        elif text.count(".") > 1:
            proven.add(",")
    return Mark(proven.pop()) if len(proven) == 1 else None


def spaced_mark(figures: Iterable[Figure]) -> Mark | None:
    """The comma, when a figure groups its thousands by spaces and nothing else is proven: ``2 400`` leaves no other use for it."""
    found = list(figures)
    if any(figure.mark is not None and figure.value is not None for figure in found):
        return None
    return Mark.COMMA if any(_SPACED.search(figure.text) for figure in found if figure.value) else None


def settle(figure: Figure, mark: Mark | None) -> Figure:
    """Apply a column's proven mark to an undecided figure.

    The same mark with three places is a fraction. A comma in a column with decimal points groups thousands,
    as English papers do. A point in a column with decimal commas stays undecided: neither Russian nor Uzbek
    papers group with points, so it is as likely a slip as a habit.
    """
    if not figure.readings or mark is None:
        return figure
    decimal, thousands = figure.readings
    if figure.mark == mark.value:
        return Figure(figure.text, decimal, unit=figure.unit)
    if figure.mark == "," and mark is Mark.POINT:
        return Figure(figure.text, thousands, unit=figure.unit)
    return figure


def whole(figure: Figure) -> Figure:
    """For counts of things that cannot be cut: the reading without a fraction, where there is one."""
    if figure.readings:
        integers = [reading for reading in figure.readings if reading == reading.to_integral_value()]
        if len(integers) == 1:
            return Figure(figure.text, integers[0], unit=figure.unit)
    return figure


def plain(value: Decimal) -> str:
    """A decimal for people and files: no exponent, no trailing zeros (``7480``, ``3935.25``)."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def to_unit(value: Decimal, unit: UnitWord | None) -> Decimal:
    """Kilograms (or cubic metres) of a figure in a unit; the figure itself when none is known."""
    return value if unit is None else value * unit.factor
