"""Stock counts: begun by zone, made by scanning, closed with differences, decided on by a supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.cases import storage
from terminal.cases.answers import Answer
from terminal.cases.checking import run
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import counting
from workflows.evolve import TASHKENT
from workflows.handling_state import Count, Settlement
from workflows.identifiers import Identifier, Kind, Unreadable, resolve
from workflows.outcomes import Outcome, Reason, refuse
from workflows.roles import RIGHTS, Right
from workflows.state import Unit

Found = tuple[Outcome, str, Mapping[str, Any]]
#: units of one place that are looked up at most
_MOST = 5000


def _places(books: Books, zone: str, request: Request) -> list[str]:
    reference = storage.reference_of(books, request)
    return [one.place for one in reference.places if one.zone == zone] if reference is not None else []


def begin(books: Books, zone: str, request: Request) -> Answer:
    """Begin to count a zone of the storage places."""

    def act() -> Found:
        identity = str(uuid7())
        outcome = counting.begin(
            identity, zone, _places(books, zone, request), books.handling.running(zone), request.ask()
        )
        return outcome, f"count:{identity}", {"count": identity, "zone": zone}

    return once(books, request, "count_stock", act)


def _found(books: Books, identity: str, request: Request, right: Right) -> Count | Found:
    count = books.handling.count(identity)
    if count is not None:
        return count
    subject = f"label:{identity[:64]}"
    if not request.who.may(right):
        return refuse(Reason.NOT_PERMITTED, who=RIGHTS[right], step=right.value), subject, {}
    return refuse(Reason.NOT_FOUND, count=identity), subject, {}


def scan(
    books: Books, identity: str, code: str, symbology: str | None, place: str | None, request: Request
) -> Answer:
    """One scan of a count: the label of a place says where the next units stand, any other label is a unit."""

    def act() -> Found:
        count = _found(books, identity, request, Right.COUNT_STOCK)
        if isinstance(count, tuple):
            return count
        subject = f"count:{count.id}"
        read = resolve(code, symbology, today=request.at.astimezone(TASHKENT).date())
        if isinstance(read, Unreadable):
            return refuse(Reason.UNREADABLE, label=code[:64], why=read.reason.value), subject, {}
        label = _label(read)
        facts: dict[str, Any] = {"count": count.id, "label": label}
        if label.startswith("KRV:BAY:"):
            return refuse(Reason.WRONG_KIND, label=label, kind=read.kind.value), subject, facts
        unit = books.unit(label)
        facts |= {"place": place, "known": unit is not None}
        return counting.scan(count, label, place, request.ask()), subject, facts

    return once(books, request, "count_stock", act)


def _label(read: Identifier) -> str:
    return read.value if read.kind in (Kind.SSCC, Kind.HOUSE) else read.value[:64]


def close(books: Books, identity: str, request: Request) -> Answer:
    """End the counting of a zone; differences wait for a supervisor."""

    def act() -> Found:
        count = _found(books, identity, request, Right.COUNT_STOCK)
        if isinstance(count, tuple):
            return count
        expected = expected_units(books, count)
        known = {label: unit for label in count.seen if (unit := books.unit(label)) is not None}
        outcome = counting.close(count, expected, known, request.ask())
        found = counting.differences(count, expected, known)
        facts = {"count": count.id, "zone": count.zone, "seen": len(count.seen), "differences": len(found)}
        return outcome, f"count:{count.id}", facts

    return once(books, request, "count_stock", act)


def expected_units(reader: Reader, count: Count) -> list[Unit]:
    """What the books have in the places of a count."""
    return [unit for place in count.places for unit in reader.units_in(place, limit=_MOST)]


def settle(books: Books, identity: str, label: str, how: Settlement, note: str, request: Request) -> Answer:
    """Decide on one difference; what moves in the books is judged anew by the checks."""

    def act() -> Found:
        count = _found(books, identity, request, Right.REVIEW_COUNT)
        if isinstance(count, tuple):
            return count
        unit = books.unit(label)
        owner = books.consignment(unit.consignment) if unit is not None else None
        within = storage.inside(books, unit, owner) if unit is not None else ()
        outcome = counting.settle(count, label, how, unit, within, request.ask(note=note))
        facts = {"count": count.id, "label": label, "settlement": how.value}
        if unit is not None:
            facts["consignment"] = unit.consignment
        return outcome, f"count:{count.id}", facts

    answer = once(books, request, "review_count", act)
    ref = answer.facts.get("consignment")
    if (
        answer.news
        and isinstance(ref, str)
        and request.judge is not None
        and answer.events[-1] != "DifferenceSettled"
    ):
        run(books, ref, request, request.judge)
    return answer
