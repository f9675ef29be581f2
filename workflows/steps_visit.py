"""Rules of one vehicle: gate-in, weighing, dock, seal, gate-out, and the way across. See stages.VISIT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workflows import parts
from workflows.arrivals import inside_elsewhere, not_inside, passed_before, unmatched
from workflows.ask import Ask, Situation
from workflows.events import (
    Event,
    PartLeft,
    StageChanged,
    VisitEmptied,
    VisitEntered,
    VisitSealed,
    VisitWeighed,
)
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.release import not_covered_aboard, stopped, vehicle_stopped
from workflows.roles import STEP_ROLES, Role
from workflows.stages import CONSIGNMENT, OPENED, VISIT, Stage, Step, allowed
from workflows.state import Consignment, Seal, Visit, Weighing
from workflows.weights import cargo_disagrees, other_vehicle, unusable, weighed_before


def _visit(situation: Situation) -> Visit:
    if situation.visit is None:
        raise ValueError("a vehicle's step needs the visit")
    return situation.visit


def _wrong_stage(visit: Visit, step: Step) -> list[Missing]:
    if allowed(VISIT, visit.stage, step):
        return []
    facts = {"visit": visit.id, "stage": visit.stage.value, "step": step.value, "check": "PRC-03"}
    return [Missing(Reason.WRONG_STAGE, facts)]


def seal_text(number: str) -> str:
    """A seal number for comparison: letters and digits only, upper case (H-UZ 550-0192 = HUZ5500192)."""
    return "".join(ch for ch in number.upper() if ch.isalnum())


def seals_differ(expected: Iterable[Seal], seen: Iterable[Seal]) -> list[Missing]:
    """Broken, missing or different seals, compared by letters and digits only."""
    seen = tuple(seen)
    missing = [
        Missing(Reason.SEAL_BROKEN, {"seal": s.number, "state": s.state}, frozenset({Role.CUSTOMS_INSPECTOR}))
        for s in seen
        if s.state not in ("INTACT", "REPLACED")
    ]
    want, got = {seal_text(s.number) for s in expected}, {seal_text(s.number) for s in seen}
    if want != got:
        facts = {"expected": sorted(want), "seen": sorted(got)}
        missing.append(Missing(Reason.SEAL_DIFFERS, facts, frozenset({Role.CUSTOMS_INSPECTOR})))
    return missing


def gate_in(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Let a vehicle in. A plate that differs from the announced one is recorded, not refused: see check VEH-01.

    A visit that is already inside is not let in twice (anti-passback).
    """
    visit = _visit(situation)
    if visit.plate == ask.plate and passed_before(visit, Stage.GATE_IN, ask.at):
        return AlreadyDone({"visit": visit.id, "plate": visit.plate})
    if visit.inside:
        return refuse(Reason.ALREADY_INSIDE, visit=visit.id, plate=visit.plate, stage=visit.stage.value)
    missing = inside_elsewhere(visit, ask.plate, ask.same_plate)
    missing += _wrong_stage(visit, step) + vehicle_stopped(visit, step)
    if not ask.plate:
        missing.append(Missing(Reason.INVALID, {"field": "plate", "step": step.value}))
    if missing or not ask.plate:
        return Refused(tuple(missing))
    entered = VisitEntered(
        f"visit:{visit.id}",
        ask.plate,
        ask.trailer,
        ask.seals,
        ask.driver,
        visit.mode,
        ask.point,
        " ".join((ask.waybill or "").split()) or None,
    )
    arrivals = [
        StageChanged(f"consignment:{c.ref}", c.stage, Stage.GATE_IN)
        for c in situation.aboard
        if allowed(CONSIGNMENT, c.stage, Stage.GATE_IN)
    ]
    return Accepted((entered, *arrivals))


