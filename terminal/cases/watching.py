"""The local watch list: written, prolonged and ended by those who keep it; and what the live judge takes from it.

Every version of the whole list is a kept file named by its SHA-256, brought into force by one event; the event says
who and why, never whom: the journal is read by more people than the list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.rules_in_force import RulesRoom
from terminal.store import journal
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.announce_state import LIAISON_OFFICE
from workflows.checks.case import DriverSeen, PassportRead, WatchListEntry
from workflows.checks.reference import Reference
from workflows.checks.tables import WATCH_LIST
from workflows.events_data import ReferenceDataLoaded
from workflows.events_devices import PassportRead as Told
from workflows.events_devices import ReadingLinked
from workflows.evolve import TASHKENT
from workflows.identifiers import Passport
from workflows.outcomes import Accepted, AlreadyDone, Missing, Outcome, Reason, Refused, refuse
from workflows.retention import DELETED
from workflows.roles import RIGHTS, Right
from workflows.state import Visit
from workflows.watch_list import Kind, Watched, dump_watch_list, unfit

Found = tuple[Outcome, str, Mapping[str, Any]]
#: what answers speak of; the chain of the table itself holds loadings and nothing else
ANSWERS = "watch-list:answers"


def put(books: Books, new: Watched, note: str, request: Request, room: RulesRoom) -> Answer:
    """List a plate, document or name, or change the entry of the same value; ``note`` is why, for the journal.

    An entry is ended by :func:`end`. What is under way is judged again by the caller.
    """

    def act() -> Found:
        missing = _barred(request)
        if missing is not None:
            return missing, ANSWERS, {}
        wrong = [
            Missing(Reason.INVALID, {"field": field, "wrong": why})
            for field, why in unfit(new, request.at.astimezone(TASHKENT).date())
        ]
        if not note.strip():
            wrong.append(Missing(Reason.REASON_NEEDED, {"step": "watch_list"}))
        if wrong:
            return Refused(tuple(wrong)), ANSWERS, {}
        mine = replace(new, by=request.who.id)
        kept = entries(books, room)
        before = next((one for one in kept if one.key == mine.key), None)
        if before is not None and replace(before, by=mine.by) == mine:
            return AlreadyDone({}), ANSWERS, {}
        others = [one for one in kept if one.key != mine.key]
        return _loaded(books, [*others, mine], note, request, room)

    return once(books, request, "watch_list", act)


def end(books: Books, kind: Kind, value: str, note: str, request: Request, room: RulesRoom) -> Answer:
    """Take an entry off the list; ``note`` is why. Holds that it opened stay until the border service ends them."""

    def act() -> Found:
        if (barred := _barred(request)) is not None:
            return barred, ANSWERS, {}
        if not note.strip():
            return refuse(Reason.REASON_NEEDED, step="watch_list"), ANSWERS, {}
        kept = entries(books, room)
        left = [one for one in kept if (one.kind, one.value) != (kind, value)]
        if len(left) == len(kept):
            return refuse(Reason.INVALID, field="value", value=value[:20]), ANSWERS, {}
        return _loaded(books, left, note, request, room)

    return once(books, request, "watch_list", act)


def _barred(request: Request) -> Refused | None:
    if request.who.may(Right.KEEP_WATCH_LIST):
        return None
    who = RIGHTS[Right.KEEP_WATCH_LIST]
    return refuse(Reason.NOT_PERMITTED, who=who, step="watch_list", person=request.who.id)


def _loaded(books: Books, whole: Iterable[Watched], note: str, request: Request, room: RulesRoom) -> Found:
    rules = room.in_force(books)
    data = dump_watch_list(list(whole)).encode()
    room.replaced(rules, {WATCH_LIST: data}, request.at)
    sha256 = hashlib.sha256(data).hexdigest()
    room.keep_file(sha256, data)
    before = rules.tables.get(WATCH_LIST)
    event = ReferenceDataLoaded(f"data:{WATCH_LIST}", WATCH_LIST, sha256, before, len(data), note)
    return Accepted((event,)), ANSWERS, {"version": sha256[:12]}


def entries(reader: Reader, room: RulesRoom) -> tuple[Watched, ...]:
    """Every entry as it stands, those that are over too."""
    return room.in_force(reader).reference.watched


# --- what the judge takes ----------------------------------------------------------------------------
def watched(reference: Reference, at: datetime) -> tuple[WatchListEntry, ...]:
    """The entries in force on the day, as VEH-02 compares them."""
    today = at.astimezone(TASHKENT).date()
    return tuple(
        WatchListEntry(one.value, one.kind.value) for one in reference.watched if one.in_force(today)
    )


def recognised(reader: Reader) -> frozenset[str] | None:
    """Names of the organisations that the terminal recognises (R03); None while nobody keeps that list."""
    listed = [
        one.name for one in reader.announcing.organisations() if one.active and one.kind != LIAISON_OFFICE
    ]
    return frozenset(listed) or None


def passports_of(reader: Reader, visits: Iterable[Visit]) -> tuple[PassportRead, ...]:
    """Travel documents read for these vehicles, oldest first. The readers refuse a zone with a wrong digit."""
    found = []
    for visit in visits:
        head = reader.last_seq(f"visit:{visit.id}")
        for link in journal.chain_of(reader.connection, head, ("ReadingLinked",)):
            if isinstance(link.event, ReadingLinked) and link.event.kind == "passport":
                found += _read(reader, link.seq, link.event)
    return tuple(sorted(found, key=lambda one: (str(one.at), str(one.holder))))


def drivers_of(reader: Reader, visits: Iterable[Visit]) -> tuple[DriverSeen, ...]:
    """Drivers whom the gate wrote down by name for these vehicles; a name that was deleted names nobody."""
    found = []
    for visit in visits:
        head = reader.last_seq(f"visit:{visit.id}")
        for entry in journal.chain_of(reader.connection, head, ("VisitEntered",)):
            name = str(entry.data.get("driver") or "").strip()
            if name and name != DELETED:
                found.append(DriverSeen(name, entry.at))
    return tuple(found)


def _read(reader: Reader, seq: int, link: ReadingLinked) -> list[PassportRead]:
    """The document of a reading: its event was recorded just before its first link, in the same commit."""
    for number in range(seq - 1, max(0, seq - 5), -1):
        entry = journal.entry(reader.connection, number)
        if entry is not None and isinstance(entry.event, Told) and entry.event.reading == link.reading:
            return [PassportRead((), entry.at, _holder(entry.event.fields))]
    return []


def _holder(fields: Mapping[str, Any]) -> Passport:
    """Who the document is of, as the codec ``mrz`` names its fields."""

    def text(name: str) -> str:
        return str(fields.get(name) or "")

    return Passport(
        text("number"),
        text("issuer"),
        text("nationality"),
        text("surname"),
        text("given"),
        _day(text("birth_date")),
        text("sex"),
        _day(text("expiry_date")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
