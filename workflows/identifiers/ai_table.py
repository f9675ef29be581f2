"""The application identifiers of ``data/gs1_ai.csv`` as rules that can be applied to data.

A format is a list of components such as ``N18,csum,gcppos2`` or ``[X..17]`` (optional): N digits, X the GS1
character set 82, a fixed length or ``..`` up to a length, then linters by the names of the GS1 syntax
dictionary.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from workflows.identifiers import checkdigits

#: GS1 AI encodable character set 82 (General Specifications, figure 7.11).
CHARACTER_SET_82 = frozenset(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of an element's data: characters, length and linters."""

    numeric: bool
    minimum: int
    maximum: int
    optional: bool
    linters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One application identifier.

    ``family`` is the name used in companions and tests (``330n`` for 3300..3305); ``decimals`` the number of
    decimal places a measure carries in the AI's fourth digit. ``requires`` is a list of alternatives, each a
    set that must be present; ``excludes`` lists AIs that must not be.
    """

    ai: str
    family: str
    title: str
    components: tuple[Component, ...]
    separator_after: bool
    link_key: bool
    requires: tuple[frozenset[str], ...]
    excludes: frozenset[str]
    decimals: int | None = None

    @property
    def maximum(self) -> int:
        """The longest data this AI can carry, in characters."""
        return sum(component.maximum for component in self.components)

    @property
    def minimum(self) -> int:
        """The shortest data this AI can carry, in characters."""
        return sum(component.minimum for component in self.components if not component.optional)


def _component(text: str) -> Component:
    optional = text.startswith("[")
    head, *linters = text.replace("[", "").replace("]", "").split(",")
    maximum = int(head.lstrip("NX."))
    return Component(head[0] == "N", 1 if ".." in head else maximum, maximum, optional, tuple(linters))


@lru_cache(maxsize=1)
def table() -> dict[str, Rule]:
    """Application identifier -> rule, for every AI of the data file."""
    text = files("workflows").joinpath("data/gs1_ai.csv").read_text(encoding="utf-8")
    rules: dict[str, Rule] = {}
    for row in csv.DictReader(text.splitlines()):
        first, _, last = row["ai"].partition("-")
        requires = tuple(frozenset(way.split("+")) for way in row["requires_ai"].split(",") if way)
        for number in range(int(first), int(last or first) + 1):
            ai = str(number).zfill(len(first))
            measure = len(ai) == 4 and ai[0] == "3"
            rules[ai] = Rule(
                ai=ai,
                family=f"{ai[:3]}n" if measure else ai,
                title=row["title"],
                components=tuple(map(_component, row["format_components"].split())),
                separator_after=row["needs_FNC1_after"] == "yes",
                link_key=row["digital_link_primary_key"] == "yes",
                requires=requires,
                excludes=frozenset(filter(None, row["excludes_ai"].split(","))),
                decimals=int(ai[3]) if measure else None,
            )
    return rules


def rule_at(text: str, at: int = 0) -> Rule | None:
    """The rule whose AI stands at position ``at`` of an element string; AIs have two to four digits."""
    rules = table()
    for length in (2, 3, 4):
        rule = rules.get(text[at : at + length])
        if rule is not None:
            return rule
    return None


def gs1_date(yymmdd: str, today: date, *, day_zero: bool = True) -> date | None:
    """A GS1 date; None when the calendar has no such day.

    DD = 00 is the last day of the month where ``day_zero`` allows it. The century is the one within 50 years
    of today (General Specifications 7.12): difference 51..99 is the previous one, -99..-50 the next.
    """
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:6])
    difference = year - today.year % 100
    century = today.year // 100 + (-1 if difference > 50 else 1 if difference < -49 else 0)
    year += century * 100
    try:
        if day:
            return date(year, month, day)
        if not day_zero:
            return None
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if 1 <= month <= 12 else None
    except ValueError:
        return None


def _in_range(low: int, high: int) -> Callable[[str], bool]:
    return lambda data: low <= int(data) <= high


_LINTERS: dict[str, Callable[[str], bool]] = {
    "csum": lambda data: checkdigits.gs1(data[:-1]) == data[-1],
    "gcppos1": lambda data: checkdigits.is_digits(data[:4]) and len(data) > 3,
    "gcppos2": lambda data: checkdigits.is_digits(data[1:5]) and len(data) > 4,
    "iso3166": _in_range(1, 999),
    "iso3166alpha2": lambda data: data.isalpha() and data.isupper(),
    "yesno": _in_range(0, 1),
    "zero": lambda data: data == "0",
    "hyphen": lambda data: data == "-",
    "hhmi": lambda data: int(data[:2]) < 24 and int(data[2:]) < 60,
    "hh": _in_range(0, 23),
    "mi": _in_range(0, 59),
    "ss": _in_range(0, 59),
    "latitude": _in_range(0, 1_800_000_000),
    "longitude": _in_range(0, 3_600_000_000),
    "pieceoftotal": lambda data: 0 < int(data[:2]) <= int(data[2:]),
    "packagetype": lambda data: data.isalnum() and data.upper() == data,
    "pcenc": lambda data: re.search(r"%(?![0-9A-Fa-f]{2})", data) is None,
}


def fault(rule: Rule, data: str, today: date) -> str | None:
    """What is wrong with the data of one element: the name of the component's fault, or None.

    Names: ``length``, ``character``, ``date``, or the linter that failed (``csum``, ``iso3166`` ...).
    """
    at = 0
    for component in rule.components:
        part = data[at : at + component.maximum]
        if not part and component.optional:
            continue
        if len(part) < component.minimum:
            return "length"
        if not (checkdigits.is_digits(part) if component.numeric else CHARACTER_SET_82.issuperset(part)):
            return "character"
        for linter in component.linters:
            if linter in ("yymmdd", "yymmd0"):
                if gs1_date(part, today, day_zero=linter == "yymmd0") is None:
                    return "date"
            elif (test := _LINTERS.get(linter)) is not None and not test(part):
                return linter
        at += len(part)
    return "length" if at < len(data) else None