def weigh(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Weigh in or out. The reading must be usable; it is kept with its evidence.

    At weigh-in a vehicle with goods on board gives a GROSS, an empty one its TARE; a vehicle that has been unloaded
    may be weighed empty (step WEIGH_IN again) without moving in the table. A weight that replaces an earlier one of the
    same kind needs a reason; both stay, the later counts.
    """
    visit = _visit(situation)
    empty_again = step is Stage.WEIGH_IN and visit.stage in (Stage.WEIGH_IN, Stage.UNLOAD)
    missing = [] if empty_again else _wrong_stage(visit, step)
    if step is Stage.WEIGH_OUT:
        missing += vehicle_stopped(visit, step)
        if visit.aboard and visit.stage not in (Stage.SEAL, Stage.WEIGH_OUT):
            missing.append(Missing(Reason.NOT_SEALED, {"visit": visit.id}, STEP_ROLES[Stage.SEAL]))
    what = "OUT" if step is Stage.WEIGH_OUT else ("GROSS" if visit.aboard else "TARE")
    missing += unusable(ask) + other_vehicle(visit, ask) + weighed_before(visit, what, ask)
    if missing or ask.weight is None:
        return Refused(tuple(missing))
    events: list[Event] = [VisitWeighed(f"visit:{visit.id}", _as(ask.weight, what))]
    if not empty_again and visit.stage is not step:
        events.append(StageChanged(f"visit:{visit.id}", visit.stage, step))
    return Accepted(tuple(events))


def _as(weight: Weighing, what: str) -> Weighing:
    return replace(weight, what=what)


def dock(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Open a vehicle at the dock for unloading; asked again with note "empty" it says that all is off.

    Goods are opened only when every consignment on board has been screened.
    """
    visit = _visit(situation)
    if visit.stage is Stage.UNLOAD:
        if ask.note == "empty" and visit.carries:
            return Accepted((VisitEmptied(f"visit:{visit.id}", visit.carries),))
        return AlreadyDone({"visit": visit.id, "carries": list(visit.carries)})
    missing = unmatched(visit) + _wrong_stage(visit, step) + vehicle_stopped(visit, step)
    for consignment in situation.aboard:
        if consignment.stage not in OPENED:
            facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "check": "PRC-03"}
            missing.append(Missing(Reason.WRONG_STAGE, facts, STEP_ROLES[Stage.RISK]))
    if missing:
        return Refused(tuple(missing))
    facts = {"point": ask.point} if ask.point else {}
    return Accepted((StageChanged(f"visit:{visit.id}", visit.stage, step, facts),))


