"""Places as the books know them: what stands where, whether a unit may stand there, and where else it could.

The places themselves are a table of reference data (``storage_places.csv``); a terminal that has none is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from terminal.cases import checking
from terminal.cases.answers import Answer
from terminal.cases.once import Request
from terminal.store.books import Books
from terminal.store.handling import Standing
from terminal.store.reader import Reader
from workflows.checks.case import Bay, Planned
from workflows.checks.reference import Reference
from workflows.nesting import everything_in
from workflows.papers import Papers
from workflows.state import Consignment, Unit, Visit
from workflows.storage import Goods, Room, StoragePlace
from workflows.storage_rules import bay_of, goods_of, is_careful, lines_of, unfit

#: so many other places are named to somebody whose unit does not fit where they are
SUGGESTED = 3


def reference_of(reader: Reader, request: Request) -> Reference | None:
    """The tables in force when places are described; None when there are none and nothing is asked."""
    reference = request.reference(reader) if request.reference is not None else None
    return reference if reference is not None and reference.places else None


def inside(reader: Reader, unit: Unit, consignment: Consignment | None) -> tuple[Unit, ...]:
    """Everything inside a unit, however deep. Only asked where units of the consignment stand inside others at all."""
    if consignment is None or not (consignment.nested or _declares_parents(consignment.papers)):
        return ()
    found: list[Unit] = []
    todo = [unit.label]
    while todo and len(found) < 10_000:
        direct = reader.handling.inside(todo.pop(0))
        found += direct
        todo += [one.label for one in direct]
    return everything_in(unit.label, found)


_PARENTS: dict[int, tuple[Papers, bool]] = {}
_KEPT = 512


def _declares_parents(papers: Papers) -> bool:
    """True when the unit list names units inside others; found once for each set of papers that is held in memory."""
    known = _PARENTS.get(id(papers))
    if known is None or known[0] is not papers:
        while len(_PARENTS) >= _KEPT:
            _PARENTS.pop(next(iter(_PARENTS)), None)
        known = _PARENTS[id(papers)] = papers, any(unit.parent_sscc for unit in papers.units)
    return known[1]


def around(reader: Reader, unit: Unit) -> tuple[Unit, ...]:
    """What a unit stands inside, innermost first."""
    found: list[Unit] = []
    parent = unit.parent
    while parent is not None and len(found) < 20:
        outer = reader.unit(parent)
        if outer is None:
            break
        found.append(outer)
        parent = outer.parent
    return tuple(found)


# --- may it stand there ------------------------------------------------------------------------------
class Hall:
    """What stands in the places of one transaction, read once."""

    def __init__(self, reader: Reader, reference: Reference) -> None:
        self._reader = reader
        self._reference = reference
        self.places: Mapping[str, StoragePlace] = {one.place: one for one in reference.places}
        self._goods: dict[tuple[str, int | None], tuple[Goods, ...]] = {}

    def goods(self, one: Standing) -> tuple[Goods, ...]:
        """What of the goods of one line decides where they may stand; of no line: those of all its consignment's lines."""
        key = (one.consignment, one.line)
        if key not in self._goods:
            owner = self._reader.consignment(one.consignment)
            papers = owner.papers if owner is not None else None
            lines = [] if papers is None else [n for n in papers.lines if one.line in (None, n.no)]
            self._goods[key] = goods_of(self._reference, papers, lines) if papers is not None else ()
        return self._goods[key]

    def room(self, name: str, unit: Unit, consignment: Consignment, *, suggest: bool = True) -> Room:
        """The place as the rules see it for this unit, which is not counted as standing there itself."""
        incoming = goods_of(self._reference, consignment.papers, lines_of(consignment.papers, unit))
        place = self.places.get(name)
        if place is None:
            room = Room(name, incoming=incoming)
        else:
            here = self._reader.handling.standing([name])
            count = sum(one.units for one in here) - (1 if unit.place == name and unit.parent is None else 0)
            standing = [
                goods for one in here if not _is_itself(one, unit, count) for goods in self.goods(one)
            ]
            room = Room(
                name,
                place,
                count,
                incoming,
                tuple(standing),
                near=self._near(place, incoming),
                segregation=self._reference.segregation.imdg,
            )
        return (
            replace(room, others=self.others(room, unit, consignment))
            if suggest and unfit(unit, room)
            else room
        )

    def _near(self, place: StoragePlace, incoming: Iterable[Goods]) -> tuple[tuple[str, Goods], ...]:
        if place.building is None or not any(goods.labels for goods in incoming):
            return ()
        names = [p.place for p in self.places.values() if p.building == place.building and p is not place]
        return tuple(
            (one.place, goods) for one in self._reader.handling.standing(names) for goods in self.goods(one)
        )

    def others(self, room: Room, unit: Unit, consignment: Consignment) -> tuple[str, ...]:
        """Places that would do, those of the same zone first."""
        zone = room.place.zone if room.place else ""
        found: list[str] = []
        for place in sorted(self.places.values(), key=lambda p: (p.zone != zone, p.place)):
            if len(found) == SUGGESTED:
                break
            if place.place != room.name and not unfit(
                unit, self.room(place.place, unit, consignment, suggest=False)
            ):
                found.append(place.place)
        return tuple(found)


