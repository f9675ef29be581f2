"""Places where labels are scanned: tally, warehouse, loading. One component, other steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found, not_permitted
from terminal.cases import scans
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page, is_station
from terminal.web.showing_cargo import CargoShower
from workflows.stages import Stage

router = APIRouter()
#: page -> the steps it can take, the first one to begin with
KINDS: dict[str, tuple[Stage, ...]] = {
    "tally": (Stage.TALLY, Stage.UNLOAD),
    "storage": (Stage.STORAGE, Stage.PICK),
    "load": (Stage.LOAD, Stage.UNLOAD),
}


def _station(page: Page, kind: str, point: str, step: str, visit: str, only: str = "") -> Response:
    steps = KINDS[kind]
    if not any(page.actor.may_step(one) for one in steps):
        raise not_permitted(steps[0].value)
    places = [p for p in page.service.settings.points if steps[0] in p.steps]
    if not places:
        raise not_found("station", kind)
    place = next((p for p in places if p.id == point), places[0])
    allowed = tuple(one for one in steps if one in place.steps and page.actor.may_step(one)) or steps[:1]
    chosen = Stage(step) if step in allowed else allowed[0]
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        rows = show.visit_rows(reader.visits_inside())
        here = [row for row in rows if row.point == place.name] or list(rows)
        target = visit if visit in {row.id for row in rows} else here[0].id if len(here) == 1 else ""
        view = vm.Station(
            point=place.id,
            name=place.name,
            step=chosen.value,
            steps=tuple(one.value for one in allowed),
            seq=reader.head().seq,
            visits=rows,
            target=target,
            points=tuple((p.id, p.name) for p in places),
        )
        return page.html("station.html", wasm=True, s=view, only=only, enrolled=is_station(page))


def _route(kind: str) -> None:
    @router.get(f"/{kind}", name=f"station-{kind}")
    def get_station(
        page: MyPage,
        point: Annotated[str, Query(max_length=64)] = "",
        step: Annotated[str, Query(max_length=40)] = "",
        visit: Annotated[str, Query(max_length=80)] = "",
        only: Annotated[str, Query(max_length=80)] = "",
    ) -> Response:
        """A station where labels are scanned; with ``only`` units of that consignment."""
        return _station(page, kind, point, step, visit, only)


for _kind in KINDS:
    _route(_kind)


@router.post("/units/lost")
async def post_lost(
    page: MyPage,
    label: Annotated[str, Form(max_length=80)],
    note: Annotated[str, Form(max_length=2000)] = "",
    nonce: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Report that a unit is lost, with the reason; the rest of its consignment may then be decided upon."""
    request = page.asked(nonce, {"code": label, "step": Stage.LOST.value, "note": note})
    scan = scans.Scan(label, Stage.LOST, request.at, note=note)
    answer = await page.service.write(lambda books: scans.take(books, scan, request))
    ref = answer.facts.get("consignment")
    return page.after(answer, f"/consignments/{ref}" if ref else "/consignments")