def call_to_load(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Send an empty vehicle to the dock where it is loaded (``ask.point``); units are then scanned onto it."""
    visit = _visit(situation)
    if visit.stage is step and visit.point == (ask.point or visit.point):
        return AlreadyDone({"visit": visit.id, "point": visit.point})
    missing = unmatched(visit)
    missing += ([] if visit.stage is step else _wrong_stage(visit, step)) + vehicle_stopped(visit, step)
    if visit.carries:
        missing.append(Missing(Reason.CARGO_ABOARD, {"visit": visit.id, "consignments": list(visit.carries)}))
    if missing:
        return Refused(tuple(missing))
    facts = {"point": ask.point} if ask.point else {}
    return Accepted((StageChanged(f"visit:{visit.id}", visit.stage, step, facts),))


def seal(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Close and seal the load. Everything on board must be released."""
    visit = _visit(situation)
    missing = _wrong_stage(visit, step)
    if not ask.seals:
        missing.append(Missing(Reason.INVALID, {"field": "seals", "step": step.value}))
    missing += [
        Missing(Reason.SEAL_BROKEN, {"seal": s.number, "state": s.state})
        for s in ask.seals
        if s.state != "INTACT"
    ]
    if not visit.aboard:
        missing.append(Missing(Reason.INVALID, {"field": "load", "step": step.value}))
    missing += _not_released(situation, step)
    if missing:
        return Refused(tuple(missing))
    return Accepted((VisitSealed(f"visit:{visit.id}", visit.stage, ask.seals),))


def _not_released(situation: Situation, step: Step) -> list[Missing]:
    """What stands in the way of any consignment on board, or of the vehicle itself; unknown cargo never passes."""
    visit = _visit(situation)
    missing = vehicle_stopped(visit, step)
    known: dict[str, Consignment] = {c.ref: c for c in situation.aboard}
    for ref in visit.aboard:
        consignment = known.get(ref)
        if consignment is None:
            missing.append(Missing(Reason.NOT_FOUND, {"consignment": ref}))
            continue
        subjects = {hold.subject for hold in consignment.holds}
        subjects |= {inspection.subject for inspection in consignment.inspections}
        loaded_units = {subject.partition(":")[2] for subject in subjects if _on(subject, visit)}
        missing += stopped(consignment, step, *sorted(loaded_units))
        missing += not_covered_aboard(consignment, visit)
        partly = parts.has_parts(consignment) and consignment.stage in parts.LEAVING
        if consignment.stage not in (Stage.RELEASE, Stage.GATE_OUT) and not partly:
            facts = {
                "consignment": ref,
                "stage": consignment.stage.value,
                "step": step.value,
                "check": "PRC-03",
            }
            missing.append(Missing(Reason.WRONG_STAGE, facts, STEP_ROLES[Stage.RELEASE]))
    return missing


def _on(subject: str, visit: Visit) -> bool:
    kind, _, label = subject.partition(":")
    return kind == "unit" and (label in visit.units or bool(visit.carries))


def _along(situation: Situation, visit: Visit, stage: Stage) -> tuple[str, ...]:
    """Labels that go along with the vehicle: those that stand at ``stage`` themselves.

    What was reported lost, or an authority took or destroyed, does not come back by a step of the vehicle that carried
    it. Raises ValueError when a unit on the vehicle was not read with it.
    """
    standing = {unit.label: unit.stage for unit in situation.units}
    unread = visit.units - standing.keys()
    if unread:
        raise ValueError(f"a vehicle's way needs the units on it: {', '.join(sorted(unread)[:5])}")
    return tuple(sorted(label for label in visit.units if standing[label] is stage))


def gate_out(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Let a vehicle out: release, seal, weight and plate all match, or the whole list of what does not."""
    visit = _visit(situation)
    if passed_before(visit, Stage.GATE_OUT, ask.at):
        return AlreadyDone({"visit": visit.id, "plate": visit.plate})
    if gone := not_inside(visit):
        return Refused(tuple(gone))
    missing = _not_released(situation, step) + _wrong_stage(visit, step)
    if ask.plate != visit.plate:
        missing.append(Missing(Reason.PLATE_DIFFERS, {"expected": visit.plate, "seen": ask.plate}))
    if ask.trailer is not None and ask.trailer != visit.trailer:
        missing.append(
            Missing(Reason.PLATE_DIFFERS, {"expected": visit.trailer, "seen": ask.trailer, "trailer": True})
        )
    if visit.aboard:
        missing += seals_differ(visit.seals, ask.seals)
    missing += cargo_disagrees(visit, ask)
    missing += _no_pass_offline(visit, ask)
    if missing:
        return Refused(tuple(missing))
    along = _along(situation, visit, Stage.LOAD)
    events: list[Event] = [
        StageChanged(f"visit:{visit.id}", visit.stage, step, {"aboard": list(visit.aboard)})
    ]
    events += [StageChanged(f"unit:{label}", Stage.LOAD, step, {"visit": visit.id}) for label in along]
    # The consignment leaves with its last unit; who counts them gives ``ask.last_of``.
    events += [
        StageChanged(f"consignment:{c.ref}", c.stage, step, {"visit": visit.id})
        for c in situation.aboard
        if c.ref in ask.last_of and c.stage in parts.LEAVING
    ]
    events += [
        PartLeft(f"consignment:{c.ref}", visit.id, tuple(sorted(parts.on_board(c, visit) & set(along))))
        for c in situation.aboard
        if c.ref not in ask.last_of
    ]
    return Accepted(tuple(events))


def _no_pass_offline(visit: Visit, ask: Ask) -> list[Missing]:
    """A gate without a connection lets out only what a signed gate pass covered at that moment."""
    at = ask.offline_at
    if at is None or any(one.covered(at) for one in visit.passes):
        return []
    facts = {"visit": visit.id, "plate": visit.plate, "offline_at": at.isoformat()}
    return [Missing(Reason.GATEPASS_NOT_GOOD, facts)]


def far_side(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Border exit, arrival, end of the trip: plain moves of the table, taking units and consignments along.

    Only units that stand where the vehicle stands: what was lost or taken on the way stays so.
    """
    visit = _visit(situation)
    if visit.stage is step:
        return AlreadyDone({"visit": visit.id, "stage": visit.stage.value})
    missing = _wrong_stage(visit, step) + vehicle_stopped(visit, step)
    if missing:
        return Refused(tuple(missing))
    events: list[Event] = [StageChanged(f"visit:{visit.id}", visit.stage, step, note=ask.note)]
    if step is not Stage.CLOSED:
        events += [
            StageChanged(f"unit:{label}", visit.stage, step, {"visit": visit.id})
            for label in _along(situation, visit, visit.stage)
        ]
        events += [
            StageChanged(f"consignment:{c.ref}", c.stage, step, {"visit": visit.id})
            for c in situation.aboard
            if c.ref in ask.last_of and allowed(CONSIGNMENT, c.stage, step)
        ]
    return Accepted(tuple(events))
