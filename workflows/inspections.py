"""Inspections as work orders: order, start, result, cancel, waive. Pure; answers like :func:`workflows.decide.decide`.

What alarms opens a hold by itself, in the name of customs: an anomaly or indication on the thing inspected, a finding
on everything that belongs to it, and then as a block. Until an order is settled nothing it stands on is released
(:mod:`workflows.release`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from workflows import steps_consignment
from workflows.ask import Ask, Situation
from workflows.equipment import unfit
from workflows.equipment_state import FOR_METHOD, Equipment
from workflows.event_base import Event
from workflows.events import StageChanged
from workflows.events_inspection import (
    EquipmentReturned,
    EquipmentTaken,
    InspectionCancelled,
    InspectionDone,
    InspectionOrdered,
    InspectionStarted,
    InspectionWaived,
    UnitWrittenOff,
)
from workflows.holds import NewHold, place_by_check
from workflows.inspection_roles import DOES, may_do, may_look, may_order
from workflows.inspection_state import (
    ALARMING,
    PLACES,
    Inspection,
    Method,
    Progress,
    Result,
    forces_red,
    needs_second_look,
)
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Actor, Right, Role
from workflows.stages import ENDED, UNIT, Stage, allowed
from workflows.state import Authority, Consignment, HoldReason, HoldSeverity, Unit, Visit

_CUSTOMS = frozenset({Role.CUSTOMS_INSPECTOR})
LONGEST_MINUTES = 24 * 60

#: the reason of the hold that an alarming result opens
HOLD_REASON: Mapping[Method, HoldReason] = {
    Method.DOCUMENT: HoldReason.DOC_CONFLICT,
    Method.PASSPORT_READER: HoldReason.DOC_CONFLICT,
    Method.COUNT: HoldReason.COUNT_DIFF,
    Method.WEIGH: HoldReason.WEIGHT_DIFF,
    Method.XRAY_CARGO: HoldReason.XRAY_ANOMALY,
    Method.XRAY_BAGGAGE: HoldReason.XRAY_ANOMALY,
    Method.BACKSCATTER: HoldReason.XRAY_ANOMALY,
    Method.CANINE_DRUGS: HoldReason.CANINE_INDICATION,
    Method.CANINE_EXPLOSIVES: HoldReason.CANINE_INDICATION,
    Method.SEAL_CHECK: HoldReason.SEAL,
}


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What is asked when an inspection is ordered. ``id`` is made by the caller (UUIDv7); ``places`` of TEMPLATES."""

    id: str
    subject: str  # "consignment:REF", "unit:LABEL", "visit:ID"
    method: Method
    places: tuple[str, ...] = ()
    operation: str | None = None
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What an inspector or a machine says of an inspection. ``minutes`` None: counted from its start."""

    result: Result
    found_at: tuple[str, ...] = ()
    note: str = ""
    minutes: int | None = None
    agrees: bool | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What an inspection stands on: the consignment (with the unit, if it is about one) or the vehicle."""

    consignment: Consignment | None = None
    unit: Unit | None = None
    visit: Visit | None = None

    @property
    def subject(self) -> str:
        """Where it is kept in the journal."""
        if self.consignment is not None:
            return f"consignment:{self.consignment.ref}"
        if self.visit is not None:
            return f"visit:{self.visit.id}"
        raise ValueError("an inspection is kept on a consignment or on a visit")

    @property
    def inspections(self) -> tuple[Inspection, ...]:
        """Those that are kept there."""
        keeper = self.consignment or self.visit
        return keeper.inspections if keeper is not None else ()

    def gone(self) -> str | None:
        """The stage at which nothing can be inspected any more, or None."""
        left = ENDED | {Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}
        stages = [thing.stage for thing in (self.unit, self.consignment, self.visit) if thing is not None]
        return next((stage.value for stage in stages if stage in left), None)


def may_not_order(ask: Ask, method: Method) -> Refused | None:
    """The refusal for somebody who may not order this method; None for those who may."""
    if may_order(ask.who, method):
        return None
    who = RIGHTS[Right.ORDER_INSPECTION]
    return refuse(Reason.NOT_PERMITTED, who=who, step="order_inspection", person=ask.who.id)


