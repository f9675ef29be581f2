"""The shift book: notes, handing over what is open, and taking it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.cases.reporting import moment
from terminal.reports import shift as listing
from terminal.reports.model import Report
from terminal.reports.source import Faulty, Source
from terminal.settings import Settings
from terminal.store.books import Books
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from workflows import shifts
from workflows.outcomes import Outcome
from workflows.roles import Actor
from workflows.shift_state import Book, Shift

Found = tuple[Outcome, str, Mapping[str, Any]]
#: entries of a book that are read: many shifts
_READ = 500


def book_of(reader: Reader, book: Book) -> Shift:
    """The book as it is now."""
    chain = reader.history(f"shift:{book}", limit=_READ)
    return shifts.fold(book, ((entry.event, entry.at) for entry in reversed(chain)))


def names(reader: Reader, shift: Shift) -> dict[str, str]:
    """The names of everybody who stands in the book."""
    last = shift.last
    people = {note.by for note in (*shift.notes, *(last.notes if last else ()))}
    people |= {who for who in ((last.by, last.taken_by) if last else ()) if who}
    found = {who: reader.people.get(who) for who in people}
    return {who: person.name for who, person in found.items() if person is not None}


def report(source: Source, book: Book) -> Report:
    """What is open now, and what the book says."""
    shift = book_of(source.reader, book)
    return listing.make(source, book, shift, names(source.reader, shift))


def note(books: Books, book: Book, text: str, request: Request) -> Answer:
    """Write a line for the next shift."""

    def act() -> Found:
        return shifts.note(book_of(books, book), text, request.ask()), f"shift:{book}", {}

    return once(books, request, "shift_note", act)


def hand_over(
    books: Books, book: Book, request: Request, settings: Settings, faulty: tuple[Faulty, ...]
) -> Answer:
    """Sign what is open at this moment; the list is drawn up in the transaction that signs it."""

    def act() -> Found:
        assert request.reference is not None
        source = moment(books, request.who, request.at, settings, request.reference(books), faulty)
        made = report(source, book)
        name = str(uuid7())
        outcome = shifts.hand_over(
            book_of(books, book), name, listing.counts(made), listing.digest(made), request.ask()
        )
        return outcome, f"shift:{book}", {"handing": name}

    return once(books, request, "shift_hand_over", act)


def take_over(books: Books, book: Book, handing: str, remark: str, request: Request) -> Answer:
    """Sign what another person handed over."""

    def act() -> Found:
        outcome = shifts.take_over(book_of(books, book), handing, remark, request.ask())
        return outcome, f"shift:{book}", {"handing": handing}

    return once(books, request, "shift_take_over", act)


def as_person(request: Request, who: Actor) -> Request:
    """The same request of another person: one who gave their own password at somebody else's screen."""
    return replace(request, who=who)
