"""The way across the bridge: from gate-out to the other bank, for a vehicle, its units and their consignments.

A vehicle moves step by step (:data:`WAY`). A consignment is where the last of its units is: it moves on only when none
of them is behind. What an authority took, or what was reported lost, is behind nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from workflows.event_base import Event
from workflows.events import StageChanged
from workflows.handover_state import Found, Handover, Item, Receipt
from workflows.papers import Papers
from workflows.parts import TAKEN
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit

#: the stages beyond the gate, in their order
WAY: tuple[Stage, ...] = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED)
#: a vehicle at one of these is on its trip
ON_TRIP: tuple[Stage, ...] = WAY[:3]


# --- what a vehicle carries over ----------------------------------------------------------------------
def whole(ref: str) -> str:
    """The name of all that a vehicle carries of one consignment, where no labels tell the units apart."""
    return f"consignment:{ref}"


def manifest(
    visit: Visit,
    units: Iterable[Unit],
    aboard: Iterable[Consignment],
    alone: frozenset[str] = frozenset(),
) -> tuple[Item, ...]:
    """Everything that this vehicle carries over, each thing once.

    ``units`` are those that stand on the vehicle and those of consignments that it carried through; ``alone`` names
    the carried ones that came on this vehicle only, so that their labels are certain to be on it.
    """
    known = {one.ref: one for one in aboard}
    items: list[Item] = []
    labelled: set[str] = set()
    for unit in sorted(units, key=lambda one: (one.consignment, one.line or 0, one.label)):
        through = unit.consignment in visit.carries and unit.consignment in alone
        if unit.label not in visit.units and not through:
            continue
        if through:
            labelled.add(unit.consignment)
        found = known.get(unit.consignment)
        what, packages = _declared(found.papers, unit) if found is not None else ("", None)
        items.append(
            Item(
                unit.label,
                unit.consignment,
                unit.stage,
                what,
                unit.gross_kg,
                unit.condition,
                packages,
                unit.line,
            )
        )
    for ref in visit.carries:
        if ref not in labelled:
            items.append(_all_of(ref, visit, known.get(ref)))
    return tuple(items)


def _declared(papers: Papers, unit: Unit) -> tuple[str, int | None]:
    line = next((one for one in papers.lines if one.no == unit.line or one.sscc == unit.label), None)
    return (line.description, line.packages if line.sscc == unit.label else None) if line else ("", None)


def _all_of(ref: str, visit: Visit, consignment: Consignment | None) -> Item:
    """All of a consignment on this vehicle; nobody counted how much of it that is when it came on several."""
    what = ", ".join(line.description for line in consignment.papers.lines[:4]) if consignment else ""
    return Item(whole(ref), ref, visit.stage, what, labelled=False)


# --- what became of it ----------------------------------------------------------------------------------
def receipts(handovers: Iterable[Handover]) -> Mapping[str, Receipt]:
    """The last receipt of each thing."""
    return {receipt.item: receipt for handover in handovers for receipt in handover.receipts}


def surplus_of(handovers: Iterable[Handover]) -> int:
    """How many things were found that stand on no manifest."""
    return sum(one.count for handover in handovers for one in handover.surplus)


@dataclass(frozen=True, slots=True)
class Trip:
    """The load of one vehicle, counted: the four parts add up to ``loaded``, always. ``kg`` of what is still open."""

    loaded: int
    received: int
    damaged: int
    short: int
    on_the_way: int
    surplus: int = 0

    @property
    def over(self) -> bool:
        """True when every thing is accounted for."""
        return self.on_the_way == 0

    @property
    def differs(self) -> bool:
        """True when something is not as it was loaded."""
        return bool(self.damaged or self.short or self.surplus)


def trip(items: Iterable[Item], handovers: Iterable[Handover]) -> Trip:
    """Count every thing of the manifest exactly once.

    A unit that was reported lost or taken by an authority before anybody received it is short.
    """
    told, statements = receipts(handovers), tuple(handovers)
    counts = dict.fromkeys(("received", "damaged", "short", "on_the_way"), 0)
    everything = tuple(items)
    for item in everything:
        counts[_where(item, told.get(item.id))] += 1
    return Trip(len(everything), **counts, surplus=surplus_of(statements))


def _where(item: Item, receipt: Receipt | None) -> str:
    if receipt is not None:
        return receipt.found.value.lower()
    if item.stage is Stage.DELIVERED:  # the desk said so of the whole consignment
        return "received"
    return "short" if item.stage in TAKEN else "on_the_way"


# --- moving on ------------------------------------------------------------------------------------------
def vehicle_events(visit: Visit, items: Iterable[Item], until: Stage, note: str = "") -> list[Event]:
    """The steps that bring a vehicle and what it still carries to ``until``; none for one that is there already."""
    if visit.stage not in ON_TRIP:
        return []
    events: list[Event] = []
    start = visit.stage
    standing = [item for item in items if item.labelled and item.stage is visit.stage]
    for stage in WAY[WAY.index(visit.stage) + 1 : WAY.index(until) + 1]:
        events.append(StageChanged(f"visit:{visit.id}", start, stage, note=note))
        events += [StageChanged(f"unit:{one.id}", start, stage, {"visit": visit.id}) for one in standing]
        start = stage
    return events


def consignment_events(
    consignment: Consignment, stages: Iterable[Stage], visit: str, found: frozenset[Found]
) -> list[Event]:
    """The steps that a consignment takes when its units, wherever they are, stand at ``stages`` from now on.

    ``found`` is what was found of it on any vehicle: where nothing at all was received it is not delivered, and a
    person says what becomes of it.
    """
    if consignment.stage not in ON_TRIP:
        return []
    standing = [stage for stage in stages if stage not in TAKEN]
    if any(stage not in WAY for stage in standing):
        return []
    floor = min((WAY.index(stage) for stage in standing), default=len(WAY) - 1)
    if WAY[floor] is Stage.DELIVERED and not found & {Found.RECEIVED, Found.DAMAGED}:
        floor = WAY.index(Stage.ARRIVED_AF)
    events: list[Event] = []
    start = consignment.stage
    for stage in WAY[WAY.index(start) + 1 : floor + 1]:
        events.append(StageChanged(f"consignment:{consignment.ref}", start, stage, {"visit": visit}))
        start = stage
    return events


# --- the watch ------------------------------------------------------------------------------------------
class Lateness(StrEnum):
    """How a trip stands against the hours that it should take."""

    ON_TIME = "ON_TIME"
    SOON = "SOON"  # less than a quarter of its time is left
    OVERDUE = "OVERDUE"
    OVER = "OVER"  # every thing is accounted for


#: hours from gate-out to a handover, by mode, where nothing else is configured
EXPECTED_HOURS: Mapping[str, int] = {"ROAD": 24, "RAIL": 48, "RIVER": 48, "AIR": 24}


def due(left_at: datetime, mode: str, hours: Mapping[str, int] = EXPECTED_HOURS) -> datetime:
    """When a vehicle that left at that time should have been handed over."""
    return left_at + timedelta(hours=hours.get(mode, EXPECTED_HOURS["ROAD"]))


def lateness(counted: Trip, left_at: datetime, due_at: datetime, now: datetime) -> Lateness:
    """How a trip stands at ``now``."""
    if counted.over:
        return Lateness.OVER
    if now >= due_at:
        return Lateness.OVERDUE
    return Lateness.SOON if due_at - now < (due_at - left_at) / 4 else Lateness.ON_TIME


def weight_of(items: Iterable[Item]) -> Decimal | None:
    """Summed gross weight (kg); None when the weight of one of them is not known."""
    weights = [item.gross_kg for item in items]
    known = [kg for kg in weights if kg is not None]
    return sum(known, Decimal(0)) if weights and len(known) == len(weights) else None