def order(new: NewOrder, kept: Kept, ask: Ask) -> Outcome:
    """Order an inspection; ``ask.note`` is why, for every search has a reason.

    The same method on the same thing is ordered once while it is open. ``new.instead_of`` names one that was not
    possible and that this one replaces.
    """
    if (barred := may_not_order(ask, new.method)) is not None:
        return barred
    before = next((one for one in kept.inspections if one.id == new.instead_of), None)
    for one in kept.inspections:
        same = (one.method, one.subject) == (new.method, new.subject)
        under_way = one.progress in (Progress.ORDERED, Progress.STARTED)
        if one.id == new.id or (same and under_way and new.instead_of is None):
            return AlreadyDone({"inspection": one.id})
    if new.instead_of is not None and before is None:
        return refuse(Reason.INSPECTION_NOT_FOUND, inspection=new.instead_of)
    if before is not None and (before.result is not Result.NOT_POSSIBLE or before.settled):
        return refuse(Reason.INSPECTION_ENDED, inspection=before.id, progress=before.progress.value)
    missing = []
    if (stage := kept.gone()) is not None:
        missing.append(
            Missing(Reason.WRONG_STAGE, {"subject": new.subject, "stage": stage, "step": "INSPECT"})
        )
    if not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": "order_inspection"}))
    if not set(new.places) <= PLACES:
        missing.append(Missing(Reason.INVALID, {"field": "places"}))
    if new.method is Method.SAMPLE_LAB and kept.unit is None:
        missing.append(Missing(Reason.INVALID, {"field": "unit", "method": new.method.value}))
    if missing:
        return Refused(tuple(missing))
    made = Inspection(
        new.id,
        new.subject,
        new.method,
        ask.who.id,
        ask.at,
        ask.note,
        new.places,
        new.operation,
        new.instead_of,
    )
    return Accepted((InspectionOrdered(kept.subject, made),))


def found(kept: Kept, identity: str) -> Inspection | Refused:
    """The inspection with that id, or the refusal that there is none."""
    one = next((one for one in kept.inspections if one.id == identity), None)
    return one if one is not None else refuse(Reason.INSPECTION_NOT_FOUND, inspection=identity)


def _not_yours(one: Inspection, ask: Ask) -> Refused | None:
    if may_do(ask.who, one.method):
        return None
    return refuse(
        Reason.NOT_PERMITTED,
        who=DOES[one.method],
        step="do_inspection",
        person=ask.who.id,
        method=one.method.value,
    )


def ended(one: Inspection) -> Refused:
    """The refusal that an inspection does not wait for that any more."""
    return refuse(
        Reason.INSPECTION_ENDED, inspection=one.id, method=one.method.value, progress=one.progress.value
    )


def start(kept: Kept, identity: str, equipment: Equipment | None, registered: bool, ask: Ask) -> Outcome:
    """Begin an ordered inspection. ``registered`` says that the inventory holds equipment for its method.

    An instrument that is registered must be named and fit (a machine that brings its own result is the instrument);
    test kits are always registered, because their lot and last good day belong to the result. A consignment that is inspected as a whole goes to the stage of inspection
    (approvals it had fall away); a unit to be sampled goes to SAMPLE.
    """
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    if (barred := _not_yours(one, ask)) is not None:
        return barred
    if one.progress is Progress.STARTED and one.started_by == ask.who.id:
        return AlreadyDone({"inspection": one.id})
    if one.progress is not Progress.ORDERED:
        return ended(one)
    missing = []
    if equipment is not None:
        missing += unfit(equipment, one.method, ask)
    elif (registered and not ask.who.is_device) or one.method is Method.DRUG_TEST_KIT:
        kind = FOR_METHOD.get(one.method)
        facts = {"method": one.method.value, "equipment_kind": kind.value if kind else None}
        missing.append(Missing(Reason.EQUIPMENT_NEEDED, facts))
    moved, wrong = _sampling(kept, one)
    if missing or wrong:
        return Refused((*missing, *wrong))
    lot, expires = (equipment.kit_lot, equipment.expires) if equipment is not None else (None, None)
    named = equipment.id if equipment is not None else None
    events: list[Event] = [
        InspectionStarted(kept.subject, one.id, ask.who.id, ask.at, named, lot, expires),
        *_to_inspection(kept, one, ask),
        *moved,
    ]
    if equipment is not None:
        events.append(EquipmentTaken(f"equipment:{equipment.id}", one.id))
    return Accepted(tuple(events))


def _to_inspection(kept: Kept, one: Inspection, ask: Ask) -> tuple[Event, ...]:
    """The consignment goes to the stage of inspection, as by that step, where the table lets it."""
    consignment = kept.consignment
    if consignment is None or one.subject != kept.subject or consignment.stage is Stage.INSPECT:
        return ()
    outcome = steps_consignment.move(
        Situation(consignment), Stage.INSPECT, replace(ask, note=one.method.value)
    )
    return outcome.events if isinstance(outcome, Accepted) else ()


