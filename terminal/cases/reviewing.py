"""Deciding on a scan that was set aside: apply it now, under the rules of now, or leave the books as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from terminal.cases import scans
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.cases.scans import Scan
from terminal.store.books import Books
from terminal.store.desk import ReviewItem
from workflows.events import ReviewClosed
from workflows.outcomes import Accepted, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Actor, Right
from workflows.stages import Stage


class Decision(StrEnum):
    """What a person may decide."""

    APPLY = "APPLY"
    KEEP = "KEEP"


def again(item: ReviewItem, now: datetime) -> Scan | None:
    """The scan as it would be made now; None when what was kept does not tell."""
    try:
        step = Stage(str(item.scan["step"]).upper())
        code = str(item.scan["code"])
    except (KeyError, ValueError):
        return None
    context: dict[str, Any] = dict(item.scan.get("unit_context") or {})
    return Scan(
        code,
        step,
        now,
        item.scan.get("symbology"),
        context.get("visit"),
        context.get("place"),
        str(context.get("condition") or "GOOD"),
    )


def decide(books: Books, seq: int, decision: Decision, note: str, request: Request) -> Answer:
    """Close one item of the review desk, with a reason; the decision is an event of the journal.

    Applied, the scan is answered like any other, under a nonce of its own; refused, the item stays open.
    """

    def act() -> tuple[Outcome, str, Mapping[str, Any]]:
        if not request.who.may(Right.REVIEW_SCANS):
            who = RIGHTS[Right.REVIEW_SCANS]
            return refuse(Reason.NOT_PERMITTED, who=who, step="review_scans"), "label:late", {}
        item = books.desk.review(seq)
        if item is None or not item.open:
            return refuse(Reason.NOT_FOUND, review=seq), "label:late", {}
        if not note.strip():
            return refuse(Reason.REASON_NEEDED, step="review_scans"), item.subject, {"review": seq}
        facts: dict[str, Any] = {"review": seq, "resolution": decision.value}
        if decision is Decision.APPLY:
            scan = again(item, request.at)
            if scan is None:
                return refuse(Reason.INVALID, field="step"), item.subject, facts
            answer = scans.take(books, scan, _as_scan(books, item, scan.step, request))
            if not answer.ok:
                return Refused(answer.missing), item.subject, facts
            facts |= {"step": scan.step.value, "event": answer.event}
        return Accepted((ReviewClosed(item.subject, seq, decision.value, note),)), item.subject, facts

    return once(books, request, "review_scans", act)


def _as_scan(books: Books, item: ReviewItem, step: Stage, request: Request) -> Request:
    point = str(item.scan.get("point") or "") or None
    body = {"review": item.seq, "code": item.scan.get("code")}
    who = _with_rights_of_scanner(books, item, step, request.who)
    return replace(request, who=who, nonce=f"{request.nonce}:scan", body=body, point=point)


def _with_rights_of_scanner(books: Books, item: ReviewItem, step: Stage, who: Actor) -> Actor:
    """The person who decides, with what the one who made the scan may still do: the scan is theirs, the decision is not.

    Nobody gets more by it: a step that neither may take stays refused.
    """
    entry = books.entry(item.seq)
    if who.may_step(step) or entry is None:
        return who
    kind, _, name = entry.who.partition(":")
    device = books.devices.get(name) if kind == "device" else None
    if device is not None:
        return replace(who, steps=device.steps, is_device=True) if device.active else who
    person = books.people.get(entry.who)
    return replace(who, roles=who.roles | person.roles) if person is not None and person.active else who
