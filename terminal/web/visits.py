"""Vehicles: the list, one of them, announcing one, and its steps at the dock, the seal and across the border."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found, not_permitted
from terminal.cases import arriving, screening
from terminal.cases import visits as cases
from terminal.cases.answers import Answer
from terminal.cases.cargo_seen import after_visit_step
from terminal.store import Books
from terminal.store.lists import VisitLine
from terminal.store.reader import Reader
from terminal.web.context import MyPage, Page
from terminal.web.showing import STORY_PART, number_of
from terminal.web.showing_cargo import CargoShower
from terminal.web.showing_inspections import InspectionShower
from terminal.web.showing_visits import may_announce
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Seal

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Nonce = Annotated[str, Form(max_length=80)]
_LIMIT = 100
_LEFT = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF)


def seals_of(text: str, state: str, cls: str = "") -> tuple[Seal, ...]:
    """Seals as typed or scanned, separated by spaces or commas; all in one state."""
    return tuple(Seal(number, state, cls or None) for number in text.replace(",", " ").split())


def docks_of(page: Page, step: Stage) -> list[tuple[str, str]]:
    """The places where a vehicle is opened or loaded; a scanner there then knows which vehicle stands before it."""
    return [(point.id, point.name) for point in page.service.settings.points if step in point.steps]


async def take_step(
    page: Page, visit: str, taken: cases.VisitStep, nonce: str, point: str | None = None
) -> Answer:
    """A step of a vehicle, with the checks that it gives news to."""
    body = {
        "visit": visit,
        "step": taken.step.value,
        "plate": taken.plate,
        "trailer": taken.trailer,
        "seals": [[seal.number, seal.state] for seal in taken.seals],
        "note": taken.note,
    }
    request = page.asked(nonce, body, point)
    judge = page.service.judge

    def work(books: Books) -> Answer:
        answer = cases.step(books, visit, taken, request)
        after_visit_step(books, visit, answer, request, judge)
        return answer

    return page.service.shown(await page.service.write(work), point)


def _lines(reader: Reader, show: str, q: str) -> list[VisitLine]:
    if q.strip():
        plate = cases.plate_of(q)
        found = reader.visits_with_plate(plate) if plate else []
        if found:
            return found
        ref = reader.reference_of(q) or q.strip()
        ever = set(reader.visits_ever_of(ref))
        lines = [line for stage in Stage for line in reader.visits_at(stage, limit=_LIMIT)] if ever else []
        return [line for line in lines if line.id in ever]
    if show == "expected":
        return reader.visits_at(Stage.PRE_ADVICE, limit=_LIMIT)
    if show == "ready":
        return reader.visits_at(Stage.WEIGH_OUT, limit=_LIMIT)
    if show == "left":
        return [line for stage in _LEFT for line in reader.visits_at(stage, limit=_LIMIT)]
    return reader.visits_inside()


@router.get("/visits")
def get_visits(
    page: MyPage,
    q: Annotated[str, Query(max_length=80)] = "",
    show: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Vehicles inside, expected, ready to leave, or gone."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        rows = CargoShower(page, reader).visit_rows(_lines(reader, show, q))
        return page.html("visits.html", rows=rows, seq=reader.head().seq, may_announce=may_announce(page))


@router.get("/visits/new")
def get_new(page: MyPage) -> Response:
    """The form to announce a vehicle, for those who may."""
    if not may_announce(page):
        raise not_permitted(Right.ANNOUNCE.value)
    return page.html("visit_new.html", form={}, errors={})


@router.post("/visits")
async def post_new(
    page: MyPage,
    plate: Text = "",
    trailer: Text = "",
    mode: Text = "ROAD",
    carries: Annotated[str, Form(max_length=4000)] = "",
    nonce: Nonce = "",
) -> Response:
    """Announce a vehicle."""
    refs = tuple(carries.replace(",", " ").split())
    new = cases.NewVisit(plate, trailer or None, mode, refs)
    request = page.asked(nonce, {"plate": plate, "trailer": trailer, "mode": mode, "carries": list(refs)})
    answer = await page.service.write(lambda books: cases.announce(books, new, request))
    return page.after(
        answer, f"/visits/{answer.facts['visit']}" if answer.ok and "visit" in answer.facts else "/visits/new"
    )


@router.get("/visits/{identity}")
def get_visit(page: MyPage, identity: str) -> Response:
    """One vehicle."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        visit = reader.visit(identity)
        if visit is None:
            raise not_found("visit", identity)
        entries = reader.history(f"visit:{identity}", limit=STORY_PART)
        show = CargoShower(page, reader)
        view = replace(
            show.visit(visit, entries),
            inspections=InspectionShower(page, reader).of_visit(visit.inspections, identity),
            may_inspect=page.may(Right.ORDER_INSPECTION) and visit.inside,
            findings=show.findings(told.findings) if (told := screening.last(reader, identity)) else (),
        )
        docks = {step.value: docks_of(page, step) for step in (Stage.UNLOAD, Stage.LOAD)}
        return page.html("visit.html", v=view, docks=docks, seq=reader.head().seq, form={}, errors={})


@router.get("/visits/{identity}/story")
def get_story(page: MyPage, identity: str, before: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Everything that happened to one vehicle, a part at a time, the newest first."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        visit = reader.visit(identity)
        if visit is None:
            raise not_found("visit", identity)
        entries = reader.history(f"visit:{identity}", number_of(before), STORY_PART)
        story = CargoShower(page, reader).story(entries)
    older = entries[-1].seq if len(entries) == STORY_PART else None
    name = visit.plate or visit.id
    return page.html("story.html", name=name, home=f"/visits/{identity}", story=story, older=older)


@router.post("/visits/{identity}/steps")
async def post_step(
    page: MyPage,
    identity: str,
    step: Annotated[Stage, Form()],
    plate: Text = "",
    trailer: Text = "",
    seal: Text = "",
    seal_state: Text = "INTACT",
    seal_class: Text = "",
    driver: Text = "",
    note: Text = "",
    point: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Let the vehicle take a step, if the one door says so; ``point`` is the dock that it is sent to."""
    taken = cases.VisitStep(
        step,
        plate or None,
        trailer or None,
        seals_of(seal, seal_state, seal_class),
        driver or None,
        None,
        note,
    )
    known = point if point in dict(docks_of(page, step)) else None
    answer = await take_step(page, identity, taken, nonce, known)
    return page.after(answer, f"/visits/{identity}")


async def arrive(
    page: Page, new: cases.NewVisit, taken: cases.VisitStep, nonce: str, point: str | None
) -> Answer:
    """A vehicle nobody announced: announced and let in, in two journal entries of one commit."""
    body = {"plate": new.plate, "trailer": new.trailer, "mode": new.mode, "unannounced": new.unannounced}
    request = page.asked(nonce, body, point)
    judge = page.service.judge
    return await page.service.write(lambda books: arriving.arrive(books, new, taken, request, judge))
