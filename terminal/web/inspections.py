"""Inspections: my queue by method, ordering one, its start and result with places and pictures, cancelling, waiving."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.cargo import visible
from terminal.api.imports import file_name
from terminal.api.problems import not_found, not_permitted
from terminal.cases import attaching, inspecting
from terminal.cases.attaching import Upload
from terminal.cases.inspecting import Ordering
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_inspections import InspectionShower
from terminal.web.showing_visits import reads_visits
from workflows.inspection_roles import may_order
from workflows.inspection_state import PLACES, Method, Result
from workflows.inspections import LONGEST_MINUTES, Outcomes
from workflows.papers import Mode
from workflows.roles import Right

router = APIRouter()
Note = Annotated[str, Form(max_length=2000)]
Text = Annotated[str, Form(max_length=200)]
Nonce = Annotated[str, Form(max_length=80)]
Places = Annotated[list[str], Form(max_length=60)]
NO_FILE = N_("Choose a file first.")
BAD_MINUTES = N_(
    "Minutes are a whole number from 1 to 1440. Leave the field empty to count them from the start."
)


def insist(page: Page) -> None:
    """Raises the 403 problem for people who neither read nor do inspections."""
    if not inspecting.concerned(page.actor):
        raise not_permitted(Right.READ_INSPECTIONS.value)


def minutes_of(typed: str) -> int | None:
    """Minutes as people type them; None for an empty field and for everything that is no time of one day."""
    text = "".join(str(unicodedata.decimal(one, one)) for one in typed.strip())
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    return spent if 0 < (spent := int(text)) <= LONGEST_MINUTES else None


def may_order_any(page: Page) -> bool:
    """True when the reader may order some inspection."""
    return any(may_order(page.actor, method) for method in Method)


@router.get("/inspections")
def get_inspections(page: MyPage, show: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Open orders by method: those of the reader's own work, or all that they may see."""
    insist(page)
    with page.service.reading() as reader:
        shower = InspectionShower(page, reader)
        groups = shower.queues(mine=show != "all")
        return page.html("inspections.html", groups=groups, seq=reader.head().seq)


@router.get("/inspections/new")
def get_new(page: MyPage, subject: Annotated[str, Query(max_length=90)] = "", instead: str = "") -> Response:
    """The form to order an inspection of a consignment, a unit or a vehicle."""
    if not may_order_any(page):
        raise not_permitted(Right.ORDER_INSPECTION.value)
    assert page.caller is not None
    with page.service.reading() as reader:
        kept = inspecting.kept_of(reader, subject)
        if kept is None:
            raise not_found("subject", subject)
        if kept.consignment is not None:
            visible(kept.consignment, page.caller, kept.consignment.ref)
        elif not reads_visits(page):
            raise not_found("subject", subject)
        name, href = InspectionShower(page, reader).subject(subject)
    mode = kept.consignment.papers.mode if kept.consignment is not None else None
    if mode is None and kept.visit is not None:
        mode = Mode(kept.visit.mode)
    methods = [method.value for method in Method if may_order(page.actor, method)]
    return page.html(
        "inspection_new.html",
        subject=subject,
        name=name,
        href=href,
        methods=methods,
        templates=tuple(inspecting.templates_for(subject, mode).items()),
        instead=instead,
    )


