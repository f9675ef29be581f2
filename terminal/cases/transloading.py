"""Wagon to truck and truck to truck without storage: one scan counts a unit off one vehicle and onto the other.

Counting and loading are decided one after the other and recorded together, or not at all: a unit is on one vehicle, or
on the other, never on both and never on none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.cases import looking
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from workflows import evolve
from workflows.decide import decide
from workflows.event_base import Event
from workflows.evolve import TASHKENT
from workflows.identifiers import Unreadable, resolve
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Unit, Visit

_ABOARD = (Stage.PRE_ADVICE, Stage.UNLOAD)


def take(books: Books, code: str, source: str, target: str, request: Request) -> Answer:
    """Move the scanned unit from the vehicle ``source`` to the vehicle ``target`` (visit ids)."""

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        if not (request.who.may_step(Stage.TALLY) and request.who.may_step(Stage.LOAD)):
            who = STEP_ROLES[Stage.TALLY] & STEP_ROLES[Stage.LOAD]
            return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.LOAD.value), request.who.id, {}
        found = resolve(code, None, today=request.at.astimezone(TASHKENT).date())
        if isinstance(found, Unreadable):
            return refuse(Reason.UNREADABLE, label=code[:64], why=found.reason.value), "label:unreadable", {}
        unit, from_, to = books.unit(found.value), books.visit(source), books.visit(target)
        if unit is None:
            return refuse(Reason.UNKNOWN_LABEL, label=found.value[:64]), f"label:{found.value[:64]}", {}
        subject = f"unit:{unit.label}"
        facts = {"unit": unit.label, "consignment": unit.consignment, "from": source, "visit": target}
        if from_ is None or to is None or source == target:
            return refuse(Reason.NO_VISIT, visit=source if from_ is None else target), subject, facts
        if unit.stage is Stage.LOAD and unit.visit == target:
            outcome = decide(looking.of_unit(books, unit, to), Stage.LOAD, request.ask())
            return outcome, subject, facts
        if strange := _not_from(unit, from_):
            return Refused((strange,)), subject, facts
        return _over(books, unit, from_, to, request), subject, facts

    return once(books, request, "transload", act)


def _not_from(unit: Unit, source: Visit) -> Missing | None:
    """A unit is taken from the vehicle that brought it; one that stands in a bay or on another truck is not."""
    on_it = unit.stage in _ABOARD and unit.consignment in source.carries
    beside_it = unit.stage is Stage.TALLY and unit.place is None and unit.consignment in source.brought
    if on_it or beside_it or unit.stage is Stage.LOAD:
        return None
    return Missing(Reason.NOT_ON_VEHICLE, {"unit": unit.label, "visit": source.id})


def _over(books: Books, unit: Unit, source: Visit, target: Visit, request: Request) -> Outcome:
    events: list[Event] = []
    after = unit
    if unit.stage in _ABOARD:
        if source.stage is not Stage.UNLOAD:
            facts = {
                "visit": source.id,
                "stage": source.stage.value,
                "step": Stage.UNLOAD.value,
                "check": "PRC-03",
            }
            return Refused((Missing(Reason.WRONG_STAGE, facts, STEP_ROLES[Stage.UNLOAD]),))
        counted = decide(looking.of_unit(books, unit, source), Stage.TALLY, request.ask())
        if not isinstance(counted, Accepted):
            return counted
        events += counted.events
        for event in counted.events:
            after = (evolve.unit(after, event) or after) if event.subject == f"unit:{unit.label}" else after
    loaded = decide(looking.of_unit(books, after, target), Stage.LOAD, request.ask())
    return Accepted((*events, *loaded.events)) if isinstance(loaded, Accepted) else loaded
