"""Vehicles without notice, the work that is coming, the driver's slip on a screen, organisations and what goes ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.arrivals import day_of
from terminal.api.problems import not_found
from terminal.cases import announcing, arriving, queueing
from terminal.papers import codes, driver_slip
from terminal.web import i18n
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_, ZONE
from terminal.web.wording_announce import GOODS_TYPES
from workflows import tracking
from workflows.announce_state import KINDS, Needs, Organisation
from workflows.roles import Right
from workflows.state import Visit

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
Nonce = Annotated[str, Form(max_length=80)]
BAD_DATE = N_("A date is written as year-month-day, e.g. 2026-11-16.")


# --- the desk of trouble ------------------------------------------------------------------------------------
@router.get("/trouble")
async def get_trouble(page: MyPage) -> Response:
    """Vehicles inside that nobody announced, and what is to be done with each."""
    page.insist(Right.READ_BOARD)

    def look() -> tuple[list[arriving.Trouble], int]:
        with page.service.reading() as reader:
            return arriving.in_trouble(reader), reader.head().seq

    rows, seq = await run_in_threadpool(look)
    return page.html("trouble.html", rows=rows, seq=seq, may_match=page.may(Right.MATCH_ARRIVAL))


@router.post("/trouble")
async def post_trouble(
    page: MyPage,
    visit: Text,
    expected: Text = "",
    consignments: Annotated[str, Form(max_length=4000)] = "",
    nonce: Nonce = "",
) -> Response:
    """Say what a vehicle without notice brings."""
    page.insist(Right.READ_BOARD)
    refs = tuple(dict.fromkeys(consignments.replace(",", " ").split()))[:50]
    request = page.asked(nonce, {"visit": visit, "expected": expected, "consignments": list(refs)})
    judge = page.service.judge
    answer = await page.service.write(
        lambda books: arriving.match(books, visit, refs, expected or None, request, judge)
    )
    return page.after(answer, "/trouble")


# --- the work that is coming ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the drawing: its label, figures, and the heights of its bars in a field 100 high."""

    hour: str
    booked: int
    expected: int
    came: int
    booked_height: int
    came_height: int


@dataclass(frozen=True, slots=True)
class DockRow:
    """A dock with the names of who waits and who stands there."""

    name: str
    waiting: tuple[Visit, ...]
    there: tuple[Visit, ...]


def _bars(page: Page, load: queueing.Workload) -> tuple[tuple[Bar, ...], int]:
    """The hours, and how high the line of the capacity stands."""
    most = max([load.per_hour, *(max(one.booked, one.came) for one in load.windows)])

    def height(count: int) -> int:
        return round(100 * count / most)

    return tuple(
        Bar(
            page.words.time(one.at),
            one.booked,
            one.expected,
            one.came,
            height(one.booked),
            height(one.came),
        )
        for one in load.windows
    ), height(load.per_hour)


@router.get("/workload")
async def get_workload(page: MyPage, day: Annotated[str, Query(max_length=20)] = "") -> Response:
    """A day's hours against the capacity, and the docks with their queues."""
    page.insist(Right.READ_BOARD)
    try:
        asked = date.fromisoformat(day) if day else None
    except ValueError:
        asked = None
    wanted = day_of(page.service, asked)

    def look() -> queueing.Workload:
        with page.service.reading() as reader:
            return queueing.workload(reader, page.service.settings.hours, wanted)

    load = await run_in_threadpool(look)
    bars, line = _bars(page, load)
    settings = page.service.settings
    docks = tuple(
        DockRow(
            (point.name if (point := settings.point(one.dock)) else one.dock) if one.dock else "–",
            one.waiting,
            one.there,
        )
        for one in load.docks
    )
    return page.html(
        "workload.html",
        load=load,
        bars=bars,
        line=line,
        docks=docks,
        before=(wanted - timedelta(days=1)).isoformat(),
        after=(wanted + timedelta(days=1)).isoformat(),
    )


