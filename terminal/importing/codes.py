"""Cells that hold codes: SSCC, tariff codes, UN numbers, temperatures; folded and watched for look-alikes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from terminal.importing.numbers import is_empty, read_number
from terminal.importing.sheets import Cell, is_number, shown
from workflows.identifiers import fold_code, fold_digits, tariff_code
from workflows.papers import TemperatureRange

_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[Ee]\+?\d{1,2}")
_HS_WORD = re.compile(r"^(?:hs|hs code|тн ?вэд|tif tn|тиф тн)[\s.:№]*", re.IGNORECASE)
_DIGIT_RUN = re.compile(r"\d[\d\s.\-]*\d")


@dataclass(frozen=True, slots=True)
class Code:
    """A code cell: value after folding, look-alike letters met, and what a spreadsheet did to it, if anything."""

    value: str | None
    lookalikes: tuple[str, ...] = ()
    lost: bool = False  # digits beyond the fifteenth are gone for good
    unsure: bool = False
    unreadable: bool = False


def sscc_code(cell: Cell) -> Code:
    """An SSCC cell. Spreadsheets keep 15 digits of a number, so one that came as a number is lost."""
    text = shown(cell)
    if is_empty(text):
        return Code(None)
    if isinstance(cell, float):
        return Code(text.partition(".")[0], lost=abs(cell) >= 1e15)
    if isinstance(cell, str) and _SCIENTIFIC.fullmatch(text):
        return Code(text, lost=True)
    if isinstance(cell, int | Decimal):
        return Code(text)
    text = re.sub(r"^\s*\][A-Za-z]\d", "", text)
    text = re.sub(r"[.,]0$", "", text)
    folded = fold_code(text)
    value = folded.text
    if len(value) == 20 and value.startswith("00"):
        value = value[2:]
    return Code(value or None, folded.lookalikes)


def workbook_sscc(cell: Cell) -> Code:
    """An SSCC cell of a workbook, where whole numbers have been through 15 digits as well."""
    code = sscc_code(cell)
    if is_number(cell) and code.value is not None and len(code.value) > 15:
        return Code(code.value, code.lookalikes, lost=True)
    return code


@lru_cache(maxsize=8_192, typed=True)
def hs_code(cell: Cell) -> Code:
    """A tariff code cell: digits only, lost zeros restored, ``unsure`` when that was a guess."""
    text = shown(cell)
    if is_empty(text):
        return Code(None)
    if isinstance(cell, float) and cell != int(cell):
        whole, _, fraction = text.partition(".")
        if len(whole) <= 4 and len(fraction) <= 2:
            text = f"{whole}.{fraction.ljust(2, '0')}"  # 6301.4 was 6301.40
    text = _HS_WORD.sub("", text)
    found = tariff_code(text)
    if found is None:
        run = _DIGIT_RUN.search(fold_digits(text))
        found = tariff_code(run[0]) if run is not None else None
        if found is None or len(found.digits) < 4:
            return Code(None, unreadable=True)
    lookalikes = fold_code(text).lookalikes
    return Code(found.digits, lookalikes or (("O",) if found.lookalikes else ()), unsure=found.unsure)


def un_number(cell: Cell) -> Code:
    """A UN number cell as four digits (``UN 1490``, ``1490.0``, ``ООН 1490``); None for blanks."""
    text = shown(cell)
    if is_empty(text):
        return Code(None)
    match = re.search(r"(?<!\d)(\d{3,4})(?!\d)", fold_digits(text))
    if match is None:
        return Code(None, unreadable=True)
    return Code(match[1].zfill(4))


def plain_code(cell: Cell) -> Code:
    """A container, wagon or GTIN cell after folding."""
    text = shown(cell)
    if is_empty(text):
        return Code(None)
    text = re.sub(r"(?<=\d)[.,]0$", "", text)
    folded = fold_code(text)
    return Code(folded.text or None, folded.lookalikes)


_CLASS = re.compile(r"(?<![\d.])([1-9](?:[.,]\d)?)([A-S])?(?![\d.])")
_GROUPS = {"1": "I", "2": "II", "3": "III", "I": "I", "II": "II", "III": "III"}


def dg_class(text: str) -> str | None:
    """Class or division of dangerous goods: ``Class 5.1``, ``5,1``, ``1.4S``; the text itself when it is none."""
    if is_empty(text):
        return None
    match = _CLASS.search(fold_digits(text))
    return match[1].replace(",", ".") + (match[2] or "") if match is not None else text.strip()


def packing_group(text: str) -> str | None:
    """Packing group I, II or III, also written 1, 2, 3, ``PG II`` or with Cyrillic letters."""
    if is_empty(text):
        return None
    word = fold_code(re.sub(r"\b(?:pg|гу|packing group|группа)\b", "", text, flags=re.IGNORECASE)).text
    word = word.replace("1", "I") if set(word) <= {"1", "I"} and len(word) > 1 else word
    return _GROUPS.get(word, text.strip())


_RANGE = re.compile(
    r"([+\-−–]?\s*\d+(?:[.,]\d+)?)\s*(?:°|º|℃|[cсCС]\b)*\s*(?:\.{2,3}|…|-|–|—|−|to|до|dan|дан|تا|÷|/|~|and|и)\s*([+\-−]?\s*\d+(?:[.,]\d+)?)",
    re.IGNORECASE,
)
_ONE = re.compile(r"[+\-−–]?\s*\d+(?:[.,]\d+)?")
_ABOVE = re.compile(
    r"не ниже|above|over|min|more than|not below|at least|≥|>|kam emas|кам эмас|выше(?! )|от\b", re.IGNORECASE
)
_BELOW = re.compile(
    r"до\b|не выше|below|under|max|up to|not above|not exceed|≤|<|gacha|гача|ошмаса|oshmagan|ошмаган|less than|ниже|تا",
    re.IGNORECASE,
)
_NOT_ABOVE = re.compile(r"не выше|not above|not exceed|not over|no more", re.IGNORECASE)
_NOT_BELOW = re.compile(r"не ниже|not below|not under|no less", re.IGNORECASE)


def temperature(text: str) -> TemperatureRange | None:
    """What a line must be kept at: ``2-8 °C``, ``до 30 °C``, ``-25…-15``, ``below 25``; None when none is said.

    A single figure without a word is the upper bound of a cold-chain item when it is below zero or the
    temperature itself otherwise, which is the upper bound too.
    """
    written = text.strip()
    if is_empty(written):
        return None
    flat = fold_digits(written).replace("−", "-")
    match = _RANGE.search(flat)
    if match is not None:
        low, high = _degrees(match[1]), _degrees(match[2])
        # in "-25--15" and "2 - 8" the dash between the figures is no sign
        if low is not None and high is not None:
            if low > high and match[2].lstrip()[:1] not in "+-":
                low, high = high, low
            return TemperatureRange(written, min(low, high), max(low, high))
    one = _ONE.search(flat)
    value = _degrees(one[0]) if one else None
    if value is None:
        return None
    if _NOT_ABOVE.search(flat):
        return TemperatureRange(written, None, value)
    if _NOT_BELOW.search(flat) or (_ABOVE.search(flat) and not _BELOW.search(flat)):
        return TemperatureRange(written, value, None)
    return TemperatureRange(written, None, value)


def degrees(cell: Cell) -> Decimal | None:
    """A bound of a temperature column in degrees Celsius."""
    if is_number(cell):
        return Decimal(shown(cell))
    return _degrees(shown(cell))


def _degrees(text: str) -> Decimal | None:
    match = _ONE.search(fold_digits(text).replace("−", "-").replace("–", "-"))
    if match is None:
        return None
    return read_number(re.sub(r"\s", "", match[0])).value
