"""The desk's pages of the way across: loads beyond the gate, links, signed sheets typed in, files of receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal.api.handover import take_file
from terminal.api.problems import not_found
from terminal.cases import crossing as trips
from terminal.cases import handover as cases
from terminal.cases.handover_files import LARGEST
from terminal.store.ids import uuid7
from terminal.store.reader import Reader
from terminal.texts_handover import row_sentence
from terminal.web.arrivals import Symbol
from terminal.web.context import MyPage, Page
from terminal.web.handover import choices
from terminal.web.i18n import N_
from terminal.web.wording_handover import LATENESS_LOOK
from workflows import crossing, handover, tracking
from workflows.handover import Statement
from workflows.handover_state import Found, Receipt, ShortFor, Surplus, Via
from workflows.parts import TAKEN
from workflows.roles import STEP_ROLES, Right
from workflows.stages import Stage
from workflows.state import Visit

router = APIRouter()
Text = Annotated[str, Form(max_length=500)]
Nonce = Annotated[str, Form(max_length=80)]
#: a trip that is over stays on the list for so long
LATELY = timedelta(days=3)
UNKNOWN_CODE = N_("No load has this code. Compare it sign by sign with the sheet.")


@router.get("/trips")
def get_trips(page: MyPage) -> Response:
    """Loads beyond the gate, the one that is due first at the top, and those handed over lately."""
    page.insist(Right.READ_BOARD)
    hours = page.service.settings.handover.hours
    with page.service.reading() as reader:
        rows = trips.trips(reader, hours, page.now)
        over = trips.recent(reader, hours, page.now, page.now - LATELY)
        return page.html(
            "trips.html",
            rows=rows,
            over=over,
            looks=LATENESS_LOOK,
            seq=reader.head().seq,
            may_take=may_take(page),
        )


def may_take(page: Page) -> bool:
    """True for those who type in what receivers signed."""
    return bool(page.actor.roles & STEP_ROLES[Stage.DELIVERED])


@router.get("/trips/sheet")
def get_code(page: MyPage, code: Annotated[str, Query(max_length=64)] = "") -> Response:
    """From the code of a signed sheet to its load."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        visit = cases.visit_of_code(reader, code)
    if visit is None:
        return page.sorry(UNKNOWN_CODE, "/trips")
    return RedirectResponse(f"/trips/{visit.id}/sheet?code={tracking.read(code)}", 303)


@dataclass(frozen=True, slots=True)
class LinkShown:
    """The link that is good now."""

    code: str
    address: str
    until: datetime
    symbol: Symbol


def visit_of(reader: Reader, page: Page, identity: str) -> Visit:
    """The vehicle, for readers of the board. Raises the 403 and 404 problems."""
    page.insist(Right.READ_BOARD)
    found = reader.visit(identity)
    if found is None:
        raise not_found("visit", identity)
    return found


def _link(page: Page, visit: Visit) -> LinkShown | None:
    link = handover.good_link(visit, page.now) if page.may(Right.ISSUE_GATEPASS) else None
    if link is None:
        return None
    base = page.service.settings.terminal.public_url or str(page.request.base_url)
    address = cases.link_address(base, link.code, page.service.secret)
    return LinkShown(tracking.grouped(link.code), address, link.expires_at, Symbol.of(address))


def _trip(page: Page, identity: str, bad: tuple[str, ...] = (), **more: Any) -> Response:
    with page.service.reading() as reader:
        visit = visit_of(reader, page, identity)
        items = trips.items_of(reader, visit)
        line = trips.line_of(reader, visit, page.service.settings.handover.hours, page.now)
        return page.html(
            "trip.html",
            v=visit,
            items=items,
            told=crossing.receipts(visit.handovers),
            counts=crossing.trip(items, visit.handovers),
            line=line,
            link=_link(page, visit),
            looks=LATENESS_LOOK,
            may_issue=page.may(Right.ISSUE_GATEPASS) and visit.stage in handover.LINKED,
            may_take=may_take(page),
            bad=bad,
            **more,
        )


