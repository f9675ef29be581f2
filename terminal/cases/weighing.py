"""Weights: a stable reading of a scale becomes evidence on a vehicle or a unit.

A reading is taken only when the scale's own fleet says it stood still; whether it counts (range, verification,
second person for a typed weight) is for the rules to say. The seconds before it are kept beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from devices.readings import WeightReading
from terminal.cases import axles, tares
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.cases.visits import VisitStep, decide_step
from terminal.store.books import Books
from terminal.store.desk import Attachment
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import weights
from workflows.checks.reference import Tolerances
from workflows.event_base import Event
from workflows.events import VisitWeighed
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Right
from workflows.stages import Stage
from workflows.state import Visit, Weighing
from workflows.weight_state import OnScale
from workflows.weights import declared_kg

#: the same weight of another vehicle within this time: the first one still stands on the scale
SAME_LOAD = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Typed:
    """A weight read off a display by hand: needs a second person and a reason. ``kg`` gross."""

    kg: Decimal
    scale: str
    at: datetime
    confirmed_by: str | None
    note: str
    verified_until: date | None = None


def from_reading(reading: WeightReading, operator: str, verified_until: date | None) -> Weighing:
    """The evidence that a captured reading is: frame, flags, the device's own digits, and its trace."""
    return Weighing(
        kg=reading.kg,
        what="GROSS",
        scale=reading.device,
        at=reading.at,
        stable=True,
        raw=reading.raw.hex(),
        flags=tuple(sorted(reading.flags)),
        value_text=str(reading.value),
        unit_text=reading.unit,
        division_kg=reading.interval_kg,
        verified_until=verified_until,
        operator=operator,
        trace=reading.trace.id if reading.trace.frames else None,
    )


def from_typed(typed: Typed, operator: str) -> Weighing:
    """The weighing that a typed weight is."""
    return Weighing(
        kg=typed.kg,
        what="GROSS",
        scale=typed.scale,
        at=typed.at,
        stable=True,
        value_text=str(typed.kg),
        unit_text="kg",
        verified_until=typed.verified_until,
        operator=operator,
        typed=True,
        confirmed_by=typed.confirmed_by,
        note=typed.note,
    )


def weigh_visit(
    books: Books,
    identity: str,
    step: Stage,
    weight: Weighing | Refused,
    request: Request,
    trace: Attachment | None = None,
    *,
    on_scale: OnScale | None = None,
    tolerances: Tolerances | None = None,
) -> Answer:
    """Weigh a vehicle in or out. A capture that failed is recorded as the refusal it was.

    An empty weight is compared with the known tare of the plate in the same commit, whatever the vehicle is here for;
    a vehicle on its way out with its road limits. ``tolerances`` are those in force.
    """
    limits = tolerances or tares.shipped()

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject = f"visit:{identity}"
        visit = books.visit(identity)
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        facts: dict[str, Any] = {"visit": identity, "step": step.value}
        if isinstance(weight, Refused):
            return weight, subject, facts
        seen = _with_last(books, visit, weight, request, on_scale or OnScale())
        outcome = decided(books, visit, step, weight, request, limits, seen)
        if isinstance(outcome, Accepted) and trace is not None:
            books.desk.add_attachment(trace)
        return outcome, subject, facts | {"kg": format(weight.kg, "f"), "scale": weight.scale}

    return once(books, request, step.value, act)


def decided(
    books: Books,
    visit: Visit,
    step: Stage,
    weight: Weighing,
    request: Request,
    limits: Tolerances,
    seen: OnScale | None = None,
) -> Outcome:
    """What this weight of this vehicle brings, everything that follows from it included. Records nothing."""
    taken = VisitStep(step, weight=weight, note=weight.note, on_scale=seen or OnScale())
    outcome = decide_step(books, visit, taken, request)
    if not isinstance(outcome, Accepted):
        return outcome
    return Accepted((*_follows(books, visit, outcome, request, limits), *outcome.events))


