"""Announcing: drafts that are filled and submitted, papers, recognised organisations, and what goes ahead."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from terminal.cases import consignments, importing
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge, run
from terminal.cases.once import Request, once
from terminal.cases.plates import plate_of
from terminal.cases.queueing import new_code
from terminal.importing import WrongFactsError
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import announce, steps_consignment
from workflows.announce_state import (
    LIAISON_OFFICE,
    Announcement,
    Needs,
    Organisation,
    Priority,
    SentFile,
    Truck,
)
from workflows.arrivals import HOUR
from workflows.checks.case import Case, CheckContext
from workflows.checks.reference import Reference
from workflows.events_announce import VisitRescheduled
from workflows.outcomes import Outcome, Reason, refuse
from workflows.papers import Papers
from workflows.priority import priority_of
from workflows.roles import Actor

Found = tuple[Outcome, str, Mapping[str, Any]]

#: columns of typed goods: field of the form -> heading, as the importer reads it
COLUMNS: Mapping[str, str] = {
    "description": "Description of goods",
    "hs_code": "HS code",
    "quantity": "Quantity",
    "unit": "Unit",
    "packages": "Packages",
    "package_type": "Package type",
    "gross": "Gross weight, kg",
    "batch": "Batch",
    "expiry": "Expiry date",
    "un_number": "UN number",
    "temperature": "Storage temperature",
}
#: flags of a plan that a form offers
PLANS = ("storage", "tir", "forwarder", "foreign_carrier", "first_supply", "free_circulation")


def typed_goods(lines: Sequence[Mapping[str, str]]) -> bytes:
    """Goods typed into a form as a file of the usual layout, so that they are read and kept as any other file."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(COLUMNS.values())
    for line in lines:
        cells = [" ".join(line.get(name, "").split()) for name in COLUMNS]
        if any(cells):
            writer.writerow(cells)
    return out.getvalue().encode()


def _subject(identity: str) -> str:
    return f"announcement:{identity}"


def begin(books: Books, organisation: str, request: Request) -> Answer:
    """Begin a draft."""

    def act() -> Found:
        identity = str(uuid7())
        outcome = announce.begin(identity, organisation.strip(), request.ask())
        return outcome, _subject(identity), {"announcement": identity}

    return once(books, request, "announce", act)


def _change(
    books: Books,
    identity: str,
    request: Request,
    what: str,
    made: Callable[[Announcement], Announcement],
) -> Answer:
    def act() -> Found:
        found = books.announcing.announcement(identity)
        outcome = announce.change(found, identity, request.ask(), what, made)
        return outcome, _subject(identity), {"announcement": identity}

    return once(books, request, "announce", act)


def fill(
    books: Books,
    identity: str,
    facts: Mapping[str, str],
    service_request: Mapping[str, str],
    plan: Sequence[str],
    request: Request,
) -> Answer:
    """Keep what the form says: parties and transport, the fields of a service request form, and the plan."""

    def made(found: Announcement) -> Announcement:
        kept = announce.kept_facts(facts, announce.FACTS)
        return replace(
            found,
            facts={**kept, "sender": found.organisation},
            request=announce.kept_facts(service_request, announce.REQUEST),
            plan=tuple(flag for flag in PLANS if flag in plan),
        )

    return _change(books, identity, request, "filled", made)


def add_files(books: Books, identity: str, files: Sequence[SentFile], request: Request) -> Answer:
    """Add files of goods; their bytes are on disk. The same bytes again change nothing."""

    def made(found: Announcement) -> Announcement:
        there = {file.sha256 for file in found.files}
        fresh = {file.sha256: file for file in files if file.sha256 not in there}
        return replace(found, files=(*found.files, *fresh.values()))

    return _change(books, identity, request, "files", made)


def drop(books: Books, identity: str, kind: str, name: str, request: Request) -> Answer:
    """Take a file (by SHA-256), a paper ("TYPE number") or a vehicle (by plate) off a draft."""

    def made(found: Announcement) -> Announcement:
        if kind == "file":
            return replace(found, files=tuple(one for one in found.files if one.sha256 != name))
        if kind == "paper":
            kept = tuple(one for one in found.papers if f"{one.type} {one.number}" != name)
            return replace(found, papers=kept)
        return replace(found, trucks=tuple(one for one in found.trucks if one.plate != name))

    return _change(books, identity, request, f"dropped_{kind}", made)


