"""Units inside units: cartons on a pallet, bags in a crate. What happens to the outer one happens to those in it.

The weight of the outer one counts everything in it; those inside are loaded with it and add no weight of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from workflows.ask import Ask, Situation
from workflows.event_base import Event
from workflows.events import UnitLoaded, UnitUnloaded
from workflows.outcomes import Accepted, Missing, Outcome, Reason, Refused
from workflows.stages import Stage, Step
from workflows.state import Unit

Rule = Callable[[Situation, Step, Ask], Outcome]
#: steps that a unit inside another one takes only together with it
TOGETHER: frozenset[Stage] = frozenset(
    {Stage.UNLOAD, Stage.STORAGE, Stage.INSPECT, Stage.PICK, Stage.LOAD, Stage.DELIVERED}
)
#: steps of the outer one that those inside take with it
CARRIED: frozenset[Stage] = TOGETHER | {Stage.TALLY, Stage.LOST}
#: stages in which those inside are not with it any more
_ENDED = frozenset({Stage.SEIZED, Stage.DESTROYED, Stage.LOST, Stage.REJECTED})


def inside_another(unit: Unit, step: Step) -> list[Missing]:
    """Why a unit that stands inside another one may not take this step by itself."""
    if unit.parent is None or step not in TOGETHER:
        return []
    if step is Stage.UNLOAD and unit.stage is not Stage.LOAD:  # it is received: that is a tally
        return []
    return [Missing(Reason.UNIT_INSIDE, {"unit": unit.label, "parent": unit.parent})]


def together(situation: Situation, step: Step, ask: Ask, outer: Outcome, rule: Rule) -> Outcome:
    """The outcome for a unit together with everything inside it; ``outer`` is what the rule says of the unit alone.

    Those that cannot come along stop the whole; that they have no weight of their own does not.
    """
    if not isinstance(outer, Accepted) or step not in CARRIED:
        return outer
    events: list[Event] = list(outer.events)
    missing: list[Missing] = []
    for child in situation.inside:
        if child.stage in _ENDED:
            continue
        told = rule(replace(situation, unit=child, inside=(), room=None), step, ask)
        if isinstance(told, Refused):
            missing += [one for one in told.missing if one.reason is not Reason.NO_WEIGHT]
            if not missing:
                told = rule(replace(situation, unit=_weightless(child), inside=(), room=None), step, ask)
        if isinstance(told, Accepted):
            events += [_without_weight(one) for one in told.events if one.subject == f"unit:{child.label}"]
    return Refused(tuple(missing)) if missing else Accepted(tuple(events))


def _weightless(unit: Unit) -> Unit:
    return replace(unit, gross_kg=Decimal(0))


def _without_weight(event: Event) -> Event:
    return replace(event, gross_kg=None) if isinstance(event, UnitLoaded | UnitUnloaded) else event


def everything_in(label: str, units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Units inside ``label`` and inside those, outermost first."""
    by_parent: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.parent is not None:
            by_parent.setdefault(unit.parent, []).append(unit)
    found: list[Unit] = []
    seen = {label}
    todo = [label]
    while todo:
        for child in by_parent.get(todo.pop(0), ()):
            if child.label not in seen:
                seen.add(child.label)
                found.append(child)
                todo.append(child.label)
    return tuple(found)
