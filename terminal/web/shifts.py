"""The shift book on the screen: what is open, notes for the next shift, and the signatures of two people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal import access
from terminal.api.problems import not_permitted
from terminal.api.reports import file_of
from terminal.api.shifts import faulty_of, look
from terminal.cases import shifts
from terminal.reports import files, showing
from terminal.reports.shift import COUNTED
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from workflows.roles import Right
from workflows.shift_state import Book, may_read, may_write

router = APIRouter()
Nonce = Annotated[str, Form(max_length=80)]
Long = Annotated[str, Form(max_length=2000)]


def _book(page: Page, asked: str) -> Book:
    """The book that was asked for, or the first that this reader may read. Raises the 403 problem."""
    mine = [book for book in Book if may_read(page.actor, book)]
    own = [book for book in mine if may_write(page.actor, book)]
    for book in (*mine, *own):
        if book.value == asked:
            return book
    if not mine or asked:
        raise not_permitted(Right.READ_BOARD.value)
    return (own or mine)[0]


@router.get("/shift")
async def get_shift(
    page: MyPage,
    book: Annotated[str, Query(max_length=20)] = "",
    form: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """What is open at this moment; ``form`` gives it as csv, xlsx or pdf."""
    chosen = _book(page, book)
    assert page.caller is not None
    report, shift = await run_in_threadpool(look, page.service, page.caller, chosen)
    if form in files.MEDIA:
        return await file_of(page.service, page.caller, report, form, page.lang)
    return page.html(
        "shift.html",
        book=chosen.value,
        books=[one.value for one in Book if may_read(page.actor, one)],
        shift=shift,
        sections={one.key: one for one in showing.sections(page.words, report)},
        foot=showing.foot(page.words, report, page.caller.name),
        may_write=may_write(page.actor, chosen),
        mine=shift.waiting is not None and shift.waiting.by == page.actor.id,
        counted={key: len(report.section(key).rows) for key in COUNTED},
    )


@router.post("/shift/notes")
async def post_note(page: MyPage, book: Annotated[Book, Form()], note: Long, nonce: Nonce = "") -> Response:
    """Write a line for the next shift."""
    request = page.asked(nonce, {"book": book.value, "note": note})
    answer = await page.service.write(lambda books: shifts.note(books, book, note, request))
    return page.after(answer, f"/shift?book={book}")


@router.post("/shift/hand-over")
async def post_hand_over(page: MyPage, book: Annotated[Book, Form()], nonce: Nonce = "") -> Response:
    """Sign what is open now."""
    request = page.asked(nonce, {"book": book.value, "shift": "hand_over"})
    settings, faulty = page.service.settings, faulty_of(page.service)
    answer = await page.service.write(lambda books: shifts.hand_over(books, book, request, settings, faulty))
    return page.after(answer, f"/shift?book={book}")


@router.post("/shift/take-over")
async def post_take_over(
    page: MyPage,
    book: Annotated[Book, Form()],
    handing: Annotated[str, Form(max_length=80)],
    remark: Long = "",
    login: Annotated[str, Form(max_length=120)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    nonce: Nonce = "",
) -> Response:
    """Sign what another person handed over; at that person's screen with one's own user name and password."""
    back = f"/shift?book={book}"
    body = {"book": book.value, "handing": handing, "remark": remark, "by": login}
    request = page.asked(nonce, body)
    if login:
        second = await page.service.second_person(login, password, page.actor.id)
        with page.service.reading() as reader:
            person = reader.people.get(second) if second is not None else None
        if person is None:
            return page.sorry(WRONG_PASSWORD, back)
        request = shifts.as_person(request, access.actor_of(person))
    answer = await page.service.write(lambda books: shifts.take_over(books, book, handing, remark, request))
    return page.after(answer, back)
