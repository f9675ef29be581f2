"""Seizures: recorded with the units they take, amended, handed on; read by those the handling code allows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import seizures
from workflows.events import Context, SecurityEvent
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import RIGHTS, Actor, Right
from workflows.seizure_state import Handling, Seized, Seizure
from workflows.seizures import NewSeizure
from workflows.state import Unit, Visit

Found = tuple[Outcome, str, Mapping[str, Any]]


def record(
    books: Books,
    facts: Seized,
    handling: Handling,
    request: Request,
    *,
    units: tuple[str, ...] = (),
    consignment: str | None = None,
    visit: str | None = None,
    inspection: str | None = None,
    operation: str | None = None,
) -> Answer:
    """Record a seizure under the next case number; the named units go to SEIZED in the same commit."""

    def act() -> Found:
        if not request.who.may(Right.SEIZE):  # before anything is looked up: nobody learns what exists
            return _may_not(request), "seizure:new", {}
        found, visits, missing = _units(books, units)
        if consignment is not None and books.consignment(consignment) is None:
            missing = refuse(Reason.NOT_FOUND, consignment=consignment)
        if visit is not None and books.visit(visit) is None:
            missing = refuse(Reason.NOT_FOUND, visit=visit)
        if inspection is not None and books.inspecting.inspection(inspection) is None:
            missing = refuse(Reason.INSPECTION_NOT_FOUND, inspection=inspection)
        if missing is not None:
            return missing, "seizure:new", {}
        case_no = books.inspecting.next_case(seizures.year_of(request.at))
        new = NewSeizure(case_no, handling, facts, consignment, visit, inspection, operation)
        outcome = seizures.record(new, found, visits, request.ask())
        accepted = {"seizure": case_no, "units": list(units)}
        return outcome, f"seizure:{case_no}", accepted

    return once(books, request, "seize", act)


def _units(
    books: Books, labels: tuple[str, ...]
) -> tuple[tuple[Unit, ...], dict[str, Visit], Outcome | None]:
    found: list[Unit] = []
    visits: dict[str, Visit] = {}
    for label in dict.fromkeys(labels):
        unit = books.unit(label)
        if unit is None:
            return (), {}, refuse(Reason.UNKNOWN_LABEL, label=label)
        if unit.visit is not None and (visit := books.visit(unit.visit)) is not None:
            visits[unit.visit] = visit
        found.append(unit)
    return tuple(found), visits, None


def _may_not(request: Request) -> Outcome:
    return refuse(Reason.NOT_PERMITTED, who=RIGHTS[Right.SEIZE], step="seize", person=request.who.id)


def amend(
    books: Books,
    case_no: str,
    changed: Mapping[str, Any],
    handling: Handling | None,
    note: str,
    request: Request,
) -> Answer:
    """Add what comes later: laboratory, value, criminal case; or another handling code."""

    def act() -> Found:
        subject = f"seizure:{case_no[:64]}"
        record = readable(books, case_no, request.who)
        if not request.who.may(Right.SEIZE):
            return _may_not(request), subject, {}
        if record is None:
            return refuse(Reason.NOT_FOUND, seizure=case_no), subject, {}
        outcome = seizures.amend(record, changed, handling, request.ask(note=note))
        return outcome, subject, {"seizure": case_no}

    return once(books, request, "seize", act)


def pass_on(
    books: Books,
    case_no: str,
    received_by: str,
    organisation: str,
    place: str,
    request: Request,
    *,
    seal_no: str = "",
    note: str = "",
) -> Answer:
    """Add a link to the chain of custody."""

    def act() -> Found:
        subject = f"seizure:{case_no[:64]}"
        record = readable(books, case_no, request.who)
        if not request.who.may(Right.SEIZE):
            return _may_not(request), subject, {}
        if record is None:
            return refuse(Reason.NOT_FOUND, seizure=case_no), subject, {}
        outcome = seizures.pass_on(record, received_by, organisation, place, seal_no, request.ask(note=note))
        return outcome, subject, {"seizure": case_no}

    return once(books, request, "seize", act)


def readable(reader: Reader, case_no: str, who: Actor) -> Seizure | None:
    """The record, if its handling code lets this person see it."""
    record = reader.inspecting.seizure(case_no)
    return record if record is not None and seizures.may_read(record, who) else None


def records(reader: Reader, who: Actor, before: str | None = None, limit: int = 100) -> list[Seizure]:
    """Records this person may see, newest first; ``before`` is the last case number seen."""
    found: list[Seizure] = []
    while len(found) < limit:
        page = reader.inspecting.seizures(before, limit)
        found += [record for record in page if seizures.may_read(record, who)]
        if len(page) < limit:
            break
        before = page[-1].case_no
    return found[:limit]


def export(reader: Reader, who: Actor, before: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Records as they may leave the house: no personal names. Tell the journal with :func:`note_export`."""
    return [seizures.exported(record) for record in records(reader, who, before, limit)]


def note_export(books: Books, who: Actor, at: datetime, records: list[dict[str, Any]]) -> None:
    """Keep who took records out, how many, and under which handling codes."""
    codes = sorted({str(record["handling_code"]) for record in records})
    facts = {"what": "seizures", "records": len(records), "handling_codes": codes}
    books.record((SecurityEvent(f"person:{who.id}", "exported", facts),), Context(who.id, at))


def hidden(subject: str, reader: Reader, who: Actor) -> bool:
    """True when the journal entries of a subject are those of a seizure that is not for this reader."""
    kind, _, case_no = subject.partition(":")
    if kind != "seizure":
        return False
    record = reader.inspecting.seizure(case_no)
    return not (seizures.may_read(record, who) if record is not None else who.may(Right.READ_SEIZURES))
