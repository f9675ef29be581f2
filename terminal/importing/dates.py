"""Dates of papers in every form met here, with all the calendar readings they allow.

``DD.MM.YYYY`` and ISO are certain. ``03/04/27`` has two readings unless a neighbour in the column proves the
order. A month alone means its last day. Spreadsheet serials count from 1900; years 13xx and 14xx are Solar
Hijri. The text is always kept as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from terminal.importing.vocabulary import normalise
from workflows.identifiers import fold_digits
from workflows.papers import PaperDate


class Order(Enum):
    """Which comes first in dates with slashes or dashes, when the column proves it."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan январь января янв yanvar январ janvier ocak januar enero جنوری ژانویه ژانویهٔ",
        "february feb февраль февраля фев fevral феврал février şubat subat februar febrero فبروری فوریه",
        "march mar март марта мар mart mars märz marzo مارچ مارس",
        "april apr апрель апреля апр aprel апрел avril nisan abril اپریل آوریل",
        "may май мая mai mayıs mayo mayis می مه",
        "june jun июнь июня июн iyun juin haziran juni junio جون ژوئن",
        "july jul июль июля июл iyul juillet temmuz juli julio جولای ژوئیه",
        "august aug август августа авг avgust août ağustos agustos agosto اگست آگست اوت",
        "september sep sept сентябрь сентября сен сент sentabr sentyabr сентябр septembre eylül eylul septiembre سپتمبر سپتامبر",
        "october oct октябрь октября окт oktabr oktyabr октябр octobre ekim oktober octubre اکتوبر اکتبر",
        "november nov ноябрь ноября ноя нояб noyabr ноябр novembre kasım kasim noviembre نوامبر نومبر",
        "december dec декабрь декабря дек dekabr декабр décembre aralık aralik dezember diciembre دسمبر دسامبر",
    ),
    start=1,
):
    _MONTHS.update({normalise(_name): _number for _name in _names.split()})
_HIJRI_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "حمل hamal farvardin فروردین وری ҳамал",
        "ثور saur sawr اردیبهشت غویی савр",
        "جوزا jawza خرداد غبرګولی жавзо",
        "سرطان saratan تیر چنګاښ саратон",
        "اسد asad مرداد زمری асад",
        "سنبله sunbula sonbola شهریور وږی сунбула",
        "میزان mizan مهر تله мезон",
        "عقرب aqrab آبان لړم ақраб",
        "قوس qaws آذر لیندۍ қавс",
        "جدی jadi دی مرغومی жадий",
        "دلو dalw بهمن سلواغه далв",
        "حوت hut اسفند کب ҳут",
    ),
    start=1,
):
    _HIJRI_MONTHS.update({normalise(_name): _number for _name in _names.split()})

_PREFIX = re.compile(
    r"^(exp(iry)?( date)?|use by|best before|bbe?|mfg|mfd|годен до|срок годности|до|от|лучше до|date|дата|by|until|"
    r"сана|sana|تا|تاریخ)[\s.:]+",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:[\s-]*(?:г\.?|года?|y\.|yil|йил|gacha|гача|dan|ш|شمسی|هـ?\.?ش\.?|ه‍?\.ش))+[\s.]*$", re.IGNORECASE
)
_TIME = re.compile(r"[T\s]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$")
_EMPTY = frozenset(
    {
        "",
        "-",
        "—",
        "–",
        "n/a",
        "na",
        "нет",
        "б/с",
        "none",
        "yo'q",
        "йўқ",
        "yoq",
        "ندارد",
        "x",
        "х",
        "..",
        "--",
    }
)

