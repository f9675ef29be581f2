"""Where goods stand: bays and yard places as an administrator describes them, and what stands in one.

The table is ``storage_places.csv``, versioned like every table of reference data. It ships empty, for no two terminals
are laid out alike: as long as it is empty every place is taken as it is named.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

NAME = "storage_places.csv"
#: name of a place as its label carries it (KRV:BAY:CODE)
PLACE_NAME = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,39}")
_NUMBER = re.compile(r"[0-9]{1,5}")
_CELSIUS = re.compile(r"-?[0-9]{1,2}(\.[0-9])?")
#: any dangerous goods may stand there
ANY = "*"
Check = Callable[[str], str | None]
#: two hazard labels -> how far apart their goods must stand (IMDG grade, a digit or X)
Segregation = Mapping[tuple[str, str], str]


class PlaceKind(StrEnum):
    """A bay under a roof, or a place in the yard."""

    BAY = "BAY"
    YARD = "YARD"


@dataclass(frozen=True, slots=True)
class StoragePlace:
    """One place. ``row`` and ``column`` are its square on the map of its zone, from 1; temperatures °C.

    ``units`` is how many units fit in, None when nobody counts; ``dg`` the classes of dangerous goods that may stand
    there (``*`` any, none of them none).
    """

    place: str
    kind: PlaceKind
    zone: str
    building: str | None = None
    row: int = 1
    column: int = 1
    units: int | None = None
    min_c: Decimal | None = None
    max_c: Decimal | None = None
    dg: frozenset[str] = frozenset()
    note: str = ""

    def takes_class(self, label: str) -> bool:
        """True when goods with this hazard label may stand here; ``2`` allows ``2.1``."""
        return ANY in self.dg or any(label == one or label.startswith(one + ".") for one in self.dg)


COLUMNS = ("place", "kind", "zone", "building", "row", "column", "units", "min_c", "max_c", "dg", "note")


def load_places(text: str) -> tuple[StoragePlace, ...]:
    """Read the table. Raises ValueError with row and column when a value cannot be used."""
    found = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        cells = {key: (value or "").strip() for key, value in row.items() if key}
        try:
            found.append(_place(cells))
        except (ValueError, KeyError, ArithmeticError) as error:
            raise ValueError(f"{NAME}, row {number}: {error}") from error
    return tuple(found)


def _place(cells: Mapping[str, str]) -> StoragePlace:
    for column, wrong in wrong_cells(cells).items():
        raise ValueError(f"column {column}: {cells.get(column, '')!r} {wrong}")
    low, high = cells["min_c"], cells["max_c"]
    return StoragePlace(
        cells["place"],
        PlaceKind(cells["kind"]),
        cells["zone"],
        cells["building"] or None,
        int(cells["row"]),
        int(cells["column"]),
        int(cells["units"]) if cells["units"] else None,
        Decimal(low) if low else None,
        Decimal(high) if high else None,
        frozenset(cells["dg"].split(";")) - {""},
        cells["note"],
    )


def wrong_cells(cells: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values of a row: column -> what it must be."""
    wrong = {column: found for column, check in CELLS.items() if (found := check(cells.get(column, "")))}
    if not wrong and (pair := range_problem(cells)):
        wrong["max_c"] = pair
    return wrong


def range_problem(cells: Mapping[str, str]) -> str | None:
    """A range that ends below its beginning."""
    low, high = cells.get("min_c", ""), cells.get("max_c", "")
    if _CELSIUS.fullmatch(low) and _CELSIUS.fullmatch(high) and Decimal(low) > Decimal(high):
        return "must not be lower than min_c"
    return None


def _text(most: int, *, needed: bool) -> Check:
    def check(value: str) -> str | None:
        if needed and not value:
            return "must not be empty"
        return f"must have at most {most} characters" if len(value) > most else None

    return check


def _pattern(form: re.Pattern[str], words: str, *, empty: bool) -> Check:
    return lambda value: None if (empty and not value) or form.fullmatch(value) else f"must be {words}"


def _dg(value: str) -> str | None:
    parts = [part for part in value.split(";") if part]
    good = all(part == ANY or re.fullmatch(r"[1-9](\.[1-6])?", part) for part in parts)
    return None if good else "must be classes such as 3;8, or * for any, or nothing for none"


#: column -> what is wrong with a value of it, or None
CELLS: Mapping[str, Check] = {
    "place": _pattern(PLACE_NAME, "a name of capitals, digits and . _ / - such as B-07", empty=False),
    "kind": lambda value: None if value in tuple(PlaceKind) else f"must be one of {', '.join(PlaceKind)}",
    "zone": _text(40, needed=True),
    "building": _text(40, needed=False),
    "row": _pattern(re.compile(r"[1-9]|1[0-9]|2[0-4]"), "a whole number from 1 to 24", empty=False),
    "column": _pattern(re.compile(r"[1-9]|1[0-9]|2[0-4]"), "a whole number from 1 to 24", empty=False),
    "units": _pattern(_NUMBER, "a whole number, or nothing", empty=True),
    "min_c": _pattern(_CELSIUS, "degrees Celsius such as 2 or -20.5, or nothing", empty=True),
    "max_c": _pattern(_CELSIUS, "degrees Celsius such as 8, or nothing", empty=True),
    "dg": _dg,
    "note": _text(120, needed=False),
}


def text_of(places: Iterable[StoragePlace]) -> str:
    """The table of these places, as it is kept; the other way of :func:`load_places`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in places:
        low, high = ("" if value is None else format(value, "f") for value in (one.min_c, one.max_c))
        units = "" if one.units is None else str(one.units)
        dg = ";".join(sorted(one.dg))
        writer.writerow(
            (
                one.place,
                one.kind.value,
                one.zone,
                one.building or "",
                one.row,
                one.column,
                units,
                low,
                high,
                dg,
                one.note,
            )
        )
    return out.getvalue()


# --- what stands there ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Goods:
    """What of one line of goods decides where it may stand. Temperatures °C; None: nothing is asked."""

    consignment: str
    line: int
    labels: tuple[str, ...] = ()  # hazard labels
    un: str | None = None
    kept_from_food: bool = False
    food: bool = False
    ranged: bool = False  # a temperature range is asked
    min_c: Decimal | None = None
    max_c: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """One place as a decision sees it: the place (None: not in the table), how many units stand there, and which goods.

    ``incoming`` are the goods of the unit that is to be put there; ``near`` what stands in the other places of the same
    building: place -> goods. ``others`` are places that would do instead.
    """

    name: str
    place: StoragePlace | None = None
    units: int = 0
    incoming: tuple[Goods, ...] = ()
    standing: tuple[Goods, ...] = ()
    segregation: Segregation = field(default_factory=dict)
    near: tuple[tuple[str, Goods], ...] = ()
    others: tuple[str, ...] = ()
