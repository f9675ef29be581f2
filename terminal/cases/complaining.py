"""Complaints: recorded under a reference with what they are about, taken in hand, answered, opened again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import complaints
from workflows.ask import Ask
from workflows.complaint_state import Cause, Complainant, Complaint, Finding, may_read
from workflows.outcomes import Outcome, Reason, Refused, refuse
from workflows.roles import Actor, Role

Found = tuple[Outcome, str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Grievance:
    """What somebody says: about what, why, in whose words, and whom to answer."""

    subject: str  # "consignment:REF", "visit:ID"
    cause: Cause
    text: str
    complainant: Complainant
    inspection: str | None = None
    hold: str | None = None


def record(books: Books, said: Grievance, request: Request) -> Answer:
    """Write a complaint down under the next reference."""

    def act() -> Found:
        ask = request.ask()
        if (barred := complaints.may_not_record(ask)) is not None:
            return barred, "complaint:new", {}  # before anything is looked up: nobody learns what exists
        whose = sender_of(books, said.subject, request.who)
        if isinstance(whose, Refused):
            return whose, "complaint:new", {}
        inspection = books.inspecting.inspection(said.inspection) if said.inspection else None
        hold = books.hold(said.hold) if said.hold else None
        if said.inspection and (inspection is None or not _belongs(books, inspection.subject, said.subject)):
            return refuse(Reason.INSPECTION_NOT_FOUND, inspection=said.inspection), "complaint:new", {}
        if said.hold and (hold is None or not _belongs(books, hold.subject, said.subject)):
            return refuse(Reason.HOLD_NOT_FOUND, hold=said.hold), "complaint:new", {}
        ref = books.letters.next_complaint(complaints.year_of(request.at))
        new = Complaint(
            ref,
            said.subject,
            said.cause,
            said.text,
            said.complainant,
            request.who.id,
            request.at,
            said.inspection,
            said.hold,
            whose or None,
            complaints.involved(inspection, hold),
        )
        return complaints.record(new, ask), f"complaint:{ref}", {"complaint": ref}

    return once(books, request, "record_complaint", act)


def sender_of(books: Reader, subject: str, who: Actor) -> str | Refused:
    """The sender whose cargo it is about; an agency complains about its own cargo and knows of no other."""
    kind, _, name = subject.partition(":")
    agency = who.roles <= frozenset({Role.AGENCY_USER})
    if kind == "visit" and not agency and (visit := books.visit(name)) is not None:
        senders = {one.papers.sender for ref in visit.carries if (one := books.consignment(ref)) is not None}
        return senders.pop() if len(senders) == 1 else ""
    consignment = books.consignment(name) if kind == "consignment" else None
    if consignment is None or (agency and consignment.papers.sender != who.organisation):
        return refuse(Reason.NOT_FOUND, subject=subject)
    return consignment.papers.sender


def _belongs(books: Books, what: str, subject: str) -> bool:
    """True when an inspection or hold of ``what`` is part of what the complaint is about."""
    if what == subject:
        return True
    kind, _, name = what.partition(":")
    unit = books.unit(name) if kind == "unit" else None
    return unit is not None and subject == f"consignment:{unit.consignment}"


def barred(reader: Reader, subject: str, who: Actor) -> bool:
    """True when this person knows of no such consignment or vehicle."""
    return isinstance(sender_of(reader, subject, who), Refused)


def take(books: Books, ref: str, request: Request) -> Answer:
    """Take a complaint in hand."""
    return _decided(books, ref, "answer_complaint", complaints.take, request)


def answer(books: Books, ref: str, finding: Finding, text: str, request: Request) -> Answer:
    """Answer a complaint."""
    return _decided(
        books, ref, "answer_complaint", lambda one, ask: complaints.answer(one, finding, text, ask), request
    )


def reopen(books: Books, ref: str, why: str, request: Request) -> Answer:
    """Open an answered complaint again."""
    return _decided(
        books, ref, "record_complaint", lambda one, ask: complaints.reopen(one, why, ask), request
    )


def _decided(
    books: Books, ref: str, step: str, rule: Callable[[Complaint, Ask], Outcome], request: Request
) -> Answer:
    def act() -> Found:
        subject = f"complaint:{ref[:64]}"
        one = books.letters.complaint(ref)
        if one is None:
            if (barred := complaints.may_not_record(request.ask())) is not None:
                return _of_step(barred, step), subject, {}
            return refuse(Reason.NOT_FOUND, complaint=ref), subject, {}
        return rule(one, request.ask()), subject, {"complaint": ref}

    return once(books, request, step, act)


def _of_step(barred: Refused, step: str) -> Refused:
    """The same refusal, naming the step that was asked for."""
    first = barred.missing[0]
    return Refused((replace(first, facts={**first.facts, "step": step}),))


def readable(reader: Reader, ref: str, who: Actor) -> Complaint | None:
    """The complaint, if this person may read it."""
    one = reader.letters.complaint(ref)
    return one if one is not None and may_read(one, who) else None


def listed(
    reader: Reader, who: Actor, *, still_open: bool | None = None, before: str | None = None, limit: int = 100
) -> list[Complaint]:
    """Complaints that this person may read, newest first; ``before`` is the reference of the last one seen."""
    found: list[Complaint] = []
    while len(found) < limit:
        page = reader.letters.complaints(still_open=still_open, before=before, limit=limit)
        found += [one for one in page if may_read(one, who)]
        if len(page) < limit:
            break
        before = page[-1].ref
    return found[:limit]


def about(reader: Reader, subject: str, who: Actor) -> list[Complaint]:
    """Complaints about a consignment or a vehicle that this person may read, oldest first."""
    return [one for one in reader.letters.complaints_about(subject) if may_read(one, who)]
