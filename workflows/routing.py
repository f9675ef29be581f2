"""Rules about lanes that people apply: setting one, marking indicators, closing audits; and what RED asks for.

Goods may be looked at more closely by one person's word; never less closely by one person's alone. A lane that a forced
rule or the draw chose is not lowered by anybody, no lane goes below the office's minimum (humanitarian goods keep their
check of papers: a fast lane, never a blind one), and nothing is lowered that has left. Lowering touches no hold and no
inspection that was ordered: those stand until whoever owns them ends them.
"""

from __future__ import annotations

from workflows.ask import Ask
from workflows.event_base import Event
from workflows.events_routing import (
    AuditClosed,
    AuditOpened,
    IndicatorMarked,
    IndicatorUnmarked,
    LaneChosen,
    LaneProposed,
    LaneSet,
)
from workflows.evolve_routing import RoutingEvent
from workflows.evolve_routing import routing as folded
from workflows.inspection_state import Progress, Result
from workflows.lanes import NOT_INSIDE
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, STEP_ROLES, Right
from workflows.routing_state import AuditResult, Lane, LaneChoice, LaneProposal, Mark, PersonLane, Routing
from workflows.stages import ENDED, OUTWARD, Stage
from workflows.state import Consignment

#: indicators that no rule computes (chapter 10): marked by officers; R29 is the only one that speaks for the goods
MARKED = ("R16", "R18", "R20", "R21", "R23", "R26", "R29")
_LEFT = ENDED | {Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF}
#: from here on an audit may be closed: the goods have been released
_RELEASED = frozenset({Stage.RELEASE, Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.DELIVERED, Stage.CLOSED})  # fmt: skip


def _barred(right: Right, step: str, ask: Ask) -> Refused | None:
    if ask.who.may(right):
        return None
    return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=step, person=ask.who.id)


def _gone(consignment: Consignment, step: str) -> list[Missing]:
    if consignment.stage not in _LEFT:
        return []
    facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "step": step}
    return [Missing(Reason.WRONG_STAGE, facts)]


def _unsaid(ask: Ask, step: str) -> list[Missing]:
    return [] if ask.note.strip() else [Missing(Reason.REASON_NEEDED, {"step": step})]


# --- lanes -------------------------------------------------------------------------------------------
def chosen(consignment: Consignment, choice: LaneChoice, ask: Ask) -> tuple[Event, ...]:
    """What is recorded when the rules chose: nothing when it is what they chose before."""
    before = consignment.routing
    if before is not None and before.choice == choice:
        return ()
    event = LaneChosen(f"consignment:{consignment.ref}", choice)
    return (event, *_audit(before, event, ask))


def _audit(before: Routing | None, event: RoutingEvent, ask: Ask) -> tuple[Event, ...]:
    after = folded(before, event)
    if not after.wants_audit or after.audit is not None:
        return ()
    return (AuditOpened(event.subject, ask.at, "BLUE" if after.lane is Lane.BLUE else "CAPPED"),)


def set_lane(consignment: Consignment, lane: Lane, ask: Ask) -> Outcome:
    """Set another lane than the one that counts; ``ask.note`` is why.

    A higher lane counts at once. A lower one is proposed by one person and counts when another asks for the same.
    Raises nothing; refuses who may not, what is fixed (LANE_FIXED), and what has left (WRONG_STAGE).
    """
    routing = consignment.routing
    asked = routing.proposal if routing is not None else None
    confirming = asked is not None and asked.lane is lane and asked.by != ask.who.id
    right = Right.CONFIRM_LANE if confirming else Right.SET_LANE
    if (barred := _barred(right, "set_lane", ask)) is not None:
        return barred
    missing = _gone(consignment, "set_lane") + _unsaid(ask, "set_lane")
    if routing is None or routing.choice is None or routing.lane is None:
        missing.append(Missing(Reason.INVALID, {"field": "lane", "consignment": consignment.ref}))
        return Refused(tuple(missing))
    choice, now = routing.choice, Lane(consignment.lane or routing.lane)
    if lane is now and not missing:
        return AlreadyDone({"consignment": consignment.ref})
    if lane.rank < choice.floor.rank:
        missing.append(Missing(Reason.LANE_FIXED, {"why": "minimum", "consignment": consignment.ref}))
    elif lane.rank < choice.lane.rank and choice.fixed:
        why = "forced" if choice.forced else "drawn"
        missing.append(Missing(Reason.LANE_FIXED, {"why": why, "consignment": consignment.ref}))
    elif lane.rank < now.rank and any(one.forces_red for one in consignment.inspections):
        missing.append(Missing(Reason.LANE_FIXED, {"why": "forced", "consignment": consignment.ref}))
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    confirmed = None
    by, why = ask.who.id, ask.note
    if lane.rank < now.rank:
        if asked is None or asked.lane is not lane:
            return Accepted((LaneProposed(subject, LaneProposal(lane, ask.who.id, ask.at, ask.note)),))
        if asked.by == ask.who.id:
            return refuse(
                Reason.SECOND_PERSON_NEEDED, who=RIGHTS[Right.CONFIRM_LANE], step="set_lane", person=asked.by
            )
        by, why, confirmed = asked.by, f"{asked.why} / {ask.note}", ask.who.id
    person = PersonLane(lane, now, by, ask.at, why, tuple(sorted(choice.grounds)), confirmed)
    event = LaneSet(subject, person)
    return Accepted((event, *_audit(routing, event, ask)))


