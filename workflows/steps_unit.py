"""Rules of one handling unit: unload, tally, put away, pick, load. See stages.UNIT for the moves."""

from __future__ import annotations

from dataclasses import replace

from workflows import parts
from workflows.ask import Ask, Situation
from workflows.events import StageChanged, UnitLoaded, UnitMoved, UnitTallied, UnitUnloaded
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.release import blocking, for_other_vehicle, held, standing_in_the_way, vehicle_stopped
from workflows.roles import STEP_ROLES
from workflows.stages import OPENED, UNIT, Stage, Step, allowed
from workflows.state import Consignment, Unit


def _parts(situation: Situation) -> tuple[Unit, Consignment]:
    unit, consignment = situation.unit, situation.consignment
    if unit is None or consignment is None:
        raise ValueError("a unit's step needs the unit and its consignment")
    return unit, consignment


def _wrong_stage(unit: Unit, step: Step) -> list[Missing]:
    if allowed(UNIT, unit.stage, step):
        return []
    facts = {"unit": unit.label, "stage": unit.stage.value, "step": step.value, "check": "PRC-03"}
    return [Missing(Reason.WRONG_STAGE, facts)]


def _not_opened(consignment: Consignment) -> list[Missing]:
    """Goods are opened only after the papers were checked and the consignment was screened."""
    if consignment.stage in OPENED:
        return []
    facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "check": "PRC-03"}
    return [Missing(Reason.WRONG_STAGE, facts, STEP_ROLES[Stage.RISK])]


def unload(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Take a loaded unit off its vehicle again; a unit that just arrived is received by its tally."""
    unit, consignment = _parts(situation)
    if unit.stage is not Stage.LOAD:
        return tally(situation, Stage.TALLY, ask)
    if situation.visit is None or situation.visit.id != unit.visit:
        return refuse(Reason.UNIT_ELSEWHERE, unit=unit.label, visit=unit.visit)
    events: list[UnitUnloaded | StageChanged] = [
        UnitUnloaded(f"unit:{unit.label}", situation.visit.id, consignment.ref, unit.gross_kg)
    ]
    if situation.visit.stage is not Stage.LOAD:  # an opened load must be sealed and weighed anew
        start = situation.visit.stage
        events.append(StageChanged(f"visit:{situation.visit.id}", start, Stage.LOAD, note=step.value))
    return Accepted(tuple(events))


def tally(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Receive one unit: it was seen here, in this condition."""
    unit, consignment = _parts(situation)
    if unit.stage is Stage.TALLY:
        return AlreadyDone({"unit": unit.label, "stage": unit.stage.value})
    missing = _wrong_stage(unit, step) + _not_opened(consignment)
    missing += held(blocking(consignment.holds, step, f"consignment:{consignment.ref}", f"unit:{unit.label}"))
    if missing:
        return Refused(tuple(missing))
    visit = situation.visit.id if situation.visit else None
    seen = UnitTallied(f"unit:{unit.label}", unit.stage, ask.condition, visit, ask.place, ask.note.strip())
    return Accepted((seen,))


def move(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Put away, move between bays, take to inspection, or pick."""
    unit, consignment = _parts(situation)
    if unit.stage is step and unit.place == ask.place:
        return AlreadyDone({"unit": unit.label, "stage": unit.stage.value, "place": unit.place})
    missing = _wrong_stage(unit, step) + standing_in_the_way(consignment, step, unit.label)
    if step is Stage.STORAGE and ask.place is None:
        missing.append(Missing(Reason.INVALID, {"field": "place", "step": step.value}))
    if missing:
        return Refused(tuple(missing))
    return Accepted((UnitMoved(f"unit:{unit.label}", unit.stage, step, ask.place),))


def load(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Load one unit on the vehicle at this point, if everything is released."""
    unit, consignment = _parts(situation)
    visit = situation.visit
    if unit.stage is Stage.LOAD and visit is not None and unit.visit == visit.id:
        return AlreadyDone({"unit": unit.label, "stage": unit.stage.value, "visit": visit.id})
    missing = standing_in_the_way(consignment, step, unit.label)
    if unit.stage in (Stage.PRE_ADVICE, Stage.UNLOAD):
        missing.append(Missing(Reason.NOT_TALLIED, {"unit": unit.label}, STEP_ROLES[Stage.TALLY]))
    elif unit.stage is Stage.LOAD:
        missing.append(Missing(Reason.UNIT_ELSEWHERE, {"unit": unit.label, "visit": unit.visit}))
    else:
        missing += _wrong_stage(unit, step)
    partly = parts.has_parts(consignment) and consignment.stage in parts.LEAVING
    if consignment.stage is not Stage.RELEASE and not partly:
        facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "step": step.value}
        missing.append(Missing(Reason.WRONG_STAGE, {**facts, "check": "PRC-03"}, STEP_ROLES[Stage.RELEASE]))
    if visit is None or not visit.inside or visit.stage is Stage.GATE_IN:
        where = {"point": ask.point, "visit": visit.id if visit else None}
        missing.append(Missing(Reason.NO_VISIT if visit is None else Reason.NOT_WEIGHED, where))
    else:
        missing += vehicle_stopped(visit, step) + for_other_vehicle(consignment, (unit.label,), visit)
        missing += ask.apart
        if visit.carries:
            missing.append(
                Missing(Reason.CARGO_ABOARD, {"visit": visit.id, "consignments": list(visit.carries)})
            )
    if unit.gross_kg is None:
        missing.append(Missing(Reason.NO_WEIGHT, {"unit": unit.label}, STEP_ROLES[Stage.TALLY]))
    if missing or visit is None:
        return Refused(tuple(missing))
    loaded = UnitLoaded(f"unit:{unit.label}", unit.stage, visit.id, consignment.ref, unit.gross_kg)
    if visit.stage is Stage.LOAD:
        return Accepted((loaded,))
    facts = {"point": ask.point} if ask.point else {}
    return Accepted((loaded, StageChanged(f"visit:{visit.id}", visit.stage, Stage.LOAD, facts)))


def far_side(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Handover, or a loss report: a plain move of the table with the note of whoever says so."""
    unit, _ = _parts(situation)
    if unit.stage is step:
        return AlreadyDone({"unit": unit.label, "stage": unit.stage.value})
    missing = _wrong_stage(unit, step)
    if step is Stage.LOST and not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": step.value}))
    if missing:
        return Refused(tuple(missing))
    gone = StageChanged(f"unit:{unit.label}", unit.stage, step, note=ask.note)
    on_vehicle = unit.stage is Stage.LOAD and situation.visit is not None
    taken_off = unload(situation, Stage.UNLOAD, ask) if step is Stage.LOST and on_vehicle else None
    if isinstance(taken_off, Accepted):  # what is lost stands on no vehicle and is not weighed with it
        return Accepted((*taken_off.events, replace(gone, start=Stage.TALLY)))
    return taken_off if taken_off is not None else Accepted((gone,))
