"""The load of a vehicle as its loader sees it: where the units stand, what that puts on the axles, and what to move."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.handover import board_visit
from terminal.cases import loading
from terminal.store.reader import Reader
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from workflows.axles import layout_text
from workflows.loading_axles import Estimate
from workflows.roles import Right
from workflows.vehicle_profiles import DRIVE, STEER, TRAILER, Profile

router = APIRouter()
_METRES = re.compile(r"[0-9]{1,2}([.,][0-9]{1,2})?")
GROUPS = {STEER: N_("Steering axle"), DRIVE: N_("Driven axles"), TRAILER: N_("Axles of the trailer")}
BAD_PLACE = N_(
    "Write places as metres from the front of the deck, such as 3,6. Those that are none were left out."
)
#: what is chosen when nobody chose: the usual truck of the corridor
USUAL = "semi-5"


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit on the deck: its label, whose it is, its gross weight (kg, None: not known), and where it stands (m)."""

    label: str
    consignment: str
    gross_kg: Decimal | None
    at_m: Decimal


@dataclass(frozen=True, slots=True)
class LoadView:
    """The page: the vehicle, the profiles to choose from, units with their places, the estimate, and what to move."""

    visit: str
    plate: str
    profile: str
    profiles: tuple[tuple[str, str], ...]
    deck_m: Decimal
    units: tuple[Standing, ...]
    told: Estimate
    tare_kg: Decimal | None
    shift_m: Decimal | None


@router.get("/visits/{identity}/axles")
async def get_axles(
    page: MyPage,
    identity: str,
    profile: Annotated[str, Query(max_length=40)] = "",
    at: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """The estimate of axle loads; ``at``, once for each unit in its order, says where it stands."""
    page.insist(Right.READ_BOARD)
    said = [text.strip() for text in at]
    good = all(_METRES.fullmatch(text) for text in said)
    places = [Decimal(text.replace(",", ".")) for text in said] if good else []

    def look() -> LoadView:
        with page.service.reading() as reader:
            return _view(page, reader, identity, profile, places)

    view = await run_in_threadpool(look)
    return page.html("axles.html", v=view, groups=GROUPS, wrong="" if good else page.words.gettext(BAD_PLACE))


def _view(page: Page, reader: Reader, identity: str, profile: str, places: list[Decimal]) -> LoadView:
    visit = board_visit(reader, identity, page.caller)
    reference = page.service.room.in_force(reader).reference
    known = {one.id: one for one in reference.vehicles}
    chosen = known.get(profile) or known.get(USUAL) or reference.vehicles[0]
    fits = [metre for metre in places if metre <= chosen.deck_m]
    load = loading.estimated(
        reader, visit, chosen, reference.tolerances.road_limits_kg, fits if len(fits) == len(places) else ()
    )
    return LoadView(
        visit.id,
        visit.plate or visit.expected_plate or visit.id,
        chosen.id,
        tuple((one.id, _named(page, one)) for one in reference.vehicles),
        chosen.deck_m,
        tuple(
            Standing(unit.label, unit.consignment, unit.gross_kg, metre)
            for unit, metre in zip(load.units, load.at, strict=True)
        ),
        load.estimate,
        load.tare_kg,
        load.shift_m,
    )


def _named(page: Page, one: Profile) -> str:
    """What a vehicle is called: its shape and its axles, e.g. "Tractor with semitrailer, axles 1-1-3"."""
    text = (
        N_("Truck, axles %(axles)s")
        if one.fifth_wheel is None
        else N_("Tractor with semitrailer, axles %(axles)s")
    )
    return page.words.gettext(text) % {"axles": layout_text(group.axles for group in one.groups)}