# --- the driver's slip ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR symbol as a drawing: the path of its dark modules and how many a side has, quiet zone included."""

    path: str
    side: int

    @classmethod
    def of(cls, text: str) -> Symbol:
        """The symbol of a text."""
        rows = codes.qr(text)
        return cls(codes.svg_path(rows), len(rows) + 2 * codes.QUIET)


def tracking_address(page: Page, code: str) -> str:
    """Where a tracking code is followed: the address from outside, or the one this page was asked at."""
    base = page.service.settings.terminal.public_url or str(page.request.base_url)
    return f"{base.rstrip('/')}/track/{tracking.grouped(code)}"


@router.get("/visits/{identity}/slip")
def get_slip(page: MyPage, identity: str, lang: Annotated[str, Query(max_length=2)] = "") -> Response:
    """The driver's slip in a language of the driver's own, to be printed from the browser."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        visit = reader.visit(identity)
    if visit is None:
        raise not_found("visit", identity)
    chosen = lang if lang in i18n.LANGUAGES else page.lang
    address = tracking_address(page, visit.tracking) if visit.tracking else ""
    point = page.service.settings.point(visit.dock) if visit.dock else None
    return page.in_language(
        chosen,
        "slip.html",
        v=visit,
        way=driver_slip.way_of(visit),
        address=address,
        code=tracking.grouped(visit.tracking) if visit.tracking else "",
        follow=Symbol.of(address) if address else None,
        own=Symbol.of(driver_slip.symbol_of(visit)),
        dock=point.name if point else visit.dock or "",
        terminal=page.service.settings.terminal.name,
    )


# --- lists ----------------------------------------------------------------------------------------------------
@router.get("/organisations")
def get_organisations(page: MyPage) -> Response:
    """Senders that the terminal recognises."""
    page.insist(Right.MANAGE_DATA)
    with page.service.reading() as reader:
        rows = reader.announcing.organisations()
    return page.html("organisations.html", rows=rows, kinds=KINDS)


@router.post("/organisations")
async def post_organisation(
    page: MyPage, name: Text, kind: Text = "OTHER", active: Text = "1", note: Text = "", nonce: Nonce = ""
) -> Response:
    """Put a sender on the list, change it, or take it off."""
    page.insist(Right.MANAGE_DATA)
    value = Organisation(" ".join(name.split())[:200], kind, active == "1", note.strip())
    request = page.asked(nonce, {"organisation": value.name, "kind": kind, "active": active, "note": note})
    answer = await page.service.write(lambda books: announcing.list_organisation(books, value, request))
    return page.after(answer, "/organisations")


@router.get("/priorities")
def get_priorities(page: MyPage) -> Response:
    """What goes ahead, and until when."""
    page.insist(Right.SET_PRIORITIES)
    with page.service.reading() as reader:
        needs = reader.announcing.needs()
        by = reader.people.get(needs.by) if needs.by else None
    today = page.now.astimezone(ZONE).date()
    return page.html("priorities.html", needs=needs, by=by.name if by else "", on=bool(needs.in_force(today)))


@router.post("/priorities")
async def post_priorities(
    page: MyPage,
    goods_types: Annotated[tuple[str, ...], Form(max_length=40)] = (),
    until: Text = "",
    why: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Say what goes ahead from now on; with nothing chosen, that the emergency is over."""
    page.insist(Right.SET_PRIORITIES)
    try:
        last = date.fromisoformat(until) if until.strip() else None
    except ValueError:
        return page.sorry(BAD_DATE, "/priorities")
    value = Needs(tuple(goods_types), why.strip(), last)
    request = page.asked(nonce, {"goods_types": list(goods_types), "until": until, "why": why})
    known = frozenset(GOODS_TYPES)
    answer = await page.service.write(lambda books: announcing.set_needs(books, value, known, request))
    return page.after(answer, "/priorities")
