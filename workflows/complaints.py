"""Complaints: record, take in hand, answer, open again. Pure, as every rule; and the fold of what happened to one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from workflows.ask import Ask
from workflows.complaint_state import Complainant, Complaint, Finding, Reply, Standing, may_read
from workflows.event_base import Event
from workflows.events_letters import ComplaintAnswered, ComplaintRecorded, ComplaintReopened, ComplaintTaken
from workflows.evolve import TASHKENT
from workflows.inspection_state import Inspection
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.roles import RIGHTS, Right
from workflows.state import Hold

_LONGEST = 2000


def fold(before: Complaint | None, event: Event, at: datetime) -> Complaint | None:
    """The complaint after ``event``, which happened at that time (UTC)."""
    match event:
        case ComplaintRecorded(complaint=new):
            return new
        case ComplaintTaken(by=by) if before is not None:
            return replace(before, standing=Standing.IN_HAND, taken_by=by, taken_at=at)
        case ComplaintAnswered(by=by, text=text, finding=finding) if before is not None:
            replies = (*before.replies, Reply(by, at, text, finding))
            return replace(before, standing=Standing.ANSWERED, replies=replies)
        case ComplaintReopened(by=by, text=text) if before is not None:
            replies = (*before.replies, Reply(by, at, text))
            return replace(before, standing=Standing.RECEIVED, taken_by=None, taken_at=None, replies=replies)
        case _:
            return before


def reference(year: int, number: int) -> str:
    """The reference that whoever complains is given: CP-2026-0007."""
    return f"CP-{year}-{number:04d}"


def year_of(at: datetime) -> int:
    """The year a complaint belongs to, by the calendar of Tashkent."""
    return at.astimezone(TASHKENT).year


def involved(inspection: Inspection | None, hold: Hold | None) -> frozenset[str]:
    """The people behind the inspection and the hold that a complaint names: none of them answers it."""
    found: set[str | None] = set()
    if inspection is not None:
        found |= {inspection.ordered_by, inspection.started_by, inspection.done_by}
    if hold is not None:
        found |= {hold.placed_by, hold.proposed_by, hold.lifted_by}
    return frozenset(one for one in found if one)


def may_not_record(ask: Ask) -> Refused | None:
    """The refusal for somebody who may not record complaints; None for those who may."""
    if ask.who.may(Right.RECORD_COMPLAINT) and not ask.who.is_device:
        return None
    who = RIGHTS[Right.RECORD_COMPLAINT]
    return refuse(Reason.NOT_PERMITTED, who=who, step="record_complaint", person=ask.who.id)


def record(new: Complaint, ask: Ask) -> Outcome:
    """Write a complaint down, under the reference that it carries."""
    if (barred := may_not_record(ask)) is not None:
        return barred
    name = new.complainant.name.strip()
    contact = (new.complainant.contact or "").strip() or None
    missing = [
        Missing(Reason.INVALID, {"field": field})
        for field, given in (("complainant", name), ("text", new.text.strip()))
        if not given
    ]
    if missing:
        return Refused(tuple(missing))
    made = replace(
        new,
        text=new.text.strip()[:_LONGEST],
        complainant=Complainant(name, contact),
        recorded_by=ask.who.id,
        at=ask.at,
    )
    return Accepted((ComplaintRecorded(f"complaint:{new.ref}", made),))


def _barred(complaint: Complaint, ask: Ask, right: Right, step: str) -> Refused | None:
    if ask.who.is_device or not ask.who.may(right):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=step, person=ask.who.id)
    if not may_read(complaint, ask.who):
        return refuse(Reason.NOT_FOUND, complaint=complaint.ref)
    return None


def _about_you(complaint: Complaint, ask: Ask) -> Refused | None:
    if ask.who.id not in complaint.involved:
        return None
    return refuse(Reason.COMPLAINT_ABOUT_YOU, who=RIGHTS[Right.ANSWER_COMPLAINT], complaint=complaint.ref)


def take(complaint: Complaint, ask: Ask) -> Outcome:
    """Take a complaint in hand. Who is complained about does not; another person may take it over."""
    barred = _barred(complaint, ask, Right.ANSWER_COMPLAINT, "answer_complaint") or _about_you(complaint, ask)
    if barred is not None:
        return barred
    if not complaint.open or complaint.taken_by == ask.who.id:
        return AlreadyDone({"complaint": complaint.ref})
    return Accepted((ComplaintTaken(f"complaint:{complaint.ref}", ask.who.id),))


def answer(complaint: Complaint, finding: Finding, text: str, ask: Ask) -> Outcome:
    """Answer it, in words. One that is answered is opened again first."""
    barred = _barred(complaint, ask, Right.ANSWER_COMPLAINT, "answer_complaint") or _about_you(complaint, ask)
    if barred is not None:
        return barred
    said = text.strip()[:_LONGEST]
    if not complaint.open:
        last = complaint.replies[-1]
        if (last.by, last.text, last.finding) == (ask.who.id, said, finding):
            return AlreadyDone({"complaint": complaint.ref})
        return refuse(Reason.COMPLAINT_ANSWERED, complaint=complaint.ref)
    if not said:
        return refuse(Reason.REASON_NEEDED, step="answer_complaint")
    return Accepted((ComplaintAnswered(f"complaint:{complaint.ref}", finding, said, ask.who.id),))


def reopen(complaint: Complaint, why: str, ask: Ask) -> Outcome:
    """Open an answered complaint again: whoever complained does not agree with the answer."""
    if (barred := _barred(complaint, ask, Right.RECORD_COMPLAINT, "record_complaint")) is not None:
        return barred
    if complaint.open:
        return AlreadyDone({"complaint": complaint.ref})
    if not why.strip():
        return refuse(Reason.REASON_NEEDED, step="record_complaint")
    return Accepted((ComplaintReopened(f"complaint:{complaint.ref}", why.strip()[:_LONGEST], ask.who.id),))