def _sampling(kept: Kept, one: Inspection) -> tuple[list[Event], list[Missing]]:
    """A unit to be sampled is set apart at SAMPLE, through INSPECT where the table asks for it."""
    unit = kept.unit
    if one.method is not Method.SAMPLE_LAB or unit is None:
        return [], []
    subject, start, facts = f"unit:{unit.label}", unit.stage, {"inspection": one.id}
    events: list[Event] = []
    if start is not Stage.INSPECT:
        if not allowed(UNIT, start, Stage.INSPECT):
            wrong = {"unit": unit.label, "stage": start.value, "step": Stage.SAMPLE.value, "check": "PRC-03"}
            return [], [Missing(Reason.WRONG_STAGE, wrong)]
        events.append(StageChanged(subject, start, Stage.INSPECT, facts))
    return [*events, StageChanged(subject, Stage.INSPECT, Stage.SAMPLE, facts)], []


def finish(
    kept: Kept,
    identity: str,
    said: Outcomes,
    hold_id: str,
    equipment: Equipment | None,
    registered: bool,
    ask: Ask,
) -> Outcome:
    """Record what came of an inspection; one that nobody started is started and ended at once.

    A machine's alarm counts in whatever state the machine is: only its all-clear asks for a fit instrument.

    ``equipment`` is what it was begun with, or for an order that nobody started, what it was made with; ``hold_id`` a
    fresh id for the hold that an alarming result opens.
    """
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    if (barred := _not_yours(one, ask)) is not None:
        return barred
    if one.progress is Progress.DONE and (one.done_by, one.result) == (ask.who.id, said.result):
        return AlreadyDone({"inspection": one.id})
    if one.progress not in (Progress.ORDERED, Progress.STARTED):
        return ended(one)
    missing = []
    if (said.result in ALARMING or said.result is Result.NOT_POSSIBLE) and not said.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": "do_inspection", "inspection": one.id}))
    if not set(said.found_at) <= PLACES:
        missing.append(Missing(Reason.INVALID, {"field": "found_at"}))
    if said.minutes is not None and not 0 < said.minutes <= LONGEST_MINUTES:
        missing.append(Missing(Reason.INVALID, {"field": "minutes"}))
    begun: tuple[Event, ...] = ()
    if one.progress is Progress.ORDERED and said.result is not Result.NOT_POSSIBLE:
        started = start(kept, identity, equipment, registered, ask)
        if isinstance(started, Refused) and not (ask.who.is_device and said.result in ALARMING):
            missing += started.missing
        elif isinstance(started, Accepted):
            begun = started.events
    elif one.progress is Progress.STARTED and equipment is not None and equipment.id != one.equipment:
        missing.append(Missing(Reason.INVALID, {"field": "equipment", "expected": one.equipment}))
    if missing:
        return Refused(tuple(missing))
    return Accepted((*begun, *_ending(kept, one, said, hold_id, begun, equipment, ask)))


def _ending(
    kept: Kept,
    one: Inspection,
    said: Outcomes,
    hold_id: str,
    begun: tuple[Event, ...],
    equipment: Equipment | None,
    ask: Ask,
) -> list[Event]:
    counted = round((ask.at - (one.started_at or ask.at)).total_seconds() / 60)
    minutes = said.minutes or max(1, min(counted, LONGEST_MINUTES))
    held = _hold(kept, one, said, hold_id, ask)
    red = forces_red(one.method, said.result)
    done = InspectionDone(
        kept.subject,
        one.id,
        said.result,
        ask.who.id,
        ask.at,
        minutes,
        said.found_at,
        said.note,
        said.agrees,
        said.details,
        hold_id if held else None,
        red,
        needs_second_look(one.method, said.result),
    )
    events: list[Event] = [done, *held]
    used = one.equipment or (equipment.id if equipment is not None and begun else None)
    if used is not None:
        began = ask.at - timedelta(minutes=minutes)
        events.append(EquipmentReturned(f"equipment:{used}", one.id, began, ask.at))
    if one.method is Method.SAMPLE_LAB and kept.unit is not None and (begun or one.started_at is not None):
        taken_at = Stage.SAMPLE if begun else kept.unit.stage
        if said.result is Result.NOT_POSSIBLE:
            events += _back_from_sample(kept.unit, one)
        elif allowed(UNIT, taken_at, Stage.DESTROYED):
            events.append(UnitWrittenOff(f"unit:{kept.unit.label}", taken_at, one.id, said.note))
    return events


