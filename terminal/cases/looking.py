"""Putting together what a decision may look at, in the transaction that will record it."""

from __future__ import annotations

from terminal.store.reader import Reader
from workflows.ask import Situation
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit

#: Stages in which a unit still has to leave the terminal.
_STILL_HERE = (
    Stage.PRE_ADVICE,
    Stage.UNLOAD,
    Stage.TALLY,
    Stage.STORAGE,
    Stage.INSPECT,
    Stage.SAMPLE,
    Stage.PICK,
)
#: steps of a vehicle by which its units move with it
_ALONG = frozenset({Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF})
_ON_THE_WAY = (Stage.LOAD, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF)


def consignments(books: Reader, refs: tuple[str, ...]) -> tuple[Consignment, ...]:
    """The consignments of these references that exist."""
    return tuple(found for ref in refs if (found := books.consignment(ref)) is not None)


def of_unit(books: Reader, unit: Unit, visit: Visit | None) -> Situation:
    """A unit with its consignment, and the vehicle it is loaded on or unloaded from."""
    consignment = books.consignment(unit.consignment)
    aboard = consignments(books, visit.aboard) if visit is not None else ()
    return Situation(consignment, unit, visit, aboard)


def of_consignment(books: Reader, consignment: Consignment) -> Situation:
    """A consignment with every unit of it, for a step of its own."""
    return Situation(consignment, units=units(books, consignment.ref))


def units(books: Reader, ref: str) -> tuple[Unit, ...]:
    """Every unit of a consignment, however many."""
    found: list[Unit] = []
    while page := books.units_of(ref, found[-1].label if found else None):
        found += page
    return tuple(found)


def of_visit(books: Reader, visit: Visit, step: Stage | None = None) -> Situation:
    """A vehicle with every consignment on board, and with every unit on it for a ``step`` that takes them along."""
    labels = sorted(visit.units) if step in _ALONG else ()
    units = tuple(unit for label in labels if (unit := books.unit(label)) is not None)
    return Situation(visit=visit, aboard=consignments(books, visit.aboard), units=units)


def last_of(books: Reader, visit: Visit) -> frozenset[str]:
    """References on this vehicle of which nothing is left behind: they move on with it.

    For a vehicle that is past the gate, nothing may be behind it on the way either.
    """
    done = []
    for ref in visit.aboard:
        stages = books.unit_stages(ref)
        here = sum(stages.get(stage, 0) for stage in _STILL_HERE)
        if ref in visit.carries:  # never unloaded here: its units are on board, though nobody scanned them
            here -= stages.get(Stage.PRE_ADVICE, 0)
        behind = sum(stages.get(stage, 0) for stage in _ON_THE_WAY[: _position(visit)])
        mine = visit.loaded.get(ref, 0)
        same = stages.get(_ON_THE_WAY[_position(visit)], 0)
        if here == 0 and behind == 0 and same <= mine:
            done.append(ref)
    return frozenset(done)


def _position(visit: Visit) -> int:
    return _ON_THE_WAY.index(visit.stage) if visit.stage in _ON_THE_WAY else 0


def visit_at(books: Reader, point: str | None) -> Visit | None:
    """The one vehicle that stands at a point; None when there is none, or more than one to choose from."""
    if point is None:
        return None
    lines = books.visits_inside(point=point)
    return books.visit(lines[0].id) if len(lines) == 1 else None
