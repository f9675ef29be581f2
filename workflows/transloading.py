"""Wagon to truck and truck to truck without storage: a unit is counted off one vehicle and loaded on the other at once.

Counting and loading are decided one after the other and recorded together, or not at all: a unit is on one vehicle, or
on the other, never on both and never on none. What is inside it goes along.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workflows import evolve
from workflows.ask import Ask, Situation
from workflows.decide import decide
from workflows.event_base import Event
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage
from workflows.state import Consignment, Unit, Visit

#: a unit at one of these is still on the vehicle that brought it
_ABOARD = (Stage.PRE_ADVICE, Stage.UNLOAD)


def not_permitted(ask: Ask) -> Refused | None:
    """The refusal for somebody who may not both count and load; None for those who may."""
    if ask.who.may_step(Stage.TALLY) and ask.who.may_step(Stage.LOAD):
        return None
    who = STEP_ROLES[Stage.TALLY] & STEP_ROLES[Stage.LOAD]
    return refuse(Reason.NOT_PERMITTED, who=who, step=Stage.LOAD.value)


def over(situation: Situation, target: Visit, aboard: tuple[Consignment, ...], ask: Ask) -> Outcome:
    """Move ``situation.unit`` from the vehicle in the situation to ``target``, which has ``aboard`` on it.

    ``ask.apart`` is what stands on ``target`` and may not travel with the unit.
    """
    unit, source = situation.unit, situation.visit
    if unit is None or source is None:
        raise ValueError("transloading needs the unit and the vehicle it comes from")
    if (barred := not_permitted(ask)) is not None:
        return barred
    onto = replace(situation, visit=target, aboard=aboard)
    if unit.stage is Stage.LOAD and unit.visit == target.id:
        return decide(onto, Stage.LOAD, ask)
    if (strange := _not_from(unit, source)) is not None:
        return Refused((strange,))
    events: tuple[Event, ...] = ()
    if unit.stage in _ABOARD:
        if source.stage is not Stage.UNLOAD:
            facts = {"visit": source.id, "stage": source.stage.value, "step": Stage.UNLOAD.value}
            return Refused(
                (Missing(Reason.WRONG_STAGE, {**facts, "check": "PRC-03"}, STEP_ROLES[Stage.UNLOAD]),)
            )
        counted = decide(situation, Stage.TALLY, ask)
        if not isinstance(counted, Accepted):
            return counted
        events = counted.events
        inside = tuple(_after(one, events) for one in situation.inside)
        onto = replace(onto, unit=_after(unit, events), inside=inside)
    loaded = decide(onto, Stage.LOAD, ask)
    return Accepted((*events, *loaded.events)) if isinstance(loaded, Accepted) else loaded


def _not_from(unit: Unit, source: Visit) -> Missing | None:
    """A unit is taken from the vehicle that brought it; one that stands in a bay or on another truck is not."""
    on_it = unit.stage in _ABOARD and unit.consignment in source.carries
    beside_it = unit.stage is Stage.TALLY and unit.place is None and unit.consignment in source.brought
    if on_it or beside_it or unit.stage is Stage.LOAD:
        return None
    return Missing(Reason.NOT_ON_VEHICLE, {"unit": unit.label, "visit": source.id})


def _after(unit: Unit, events: Iterable[Event]) -> Unit:
    for event in events:
        if event.subject == f"unit:{unit.label}":
            unit = evolve.unit(unit, event) or unit
    return unit
