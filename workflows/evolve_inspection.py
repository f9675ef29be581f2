"""Folding events into inspections, equipment and seizures; :mod:`workflows.evolve` calls it for what keeps them."""

from __future__ import annotations

from dataclasses import replace

from workflows import events_inspection as e
from workflows.equipment_state import WORK_KEPT, Equipment, Worked
from workflows.event_base import Event
from workflows.inspection_state import Inspection, Progress
from workflows.seizure_state import Seizure

InspectionEvent = (
    e.InspectionOrdered
    | e.InspectionStarted
    | e.InspectionDone
    | e.InspectionLookedAt
    | e.InspectionCancelled
    | e.InspectionWaived
    | e.AlarmConfirmed
    | e.FileAttached
)


def inspections(before: tuple[Inspection, ...], event: InspectionEvent) -> tuple[Inspection, ...]:
    """The inspections of a consignment or visit after ``event``."""
    if isinstance(event, e.InspectionOrdered):
        new = event.inspection
        replaced = tuple(replace(i, replaced_by=new.id) if i.id == new.instead_of else i for i in before)
        return (*replaced, new)
    return tuple(_after(one, event) for one in before)


def _after(one: Inspection, event: InspectionEvent) -> Inspection:
    match event:
        case e.FileAttached(to=to, sha256=digest):
            if to != f"inspection:{one.id}" or digest in one.files:
                return one
            return replace(one, files=(*one.files, digest))
        case e.InspectionOrdered():
            return one
        case _ if event.inspection != one.id:
            return one
        case e.InspectionStarted():
            return replace(
                one,
                progress=Progress.STARTED,
                started_by=event.by,
                started_at=event.at,
                equipment=event.equipment,
                kit_lot=event.kit_lot,
                kit_expires=event.kit_expires,
            )
        case e.InspectionDone():
            return replace(
                one,
                progress=Progress.DONE,
                result=event.result,
                done_by=event.by,
                done_at=event.at,
                minutes=event.minutes,
                found_at=event.found_at,
                note=event.note,
                agrees=event.agrees,
                details=event.details,
                hold=event.hold,
                second_look=event.second_look,
            )
        case e.InspectionLookedAt():
            return replace(
                one,
                looked_by=event.by,
                looked_at=event.at,
                looked_agrees=event.agrees,
                looked_note=event.note,
                hold=one.hold or event.hold,
            )
        case e.InspectionCancelled():
            return replace(
                one,
                progress=Progress.CANCELLED,
                cancelled_by=event.by,
                cancelled_at=event.at,
                cancel_reason=event.reason,
            )
        case e.InspectionWaived():
            return replace(one, waived_by=event.by, waived_at=event.at, waive_reason=event.reason)
        case e.AlarmConfirmed():
            return replace(
                one,
                confirmed=event.confirmed,
                confirmed_by=event.by,
                confirmed_at=event.at,
                confirm_note=event.note,
            )


def equipment(before: Equipment | None, event: Event) -> Equipment | None:
    """The instrument, kit or dog after ``event``."""
    match event:
        case e.EquipmentAdded(equipment=new):
            return new
        case e.EquipmentChanged(equipment=new):
            return new
        case e.EquipmentTaken(inspection=inspection) if before is not None:
            return replace(before, uses=before.uses + 1, busy=(*before.busy, inspection))
        case e.EquipmentReturned(inspection=inspection, start=start, end=end) if before is not None:
            busy = tuple(one for one in before.busy if one != inspection)
            worked = (*before.worked, Worked(inspection, start, end))
            return replace(before, busy=busy, worked=worked[-WORK_KEPT:])
        case _:
            return before


def seizure(before: Seizure | None, event: Event) -> Seizure | None:
    """The seizure record after ``event``."""
    match event:
        case e.SeizureRecorded(seizure=new):
            return new
        case e.SeizureAmended(facts=facts, handling=handling) if before is not None:
            return replace(before, facts=facts, handling=handling)
        case e.CustodyPassed(custody=custody) if before is not None:
            return replace(before, custody=(*before.custody, custody))
        case e.FileAttached(sha256=digest) if before is not None and digest not in before.files:
            return replace(before, files=(*before.files, digest))
        case _:
            return before
