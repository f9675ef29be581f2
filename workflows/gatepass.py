"""The gate pass: what it covers, when it may be issued, and what takes it back.

A pass is issued only when the one door says that the vehicle could leave now, apart from what only the gate can see:
the plate that stands there and the seals that hang there. It decides nothing at the gate: gate-out asks the door
again. So there is no pass for a load that is not released, and none that outlives what it was issued for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from workflows import events as e
from workflows import events_handling as eh
from workflows import events_inspection as ei
from workflows.ask import Ask, Situation
from workflows.event_base import Event
from workflows.events_gatepass import GatePassIssued, GatePassRevoked
from workflows.gatepass_state import GatePass, RevokedFor
from workflows.outcomes import Accepted, AlreadyDone, Reason, Refused, refuse
from workflows.roles import RIGHTS, Right
from workflows.stages import Stage
from workflows.state import Visit
from workflows.steps_consignment import units_of
from workflows.steps_visit import gate_out
from workflows.weights import latest

#: A pass is for this shift; a vehicle that has not left by then gets another.
LIFETIME = timedelta(hours=12)

#: Consignment stages that are no way back: reaching them leaves a pass as it is. What another part of it was
#: approved for meanwhile takes nothing from the part on this vehicle.
_ONWARD = frozenset(
    {
        Stage.CUSTOMS_RELEASE,
        Stage.RELEASE,
        Stage.GATE_OUT,
        Stage.BORDER_EXIT,
        Stage.ARRIVED_AF,
        Stage.DELIVERED,
        Stage.CLOSED,
    }
)


def cover(situation: Situation, ask: Ask, identity: str, key_id: str) -> GatePass | AlreadyDone | Refused:
    """The pass that may be issued for this vehicle now (not signed yet), or everything that stands in the way.

    A pass with the same facts that is still good is not issued twice: AlreadyDone names it.
    """
    visit = situation.visit
    if visit is None:
        raise ValueError("a gate pass needs the visit")
    if not ask.who.may(Right.ISSUE_GATEPASS):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.ISSUE_GATEPASS], step="issue_gatepass")
    if visit.stage is Stage.GATE_OUT:
        return refuse(Reason.WRONG_STAGE, visit=visit.id, stage=visit.stage.value, step="issue_gatepass")
    if not visit.aboard:
        return refuse(Reason.INVALID, field="load", step="issue_gatepass")
    as_in_the_books = replace(ask, plate=visit.plate, trailer=visit.trailer, seals=visit.seals)
    outcome = gate_out(situation, Stage.GATE_OUT, as_in_the_books)
    if not isinstance(outcome, Accepted):
        return outcome
    low, high = band(visit, ask)
    covered = GatePass(
        identity,
        visit.id,
        visit.aboard,
        visit.plate,
        visit.trailer,
        tuple(seal.number for seal in visit.seals),
        units(situation),
        low,
        high,
        ask.at,
        ask.at + LIFETIME,
        ask.who.id,
        key_id,
        labels=tuple(sorted(visit.units)),
    )
    standing = good(visit, ask.at)
    if standing is not None and _facts(standing) == _facts(covered):
        return AlreadyDone({"visit": visit.id, "pass": standing.id})
    return covered


def issue(visit: Visit, signed: GatePass) -> Accepted:
    """The events that hand out a signed pass; one that was good until now is replaced."""
    standing = good(visit, signed.issued_at)
    gone = (_revoked(visit, standing, RevokedFor.REPLACED, signed.issued_at),) if standing else ()
    return Accepted((*gone, GatePassIssued(f"visit:{visit.id}", signed)))


def good(visit: Visit, at: datetime) -> GatePass | None:
    """The pass of this vehicle that is good at that time."""
    return next((one for one in reversed(visit.passes) if one.good_at(at)), None)


def band(visit: Visit, ask: Ask) -> tuple[Decimal, Decimal]:
    """Between which weights (kg) the whole vehicle may leave: what it should weigh, with the weighbridge's tolerance."""
    base = latest(visit, "GROSS" if visit.carries else "TARE") or ask.tare
    assert base is not None, "the door lets nothing out whose empty weight is not known"
    should, limit = (
        base.kg + visit.loaded_kg,
        ask.rules.tolerance_of(visit.mode, ()).limit_kg(visit.loaded_kg),
    )
    return should - limit, should + limit


def units(situation: Situation) -> int:
    """Units on board: those loaded here, and those declared of what stayed on board."""
    visit = situation.visit
    assert visit is not None
    stayed = sum(len(units_of(c.papers)) for c in situation.aboard if c.ref in visit.carries)
    return sum(visit.loaded.values()) + stayed


def _facts(one: GatePass) -> tuple[object, ...]:
    return (
        one.consignments,
        one.plate,
        one.trailer,
        one.seals,
        one.units,
        one.labels,
        one.min_kg,
        one.max_kg,
        one.key_id,
    )


@dataclass(frozen=True, slots=True)
class Touched:
    """What an event takes the passes of: one visit, or every visit that has this consignment on board."""

    why: RevokedFor
    visit: str | None = None
    consignment: str | None = None
    units: frozenset[str] = frozenset()  # only vehicles with one of these on board; none: with anything of it

    def concerns(self, visit: Visit) -> bool:
        """True when what happened is about something on this vehicle."""
        return not self.units or bool(self.units & visit.units) or self.consignment in visit.carries


def touches(event: Event) -> Touched | None:
    """Whose passes this event takes back, and why; None for an event that leaves them as they are."""
    why: RevokedFor | None = None
    units: frozenset[str] = frozenset()
    match event:
        case e.UnitLoaded(visit=visit) | e.UnitUnloaded(visit=visit) | eh.ScanUndone(visit=str(visit)):
            return Touched(RevokedFor.OPENED, visit=visit)
        case e.HoldPlaced(hold=hold):
            why, units = RevokedFor.HOLD, _unit(hold.subject)
        case ei.InspectionOrdered(inspection=inspection):
            why, units = RevokedFor.INSPECTION, _unit(inspection.subject)
        case e.PermissionDropped(units=labels):
            why, units = RevokedFor.APPROVAL, frozenset(labels)
        case e.ConsignmentAmended():
            why = RevokedFor.CHANGED
        case e.VisitWeighed():
            why = RevokedFor.WEIGHED
        case e.VisitSealed():
            why = RevokedFor.SEALED
        case e.VisitEmptied() | e.VisitEntered():
            why = RevokedFor.OPENED
        case e.StageChanged(stage=stage) if event.subject.startswith("visit:") and stage not in _ONWARD:
            why = RevokedFor.OPENED
        case e.StageChanged(stage=stage) if event.subject.startswith("consignment:") and stage not in _ONWARD:
            why = RevokedFor.APPROVAL
    kind, _, name = event.subject.partition(":")
    if why is None or kind not in ("visit", "consignment"):
        return None
    return Touched(why, visit=name) if kind == "visit" else Touched(why, consignment=name, units=units)


def _unit(subject: str) -> frozenset[str]:
    kind, _, label = subject.partition(":")
    return frozenset({label} if kind == "unit" else ())


def revocations(visits: Iterable[Visit], why: RevokedFor, at: datetime) -> tuple[GatePassRevoked, ...]:
    """The passes of these vehicles that are good until now, taken back."""
    return tuple(_revoked(visit, one, why, at) for visit in visits for one in visit.passes if one.good_at(at))


def _revoked(visit: Visit, one: GatePass, why: RevokedFor, at: datetime) -> GatePassRevoked:
    return GatePassRevoked(f"visit:{visit.id}", one.id, why, at)