@router.post("/inspections")
async def post_order(
    page: MyPage,
    subject: Annotated[str, Form(pattern=r"^(consignment|unit|visit):.{1,80}$")],
    method: Annotated[Method, Form()],
    why: Note,
    place: Places = [],  # noqa: B006 - a form default, never changed
    operation: Annotated[str, Form(max_length=60)] = "",
    instead: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Order an inspection."""
    places = tuple(one for one in place if one in PLACES)
    asked = Ordering(subject, method, why, places, operation.strip() or None, instead or None)
    body = {
        "subject": subject,
        "method": method.value,
        "why": why,
        "places": list(places),
        "instead_of": instead,
        "operation": asked.operation,
    }
    request = page.asked(nonce, body)
    answer = await page.service.write(lambda books: inspecting.order(books, asked, request))
    back = f"/inspections/new?subject={subject}"
    return page.after(answer, f"/inspections/{answer.facts['inspection']}" if answer.ok else back)


@router.get("/inspections/{identity}")
def get_inspection(page: MyPage, identity: str) -> Response:
    """One inspection: the order, its result, and the forms for those who may."""
    insist(page)
    with page.service.reading() as reader:
        shower = InspectionShower(page, reader)
        order = inspecting.one_order(reader, identity, page.actor, page.now, shower.late_after)
        if order is None:
            raise not_found("inspection", identity)
        view = shower.inspection(order)
        return page.html("inspection.html", v=view, seq=reader.head().seq)


@router.post("/inspections/{identity}/start")
async def post_start(page: MyPage, identity: str, equipment: Text = "", nonce: Nonce = "") -> Response:
    """Begin."""
    request = page.asked(nonce, {"inspection": identity, "equipment": equipment})
    answer = await page.service.write(
        lambda books: inspecting.start(books, identity, equipment or None, request)
    )
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/result")
async def post_result(
    page: MyPage,
    identity: str,
    result: Annotated[Result, Form()],
    found_at: Places = [],  # noqa: B006 - a form default, never changed
    note: Note = "",
    minutes: Annotated[str, Form(max_length=6)] = "",
    agrees: Annotated[str, Form(max_length=5)] = "",
    substance: Text = "",
    colour: Text = "",
    second_test: Text = "",
    laboratory: Text = "",
    reference: Text = "",
    equipment: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Record what came of it."""
    spent = minutes_of(minutes)
    if spent is None and minutes.strip():
        return page.sorry(BAD_MINUTES, f"/inspections/{identity}")
    told = {
        "substance": substance,
        "colour": colour,
        "second_test": second_test,
        "laboratory": laboratory,
        "reference": reference,
    }
    details = {name: value.strip() for name, value in told.items() if value.strip()}
    same = {"yes": True, "no": False}.get(agrees)
    said = Outcomes(result, tuple(one for one in found_at if one in PLACES), note, spent, same, details)
    body = {
        "inspection": identity,
        "result": result.value,
        "found_at": list(said.found_at),
        "note": note,
        "minutes": spent,
        "agrees": same,
        "details": details,
        "equipment": equipment,
    }
    request = page.asked(nonce, body)
    judge = page.service.judge
    answer = await page.service.write(
        lambda books: inspecting.take_result(books, identity, said, request, judge, equipment or None)
    )
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/second-look")
async def post_second_look(
    page: MyPage,
    identity: str,
    says: Annotated[Literal["AGREES", "DOUBTS"], Form()],
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Say what a second person reads in the picture."""
    request = page.asked(nonce, {"inspection": identity, "second_look": says, "note": note})
    judge, agrees = page.service.judge, says == "AGREES"
    answer = await page.service.write(
        lambda books: inspecting.second_look(books, identity, agrees, note, request, judge)
    )
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/confirm")
async def post_confirm(
    page: MyPage,
    identity: str,
    confirmed: Annotated[Literal["yes", "no"], Form()],
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Say what came of an alarm."""
    request = page.asked(nonce, {"inspection": identity, "confirmed": confirmed, "note": note})
    answer = await page.service.write(
        lambda books: inspecting.confirm(books, identity, confirmed == "yes", note, request)
    )
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/cancel")
async def post_cancel(page: MyPage, identity: str, reason: Note = "", nonce: Nonce = "") -> Response:
    """Take the order back."""
    request = page.asked(nonce, {"inspection": identity, "cancel": reason})
    answer = await page.service.write(lambda books: inspecting.cancel(books, identity, reason, request))
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/waive")
async def post_waive(
    page: MyPage,
    identity: str,
    reason: Note = "",
    password: Annotated[str, Form(max_length=200)] = "",
    nonce: Nonce = "",
) -> Response:
    """Let an inspection that was not possible rest; asks for the password as every waiver."""
    if not await page.proved(password, "waiver"):
        return page.sorry(WRONG_PASSWORD, f"/inspections/{identity}")
    request = page.asked(nonce, {"inspection": identity, "waive": reason})
    answer = await page.service.write(lambda books: inspecting.waive(books, identity, reason, request))
    return page.after(answer, f"/inspections/{identity}")


@router.post("/inspections/{identity}/files")
async def post_file(
    page: MyPage, identity: str, file: Annotated[UploadFile, File()], nonce: Nonce = ""
) -> Response:
    """Attach a photo, picture or paper."""
    insist(page)
    return await attach(page, f"inspection:{identity}", file, nonce, f"/inspections/{identity}")


async def attach(page: Page, to: str, file: UploadFile, nonce: str, back: str) -> Response:
    """Store a file and attach it. What it is, its bytes say."""
    data = await file.read(attaching.LARGEST + 1)
    if not data:
        return page.sorry(NO_FILE, back)
    upload = await run_in_threadpool(Upload.of, file_name(file.filename), data)
    if upload.media_type is not None:
        await run_in_threadpool(page.service.keep_file, upload.sha256, data)
    request = page.asked(nonce, {**upload.body, "to": to})
    answer = await page.service.write(lambda books: attaching.attach(books, to, upload, request))
    return page.after(answer, back)
