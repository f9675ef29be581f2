"""Trips: what a vehicle beyond the gate carries, what became of it, and which ones are overdue."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from terminal.cases import looking
from terminal.store.journal import stamp
from terminal.store.reader import Reader
from workflows import crossing
from workflows.crossing import ON_TRIP, Lateness, Trip
from workflows.handover import Load, good_link
from workflows.handover_state import Found, Handover, HandoverLink, Item
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit

#: trips of each stage that the desk list shows
MOST = 500
#: trips that are over, shown below the open ones
RECENT = 40


def items_of(reader: Reader, visit: Visit) -> tuple[Item, ...]:
    """The manifest of a vehicle, as the books know it now."""
    return crossing.manifest(
        visit, _units(reader, visit), looking.consignments(reader, visit.aboard), _alone(reader, visit)
    )


def _units(reader: Reader, visit: Visit) -> list[Unit]:
    found: list[Unit] = []
    while page := reader.units_on(visit.id, found[-1].label if found else None):
        found += page
    for ref in visit.carries:
        found += [unit for unit in looking.units(reader, ref) if unit.label not in visit.units]
    return found


def manifest_csv(items: Iterable[Item]) -> str:
    """The manifest as CSV (RFC 4180). A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(("unit", "consignment", "line", "description", "packages", "condition", "gross_kg"))
    for item in items:
        kg = format(item.gross_kg, "f") if item.gross_kg is not None else ""
        told = (item.id, item.consignment, item.line, item.description, item.packages, item.condition, kg)
        rows.writerow(["" if one is None else _no_formula(str(one)) for one in told])
    return out.getvalue()


def _no_formula(text: str) -> str:
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _alone(reader: Reader, visit: Visit) -> frozenset[str]:
    """Consignments that were carried through and that came on no other vehicle."""
    return frozenset(ref for ref in visit.carries if reader.visits_ever_of(ref) == [visit.id])


def load_of(reader: Reader, visit: Visit) -> Load:
    """Everything a handover of this vehicle is decided on."""
    items = items_of(reader, visit)
    aboard = looking.consignments(reader, visit.aboard)
    mine = {item.id for item in items}
    elsewhere: dict[str, tuple[Stage, ...]] = {}
    found: dict[str, frozenset[Found]] = {}
    for consignment in aboard:
        through = consignment.ref in visit.carries
        stages = [
            unit.stage
            for unit in looking.units(reader, consignment.ref)
            if unit.label not in mine and not (through and unit.stage is Stage.PRE_ADVICE)
        ]
        told: set[Found] = set()
        for other in _others(reader, consignment, visit):
            receipts = crossing.receipts(other.handovers)
            told |= {one.found for one in receipts.values()}
            name = crossing.whole(consignment.ref)
            if consignment.ref in other.carries and not other.called_off:
                over = name in receipts or other.stage is Stage.CLOSED
                stages.append(Stage.DELIVERED if over else other.stage)
        elsewhere[consignment.ref] = tuple(stages)
        found[consignment.ref] = frozenset(told)
    return Load(items, aboard, elsewhere, found)


def _others(reader: Reader, consignment: Consignment, visit: Visit) -> list[Visit]:
    names = [name for name in reader.visits_ever_of(consignment.ref) if name != visit.id]
    return [found for name in names if (found := reader.visit(name)) is not None]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one vehicle carried over of one consignment, and what receivers said on it."""

    visit: Visit
    items: tuple[Item, ...]
    handovers: tuple[Handover, ...]


def deliveries(reader: Reader, ref: str) -> tuple[Delivery, ...]:
    """Every vehicle that carried something of a consignment beyond the gate, in the order of their handovers."""
    found = []
    for name in reader.visits_ever_of(ref):
        visit = reader.visit(name)
        if visit is None or ref not in visit.aboard or visit.stage not in (*ON_TRIP, Stage.CLOSED):
            continue
        mine = tuple(item for item in items_of(reader, visit) if item.consignment == ref)
        names = {item.id for item in mine}
        told = tuple(
            replace(one, receipts=receipts, surplus=())
            for one in visit.handovers
            if (receipts := tuple(receipt for receipt in one.receipts if receipt.item in names))
        )
        found.append(Delivery(visit, mine, told))
    return tuple(sorted(found, key=lambda one: (not one.handovers, one.visit.since)))


def counted(found: Iterable[Delivery]) -> Trip:
    """Every unit of a consignment that went beyond the gate, counted once."""
    given = tuple(found)
    return crossing.trip(
        (item for one in given for item in one.items), (told for one in given for told in one.handovers)
    )


def photos_of(one: Handover) -> int:
    """How many photographs came with a handover."""
    return len(one.photos) + sum(len(receipt.photos) for receipt in one.receipts)


@dataclass(frozen=True, slots=True)
class TripLine:
    """One trip for the desk: its vehicle, when it left and should be over, how it stands, and its counts."""

    visit: Visit
    left_at: datetime
    due_at: datetime
    lateness: Lateness
    trip: Trip
    link: HandoverLink | None


def left_at(reader: Reader, visit: Visit) -> datetime | None:
    """When a vehicle passed the gate outwards (UTC); None when it has not."""
    for entry in reader.stages_of(f"visit:{visit.id}"):
        if entry.type == "StageChanged" and entry.data["stage"] == Stage.GATE_OUT.value:
            return entry.at
    return None


def line_of(reader: Reader, visit: Visit, hours: Mapping[str, int], now: datetime) -> TripLine | None:
    """One trip; None for a vehicle that has not left, or left empty."""
    left = left_at(reader, visit)
    if left is None or not visit.aboard:
        return None
    counted = crossing.trip(items_of(reader, visit), visit.handovers)
    until = crossing.due(left, visit.mode, hours)
    late = crossing.lateness(counted, left, until, now)
    return TripLine(visit, left, until, late, counted, good_link(visit, now))


def trips(reader: Reader, hours: Mapping[str, int], now: datetime) -> list[TripLine]:
    """Open trips, the one that is overdue longest first; a vehicle without a load is none."""
    lines = [line for stage in ON_TRIP for line in reader.visits_at(stage, limit=MOST)]
    found = _lines(reader, (line.id for line in lines), hours, now)
    return sorted((one for one in found if not one.trip.over), key=lambda one: (one.due_at, one.visit.id))


def recent(reader: Reader, hours: Mapping[str, int], now: datetime, since: datetime) -> list[TripLine]:
    """Trips that ended since then with a handover, the newest first."""
    names = [line.id for line in reader.visits_at(Stage.CLOSED, (stamp(since), -1), MOST)]
    names += [line.id for line in reader.visits_at(Stage.ARRIVED_AF, limit=MOST)]
    found = [one for one in _lines(reader, names, hours, now) if one.visit.handovers and one.trip.over]
    return sorted(found, key=lambda one: (one.visit.handovers[-1].at, one.visit.id), reverse=True)[:RECENT]


def _lines(reader: Reader, names: Iterable[str], hours: Mapping[str, int], now: datetime) -> list[TripLine]:
    visits = (reader.visit(name) for name in dict.fromkeys(names))
    lines = (line_of(reader, visit, hours, now) for visit in visits if visit is not None)
    return [line for line in lines if line is not None]


def overdue(reader: Reader, hours: Mapping[str, int], now: datetime) -> int:
    """How many open trips should have been handed over by now."""
    return sum(one.lateness is Lateness.OVERDUE for one in trips(reader, hours, now))
