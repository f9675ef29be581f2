"""Vehicles that carry nothing, screened by themselves: at the gate, when they are weighed or emptied, and when a list changes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from terminal.cases.checking import Judge, Screened
from terminal.cases.data import Difference
from terminal.cases.once import Request
from terminal.store import journal
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import holds
from workflows.event_base import Event
from workflows.events_screening import VisitScreened
from workflows.findings import Finding
from workflows.holds_by_check import asked_for
from workflows.judge import decide
from workflows.outcomes import Accepted
from workflows.state import Hold, Visit
from workflows.vehicle_screening import ASKED, news


def standing(reader: Reader) -> list[str]:
    """The vehicles inside that carry nothing of their own: what is screened by itself."""
    found = (reader.visit(line.id) for line in reader.visits_inside())
    return [visit.id for visit in found if visit is not None and alone(visit)]


def alone(visit: Visit) -> bool:
    """True for a vehicle inside that brought nothing, or of which all is unloaded: no cargo's checks speak of it."""
    return visit.inside and not visit.carries


def last(reader: Reader, identity: str) -> VisitScreened | None:
    """The newest screening of a vehicle by itself; None when it had none."""
    head = reader.last_seq(f"visit:{identity}")
    for entry in journal.chain_of(reader.connection, head, (VisitScreened.__name__,)):
        assert isinstance(entry.event, VisitScreened)
        return entry.event
    return None


def found_for(reader: Reader, hold: Hold) -> tuple[Finding, ...] | None:
    """What the last screening of a vehicle found, for a hold of that vehicle that screening opened; else None."""
    kind, _, name = hold.subject.partition(":")
    if kind != "visit" or hold.check not in ASKED:
        return None
    told = last(reader, name)
    return told.findings if told is not None else None


def run(books: Books, identity: str, request: Request, judge: Judge) -> Screened | None:
    """Screen one vehicle, keep the result if it is news, and open the holds it asks for on the visit.

    None for one that is not inside or carries cargo: then the checks of the cargo look at it.
    """
    visit = books.visit(identity)
    if visit is None or not alone(visit):
        return None
    found = judge.of_vehicle(books, visit, request)
    subject = f"visit:{identity}"
    before = last(books, identity)
    known: tuple[Finding, ...] = before.findings if before is not None else ()
    events: list[Event] = []
    if before is None or (before.findings, before.rules_version) != (found.findings, found.rules_version):
        events.append(VisitScreened(subject, found.findings, found.rules_version, found.basis))
    fresh = (str(uuid7()) for _ in itertools.count())
    for new in news(
        asked_for(found.findings, subject, fresh), found.findings, known, _all_holds(books, visit)
    ):
        outcome = holds.place_by_check(new, visit.holds, subject, request.ask())
        if isinstance(outcome, Accepted):
            events += outcome.events
    books.record(events, request.context)
    return found


def _all_holds(reader: Reader, visit: Visit) -> list[Hold]:
    """The holds of the vehicle, and those that the cargo it brought had since then."""
    cargo = [one for ref in visit.brought if (one := reader.consignment(ref)) is not None]
    return [*visit.holds, *(hold for one in cargo for hold in one.holds)]


def again(books: Books, visits: Iterable[str], request: Request, judge: Judge) -> list[Difference]:
    """Screen these vehicles anew and tell what differs, each under the number of its visit."""
    changes = []
    for identity in visits:
        before = last(books, identity)
        found = run(books, identity, request, judge)
        if found is None:
            continue
        known = before.findings if before is not None else ()
        then = decide(list(known)).value if before is not None else None
        added = tuple(f for f in found.findings if f not in known)
        removed = tuple(f for f in known if f not in found.findings)
        change = Difference(identity, (then, decide(list(found.findings)).value), (None, ""), added, removed)
        changes += [change] if added or removed else []
    return changes
