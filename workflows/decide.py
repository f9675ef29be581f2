"""The one door: what would this step do? Pure; says it without doing it, for the gate, a preview or a replay.

The answer is *go* with the events to record, *already done*, or the whole list of what is missing, who can lift it
and what to do. Nothing outside this room decides, and no automation has more rights than the person or device it
acts for.
"""

from __future__ import annotations

from collections.abc import Callable

from workflows import (
    nesting,
    picking,
    steps_approval,
    steps_consignment,
    steps_unit,
    steps_visit,
    storage_rules,
)
from workflows.ask import Ask, Situation
from workflows.outcomes import AlreadyDone, Outcome, Reason, Refused, refuse
from workflows.roles import STEP_ROLES
from workflows.stages import Stage, Step

__all__ = ["Ask", "Situation", "decide"]

Rule = Callable[[Situation, Step, Ask], Outcome]

#: step -> the rule of the thing it moves. A unit in the situation makes shared steps (INSPECT, LOST ...) the unit's.
_UNIT: dict[Step, Rule] = {
    Stage.UNLOAD: steps_unit.unload,
    Stage.TALLY: steps_unit.tally,
    Stage.STORAGE: steps_unit.move,
    Stage.PICK: steps_unit.move,
    Stage.INSPECT: steps_unit.move,
    Stage.LOAD: steps_unit.load,
    Stage.DELIVERED: steps_unit.far_side,
    Stage.LOST: steps_unit.far_side,
}
_VISIT: dict[Step, Rule] = {
    Stage.GATE_IN: steps_visit.gate_in,
    Stage.WEIGH_IN: steps_visit.weigh,
    Stage.UNLOAD: steps_visit.dock,
    Stage.LOAD: steps_visit.call_to_load,
    Stage.SEAL: steps_visit.seal,
    Stage.WEIGH_OUT: steps_visit.weigh,
    Stage.GATE_OUT: steps_visit.gate_out,
    Stage.BORDER_EXIT: steps_visit.far_side,
    Stage.ARRIVED_AF: steps_visit.far_side,
    Stage.CLOSED: steps_visit.far_side,
}
_CONSIGNMENT: dict[Step, Rule] = {
    Stage.DOC_CHECK: steps_consignment.document_check,
    Stage.RISK: steps_consignment.screen,
    Stage.INSPECT: steps_consignment.move,
    Stage.SAMPLE: steps_consignment.move,
    Stage.CUSTOMS_RELEASE: steps_approval.approve,
    Stage.RELEASE: steps_approval.approve,
    Stage.ARRIVED_AF: steps_consignment.move,
    Stage.DELIVERED: steps_consignment.move,
    Stage.CLOSED: steps_consignment.move,
    Stage.REJECTED: steps_consignment.move,
    Stage.SEIZED: steps_consignment.move,
    Stage.DESTROYED: steps_consignment.move,
    Stage.LOST: steps_consignment.move,
}


def decide(situation: Situation, step: Step, ask: Ask) -> Outcome:
    """Say what ``step`` would do in this situation, or everything that stands in its way."""
    if not ask.who.may_step(step):
        return refuse(
            Reason.NOT_PERMITTED, who=STEP_ROLES.get(step, frozenset()), step=step.value, person=ask.who.id
        )
    if situation.unit is not None:
        rule = _UNIT.get(step)
    elif situation.consignment is not None and situation.visit is None:
        rule = _CONSIGNMENT.get(step)
    else:
        rule = _VISIT.get(step)
    if rule is None:
        return refuse(Reason.WRONG_KIND, step=step.value)
    return rule(situation, step, ask) if situation.unit is None else _of_unit(situation, step, ask, rule)


def _of_unit(situation: Situation, step: Step, ask: Ask, rule: Rule) -> Outcome:
    """A unit's step: is it the one that is wanted, may it stand there, and what is inside it comes along."""
    assert situation.unit is not None
    strange = picking.not_on_list(situation.unit, ask)
    if strange:
        return Refused(tuple(strange))
    outcome = rule(situation, step, ask)
    if isinstance(outcome, AlreadyDone):
        return outcome
    missing = nesting.inside_another(situation.unit, step)
    if step is Stage.STORAGE and situation.room is not None:
        missing += storage_rules.unfit(situation.unit, situation.room)
    if missing:
        before = outcome.missing if isinstance(outcome, Refused) else ()
        return Refused((*before, *missing))
    return nesting.together(situation, step, ask, outcome, rule)