def _is_itself(one: Standing, unit: Unit, count: int) -> bool:
    """True for the row of the unit's own line when nothing but the unit stands there."""
    return unit.place == one.place and count == 0 and one.consignment == unit.consignment


def room_for(
    books: Books, unit: Unit, consignment: Consignment | None, place: str | None, request: Request
) -> Room | None:
    """The place a unit is put into, for the decision; None when places are not described, or none is named."""
    if place is None or consignment is None:
        return None
    reference = reference_of(books, request)
    return None if reference is None else Hall(books, reference).room(place, unit, consignment)


def known_place(books: Books, place: str, request: Request) -> bool:
    """False for a place that the table does not know, when there is a table."""
    reference = reference_of(books, request)
    return reference is None or any(one.place == place for one in reference.places)


def after(books: Books, answer: Answer, request: Request) -> None:
    """Run the checks again for goods of which they have something to say about where they stand."""
    ref = answer.facts.get("consignment")
    if not answer.news or not isinstance(ref, str) or request.judge is None:
        return
    reference = reference_of(books, request)
    consignment = books.consignment(ref) if reference is not None else None
    if reference is None or consignment is None:
        return
    if is_careful(goods_of(reference, consignment.papers, consignment.papers.lines)):
        checking.run(books, ref, request, request.judge)


# --- for the checks --------------------------------------------------------------------------------
def seen_by_checks(
    reader: Reader, consignment: Consignment, reference: Reference
) -> tuple[tuple[Planned, ...], dict[str, Bay]]:
    """Where the lines of a consignment stand, and those places as the checks know them."""
    if not reference.places:
        return (), {}
    stands = reader.handling.places_of(consignment.ref)
    names = dict.fromkeys(place for place, _ in stands)
    hall = Hall(reader, reference)
    others: dict[str, list[str]] = {}
    for one in reader.handling.standing(names):
        if one.consignment != consignment.ref:
            others.setdefault(one.place, []).extend(
                label for goods in hall.goods(one) for label in goods.labels
            )
    bays = {
        name: bay_of(hall.places[name], tuple(dict.fromkeys(others.get(name, ()))))
        for name in names
        if name in hall.places
    }
    only = consignment.papers.lines[0].no if len(consignment.papers.lines) == 1 else None
    return tuple(Planned(place, line if line is not None else only) for place, line in stands), bays


# --- the map --------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Square:
    """One place on the map: how many units stand there, of which consignments, and with which hazard labels."""

    place: StoragePlace
    units: int
    consignments: tuple[str, ...]
    labels: tuple[str, ...]
    food: bool

    @property
    def full(self) -> bool:
        """True when nothing more fits in."""
        return self.place.units is not None and self.units >= self.place.units


@dataclass(frozen=True, slots=True)
class Zone:
    """The places of one zone, with the size of its grid."""

    name: str
    squares: tuple[Square, ...]

    @property
    def rows(self) -> int:
        """How many rows the grid has."""
        return max(square.place.row for square in self.squares)

    @property
    def columns(self) -> int:
        """How many columns the grid has."""
        return max(square.place.column for square in self.squares)


@dataclass(frozen=True, slots=True)
class StockMap:
    """Every zone, what stands in places that the table does not know, and vehicles by the point they stand at."""

    zones: tuple[Zone, ...]
    unknown: tuple[tuple[str, int], ...]
    vehicles: Mapping[str, tuple[Visit, ...]]


def stock_map(reader: Reader, reference: Reference) -> StockMap:
    """Everything that stands in the terminal, place by place."""
    hall = Hall(reader, reference)
    by_place: dict[str, list[Standing]] = {}
    for one in reader.handling.standing():
        by_place.setdefault(one.place, []).append(one)
    zones: dict[str, list[Square]] = {}
    for place in reference.places:
        zones.setdefault(place.zone, []).append(_square(hall, place, by_place.get(place.place, [])))
    unknown = [
        (name, sum(s.units for s in rows)) for name, rows in by_place.items() if name not in hall.places
    ]
    vehicles: dict[str, list[Visit]] = {}
    for line in reader.visits_inside():
        visit = reader.visit(line.id)
        if visit is not None:
            vehicles.setdefault(visit.point or "", []).append(visit)
    return StockMap(
        tuple(Zone(name, tuple(squares)) for name, squares in zones.items()),
        tuple(sorted(unknown)),
        {point: tuple(found) for point, found in sorted(vehicles.items())},
    )


def _square(hall: Hall, place: StoragePlace, rows: Iterable[Standing]) -> Square:
    rows = tuple(rows)
    goods = [one for row in rows for one in hall.goods(row)]
    return Square(
        place,
        sum(row.units for row in rows),
        tuple(dict.fromkeys(row.consignment for row in rows)),
        tuple(sorted({label for one in goods for label in one.labels})),
        any(one.food for one in goods),
    )
