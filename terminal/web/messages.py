"""The message box between terminal and liaison office on the screen: written, waiting, opened, with receipts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.digest import hashed
from terminal.api.problems import not_found
from terminal.cases import corresponding
from terminal.cases.corresponding import Draft
from terminal.web.context import MyPage, Page
from terminal.web.showing_inspections import InspectionShower
from workflows.message_state import TERMINAL_SIDE, Message, Side, addressed, may_see, sides, stands_on
from workflows.roles import Right
from workflows.seizure_state import Handling

router = APIRouter()
Nonce = Annotated[str, Form(max_length=80)]
Line = Annotated[str, Form(max_length=200)]
_LIMIT = 100


def _row(page: Page, shower: InspectionShower, one: Message) -> dict[str, Any]:
    """A message with the names that a page needs; what is not opened yet keeps its words."""
    seen = may_see(one, page.actor)
    return {
        "m": one,
        "seen": seen,
        "mine": addressed(one, page.actor),
        "by": shower.name(one.by),
        "receipts": [(shower.name(receipt.by), receipt.at) for receipt in one.receipts],
        "about": [_named(shower, subject) for subject in one.about] if seen else [],
    }


def _named(shower: InspectionShower, subject: str) -> tuple[str, str]:
    kind, _, name = subject.partition(":")
    return (name, f"/seizures/{name}") if kind == "seizure" else shower.subject(subject)


@router.get("/messages")
def get_messages(page: MyPage, before: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Messages of the reader's side, the newest first."""
    page.insist(Right.READ_MESSAGES)
    with page.service.reading() as reader:
        found = corresponding.listed(reader, page.actor, before or None, _LIMIT)
        shower = InspectionShower(page, reader)
        rows = [_row(page, shower, one) for one in found]
        waiting = len(corresponding.unread(reader, page.actor))
    older = found[-1].no if len(found) == _LIMIT else ""
    return page.html(
        "messages.html", rows=rows, older=older, waiting=waiting, may_write=bool(sides(page.actor))
    )


# before /messages/{no}: "new" is no number
@router.get("/messages/new")
def get_new(
    page: MyPage,
    about: Annotated[str, Query(max_length=400)] = "",
    answers: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form to write a message, or to answer one."""
    page.insist(Right.READ_MESSAGES)
    with page.service.reading() as reader:
        before = corresponding.known(reader, answers, page.actor) if answers else None
        offices = corresponding.offices(reader)
    if answers and (before is None or not may_see(before, page.actor)):
        raise not_found("message", answers)
    liaison = Side.LIAISON in sides(page.actor)
    office = before.office if before is not None else ""
    side = Side.LIAISON if liaison else Side.TERMINAL
    codes = [code.value for code in TERMINAL_SIDE if stands_on(page.actor, side, office, code)]
    return page.html(
        "message_new.html",
        about=about or (" ".join(before.about) if before is not None else ""),
        before=before,
        offices=offices,
        liaison=liaison,
        codes=codes,
        code=before.handling.value if before is not None else Handling.LAW_ENFORCEMENT.value,
    )


@router.post("/messages")
async def post_message(
    page: MyPage,
    handling: Annotated[Handling, Form()],
    title: Line = "",
    text: Annotated[str, Form(max_length=4000)] = "",
    office: Line = "",
    about: Annotated[str, Form(max_length=900)] = "",
    answers: Annotated[str, Form(max_length=20)] = "",
    alert: Annotated[bool, Form()] = False,
    nonce: Nonce = "",
) -> Response:
    """Write a message; what it is about is named one a line."""
    with page.service.reading() as reader:
        named = tuple(dict.fromkeys(_subject(reader, line) for line in about.splitlines() if line.strip()))
    draft = Draft(title, text, handling, office, named, answers or None, alert)
    body = {
        "title": title,
        "text": text,
        "handling": handling.value,
        "office": office,
        "about": list(named),
        "answers": answers,
        "alert": alert,
    }
    request = page.asked(nonce, hashed(body))
    answer = await page.service.write(lambda books: corresponding.send(books, draft, request))
    back = f"/messages/new?answers={answers}" if answers else "/messages/new"
    return page.after(answer, f"/messages/{answer.facts['message']}" if answer.ok else back)


def _subject(reader: Any, line: str) -> str:
    """What a line names: a reference, a vehicle's visit, a case number; or a subject as the journal writes it."""
    typed = line.strip()
    if typed.startswith(("consignment:", "visit:", "seizure:")):
        return typed
    if reader.inspecting.seizure(typed) is not None:
        return f"seizure:{typed}"
    if reader.visit(typed) is not None:
        return f"visit:{typed}"
    return f"consignment:{reader.reference_of(typed) or typed}"


@router.get("/messages/{no}")
def get_message(page: MyPage, no: str) -> Response:
    """One message. Its words are shown to its own side, and to the other once it was opened."""
    page.insist(Right.READ_MESSAGES)
    with page.service.reading() as reader:
        found = corresponding.known(reader, no, page.actor)
        if found is None:
            raise not_found("message", no)
        row = _row(page, InspectionShower(page, reader), found)
    return page.html(
        "message.html",
        v=row,
        may_profile=found.alert and page.may(Right.MANAGE_PROFILES),
        may_answer=row["seen"] and bool(sides(page.actor)),
    )


@router.post("/messages/{no}/read")
async def post_read(page: MyPage, no: str, nonce: Nonce = "") -> Response:
    """Open it: the receipt."""
    request = page.asked(nonce, {"message": no, "read": True})
    answer = await page.service.write(lambda books: corresponding.open_it(books, no, request))
    return page.after(answer, f"/messages/{no}")