_DMY = re.compile(r"(\d{1,2})([./\- ])(\d{1,2})\2(\d{4}|\d{2})")
_YMD = re.compile(r"(\d{4})([./\- ]?)(\d{1,2})\2(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH_YEAR = re.compile(r"(\d{1,2})[./\- ](\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[./\- ](\d{1,2})")
_MONTH_YY = re.compile(r"(\d{1,2})[./](\d{2})")
_WORDY = re.compile(r"\d+|[^\W\d_]+", re.UNICODE)
_ORDINAL = re.compile(r"(?<=\d)(st|nd|rd|th|-?(?:е|го|чи|chi))\b", re.IGNORECASE)


def solar_hijri(year: int, month: int, day: int) -> date | None:
    """Gregorian date of a Solar Hijri one (1 Hamal 1405 = 21 March 2026); None when it does not exist.

    Arithmetic of the 33-year leap cycle, right for 1304..1498 against the observed calendar used today.
    """
    if not (1300 <= year <= 1499 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    if day > (31 if month <= 6 else 30 if month <= 11 or _hijri_leap(year) else 29):
        return None
    days = 31 * (month - 1) if month <= 7 else 186 + 30 * (month - 7)
    return _hijri_new_year(year) + timedelta(days=days + day - 1)


@lru_cache(maxsize=256)
def _hijri_new_year(year: int) -> date:
    anchor = date(2026, 3, 21)  # 1 Hamal 1405
    if year >= 1405:
        return anchor + timedelta(days=sum(366 if _hijri_leap(y) else 365 for y in range(1405, year)))
    return anchor - timedelta(days=sum(366 if _hijri_leap(y) else 365 for y in range(year, 1405)))


def _hijri_leap(year: int) -> bool:
    return year % 33 in (1, 5, 9, 13, 17, 22, 26, 30)


def _day(year: int, month: int, day: int) -> date | None:
    if 1300 <= year <= 1499:
        return solar_hijri(year, month, day)
    if not 1900 <= year <= 2199:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_end(year: int, month: int) -> date | None:
    if not 1 <= month <= 12:
        return None
    if 1300 <= year <= 1499:
        last = 31 if month <= 6 else 30 if month <= 11 or _hijri_leap(year) else 29
        return solar_hijri(year, month, last)
    if not 1900 <= year <= 2199:
        return None
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def slash_orders(texts: Iterable[str]) -> dict[str, Order]:
    """For each pattern of a column (``/4``: slash with four-digit year ...) the order its own rows prove.

    A day above 12 proves; rows that contradict each other prove nothing.
    """
    seen: dict[str, set[Order]] = {}
    for text in texts:
        match = _DMY.fullmatch(_clean(text))
        if match is None or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        pattern = match[2] + str(len(match[4]))
        if first > 12 >= second:
            seen.setdefault(pattern, set()).add(Order.DAY_FIRST)
        elif second > 12 >= first:
            seen.setdefault(pattern, set()).add(Order.MONTH_FIRST)
    return {pattern: orders.pop() for pattern, orders in seen.items() if len(orders) == 1}


def _clean(text: str) -> str:
    text = " ".join(fold_digits(text).replace("\u200c", "").split())
    text = _TIME.sub("", text)
    previous = None
    while previous != text:
        previous = text
        text = _SUFFIX.sub("", _PREFIX.sub("", text)).strip(" .,;")
    return text


def read_date(text: str, orders: dict[str, Order] | None = None) -> PaperDate | None:
    """Read one date cell; None for a blank or placeholder. No reading at all gives a PaperDate with none."""
    written = text.strip()
    if written.lower() in _EMPTY:
        return None
    clean = _clean(written)
    orders = orders or {}
    return _numeric(written, clean, orders) or _wordy(written, clean) or PaperDate(written, ())


def _numeric(written: str, clean: str, orders: dict[str, Order]) -> PaperDate | None:
    if match := _YMD.fullmatch(clean) if not clean.isdecimal() else None:
        return _certain(written, _day(int(match[1]), int(match[3]), int(match[4])))
    if match := _DMY.fullmatch(clean):
        return _day_month(written, match, orders)
    if match := _MONTH_YEAR.fullmatch(clean):
        return _certain(written, _month_end(int(match[2]), int(match[1])), "month")
    if match := _YEAR_MONTH.fullmatch(clean):
        return _certain(written, _month_end(int(match[1]), int(match[2])), "month")
    if match := _COMPACT.fullmatch(clean):
        return _certain(written, _day(*map(int, match.groups())))
    if (match := _MONTH_YY.fullmatch(clean)) and 10 <= int(match[2]) <= 60:
        return _certain(written, _month_end(_year(match[2]), int(match[1])), "month")
    if clean.isascii() and clean.isdigit():
        return serial_date(written, Decimal(clean))
    return None


def _certain(written: str, found: date | None, precision: str = "day") -> PaperDate:
    return PaperDate(written, (found,) if found else (), precision)


def _day_month(written: str, match: re.Match[str], orders: dict[str, Order]) -> PaperDate:
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    day_first = _day(year, second, first)
    if match[2] in ". ":
        return _certain(written, day_first)
    month_first = _day(year, first, second)
    order = orders.get(match[2] + str(len(match[4])))
    if 1300 <= year <= 1499 or order is Order.DAY_FIRST:
        return _certain(written, day_first)
    if order is Order.MONTH_FIRST:
        return _certain(written, month_first)
    readings = tuple(dict.fromkeys(found for found in (day_first, month_first) if found))
    return PaperDate(written, readings)


def _wordy(written: str, clean: str) -> PaperDate | None:
    """Dates with a month name: ``10 Nov 2026``, ``марта 15, 2027``, ``2027 йил 15 март``, ``EXP Nov-27``."""
    tokens = _WORDY.findall(_ORDINAL.sub("", clean))
    months = [(t, _MONTHS.get(normalise(t))) for t in tokens if not t.isdecimal()]
    named = [number for _, number in months if number]
    hijri = [found for t, _ in months if (found := _HIJRI_MONTHS.get(normalise(t)))]
    numbers = [t for t in tokens if t.isdecimal()]
    if hijri and not named:
        named, solar = hijri, True
    else:
        solar = False
    if len(named) != 1 or not 1 <= len(numbers) <= 2:
        return None
    month = named[0]
    years = [n for n in numbers if len(n) == 4]
    if len(numbers) == 1:
        if len(numbers[0]) not in (2, 4):
            return None
        year = int(numbers[0]) if years else (1400 if solar else 2000) + int(numbers[0])
        return _certain(written, _month_end(year, month), "month")
    year_text = years[0] if years else numbers[1]
    day_text = next((n for n in numbers if n is not year_text), numbers[0])
    if len(day_text) > 2 or len(year_text) not in (2, 4):
        return None
    year = int(year_text) if len(year_text) == 4 else (1400 if solar else 2000) + int(year_text)
    return _certain(written, _day(year, month, int(day_text)))


def serial_date(written: str, number: Decimal, *, epoch_1904: bool = False) -> PaperDate:
    """Read a bare number of a date column: a spreadsheet serial (20000..80000), ``11.2027``, a year, YYYYMMDD."""
    if Decimal(20000) <= number <= Decimal(80000):
        start = date(1904, 1, 1) if epoch_1904 else date(1899, 12, 30)
        return PaperDate(written, (start + timedelta(days=int(number)),))
    if number == number.to_integral_value():
        value = int(number)
        if 19000101 <= value <= 21991231 or 13000101 <= value <= 14991231:
            return _certain(written, _day(value // 10000, value // 100 % 100, value % 100))
        if 1990 <= value <= 2199 or 1380 <= value <= 1499:
            return _certain(written, _month_end(value, 12), "year")
        return PaperDate(written, ())
    # a spreadsheet took "11.2027" for a number; "1.203" has lost a zero and means January 2030
    month, _, fraction = format(number, "f").partition(".")
    year = int(fraction.ljust(4, "0")) if len(fraction) <= 4 else 0
    return _certain(written, _month_end(year, int(month)) if 1 <= int(month) <= 12 else None, "month")