def add_truck(
    books: Books, identity: str, plate: str, trailer: str, at: datetime | None, request: Request
) -> Answer:
    """Add a vehicle with the window it wants. The place in the window is taken when the draft is submitted."""

    def act() -> Found:
        read = plate_of(plate)
        if read is None:
            return refuse(Reason.INVALID, field="plate"), _subject(identity), {}
        truck = Truck(read, plate_of(trailer), at)
        hours, booked = request.rules.hours, _booked(books)
        if missing := announce.windows_missing((truck,), hours, request.at, booked):
            return refuse(missing[0].reason, **missing[0].facts), _subject(identity), {}
        found = books.announcing.announcement(identity)
        outcome = announce.change(
            found, identity, request.ask(), "vehicle", lambda draft: announce.with_truck(draft, truck)
        )
        return outcome, _subject(identity), {"announcement": identity, "plate": read}

    return once(books, request, "announce", act)


def _booked(reader: Reader) -> Callable[[datetime], int]:
    return lambda at: reader.announcing.booked(at, at + HOUR).get(at, 0)


# --- submitting -----------------------------------------------------------------------------------------
def read_again(
    found: Announcement,
    path_of: Callable[[str], Path],
    read: Callable[[Sequence[tuple[str, bytes]], Mapping[str, object]], importing.Reading] = importing.read,
) -> tuple[importing.Reading | None, str | None]:
    """The files of a draft read once more and put together with its facts; or why that cannot be done. Blocks."""
    uploads = []
    for file in found.files:
        try:
            data = path_of(file.sha256).read_bytes()
        except OSError:
            return None, f"{file.name}: the stored file is gone; send it again"
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return None, f"{file.name}: the stored file was changed; send it again"
        uploads.append((file.name, data))
    facts: dict[str, Any] = {
        key: value for key, value in found.facts.items() if not key.startswith("declared_")
    }
    declared = {
        key.removeprefix("declared_"): value
        for key, value in found.facts.items()
        if key.startswith("declared_")
    }
    if declared:
        facts["declared"] = declared
    if found.trucks and "vehicle" not in facts:
        facts["vehicle"] = {"plate": found.trucks[0].plate, "trailer": found.trucks[0].trailer}
    facts["plan"] = dict.fromkeys(found.plan, True)
    facts["documents"] = [
        {
            "type": paper.type,
            "number": paper.number,
            **({"issued": paper.issued.isoformat()} if paper.issued else {}),
            **({"valid_until": paper.valid_until.isoformat()} if paper.valid_until else {}),
        }
        for paper in found.papers
    ]
    try:
        return read(uploads, facts), None
    except WrongFactsError as error:
        return None, str(error)


def submit(
    books: Books,
    identity: str,
    reading: importing.Reading,
    reference: Reference,
    request: Request,
    judge: Judge,
) -> Answer:
    """Submit a draft as it was read: its consignment is announced, its vehicles are expected, the checks run."""
    ref, papers = reading.reference, reading.assembled.papers

    def act() -> Found:
        found = books.announcing.announcement(identity)
        files = ", ".join(file.name for file in reading.files)
        announced = _announced(books, found, papers, reading, files, request)
        recognised = found is not None and _recognised(books, found.organisation)
        trucks = found.trucks if found is not None else ()
        visits = {truck.plate: f"V-{request.at:%y%m%d}-{str(uuid7())[-6:]}" for truck in trucks}
        codes = {f"consignment:{ref}": new_code(books)}
        codes |= {f"visit:{visit}": new_code(books) for visit in visits.values()}
        outcome = announce.submit(
            found,
            identity,
            request.ask(),
            announced,
            ref=ref,
            priority=_priority(books, papers, reference, request, recognised=recognised),
            recognised=recognised,
            codes=codes,
            visits=visits,
            booked=_booked(books),
            hours=request.rules.hours,
        )
        return outcome, _subject(identity), {"announcement": identity, "consignment": ref}

    answer = once(books, request, "submit", act)
    if answer.verdict == "accepted" and answer.news:
        importing.keep_reports(books, reading, request)
        run(books, ref, request, judge)
    return answer


