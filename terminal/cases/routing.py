"""Lanes as officers meet them: setting one, marking indicators, closing audits; and what their desk shows.

A refusal is kept in a chain of its own ("routing:REF"), so that the story of a consignment, which terminal staff read,
never speaks of lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from terminal.store.routing import Routed
from workflows import routing
from workflows.ask import Ask
from workflows.lanes import lower
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right
from workflows.routing_state import AuditResult, Lane, Routing
from workflows.routing_state import Reason as Ground
from workflows.stages import Stage
from workflows.state import Consignment

Found = tuple[Outcome, str, Mapping[str, Any]]


def _asked(
    books: Books,
    ref: str,
    right: Right,
    step: str,
    request: Request,
    note: str,
    rule: Callable[[Consignment, Ask], Outcome],
) -> Answer:
    subject = f"routing:{ref[:64]}"

    def act() -> Found:
        if not request.who.may(right):  # before anything is looked up: they do not learn what exists
            return (
                refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=step, person=request.who.id),
                subject,
                {},
            )
        consignment = books.consignment(ref)
        if consignment is None:
            return refuse(Reason.NOT_FOUND, consignment=ref), subject, {}
        return rule(consignment, request.ask(note=note)), subject, {"consignment": ref}

    return once(books, request, step, act)


def set_lane(books: Books, ref: str, lane: Lane, why: str, request: Request) -> Answer:
    """Set another lane; a lower one needs a second person, who asks for the same."""
    return _asked(
        books,
        ref,
        Right.CONFIRM_LANE,
        "set_lane",
        request,
        why,
        lambda c, ask: routing.set_lane(c, lane, ask),
    )


def mark(
    books: Books, ref: str, indicator: str, on: bool, why: str, request: Request, judge: Judge
) -> Answer:
    """Mark an indicator that no rule computes, or take the mark back; the lane is chosen anew."""
    right, step = (Right.MARK_RISK, "mark_indicator") if on else (Right.SET_LANE, "unmark_indicator")
    rule = routing.mark if on else routing.unmark
    answer = _asked(books, ref, right, step, request, why, lambda c, ask: rule(c, indicator, ask))
    if answer.news:
        run(books, ref, request, judge)
    return answer


def close_audit(books: Books, ref: str, result: AuditResult, note: str, request: Request) -> Answer:
    """Close the audit of released goods with what came of it."""
    return _asked(
        books,
        ref,
        Right.CLOSE_AUDIT,
        "close_audit",
        request,
        note,
        lambda c, ask: routing.close_audit(c, result, ask),
    )


# --- what the desk shows -----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LaneShown:
    """One consignment with everything its lane rests on. ``lower`` are the reasons that would lower the score."""

    ref: str
    stage: Stage
    sender: str
    consignee: str
    lane: Lane
    routing: Routing
    lower: tuple[Ground, ...]
    checked_at: datetime | None
    rules_version: str | None
    inspected: bool


def shown(reader: Reader, ref: str) -> LaneShown | None:
    """How the lane of a consignment came about; None when there is no such one, or it was not chosen yet."""
    consignment = reader.consignment(ref)
    if consignment is None or consignment.routing is None or consignment.routing.choice is None:
        return None
    kept = consignment.routing
    assert kept.choice is not None
    return LaneShown(
        consignment.ref,
        consignment.stage,
        consignment.papers.sender,
        consignment.papers.consignee,
        Lane(consignment.lane or kept.choice.lane),
        kept,
        lower(kept.choice),
        consignment.checked_at,
        consignment.rules_version,
        routing.looked_at(consignment),
    )


def desk(reader: Reader, lane: Lane | None = None, limit: int = 200) -> list[Routed]:
    """Consignments under way, newest first."""
    return reader.routing.at_desk(lane, limit)


def audits(reader: Reader) -> list[Routed]:
    """Open audits, oldest first; those whose goods were not released yet wait."""
    return reader.routing.audits_open()