def _follows(
    books: Books, visit: Visit, outcome: Accepted, request: Request, limits: Tolerances
) -> tuple[Event, ...]:
    """What an accepted weight brings beside itself: a known tare or its alarm, a hold for an overweight vehicle."""
    weight = next(event.weighing for event in outcome.events if isinstance(event, VisitWeighed))
    after = replace(visit, weighings=(*visit.weighings, weight))
    empty = weight.what == "TARE" or (weight.what == "OUT" and not visit.aboard)
    more = tares.follows(books, visit, weight, request, limits) if empty else ()
    heavy = axles.overweight_hold(books, after, request, limits) if weight.what == "OUT" else []
    return (*more, *heavy)


def _with_last(books: Books, visit: Visit, weight: Weighing, request: Request, seen: OnScale) -> OnScale:
    """With the vehicle that gave the very same weight on this scale a moment ago: it has not driven off."""
    if weight.typed or seen.last_plate is not None:
        return seen
    for line in books.weighings(limit=3, scale=weight.scale):
        kind, _, name = line.subject.partition(":")
        if kind != "visit":
            continue
        near = abs(line.kg - weight.kg) <= 2 * (weight.division_kg or Decimal(0))
        other = books.visit(name) if name != visit.id and near else None
        if other is None or request.at - line.at > SAME_LOAD:
            return seen
        return replace(seen, last_plate=other.plate)
    return seen


def weigh_unit(
    books: Books,
    label: str,
    weight: Weighing | Refused,
    request: Request,
    trace: Attachment | None = None,
    *,
    judge: Judge | None = None,
    tolerances: Tolerances | None = None,
) -> Answer:
    """Weigh one unit alone on a scale. Its stage does not change.

    The answer says what the papers declare and whether the difference is allowed; with a ``judge`` the checks of its
    consignment run again in the same commit, so that a weight that does not fit holds it (WGT-02).
    """
    about: list[str] = []

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject = f"unit:{label}"
        if not request.who.may(Right.WEIGH):
            return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.WEIGH], step="weigh"), subject, {}
        unit = books.unit(label)
        if unit is None:
            return refuse(Reason.UNKNOWN_LABEL, label=label), subject, {}
        if isinstance(weight, Refused):
            return weight, subject, {"unit": label}
        outcome = weights.weigh_unit(unit, last_of_unit(books, label), request.ask(weight=weight))
        if not isinstance(outcome, Accepted):
            return outcome, subject, {"unit": label}
        if trace is not None:
            books.desk.add_attachment(trace)
        about.append(unit.consignment)
        facts: dict[str, Any] = {"unit": label, "kg": format(weight.kg, "f"), "scale": weight.scale}
        consignment = books.consignment(unit.consignment)
        declared = declared_kg(consignment.papers, label) if consignment is not None else None
        if declared is not None:
            limit = (tolerances or tares.shipped()).weight["platform_pallet_scale"].limit_kg(declared)
            fits = abs(weight.kg - declared) <= limit
            facts |= {"declared_kg": format(declared, "f"), "tolerance_kg": format(limit, "f")}
            facts |= {"difference_kg": format(weight.kg - declared, "f"), "fits": fits}
        return outcome, subject, facts

    answer = once(books, request, "weigh", act)
    if answer.news and judge is not None:
        for ref in about:
            run(books, ref, request, judge)
    return answer


def last_of_unit(reader: Reader, label: str) -> Weighing | None:
    """The last weight of a unit; None when it was not weighed."""
    lines = reader.weighings(limit=1, subject=f"unit:{label}")
    return lines[0].weighing if lines else None


def trace_attachment(
    reading: WeightReading, subject: str, by: str, at: datetime, size: int
) -> Attachment | None:
    """The record of a stored trace; None when the reading has none. The bytes are written by the caller first."""
    if not reading.trace.frames:
        return None
    return Attachment(
        str(uuid7()),
        reading.trace.id,
        subject,
        "weight_trace",
        f"{reading.device}-{reading.at:%Y%m%dT%H%M%SZ}.json",
        "application/json",
        size,
        by,
        at,
        {"device": reading.device, "protocol": reading.protocol},
    )
