"""Folding events into snapshots. Total over the closed list: replaying the journal rebuilds the state.

Each function takes the snapshot before (None when it does not exist yet), one event and the time it happened (UTC),
and gives the snapshot after. An event of another subject leaves a snapshot as it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from workflows import events as e
from workflows import events_announce as ea
from workflows import events_inspection as ei
from workflows import evolve_handling, evolve_handover
from workflows.events_exemption import ExemptionStated
from workflows.events_gatepass import GatePassIssued, GatePassRevoked
from workflows.events_handling import ScanUndone
from workflows.events_screening import SealsSeen
from workflows.events_weights import TareDiffered
from workflows.evolve_inspection import InspectionEvent, inspections
from workflows.evolve_routing import RoutingEvent, routing
from workflows.exemption_state import Exemption
from workflows.parts import without
from workflows.stages import Stage
from workflows.state import Consignment, Hold, Unit, Visit

#: Asia/Tashkent has no daylight saving; "the same day" of the two-person rule is a day there.
TASHKENT = timezone(timedelta(hours=5))


def _with_hold(holds: tuple[Hold, ...], event: e.Event) -> tuple[Hold, ...]:
    match event:
        case e.HoldPlaced(hold=hold):
            return (*holds, hold)
        case e.HoldLiftProposed(hold_id=hold_id, outcome=outcome, note=note, by=by):
            return tuple(
                replace(
                    h,
                    proposed_by=by,
                    proposed_outcome=outcome,
                    proposed_note=note,
                    proposed_evidence=event.evidence,
                )
                if h.id == hold_id
                else h
                for h in holds
            )
        case e.HoldLifted(hold_id=hold_id, outcome=outcome, note=note, by=by, at=at):
            return tuple(
                replace(
                    h,
                    lifted_by=by,
                    lifted_at=at,
                    outcome=outcome,
                    lift_note=note,
                    lift_evidence=event.evidence,
                )
                if h.id == hold_id
                else h
                for h in holds
            )
        case ExemptionStated(hold_id=hold_id, basis=basis, note=note, by=by, at=at):
            stated = Exemption(basis, note, by, at)
            return tuple(
                replace(h, exemptions=(*h.exemptions, stated)) if h.id == hold_id else h for h in holds
            )
        case _:
            return holds


def consignment(before: Consignment | None, event: e.Event, who: str, at: datetime) -> Consignment | None:
    """The consignment after ``event``. Hold events of its units belong to it as well."""
    if isinstance(event, e.ConsignmentAnnounced):
        return Consignment(
            event.papers.reference,
            Stage.PRE_ADVICE,
            event.papers,
            event.digest,
            at,
            imported=event.findings,
            headers=event.headers,
        )
    if before is None:
        return None
    if isinstance(event, InspectionEvent):
        lane = "RED" if isinstance(event, ei.InspectionDone) and event.red else before.lane
        return replace(before, inspections=inspections(before.inspections, event), lane=lane)
    if isinstance(event, RoutingEvent):
        return _routed(replace(before, routing=routing(before.routing, event)), before.lane)
    match event:
        case e.ConsignmentAmended(papers=papers, digest=digest):
            edited = {**before.edited, who: at.astimezone(TASHKENT).date()}
            imported = tuple(f for f in before.imported if f.target not in event.settled)
            return replace(before, papers=papers, digest=digest, edited=edited, imported=imported)
        case e.StageChanged(stage=stage):
            return replace(before, stage=stage, since=at)
        case e.PermissionGranted(permission=permission):
            replaced = (permission.kind, permission.units)
            others = tuple(p for p in before.permissions if (p.kind, p.units) != replaced)
            dropped = tuple(kind for kind in before.dropped if kind is not permission.kind)
            return replace(before, permissions=(*others, permission), dropped=dropped)
        case e.PermissionDropped(kind=kind, units=labels):
            left = without(before.permissions, kind, labels)
            return replace(before, permissions=left, dropped=tuple(dict.fromkeys((*before.dropped, kind))))
        case e.PartLeft(visit=left_with, units=labels):
            return replace(before, departures={**before.departures, left_with: labels})
        case e.ChecksRun():
            chosen = before.routing.choice if before.routing is not None else None
            same = chosen is not None and chosen.lane.value == event.lane  # else LaneChosen follows
            red = any(inspection.forces_red for inspection in before.inspections)
            return replace(
                before,
                lane="RED" if red else before.lane if same else event.lane,
                findings=event.findings,
                decision=event.decision,
                checked_at=at,
                rules_version=event.rules_version,
            )
        case e.HoldPlaced() | e.HoldLiftProposed() | e.HoldLifted() | ExemptionStated():
            return replace(before, holds=_with_hold(before.holds, event))
        case ea.TrackingCodeGiven(code=code):
            return replace(before, tracking=code)
        case _:
            return evolve_handling.consignment(before, event, at)


def _routed(after: Consignment, lane: str | None) -> Consignment:
    """The lane that counts after a change of the routing; what an inspection found stays RED."""
    counts = after.routing.lane if after.routing is not None else None
    red = any(inspection.forces_red for inspection in after.inspections)
    return replace(after, lane="RED" if red else counts.value if counts is not None else lane)


def unit(before: Unit | None, event: e.Event) -> Unit | None:
    """The handling unit after ``event``."""
    if isinstance(event, e.UnitDeclared):
        label = event.subject.partition(":")[2]
        if before is not None:
            return before
        return Unit(label, event.consignment, gross_kg=event.gross_kg, line=event.line, parent=event.parent)
    if before is None:
        return evolve_handling.unit(None, event)
    match event:
        case e.UnitTallied(condition=condition, place=place):
            return replace(before, stage=Stage.TALLY, condition=condition, place=place, visit=None)
        case e.UnitWeighed(weighing=weighing):
            return replace(before, gross_kg=weighing.kg)
        case e.UnitMoved(stage=stage, place=place):
            return replace(before, stage=stage, place=place)
        case e.UnitLoaded(visit=visit):
            return replace(before, stage=Stage.LOAD, visit=visit, place=None)
        case e.UnitUnloaded():
            return replace(before, stage=Stage.TALLY, visit=None, place=None)
        case e.StageChanged(stage=stage):
            return replace(before, stage=stage)
        case ei.UnitWrittenOff():
            return replace(before, stage=Stage.DESTROYED, place=None)
        case _:
            return evolve_handover.unit(evolve_handling.unit(before, event) or before, event)


def visit(before: Visit | None, event: e.Event, at: datetime) -> Visit | None:
    """The visit after ``event``. UnitLoaded and UnitUnloaded of its units count here as well."""
    if before is None:
        identity = event.subject.partition(":")[2]
        match event:
            case e.VisitAnnounced(carries=carries):
                return Visit(
                    identity,
                    Stage.PRE_ADVICE,
                    at,
                    trailer=event.trailer,
                    mode=event.mode,
                    expected_plate=event.expected_plate,
                    carries=carries,
                    brought=carries,
                    slot=event.slot,
                    priority=event.priority,
                    unannounced=event.unannounced,
                    cut=event.cut,
                )
            case e.VisitEntered():
                before = Visit(identity, Stage.PRE_ADVICE, at, mode=event.mode)
            case _:
                return None
    if isinstance(event, InspectionEvent):
        return replace(before, inspections=inspections(before.inspections, event))
    match event:
        case e.VisitEntered(plate=plate, trailer=trailer, seals=seals, point=point, waybill=waybill):
            return replace(
                before,
                stage=Stage.GATE_IN,
                since=at,
                plate=plate,
                trailer=trailer,
                seals=seals,
                point=point,
                seals_in=seals,
                waybill=waybill,
            )
        case e.VisitWeighed(weighing=weighing):
            return replace(before, weighings=(*before.weighings, weighing))
        case e.VisitEmptied(consignments=gone):
            return replace(before, carries=tuple(ref for ref in before.carries if ref not in gone))
        case e.VisitSealed(seals=seals):
            return replace(before, stage=Stage.SEAL, since=at, seals=seals)
        case e.StageChanged(stage=stage, facts=facts):
            return replace(before, stage=stage, since=at, point=facts.get("point", before.point))
        case e.UnitLoaded(consignment=ref, gross_kg=kg):
            return _count(before, ref, 1, kg or Decimal(0), before.units | {event.subject.partition(":")[2]})
        case e.UnitUnloaded(consignment=ref, gross_kg=kg) | ScanUndone(consignment=ref, gross_kg=kg):
            return _count(
                before, ref, -1, -(kg or Decimal(0)), before.units - {event.subject.partition(":")[2]}
            )
        case GatePassIssued(gate_pass=issued):
            return replace(before, passes=(*before.passes, issued))
        case GatePassRevoked(gate_pass=gone, revoked_for=why, at=when):
            return replace(
                before,
                passes=tuple(
                    replace(one, revoked_at=when, revoked_for=why) if one.id == gone else one
                    for one in before.passes
                ),
            )
        case e.HoldPlaced() | e.HoldLiftProposed() | e.HoldLifted() | ExemptionStated():
            return replace(before, holds=_with_hold(before.holds, event))
        case _:
            return _of_arrival(before, event, at)


def _of_arrival(before: Visit, event: e.Event, at: datetime) -> Visit:
    """What happened to a visit before and at its arrival."""
    match event:
        case ea.TrackingCodeGiven(code=code):
            return replace(before, tracking=code)
        case ea.VisitQueued(dock=dock, priority=priority):
            return replace(before, dock=dock, priority=priority, queued_at=at)
        case ea.VisitMatched(consignments=refs):
            return replace(before, matched=True, carries=refs, brought=refs)
        case SealsSeen(seals=seals):
            return replace(before, seals=seals, seals_in=seals)
        case TareDiffered(alarm=alarm):
            return replace(before, tare_alarm=alarm)
        case ea.VisitRescheduled(at=slot):
            return replace(before, slot=slot)
        case ea.VisitCalledOff():
            return replace(before, stage=Stage.CLOSED, since=at, called_off=True, carries=(), brought=())
        case _:
            return evolve_handover.visit(before, event)


def _count(before: Visit, ref: str, by: int, kg: Decimal, units: frozenset[str]) -> Visit:
    loaded = {**before.loaded, ref: before.loaded.get(ref, 0) + by}
    left = {ref: count for ref, count in loaded.items() if count}
    return replace(before, loaded=left, loaded_kg=before.loaded_kg + kg, units=units)
