"""Axle-by-axle weighing: one group a capture; when the last one is in, the whole is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from terminal.cases import looking
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.cases.tares import shipped
from terminal.store.books import Books
from terminal.store.desk import Attachment
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import axles
from workflows.checks.reference import Tolerances
from workflows.event_base import Event
from workflows.events import VisitWeighed
from workflows.holds import place_by_check
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Visit, Weighing
from workflows.weight_state import OnScale
from workflows.weights import other_vehicle, unusable


def weigh(
    books: Books,
    identity: str,
    layout: str,
    weight: Weighing | Refused,
    request: Request,
    trace: Attachment | None = None,
    *,
    on_scale: OnScale | None = None,
    tolerances: Tolerances | None = None,
) -> Answer:
    """Take the weight of the axle group that stands on the scale now. ``layout`` is "1-2-3": axles of each group."""
    limits = tolerances or shipped()

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        subject, visit = f"visit:{identity}", books.visit(identity)
        if not request.who.may_step(Stage.WEIGH_IN):
            who = STEP_ROLES[Stage.WEIGH_IN]
            return (
                refuse(Reason.NOT_PERMITTED, who=who, step=Stage.WEIGH_IN.value, person=request.who.id),
                subject,
                {},
            )
        if visit is None:
            return refuse(Reason.NOT_FOUND, visit=identity), subject, {}
        facts: dict[str, Any] = {"visit": identity}
        if isinstance(weight, Refused):
            return weight, subject, facts
        groups = axles.layout_of(layout)
        ask = request.ask(weight=weight, note=weight.note, on_scale=on_scale or OnScale())
        missing = axles.not_for_axles(visit, groups, ask) + unusable(ask) + other_vehicle(visit, ask)
        if missing or groups is None:
            return Refused(tuple(missing)), subject, facts
        axle = axles.next_axle(visit, groups)
        taken = replace(weight, what="AXLES", axle=axle)
        if trace is not None:
            books.desk.add_attachment(trace)
        after = replace(visit, weighings=(*visit.weighings, taken))
        facts |= {"kg": format(weight.kg, "f"), "scale": weight.scale, "axle": axle.place, "of": len(groups)}
        told = axles.report(after, limits)
        if told is not None and told.complete:
            facts |= {"sum_kg": format(told.sum_kg, "f"), "agrees": told.agrees}
        events: list[Event] = [VisitWeighed(subject, taken)]
        return Accepted((*events, *overweight_hold(books, after, request, limits))), subject, facts

    return once(books, request, "WEIGH_AXLES", act)


def overweight_hold(reader: Reader, visit: Visit, request: Request, tolerances: Tolerances) -> list[Event]:
    """The hold that an overweight vehicle on its way out gets (WGT-03); none when it stands already."""
    found = axles.overweight(visit, tolerances)
    new = axles.hold_for(visit, found, looking.consignments(reader, visit.aboard), str(uuid7()))
    if new is None:
        return []
    ended = [hold for hold in visit.holds if not hold.open and hold.check == new.check]
    if any(hold.evidence == new.evidence for hold in ended):  # an officer let these very figures pass
        return []
    outcome = place_by_check(new, visit.holds, new.subject, request.ask())
    return list(outcome.events) if isinstance(outcome, Accepted) else []
