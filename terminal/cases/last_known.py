"""What a station may know while it has no connection: the units or vehicles of its own step as they stand now.

Labels, stages and whether a hold is open: what its screen would say anyway at the next scan. No papers, parties, weights,
lanes, scores or reasons of holds, so that a lost handheld tells nothing of risk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from terminal.cases.plates import plate_of
from terminal.store.lists import ConsignmentLine
from terminal.store.reader import Reader
from workflows.stages import UNIT, VISIT, Stage
from workflows.state import Consignment, Hold, Unit

#: how many units or vehicles go onto a device; more make its answer slow, and no shift scans them
MOST = 5000
#: stages in which a consignment has units here or on the way here; what is in the house comes first
_LIVE = (
    Stage.RISK, Stage.INSPECT, Stage.SAMPLE, Stage.CUSTOMS_RELEASE, Stage.RELEASE,
    Stage.DOC_CHECK, Stage.GATE_IN, Stage.PRE_ADVICE,
)  # fmt: skip
_GATE = frozenset({Stage.GATE_IN, Stage.GATE_OUT})
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Known:
    """One unit or vehicle: its label or plate, and how it stood. ``state`` is ``open`` (the step may come next),
    ``done`` (it was taken already) or ``other`` (another step comes first)."""

    name: str
    state: str
    held: bool


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What one station knows of its step; ``complete`` is False when there was more than a device takes."""

    step: Stage
    things: tuple[Known, ...]
    complete: bool


def at_step(reader: Reader, step: Stage, most: int = MOST) -> LastKnown:
    """The units (vehicles at a gate) that this step may meet, at most so many of them."""
    things: list[Known] = []
    for one in _vehicles(reader, step) if step in _GATE else _units(reader, step):
        if len(things) == most:
            return LastKnown(step, tuple(things), complete=False)
        things.append(one)
    return LastKnown(step, tuple(things), complete=True)


def _state(stage: Stage, step: Stage, moves: Iterable[Stage]) -> str:
    if step in moves:
        return "open"
    return "done" if stage is step else "other"


def _held(holds: Iterable[Hold], *subjects: str) -> bool:
    return any(hold.open and hold.subject in subjects for hold in holds)


def _units(reader: Reader, step: Stage) -> Iterator[Known]:
    for line in _consignments(reader):
        found = reader.consignment(line.ref)
        after = None
        while found is not None and (page := reader.units_of(line.ref, after, _PAGE)):
            yield from (_unit(unit, found, step) for unit in page)
            after = page[-1].label


def _consignments(reader: Reader) -> Iterator[ConsignmentLine]:
    for stage in _LIVE:
        after = None
        while page := reader.consignments_at(stage, after, _PAGE):
            yield from page
            after = page[-1].cursor


def _unit(unit: Unit, consignment: Consignment, step: Stage) -> Known:
    held = _held(consignment.holds, f"unit:{unit.label}", f"consignment:{consignment.ref}")
    return Known(unit.label, _state(unit.stage, step, UNIT.get(unit.stage, frozenset())), held)


def _vehicles(reader: Reader, step: Stage) -> Iterator[Known]:
    expected = reader.visits_at(Stage.PRE_ADVICE, None, MOST)
    for line in (*reader.visits_inside(), *expected):
        visit = reader.visit(line.id)
        plate = plate_of(visit.plate or visit.expected_plate) if visit else None
        if visit is None or plate is None:
            continue
        loads = (reader.consignment(ref) for ref in visit.aboard)
        held = _held(visit.holds, f"visit:{visit.id}") or any(
            hold.open for load in loads if load is not None for hold in load.holds
        )
        yield Known(plate, _state(visit.stage, step, VISIT.get(visit.stage, frozenset())), held)