def mark(consignment: Consignment, indicator: str, ask: Ask) -> Outcome:
    """Mark an indicator of :data:`MARKED`; ``ask.note`` is what it rests on. The same again changes nothing."""
    if (barred := _barred(Right.MARK_RISK, "mark_indicator", ask)) is not None:
        return barred
    missing = _gone(consignment, "mark_indicator") + _unsaid(ask, "mark_indicator")
    if indicator not in MARKED:
        missing.append(Missing(Reason.INVALID, {"field": "indicator", "value": indicator[:20]}))
    if missing:
        return Refused(tuple(missing))
    marks = consignment.routing.marks if consignment.routing is not None else ()
    if any(one.indicator == indicator for one in marks):
        return AlreadyDone({"consignment": consignment.ref, "indicator": indicator})
    put = Mark(indicator, ask.who.id, ask.at, ask.note)
    return Accepted((IndicatorMarked(f"consignment:{consignment.ref}", put),))


def unmark(consignment: Consignment, indicator: str, ask: Ask) -> Outcome:
    """Take a mark back; for those who set lanes, with a reason."""
    if (barred := _barred(Right.SET_LANE, "unmark_indicator", ask)) is not None:
        return barred
    missing = _gone(consignment, "unmark_indicator") + _unsaid(ask, "unmark_indicator")
    marks = consignment.routing.marks if consignment.routing is not None else ()
    if not any(one.indicator == indicator for one in marks):
        missing.append(Missing(Reason.INVALID, {"field": "indicator", "value": indicator[:20]}))
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    return Accepted((IndicatorUnmarked(subject, indicator, ask.who.id, ask.at, ask.note),))


def close_audit(consignment: Consignment, result: AuditResult, ask: Ask) -> Outcome:
    """Close the audit of goods that have been released; ``ask.note`` tells what was looked at."""
    if (barred := _barred(Right.CLOSE_AUDIT, "close_audit", ask)) is not None:
        return barred
    audit = consignment.routing.audit if consignment.routing is not None else None
    if audit is None:
        return refuse(Reason.AUDIT_NOT_OPEN, consignment=consignment.ref)
    if not audit.open:
        if (audit.closed_by, audit.result) == (ask.who.id, result):
            return AlreadyDone({"consignment": consignment.ref})
        return refuse(Reason.AUDIT_NOT_OPEN, consignment=consignment.ref)
    missing = _unsaid(ask, "close_audit")
    if consignment.stage not in _RELEASED:
        facts = {"consignment": consignment.ref, "stage": consignment.stage.value, "step": "close_audit"}
        missing.append(Missing(Reason.WRONG_STAGE, facts))
    if missing:
        return Refused(tuple(missing))
    subject = f"consignment:{consignment.ref}"
    return Accepted((AuditClosed(subject, result, ask.who.id, ask.at, ask.note),))


# --- what RED asks for -------------------------------------------------------------------------------
def looked_at(consignment: Consignment) -> bool:
    """True when the goods, or the vehicle that brought them, were inspected, or customs waived what was not possible."""
    routing = consignment.routing
    if routing is not None and routing.choice is not None and routing.choice.inspected:
        return True
    return any(
        one.progress is Progress.DONE
        and one.settled
        and one.method.value not in NOT_INSIDE
        and (one.result is not Result.NOT_POSSIBLE or one.waived_at is not None)
        for one in consignment.inspections
    )


def uninspected(consignment: Consignment, step: Stage) -> list[Missing]:
    """Goods in the red lane get no outward step before somebody looked at them. The answer does not name the lane."""
    red = consignment.routing is not None and consignment.lane == Lane.RED
    if not red or step not in OUTWARD or looked_at(consignment):
        return []
    facts = {"consignment": consignment.ref, "step": step.value}
    return [Missing(Reason.INSPECTION_NEEDED, facts, STEP_ROLES[Stage.INSPECT])]