@router.get("/trips/{identity}")
def get_trip(page: MyPage, identity: str) -> Response:
    """One load on its way: how it adds up, what receivers said, its link."""
    return _trip(page, identity)


@router.post("/trips/{identity}/link")
async def post_link(page: MyPage, identity: str, nonce: Nonce = "") -> Response:
    """Issue a link."""
    request = page.asked(nonce, {"visit": identity, "handover_link": True})
    lifetime = page.service.settings.handover.lifetime
    answer = await page.service.write(lambda books: cases.issue(books, identity, lifetime, request))
    return page.after(answer, f"/trips/{identity}")


@router.post("/trips/{identity}/link/end")
async def post_end(page: MyPage, identity: str, note: Text = "", nonce: Nonce = "") -> Response:
    """Take the link back."""
    request = page.asked(nonce, {"visit": identity, "handover_link": False, "note": note})
    answer = await page.service.write(lambda books: cases.take_back(books, identity, note, request))
    return page.after(answer, f"/trips/{identity}")


@router.get("/trips/{identity}/sheet")
def get_sheet(page: MyPage, identity: str, code: Annotated[str, Query(max_length=64)] = "") -> Response:
    """The form on which a signed sheet is typed in."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        visit = visit_of(reader, page, identity)
        items = tuple(one for one in trips.items_of(reader, visit) if one.stage not in TAKEN)
    read = tracking.read(code)
    shown = tracking.grouped(read) if read else ""
    return page.html("trip_sheet.html", v=visit, items=items, code=shown, **choices(page))


def receipts_of(items: list[str], said: list[str]) -> tuple[Receipt, ...]:
    """Receipts as a form without scripts gives them: "RECEIVED", "DAMAGED:WET", "SHORT:STOLEN", or nothing."""
    found = []
    for item, text in zip(items, said, strict=False):
        kind, _, detail = text.partition(":")
        if kind in Found.__members__:
            why = ShortFor(detail) if detail in ShortFor.__members__ else None
            condition = detail if kind == Found.DAMAGED else "GOOD"
            found.append(Receipt(item[:120], Found(kind), why, condition))
    return tuple(found)


@router.post("/trips/{identity}/sheet")
async def post_sheet(
    page: MyPage,
    identity: str,
    code: Text = "",
    name: Text = "",
    place: Text = "",
    note: Text = "",
    surplus: Text = "",
    item: Annotated[list[str] | None, Form()] = None,
    said: Annotated[list[str] | None, Form()] = None,
    correction: Annotated[bool, Form()] = False,
    nonce: Nonce = "",
) -> Response:
    """Record what a signed sheet says."""
    receipts = receipts_of(item or [], said or [])
    extra = (Surplus(surplus.strip()),) if surplus.strip() else ()
    told = Statement(Via.PAPER, name, receipts, extra, note, place, correction=correction)
    body = {"visit": identity, "code": code, "name": name, "said": [item, said], "note": note}
    request = page.asked(nonce, {**body, "surplus": surplus, "correction": correction})
    answer = await page.service.write(lambda books: cases.by_sheet(books, code, told, request))
    return page.after(answer, f"/trips/{identity}" if answer.ok else f"/trips/{identity}/sheet?code={code}")


@router.post("/trips/{identity}/file")
async def post_file(
    page: MyPage,
    identity: str,
    file: Annotated[UploadFile, File()],
    name: Text = "",
    note: Text = "",
    correction: Annotated[bool, Form()] = False,
    nonce: Nonce = "",
) -> Response:
    """Take the good rows of a file, and name the others."""
    data = await file.read(LARGEST + 1)
    given = nonce or str(uuid7())
    answer, bad = await take_file(page.service, page.actor, identity, data, given, name, note, correction)
    said = tuple(row_sentence(one, page.words) for one in bad)
    if not said:
        return page.after(answer, f"/trips/{identity}")
    return await run_in_threadpool(_trip, page, identity, said, answer=page.say(answer))
