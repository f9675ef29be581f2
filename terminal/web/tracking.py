"""For everybody, without signing in: the tracking page, and the page of hours, queue, papers and the own truck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.problems import Problem
from terminal.api.schemas_announce import PublicOut
from terminal.api.tracking import not_too_often, public_facts, to_bring
from terminal.cases import queueing
from terminal.web.context import AnyPage, Page
from terminal.web.i18n import N_
from terminal.web.view_models import Answer
from terminal.web.wording_announce import GOODS_TYPES
from workflows.papers import Mode

router = APIRouter()
UNKNOWN = N_(
    "There is nothing under this code. Compare it sign by sign with the paper: it has no 0, O, 1, I or L."
)
UNKNOWN_TRUCK = N_("No vehicle here has this reference and this plate together. Compare both with the slip.")
OFTEN = N_("You asked very often. Wait %(seconds)s seconds and ask again.")


def _too_often(page: Page) -> tuple[Answer, int] | None:
    """What to say, and the seconds to wait, when this client asks too often."""
    try:
        not_too_often(page.request, page.service)
    except Problem as problem:
        wait = int(problem.headers["Retry-After"])
        words = page.words
        return Answer("refused", words.gettext(OFTEN) % {"seconds": words.number(wait)}), wait
    return None


@router.get("/track")
async def get_track(page: AnyPage, code: Annotated[str, Query(max_length=64)] = "") -> Response:
    """The tracking page; with a code, its milestones."""
    return await _track(page, code)


@router.get("/track/{code}")
async def get_track_of(page: AnyPage, code: str) -> Response:
    """The tracking page of a code: what the symbol on a slip leads to."""
    return await _track(page, code)


async def _track(page: Page, code: str) -> Response:
    shown = code.strip()[:64]
    if not shown:
        return page.html("track.html", code="", rows=(), answer=None)
    if (often := _too_often(page)) is not None:
        said, wait = often
        made = page.html("track.html", status=429, code=shown, rows=(), answer=said)
        made.headers["Retry-After"] = str(wait)
        return made

    def look() -> queueing.Told | None:
        with page.service.reading() as reader:
            return queueing.follow(reader, shown)

    found = await run_in_threadpool(look)
    if found is None:
        said = Answer("refused", page.words.gettext(UNKNOWN))
        return page.html("track.html", status=404, code=shown, rows=(), answer=said)
    return page.html("track.html", code=shown, rows=found.milestones, answer=None)


@dataclass(frozen=True, slots=True)
class Bring:
    """A paper to bring: what it is called, and whether everybody needs it."""

    code: str
    always: bool


@router.get("/welcome")
async def get_welcome(
    page: AnyPage,
    mode: Mode = Mode.ROAD,
    goods: Annotated[str, Query(max_length=40, pattern=r"^[A-Z_]*$")] = "",
    reference: Annotated[str, Query(max_length=120)] = "",
    plate: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Opening hours, the queue, papers to bring, and the own truck by reference and plate."""
    said: Answer | None = None
    truck: queueing.OwnTruck | None = None
    status, wait = 200, 0
    asked = bool(reference.strip() and plate.strip())
    if asked and (often := _too_often(page)) is not None:
        (said, wait), status = often, 429

    def look() -> tuple[PublicOut, list[Bring], queueing.OwnTruck | None]:
        with page.service.reading() as reader:
            rules = to_bring(page.service, reader, mode.value, goods)
            found = queueing.own_truck(reader, reference, plate) if asked and said is None else None
            papers = [Bring(rule.code, rule.requirement == "M") for rule in rules]
            return public_facts(reader, page.service), papers, found

    facts, papers, truck = await run_in_threadpool(look)
    if asked and said is None and truck is None:
        said, status = Answer("refused", page.words.gettext(UNKNOWN_TRUCK)), 404
    made = page.html(
        "welcome.html",
        status=status,
        f=facts,
        papers=papers,
        mode=mode.value,
        goods=goods if goods in GOODS_TYPES else "",
        reference=reference,
        plate=plate,
        truck=truck,
        dock=_dock(page, truck),
        answer=said,
    )
    if wait:
        made.headers["Retry-After"] = str(wait)
    return made


def _dock(page: Page, truck: queueing.OwnTruck | None) -> str:
    if truck is None or truck.dock is None:
        return ""
    point = page.service.settings.point(truck.dock)
    return point.name if point is not None else truck.dock
