"""Simple vehicles for the estimate of axle loads: where the deck stands on its supports, and what the empty vehicle weighs.

The table is ``vehicle_profiles.csv``, versioned like every table of reference data; it ships with typical vehicles of
the corridor, and a terminal replaces them by those it meets.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

NAME = "vehicle_profiles.csv"
#: names of axle groups, from the front
STEER, DRIVE, TRAILER = "steer", "drive", "trailer"
_GROUP = re.compile(rf"({STEER}|{DRIVE}|{TRAILER}):([123]):([1-9][0-9]{{0,4}})")
_METRES = re.compile(r"-?[0-9]{1,2}(\.[0-9]{1,2})?")
Check = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class AxleGroup:
    """A group of axles: its name, how many axles, and what an empty vehicle puts on it (kg, typical)."""

    name: str
    axles: int
    empty_kg: Decimal


@dataclass(frozen=True, slots=True)
class Profile:
    """A simple vehicle. Metres from the front of the deck: ``first`` and ``second`` support.

    With a ``fifth_wheel`` the first support is a kingpin: that share of its load goes to the steering axle, the rest
    to the driven group.
    """

    id: str
    groups: tuple[AxleGroup, ...]
    deck_m: Decimal
    first: Decimal
    second: Decimal
    fifth_wheel: Decimal | None = None

    @property
    def empty_kg(self) -> Decimal:
        """What the empty vehicle weighs, typically."""
        return sum((group.empty_kg for group in self.groups), Decimal(0))


def load_profiles(text: str) -> tuple[Profile, ...]:
    """Read the table. Raises ValueError with row and column when a value cannot be used."""
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        cells = {key: (value or "").strip() for key, value in row.items() if key}
        for column, check in CELLS.items():
            if wrong := check(cells.get(column, "")):
                raise ValueError(f"{NAME}, row {number}, column {column}: {cells.get(column, '')!r} {wrong}")
        if pair := row_problem(cells):
            raise ValueError(f"{NAME}, row {number}, column {pair[0]}: {pair[1]}")
        share = cells["fifth_wheel"]
        found.append(
            Profile(
                cells["profile"],
                groups_of(cells["groups"]),
                Decimal(cells["deck_m"]),
                Decimal(cells["front_support_m"]),
                Decimal(cells["rear_support_m"]),
                Decimal(share) if share else None,
            )
        )
    return tuple(found)


def groups_of(text: str) -> tuple[AxleGroup, ...]:
    """The groups of a cell such as ``steer:1:4200;drive:1:3600``; none when it is no such text."""
    found = [_GROUP.fullmatch(part.strip()) for part in text.split(";")]
    if not all(found):
        return ()
    return tuple(AxleGroup(one[1], int(one[2]), Decimal(one[3])) for one in found if one is not None)


def row_problem(cells: Mapping[str, str]) -> tuple[str, str] | None:
    """What does not fit together in a row whose cells are good one by one: the column and what it must be."""
    front, rear, deck = (cells.get(name, "") for name in ("front_support_m", "rear_support_m", "deck_m"))
    if not all(_METRES.fullmatch(text) for text in (front, rear, deck)):
        return None
    if Decimal(rear) <= Decimal(front):
        return "rear_support_m", "must stand behind the front support"
    if not 0 < Decimal(deck) <= 30:
        return "deck_m", "must be a length up to 30 m"
    names = tuple(group.name for group in groups_of(cells.get("groups", "")))
    wanted = (STEER, DRIVE, TRAILER) if cells.get("fifth_wheel") else (STEER, DRIVE)
    if names and names != wanted:
        return (
            "groups",
            f"must be {', '.join(wanted)}: only a kingpin on a fifth wheel has a trailer behind it",
        )
    return None


def _like(form: str, words: str) -> Check:
    pattern = re.compile(form)
    return lambda value: None if pattern.fullmatch(value) else f"must be {words}"


def _groups(value: str) -> str | None:
    return (
        None if groups_of(value) else "must be groups NAME:AXLES:EMPTY_KG such as steer:1:4200;drive:1:3600"
    )


#: column -> what is wrong with a value of it, or None
CELLS: Mapping[str, Check] = {
    "profile": _like(r"[a-z0-9][a-z0-9-]{0,30}", "a name of small letters, digits and -, such as semi-5"),
    "groups": _groups,
    "deck_m": _like(_METRES.pattern, "metres such as 13.6"),
    "front_support_m": _like(_METRES.pattern, "metres from the front of the deck such as 1.2 or -1.0"),
    "rear_support_m": _like(_METRES.pattern, "metres from the front of the deck such as 8.9"),
    "fifth_wheel": _like(r"(0\.[0-9]{1,2})?", "the share of the steering axle such as 0.16, or nothing"),
    "note": lambda value: None if len(value) <= 120 else "must have at most 120 characters",
}
