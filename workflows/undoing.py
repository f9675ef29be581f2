"""Taking a wrong scan back: a new event that names the old one, with a reason. Nothing is deleted.

Only what nothing was built on can be undone: the unit was not handled since, its vehicle stands open at the terminal,
its tally is not closed. Otherwise the refusal says what to do instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events import UnitLoaded, UnitMoved, UnitTallied
from workflows.events_handling import ScanUndone
from workflows.handling_state import UndoReason
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit

#: steps whose scans can be undone
STEPS: tuple[Stage, ...] = (Stage.TALLY, Stage.STORAGE, Stage.INSPECT, Stage.PICK, Stage.LOAD)
Undoable = UnitTallied | UnitMoved | UnitLoaded


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan did to one unit: event number ``seq``, the unit ``before`` it, and what was done with it ``since``.

    ``since`` are the kinds of later events that moved it and stand; ``undone`` is True when it was taken back already.
    """

    unit: Unit
    event: Event
    seq: int
    at: datetime
    before: Unit
    since: tuple[str, ...] = ()
    undone: bool = False


def step_of(event: Event) -> Stage | None:
    """The step that an event came from; None for one that no scan makes."""
    match event:
        case UnitTallied():
            return Stage.TALLY
        case UnitMoved(stage=stage):
            return stage
        case UnitLoaded():
            return Stage.LOAD
        case _:
            return None


def may_undo(ask: Ask) -> list[Missing]:
    """Why this person or station may undo no scan at all; empty when they scan units themselves."""
    if any(ask.who.may_step(step) for step in STEPS):
        return []
    who = frozenset(role for step in STEPS for role in STEP_ROLES.get(step, frozenset()))
    return [Missing(Reason.NOT_PERMITTED, {"step": "undo_scan", "person": ask.who.id}, who)]


def undo(
    done: Scanned | None,
    inside: Iterable[Scanned],
    consignment: Consignment | None,
    visit: Visit | None,
    reason: UndoReason,
    ask: Ask,
) -> Outcome:
    """Take one scan back. ``done`` is what it did (None: nothing), ``inside`` what the same scan did to units inside.

    ``visit`` is the vehicle of a loading. Whoever may take the step may undo it; "another reason" needs a word.
    """
    if barred := may_undo(ask):
        return Refused(tuple(barred))
    step = step_of(done.event) if done is not None else None
    if done is None or step is None or consignment is None:
        return refuse(Reason.NOTHING_TO_UNDO)
    if not ask.who.may_step(step):
        who = STEP_ROLES.get(step, frozenset())
        return refuse(Reason.NOT_PERMITTED, who=who, step=step.value, person=ask.who.id)
    if done.undone:
        return AlreadyDone({"unit": done.unit.label, "undone": done.seq})
    if reason is UndoReason.OTHER and not ask.note.strip():
        return refuse(Reason.REASON_NEEDED, step="undo_scan", unit=done.unit.label)
    several = (done, *inside)
    missing = _too_late(several, consignment, visit)
    if missing:
        return Refused(tuple(missing))
    return Accepted(tuple(_taken_back(one, step, reason, ask) for one in several if not one.undone))


def _too_late(several: tuple[Scanned, ...], consignment: Consignment, visit: Visit | None) -> list[Missing]:
    done = several[0]
    plate = (visit.plate or visit.expected_plate or visit.id) if visit is not None else ""
    if isinstance(done.event, UnitLoaded):
        if visit is None or not visit.inside:
            return [Missing(Reason.UNDO_TOO_LATE, {"left_with": plate or done.event.visit})]
        if visit.stage is not Stage.LOAD and done.unit.visit == visit.id:
            return [Missing(Reason.UNDO_TOO_LATE, {"sealed": plate})]
    if isinstance(done.event, UnitTallied):
        closed = consignment.tally
        if closed is not None and closed.at >= done.at:
            return [Missing(Reason.UNDO_TOO_LATE, {"tally_of": consignment.ref})]
    return [
        Missing(Reason.UNDO_TOO_LATE, {"moved": one.unit.label, "stage": one.unit.stage.value})
        for one in several
        if one.since
    ]


def _taken_back(one: Scanned, step: Stage, reason: UndoReason, ask: Ask) -> ScanUndone:
    event, now, before = one.event, one.unit, one.before
    loaded = event if isinstance(event, UnitLoaded) else None
    # damage that was noted after the tally was seen, whatever else was wrong with the scan
    counted = isinstance(event, UnitTallied) and event.condition == now.condition
    return ScanUndone(
        f"unit:{now.label}",
        one.seq,
        step,
        reason,
        now.stage,
        before.stage,
        now.consignment,
        before.place,
        before.condition if counted else now.condition,
        loaded.visit if loaded is not None else None,
        loaded.gross_kg if loaded is not None else None,
        ask.note.strip(),
    )