def _announced(
    books: Books,
    found: Announcement | None,
    papers: Papers,
    reading: importing.Reading,
    files: str,
    request: Request,
) -> Outcome:
    """What the rule of announcing says of the consignment of a draft."""
    if reading.empty:
        return refuse(Reason.INVALID, field="lines")
    if found is not None and papers.sender != found.organisation:
        return refuse(Reason.NOT_YOURS, sender=papers.sender)
    for field, value in (("reference", papers.reference), ("consignee", papers.consignee)):
        if not value.strip():
            return refuse(Reason.INVALID, field=field)
    if books.consignment(papers.reference) is not None:
        return refuse(Reason.ALREADY_ANNOUNCED, consignment=papers.reference)
    books.prepare(reading.prepared)
    return steps_consignment.announce(
        None,
        papers,
        request.ask(),
        files,
        findings=reading.assembled.findings,
        headers=reading.headers,
        known=reading.prepared.counted,
    )


def _recognised(reader: Reader, organisation: str) -> bool:
    found = reader.announcing.organisation(organisation)
    return found is not None and found.active and found.kind != LIAISON_OFFICE


def _priority(
    books: Books, papers: Papers, reference: Reference, request: Request, *, recognised: bool
) -> Priority:
    case = Case(papers, CheckContext(as_of=request.at), reference=reference)
    needs = books.announcing.needs()
    return priority_of(case, needs, request.ask().day, recognised=recognised)


def withdraw(books: Books, identity: str, request: Request) -> Answer:
    """Withdraw a draft, or call off vehicles that have not come."""

    def act() -> Found:
        found = books.announcing.announcement(identity)
        visits = [books.visit(truck.visit) for truck in (found.trucks if found else ()) if truck.visit]
        expected = tuple(visit for visit in visits if visit is not None and not visit.called_off)
        outcome = announce.withdraw(found, identity, request.ask(), expected)
        return outcome, _subject(identity), {"announcement": identity}

    return once(books, request, "withdraw", act)


def reschedule(books: Books, visit_id: str, at: datetime | None, request: Request) -> Answer:
    """Give an expected vehicle another time window."""

    def act() -> Found:
        visit = books.visit(visit_id)
        carried = [books.consignment(ref) for ref in (visit.carries if visit else ())]
        own = all(one is not None and consignments.mine(one, request) for one in carried)
        if announce.only_agency(request.who) and not carried:
            own = False
        booked = _booked(books)(at) if at is not None else 0
        outcome = announce.reschedule(visit, request.ask(), at, request.rules.hours, booked, own=own)
        return outcome, f"visit:{visit_id}", {"visit": visit_id}

    return once(books, request, VisitRescheduled.__name__, act)


# --- what is read -----------------------------------------------------------------------------------------
def readable(reader: Reader, identity: str, who: Actor) -> Announcement | None:
    """The announcement, if this person may know of it."""
    found = reader.announcing.announcement(identity)
    return found if found is not None and announce.yours(found, who) else None


# --- the lists ----------------------------------------------------------------------------------------------
def list_organisation(books: Books, value: Organisation, request: Request) -> Answer:
    """Put an organisation on the list of recognised senders, change it, or take it off."""

    def act() -> Found:
        before = books.announcing.organisation(value.name)
        outcome = announce.list_organisation(before, value, request.ask())
        return outcome, f"organisation:{value.name}", {"organisation": value.name}

    return once(books, request, "organisation", act)


def set_needs(books: Books, value: Needs, known: frozenset[str], request: Request) -> Answer:
    """Say what goes ahead from now on."""

    def act() -> Found:
        outcome = announce.set_needs(books.announcing.needs(), value, request.ask(), known)
        return outcome, "standing:needs", {"goods_types": list(value.goods_types)}

    return once(books, request, "priorities", act)
