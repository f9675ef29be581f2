"""The weighbridge: the live weight, the vehicle on it, and the one button that takes the weight as evidence."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found, not_permitted
from terminal.cases import axles, tares, weighing
from terminal.cases.answers import Answer
from terminal.cases.cargo_seen import after_visit_step
from terminal.store import Books
from terminal.store.desk import Attachment
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from terminal.web.wording import WORDS
from workflows import axles as axle_rules
from workflows.outcomes import Refused
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Weighing
from workflows.weights import weighing_step

router = APIRouter()
Text = Annotated[str, Form(max_length=200)]
Nonce = Annotated[str, Form(max_length=80)]
_STEPS = frozenset({Stage.WEIGH_IN, Stage.WEIGH_OUT})
BAD_WEIGHT = N_("Write the weight in kilograms with digits only, for example 38140.")
NO_VEHICLE = N_("Choose the vehicle that stands on the scale.")


def points(page: Page) -> list[tuple[str, str]]:
    """The weighbridges of this terminal."""
    return [(p.id, p.name) for p in page.service.settings.points if _STEPS & set(p.steps)]


def _report(page: Page, reader: Reader, identity: str) -> axle_rules.Report | None:
    visit = reader.visit(identity) if identity else None
    limits = page.service.room.in_force(reader).reference.tolerances
    return axle_rules.report(visit, limits) if visit is not None else None


def _known(reader: Reader, identity: str) -> Decimal | None:
    visit = reader.visit(identity) if identity else None
    known = tares.known(reader, visit.plate, visit.trailer) if visit is not None else None
    return known.kg if known is not None else None


@router.get("/weighbridge")
def get_weighbridge(
    page: MyPage,
    point: Annotated[str, Query(max_length=64)] = "",
    visit: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The panel of one weighbridge."""
    if not page.actor.may_step(Stage.WEIGH_IN):
        raise not_permitted(Right.WEIGH.value)
    bridges = points(page)
    if not bridges:
        raise not_found("weighbridge", point)
    point = point if point in dict(bridges) else bridges[0][0]
    scale = page.service.settings.scale_at(point)
    words = page.words
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        view = vm.Weighbridge(
            point=point,
            name=dict(bridges)[point],
            scale=scale.id if scale else "",
            capacity_kg=scale.capacity_kg if scale else None,
            division_kg=scale.division_kg if scale else None,
            verified_until=scale.verified_until if scale else None,
            visits=show.visit_rows(reader.visits_inside()),
            recent=show.weighings(reader.weighings(limit=8, scale=scale.id)) if scale else (),
            visit=visit,
            layouts=tuple(axle_rules.layout_text(layout) for layout in axle_rules.LAYOUTS),
            axles=_report(page, reader, visit),
            known_kg=_known(reader, visit),
            verification_late=bool(scale and scale.verified_until and scale.verified_until < page.now.date()),
        )
    return page.html(
        "weighbridge.html",
        w=view,
        points=bridges,
        phases={code: words.gettext(text) for code, text in WORDS["phase"].items()},
        may_type=page.may(Right.TYPE_WEIGHT),
        errors={},
    )


async def _weigh(
    page: Page,
    identity: str,
    nonce: str,
    point: str,
    weight: Weighing | Refused,
    trace: Attachment | None,
    body: dict[str, object],
    layout: str = "",
) -> Answer:
    if isinstance(weight, Weighing) and body.get("note"):
        weight = replace(weight, note=str(body["note"]).strip())
    seen = page.service.on_scale(point, looked=bool(body.get("looked")))
    request = page.asked(nonce, {**body, "visit": identity, "point": point}, point)
    judge = page.service.judge

    def work(books: Books) -> Answer:
        visit = books.visit(identity)
        step = weighing_step(visit) if visit else Stage.WEIGH_IN
        limits = page.service.room.in_force(books).reference.tolerances
        if layout:
            answer = axles.weigh(
                books, identity, layout, weight, request, trace, on_scale=seen, tolerances=limits
            )
        else:
            answer = weighing.weigh_visit(
                books, identity, step, weight, request, trace, on_scale=seen, tolerances=limits
            )
        after_visit_step(books, identity, answer, request, judge)
        return answer

    return page.service.shown(await page.service.write(work), point)


@router.post("/weighbridge")
async def post_weight(
    page: MyPage,
    point: Text,
    visit: Text = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    looked: Annotated[bool, Form()] = False,
    nonce: Nonce = "",
) -> Response:
    """Take a stable weight for the vehicle on the scale; ``note`` says why again, or what was seen."""
    if not page.actor.may_step(Stage.WEIGH_IN):
        raise not_permitted(Right.WEIGH.value)
    if not visit:
        return page.sorry(NO_VEHICLE, f"/weighbridge?point={point}")
    weight, trace = await page.service.capture(point, page.actor.id)
    body: dict[str, object] = {"note": note, "looked": looked} if note or looked else {}
    answer = await _weigh(page, visit, nonce, point, weight, trace, body)
    return page.after(answer, f"/weighbridge?point={point}")


@router.post("/weighbridge/axles")
async def post_axles(
    page: MyPage, point: Text, visit: Text = "", layout: Text = "", nonce: Nonce = ""
) -> Response:
    """Take the stable weight of the axle group that stands on the scale."""
    if not page.actor.may_step(Stage.WEIGH_IN):
        raise not_permitted(Right.WEIGH.value)
    back = f"/weighbridge?point={point}"
    if not visit:
        return page.sorry(NO_VEHICLE, back)
    weight, trace = await page.service.capture(point, page.actor.id)
    body: dict[str, object] = {"layout": layout}
    answer = await _weigh(page, visit, nonce, point, weight, trace, body, layout or "-")
    return page.after(answer, f"{back}&visit={quote(visit)}")


@router.post("/weighbridge/typed")
async def post_typed(
    page: MyPage,
    point: Text,
    visit: Text,
    kg: Text,
    second_login: Text,
    second_password: Text,
    note: Annotated[str, Form(max_length=2000)],
    nonce: Nonce = "",
) -> Response:
    """Record a weight read off a display, confirmed by a second person with their own password."""
    page.insist(Right.TYPE_WEIGHT)
    back = f"/weighbridge?point={point}"
    try:
        value = Decimal(kg.replace(" ", "").replace("\N{NO-BREAK SPACE}", "").replace(",", "."))
    except InvalidOperation:
        return page.sorry(BAD_WEIGHT, back)
    if not value.is_finite():
        return page.sorry(BAD_WEIGHT, back)
    scale = page.service.settings.scale_at(point)
    second = await page.service.second_person(second_login, second_password, page.actor.id)
    typed = weighing.Typed(
        value, scale.id if scale else point, page.now, second, note, scale.verified_until if scale else None
    )
    weight = weighing.from_typed(typed, page.actor.id)
    body: dict[str, object] = {"typed_kg": str(value), "confirmed_by": second_login, "note": note}
    return page.after(await _weigh(page, visit, nonce, point, weight, None, body), back)
