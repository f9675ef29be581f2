"""The gate: a plate comes, its vehicle is found, and the answer is go or stop with everything that is missing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal import texts
from terminal.api.problems import not_found, not_permitted
from terminal.cases import passes
from terminal.cases import visits as cases
from terminal.store.books import Books
from terminal.store.reader import Reader
from terminal.texts_gatepass import PASS_SEEN
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page, is_station
from terminal.web.showing_cargo import CargoShower
from terminal.web.visits import arrive as let_in
from terminal.web.visits import seals_of, take_step
from workflows.outcomes import Refused
from workflows.stages import VISIT, Stage
from workflows.state import Visit

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Waybill = Annotated[str, Form(max_length=40)]
Nonce = Annotated[str, Form(max_length=80)]
#: a plate the camera read longer ago than this is not offered any more
_FRESH = timedelta(minutes=3)
_WATCHED = 12


def points(page: Page) -> list[tuple[str, str]]:
    """The gates of this terminal."""
    wanted = {Stage.GATE_IN, Stage.GATE_OUT}
    return [(p.id, p.name) for p in page.service.settings.points if wanted & set(p.steps)]


def _read(page: Page, point: str) -> str:
    seen = page.service.last_plate.get(point)
    return seen.plate if seen is not None and page.now - seen.at < _FRESH else ""


def _step(visit: Visit) -> Stage | None:
    """In for those who are expected, out for everybody inside: a refusal tells what is missing."""
    if visit.inside:
        return Stage.GATE_OUT
    return Stage.GATE_IN if Stage.GATE_IN in VISIT.get(visit.stage, frozenset()) else None


def _found(reader: Reader, visit: str, plate: str) -> tuple[Visit | None, tuple[Visit, ...]]:
    """The vehicle asked for, by its visit or by its plate; or several that a plate can mean, for somebody to choose."""
    if visit:
        return reader.visit(visit), ()
    there = tuple(cases.at_the_gate(reader, plate))
    return (there[0] if len(there) == 1 else None), (there if len(there) > 1 else ())


@router.get("/gate")
async def get_gate(
    page: MyPage,
    point: Annotated[str, Query(max_length=64)] = "",
    plate: Annotated[str, Query(max_length=4000)] = "",
    visit: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The gate, with the vehicle that was asked for. A pass that is scanned here is an entry of the journal."""
    _insist(page)
    gates = points(page)
    if not gates:
        raise not_found("gate", point)
    point = point if point in dict(gates) else gates[0][0]
    if passes.is_pass(plate) and "hx-request" not in page.request.headers:
        await _journal(page, plate, point)
    return await run_in_threadpool(_gate, page, gates, point, plate, visit)


async def _journal(page: Page, code: str, point: str) -> None:
    """Keep that a pass was scanned and what it was worth: once for each person, place and worth of it."""
    seen = cases.plate_of(_read(page, point))

    def work(books: Books) -> None:
        _, found = passes.look_up(books, code, page.asked(None, {}), seen)
        worth = str(found.facts.get("why")) if isinstance(found, Refused) else "good"
        digest = hashlib.sha256(code.encode()).hexdigest()[:24]
        body = {"code": code[:2000], "point": point, "worth": worth, "seen": seen}
        asked = page.asked(f"pass-{digest}-{point}-{worth}-{seen or ''}", body, point)
        passes.scanned(books, code, Stage.GATE_OUT, asked, seen)

    await page.service.write(work)


def _gate(page: Page, gates: list[tuple[str, str]], point: str, plate: str, visit: str) -> Response:
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        scanned = _scanned(page, reader, plate, point) if passes.is_pass(plate) else Scanned()
        plate, visit = (scanned.plate, scanned.visit) if passes.is_pass(plate) else (plate[:40], visit)
        found, several = _found(reader, visit, plate) if visit or plate else (None, ())
        step = _step(found) if found else None
        shown = show.visit(found, reader.history(f"visit:{found.id}", limit=20)) if found else None
        row = show.visit_row_of(found) if found else None
        view = vm.Gate(
            point=point,
            name=dict(gates)[point],
            points=tuple(gates),
            seq=reader.head().seq,
            asked=plate,
            seals=" ".join(scanned.seals),
            told=scanned.told,
            good=scanned.good,
            read=_read(page, point),
            visit=shown,
            step=step.value if step else "",
            leaving=step is Stage.GATE_OUT,
            aboard=found.aboard if found else (),
            holds=row.holds if row else 0,
            blocked=row.blocked if row else False,
            several=tuple(show.visit_row_of(one) for one in several),
            leaving_rows=show.visit_rows(reader.visits_at(Stage.WEIGH_OUT, limit=_WATCHED)),
            expected_rows=show.visit_rows(reader.visits_at(Stage.PRE_ADVICE, limit=_WATCHED)),
        )
        return page.html("gate.html", g=view, enrolled=is_station(page))


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a gate pass fills into the form for somebody to compare; ``told`` says what it is worth."""

    visit: str = ""
    plate: str = ""
    seals: tuple[str, ...] = ()
    told: str = ""
    good: bool = False


def _scanned(page: Page, reader: Reader, code: str, point: str) -> Scanned:
    """A scanned pass. One that is worth nothing still says which vehicle it speaks of, if it is ours."""
    seen = cases.plate_of(_read(page, point))
    subject, found = passes.look_up(reader, code, page.asked(None, {}), seen)
    if isinstance(found, Refused):
        missing = found.missing[0]
        told = texts.sentence(missing.reason, missing.facts, page.words)
        name = subject.partition(":")[2] if subject.startswith("visit:") else ""
        return Scanned(name, str(missing.facts.get("plate") or ""), told=told)
    told = page.words.gettext(PASS_SEEN) % texts.figures({"plate": found.plate}, page.words)
    return Scanned(found.visit, found.plate or "", found.seals, told, good=True)


def _insist(page: Page) -> None:
    if not page.actor.may_step(Stage.GATE_IN) and not page.actor.may_step(Stage.GATE_OUT):
        raise not_permitted(Stage.GATE_IN.value)


@router.post("/gate")
async def post_gate(
    page: MyPage,
    visit: Text,
    step: Annotated[Stage, Form()],
    point: Text,
    plate: Text = "",
    trailer: Text = "",
    seal: Text = "",
    seal_state: Text = "INTACT",
    driver: Text = "",
    waybill: Waybill = "",
    nonce: Nonce = "",
) -> Response:
    """Let a vehicle in or out."""
    seals = seals_of(seal, seal_state)
    taken = cases.VisitStep(
        step, plate or None, trailer or None, seals, driver or None, waybill=waybill or None
    )
    answer = await take_step(page, visit, taken, nonce, point)
    back = f"/gate?point={point}" if answer.ok else f"/gate?point={point}&visit={visit}"
    return page.after(answer, back)


@router.post("/gate/arrivals")
async def post_arrival(
    page: MyPage,
    point: Text,
    plate: Text,
    trailer: Text = "",
    seal: Text = "",
    driver: Text = "",
    waybill: Waybill = "",
    mode: Text = "ROAD",
    brings: Text = "goods",
    nonce: Nonce = "",
) -> Response:
    """Let in a vehicle that nobody announced; unless it is empty, the desk says what it brings."""
    new = cases.NewVisit(plate, trailer or None, mode, unannounced=brings != "nothing")
    seals = seals_of(seal, "INTACT")
    taken = cases.VisitStep(
        Stage.GATE_IN, plate, trailer or None, seals, driver or None, waybill=waybill or None
    )
    answer = await let_in(page, new, taken, nonce, point)
    return page.after(answer, f"/gate?point={point}")