def _hold(kept: Kept, one: Inspection, said: Outcomes, hold_id: str, ask: Ask) -> tuple[Event, ...]:
    if said.result not in ALARMING:
        return ()
    found = said.result is Result.FINDING
    keeper = kept.consignment or kept.visit
    new = NewHold(
        hold_id,
        kept.subject if found else one.subject,
        Authority.CUSTOMS,
        HOLD_REASON.get(one.method, HoldReason.OTHER),
        HoldSeverity.BLOCK if found else HoldSeverity.HOLD,
        evidence=(f"inspection:{one.id}",),
    )
    standing = keeper.holds if keeper is not None else ()
    outcome = place_by_check(new, standing, kept.subject, replace(ask, note=said.note))
    return outcome.events if isinstance(outcome, Accepted) else ()


def _back_from_sample(unit: Unit, one: Inspection) -> list[Event]:
    if unit.stage is not Stage.SAMPLE:
        return []
    return [StageChanged(f"unit:{unit.label}", Stage.SAMPLE, Stage.INSPECT, {"inspection": one.id})]


def cancel(kept: Kept, identity: str, ask: Ask) -> Outcome:
    """Take an order back, with a reason (``ask.note``): whoever ordered it, or customs.

    An order that replaces one that was not possible is taken back by customs alone, for that is a waiver.
    """
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    own = one.ordered_by == ask.who.id and one.instead_of is None and ask.who.may(Right.ORDER_INSPECTION)
    if not (own or ask.who.roles & _CUSTOMS):
        return refuse(
            Reason.NOT_PERMITTED, who=_CUSTOMS, step="cancel_inspection", person=ask.who.id, inspection=one.id
        )
    if one.progress is Progress.CANCELLED and one.cancelled_by == ask.who.id:
        return AlreadyDone({"inspection": one.id})
    if one.progress not in (Progress.ORDERED, Progress.STARTED):
        return ended(one)
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="cancel_inspection", inspection=one.id)
    events: list[Event] = [InspectionCancelled(kept.subject, one.id, ask.who.id, ask.at, ask.note)]
    if one.equipment is not None and one.started_at is not None:
        events.append(EquipmentReturned(f"equipment:{one.equipment}", one.id, one.started_at, ask.at))
    if one.method is Method.SAMPLE_LAB and kept.unit is not None:
        events += _back_from_sample(kept.unit, one)
    return Accepted(tuple(events))


def waive(kept: Kept, identity: str, ask: Ask) -> Outcome:
    """Let an inspection that was not possible rest, with a reason: a customs inspector, not the one who could not."""
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    if not ask.who.roles & _CUSTOMS:
        return refuse(
            Reason.NOT_PERMITTED, who=_CUSTOMS, step="waive_inspection", person=ask.who.id, inspection=one.id
        )
    if one.waived_by == ask.who.id:
        return AlreadyDone({"inspection": one.id})
    if one.result is not Result.NOT_POSSIBLE or one.settled:
        return ended(one)
    if one.done_by == ask.who.id:
        return refuse(Reason.WAIVER_OF_OWN, who=_CUSTOMS, inspection=one.id, method=one.method.value)
    if not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="waive_inspection", inspection=one.id)
    return Accepted((InspectionWaived(kept.subject, one.id, ask.who.id, ask.at, ask.note),))


def may_attach(kept: Kept, identity: str, ask: Ask) -> Refused | None:
    """Why this person or machine may not attach a file to that inspection; None when they may."""
    one = found(kept, identity)
    if isinstance(one, Refused):
        return one
    if may_order(ask.who, one.method) or may_do(ask.who, one.method):
        return None
    who = DOES[one.method] | RIGHTS[Right.ORDER_INSPECTION]
    return refuse(Reason.NOT_PERMITTED, who=who, step="attach_file", person=ask.who.id)


def seen_by(one: Inspection, who: Actor) -> Inspection | None:
    """An inspection as this reader may know it: whole for officers, what waits for their own work for others."""
    if who.may(Right.READ_INSPECTIONS):
        return one
    waiting = may_do(who, one.method) and one.progress in (Progress.ORDERED, Progress.STARTED)
    if not (waiting or may_look(who, one)):
        return None
    return replace(one, why="", note="", details={}, files=(), found_at=(), operation=None)
