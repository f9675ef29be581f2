"""The shift book: what is open now, notes, and two people who sign."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.api.reports import plain_of
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Asked, Note, Reference, body_of
from terminal.cases import reporting, shifts
from terminal.reports.model import Report
from terminal.reports.source import Faulty
from terminal.service import Service
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.shift_state import Book, Shift, may_read

router = APIRouter(tags=["shifts"])
#: states of a device in which somebody has to look at it
TROUBLE = frozenset({"no_link", "failed", "odd_data"})


class NoteIn(Asked):
    """A line for the next shift."""

    book: Book = Book.TERMINAL
    note: Annotated[str, Field(min_length=1, max_length=2000)]


class HandOverIn(Asked):
    """Sign what is open now and leave it to the next shift."""

    book: Book = Book.TERMINAL


class TakeOverIn(Asked):
    """Sign what somebody else handed over."""

    book: Book = Book.TERMINAL
    handing: Reference
    remark: Note = ""


def faulty_of(service: Service) -> tuple[Faulty, ...]:
    """Devices of the running fleet that somebody has to look at."""
    if service.fleet is None:
        return ()
    return tuple(
        Faulty(one.device, one.point or "", one.state)
        for one in service.fleet.health()
        if one.state in TROUBLE
    )


def look(service: Service, caller: Caller, book: Book) -> tuple[Report, Shift]:
    """The list of this moment and the book. Blocks: for threads."""
    with service.reading() as reader:
        reference = service.room.in_force(reader).reference
        source = reporting.moment(
            reader, caller.actor, service.clock(), service.settings, reference, faulty_of(service)
        )
        return shifts.report(source, book), shifts.book_of(reader, book)


@router.get("/shifts")
async def get_shift(
    caller: TheCaller, service: TheService, book: Annotated[Book, Query()] = Book.TERMINAL
) -> dict[str, Any]:
    """What is open at this moment, notes for the next shift, and the last handing over with both signatures."""
    if not may_read(caller.actor, book):
        raise not_permitted(Right.READ_BOARD.value)
    report, shift = await run_in_threadpool(look, service, caller, book)
    return {
        **plain_of(report),
        "book": book.value,
        "notes": to_plain(shift.notes),
        "last": to_plain(shift.last),
    }


@router.post("/shifts/notes")
async def post_note(shape: NoteIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Write a line for the next shift."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(lambda books: shifts.note(books, shape.book, shape.note, request))
    return answered(answer, language)


@router.post("/shifts/hand-over")
async def post_hand_over(
    shape: HandOverIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Sign what is open now: its counts and its SHA-256 stand in the journal. `handing` names it for who takes over."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    faulty = faulty_of(service)
    answer = await service.write(
        lambda books: shifts.hand_over(books, shape.book, request, service.settings, faulty)
    )
    return answered(answer, language)


@router.post("/shifts/take-over")
async def post_take_over(
    shape: TakeOverIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Sign what another person handed over. Whoever handed over does not take over."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    answer = await service.write(
        lambda books: shifts.take_over(books, shape.book, shape.handing, shape.remark, request)
    )
    return answered(answer, language)
