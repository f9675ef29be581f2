"""Known empty weights by plate: which one counts, how long, and what follows when a vehicle comes back heavier.

An empty vehicle is compared whether or not it carries a consignment: drugs travel northbound, in vehicles that carry
nothing. The difference must be above the relative *and* the absolute limit (WGT-06), because fuel and ropes vary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from workflows.ask import Ask
from workflows.checks.facts import finding
from workflows.checks.reference import WeightTolerance
from workflows.event_base import Event
from workflows.events_inspection import InspectionOrdered
from workflows.events_weights import TareDiffered, TareRegistered
from workflows.findings import Severity
from workflows.holds import place_by_check
from workflows.holds_by_check import asked_for
from workflows.inspection_state import TEMPLATES, Inspection, Method
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import Role
from workflows.state import Visit, Weighing
from workflows.weight_state import TareAlarm

CHECK = "WGT-06"
TARGET = "vehicle"
#: who may write down a tare from a paper
REGISTRARS = frozenset({Role.WEIGHBRIDGE_OPERATOR, Role.DOCUMENT_OFFICER, Role.CUSTOMS_INSPECTOR})
#: who may replace a known tare by one that differs from it by more than is allowed
_CUSTOMS = frozenset({Role.CUSTOMS_INSPECTOR})


def subject_of(plate: str, trailer: str | None = None) -> str:
    """Where the tare of a vehicle is kept: a truck with another trailer has another tare."""
    return f"tare:{plate}+{trailer}" if trailer else f"tare:{plate}"


def still_good(known: Weighing | None, ask: Ask) -> Weighing | None:
    """The known tare if it is young enough to count, else None."""
    if known is None or (known.verified_until is not None and known.verified_until < ask.day):
        return None
    return known


def lasting(weight: Weighing, ask: Ask) -> Weighing:
    """A weight as a known tare: ``verified_until`` is the last day on which it counts."""
    return replace(weight, verified_until=ask.day + timedelta(days=ask.rules.tare_days))


def beyond(known_kg: Decimal, measured_kg: Decimal, rule: WeightTolerance) -> bool:
    """True when the difference is above the relative and above the absolute limit."""
    difference = abs(measured_kg - known_kg)
    return difference > known_kg * rule.relative and difference > rule.absolute_kg


@dataclass(frozen=True, slots=True)
class Emptiness:
    """What is needed beside the visit to judge an empty weight.

    ``returning``: the vehicle left with cargo before, or stands in a cut that comes back. ``method`` is how it is to be
    inspected; the ids are fresh UUIDv7.
    """

    known: Weighing | None
    rule: WeightTolerance
    returning: bool
    method: Method
    hold_id: str
    inspection_id: str


def after_empty_weighing(visit: Visit, weight: Weighing, seen: Emptiness, ask: Ask) -> tuple[Event, ...]:
    """What follows from an empty weight: it is the known tare from now on, or the alarm with its hold and inspection.

    An officer who ended the hold of this visit has accepted this weight: the same weight again raises no second one.
    """
    plate = visit.plate
    if plate is None:
        return ()
    known = still_good(seen.known, ask)
    if known is None or not beyond(known.kg, weight.kg, seen.rule):
        return (TareRegistered(subject_of(plate, visit.trailer), lasting(weight, ask)),)
    before = visit.tare_alarm
    mine = [hold for hold in visit.holds if hold.check == CHECK]
    if before is not None and mine and not beyond(before.measured_kg, weight.kg, seen.rule):
        if any(hold.open for hold in mine):
            return ()
        return (TareRegistered(subject_of(plate, visit.trailer), lasting(weight, ask)),)
    difference = weight.kg - known.kg
    alarm = TareAlarm(weight.kg, known.kg, difference, known.at, seen.returning, ask.at)
    events: list[Event] = [TareDiffered(f"visit:{visit.id}", alarm)]
    found = finding(
        CHECK, Severity.HOLD, TARGET, measured_kg=weight.kg, registered_kg=known.kg, difference_kg=difference
    )
    subject = f"visit:{visit.id}"
    for new in asked_for([found], subject, [seen.hold_id]):
        outcome = place_by_check(new, visit.holds, subject, ask)
        if isinstance(outcome, Accepted):
            events += outcome.events
    if not any(one.open for one in visit.inspections):
        places = TEMPLATES["WAGON" if visit.mode == "RAIL" else "TRUCK"]
        why = f"{CHECK}: {format(difference, '+f')} kg"
        order = Inspection(seen.inspection_id, subject, seen.method, ask.who.id, ask.at, why, places)
        events.append(InspectionOrdered(subject, order))
    return tuple(events)


def register(
    plate: str | None,
    trailer: str | None,
    weight: Weighing,
    known: Weighing | None,
    rule: WeightTolerance,
    ask: Ask,
) -> Outcome:
    """Write down a tare from a paper, or painted on a wagon. ``ask.note`` names the paper.

    One that does not fit the known tare is for customs only: otherwise a wrong paper would switch the alarm off.
    """
    if not ask.who.roles & REGISTRARS:
        return refuse(Reason.NOT_PERMITTED, who=REGISTRARS, step="register_tare", person=ask.who.id)
    missing: list[Missing] = []
    if plate is None:
        missing.append(Missing(Reason.INVALID, {"field": "plate"}))
    if not Decimal(200) <= weight.kg <= Decimal(60_000):
        missing.append(Missing(Reason.INVALID, {"field": "kg", "value": format(weight.kg, "f")}))
    if not ask.note.strip():
        missing.append(Missing(Reason.REASON_NEEDED, {"step": "register_tare"}))
    stands = still_good(known, ask)
    if stands is not None and beyond(stands.kg, weight.kg, rule) and not ask.who.roles & _CUSTOMS:
        facts = {
            "plate": plate,
            "kg": format(weight.kg, "f"),
            "known_kg": format(stands.kg, "f"),
            "check": CHECK,
        }
        missing.append(Missing(Reason.TARE_DIFFERS, facts, _CUSTOMS))
    if missing or plate is None:
        return Refused(tuple(missing))
    return Accepted((TareRegistered(subject_of(plate, trailer), lasting(weight, ask), "PAPERS"),))


def indicators(visit: Visit, points: Mapping[str, int]) -> dict[str, int]:
    """Risk indicators that this vehicle itself gives, with their points: R19 for an empty return that does not fit."""
    alarm = visit.tare_alarm
    if alarm is None or not alarm.returning or "R19" not in points:
        return {}
    return {"R19": points["R19"]}
