"""Messages between the terminal and a liaison office: written, opened with a receipt, listed for one side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terminal.cases import seizing
from terminal.cases.answers import Answer
from terminal.cases.once import Request, once
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows import complaints, messages
from workflows.announce_state import LIAISON_OFFICE
from workflows.message_state import Message, Side, addressed, may_know
from workflows.outcomes import Outcome, Reason, Refused, refuse
from workflows.roles import Actor
from workflows.seizure_state import Handling, Seizure

Found = tuple[Outcome, str, Mapping[str, Any]]
#: the kind of organisation in the address book that messages are exchanged with
OFFICE = "LIAISON_OFFICE"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes. ``office``: to which liaison office (theirs writes under its own); ``about``: subjects."""

    title: str
    text: str
    handling: Handling
    office: str = ""
    about: tuple[str, ...] = ()
    answers: str | None = None
    alert: bool = False


def send(books: Books, draft: Draft, request: Request) -> Answer:
    """Write a message under the next number."""

    def act() -> Found:
        ask = request.ask()
        if (barred := messages.may_not_write(ask)) is not None:
            return barred, "message:new", {}
        named = _named(books, draft.about, request.who)
        if isinstance(named, Refused):
            return named, "message:new", {}
        before = books.letters.message(draft.answers) if draft.answers else None
        if draft.answers and before is None:
            return refuse(Reason.NOT_FOUND, message=draft.answers), "message:new", {}
        if draft.office and draft.office not in offices(books):
            return refuse(Reason.INVALID, field="office", value=draft.office), "message:new", {}
        no = books.letters.next_message(complaints.year_of(request.at))
        office = before.office if before is not None else draft.office
        new = Message(
            no,
            messages.side_of(ask),
            request.who.id,
            request.at,
            office,
            draft.handling,
            draft.title,
            draft.text,
            draft.about,
            draft.answers,
            draft.alert,
        )
        return messages.send(new, named, before, ask), f"message:{no}", {"message": no}

    return once(books, request, "write_message", act)


def _named(books: Books, about: tuple[str, ...], who: Actor) -> tuple[Seizure, ...] | Refused:
    """The seizures among what a message names; the refusal for what is not there, or not for the writer."""
    found = []
    for subject in about:
        kind, _, name = subject.partition(":")
        if kind == "seizure" and (record := seizing.readable(books, name, who)) is not None:
            found.append(record)
            continue
        there = (kind == "consignment" and books.consignment(name) is not None) or (
            kind == "visit" and books.visit(name) is not None
        )
        if not there:
            return refuse(Reason.NOT_FOUND, subject=subject)
    return tuple(found)


def open_it(books: Books, no: str, request: Request) -> Answer:
    """Open a message: the receipt."""

    def act() -> Found:
        subject = f"message:{no[:64]}"
        one = books.letters.message(no)
        if one is None or not may_know(one, request.who):
            if (barred := messages.may_not_write(request.ask())) is not None:
                return barred, subject, {}
            return refuse(Reason.NOT_FOUND, message=no), subject, {}
        return messages.open_it(one, request.ask()), subject, {"message": no}

    return once(books, request, "read_message", act)


def known(reader: Reader, no: str, who: Actor) -> Message | None:
    """The message, if this person may know of it; whether they may see its words is another question."""
    one = reader.letters.message(no)
    return one if one is not None and may_know(one, who) else None


def listed(reader: Reader, who: Actor, before: str | None = None, limit: int = 100) -> list[Message]:
    """Messages that this person may know of, newest first; ``before`` is the number of the last one seen."""
    found: list[Message] = []
    while len(found) < limit:
        page = reader.letters.messages(before, limit)
        found += [one for one in page if may_know(one, who)]
        if len(page) < limit:
            break
        before = page[-1].no
    return found[:limit]


def unread(reader: Reader, who: Actor) -> list[Message]:
    """Messages to this person's side that nobody of it has opened, oldest first."""
    waiting = [one for side in Side for one in reader.letters.unread(side)]
    return [one for one in waiting if addressed(one, who)]


def offices(reader: Reader) -> tuple[str, ...]:
    """The liaison offices of the address book."""
    listed_now = reader.announcing.organisations()
    return tuple(one.name for one in listed_now if one.kind == LIAISON_OFFICE and one.active)
