"""The receiver's page: one load behind a link, on any phone, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.handover import open_link
from terminal.api.problems import Problem
from terminal.cases import crossing as trips
from terminal.cases import handover as cases
from terminal.cases.answers import Answer as Outcome
from terminal.store.reader import Reader
from terminal.web import wording
from terminal.web.context import AnyPage, Page
from terminal.web.i18n import N_
from terminal.web.view_models import Answer
from workflows import crossing
from workflows.handover import CONDITIONS
from workflows.handover_state import Handover, ShortFor
from workflows.outcomes import Refused
from workflows.parts import TAKEN
from workflows.state import INSIDE, Visit

router = APIRouter()
TOO_OFTEN = N_("You asked very often. Wait a moment and ask again.")


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One thing that a receiver marks."""

    id: str
    consignment: str
    description: str
    gross_kg: Decimal | None
    condition: str
    labelled: bool
    found: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The load as a receiver sees it."""

    plate: str
    trailer: str
    seals: tuple[str, ...]
    left_at: datetime | None
    units: tuple[UnitRow, ...]
    kg: Decimal | None
    handovers: tuple[Handover, ...]
    early: bool


def manifest_of(reader: Reader, visit: Visit) -> Manifest:
    """The load of a vehicle for its receiver: what stands on the manifest, and what was said before."""
    items = trips.items_of(reader, visit)
    told = crossing.receipts(visit.handovers)
    rows = tuple(
        UnitRow(
            one.id,
            one.consignment,
            one.description,
            one.gross_kg,
            one.condition,
            one.labelled,
            told[one.id].found.value if one.id in told else "",
        )
        for one in items
        if one.id in told or one.stage not in TAKEN
    )
    return Manifest(
        visit.plate or visit.expected_plate or visit.id,
        visit.trailer or "",
        tuple(seal.number for seal in visit.seals),
        trips.left_at(reader, visit),
        rows,
        crossing.weight_of(items),
        visit.handovers,
        visit.stage in INSIDE,
    )


def choices(page: Page) -> dict[str, Any]:
    """What can be wrong with a unit, and why one is missing, in the reader's words."""
    say = page.words.gettext
    words = wording.CHOICES["condition"]
    return {
        "damages": [(code, say(label)) for code, label in words.items() if code in CONDITIONS],
        "shorts": [(one.value, say(wording.word("short_for", one.value))) for one in ShortFor],
    }


@router.get("/h/{token}")
async def get_hand(page: AnyPage, token: str) -> Response:
    """The load behind a link, on any phone, without an account."""
    blank: dict[str, Any] = {"m": None, "token": "", "code": "", "terminal": "", "damages": (), "shorts": ()}
    try:
        found = await open_link(token, page.request, page.service)
    except Problem as problem:
        said = Answer("refused", page.words.gettext(TOO_OFTEN))
        made = page.html("hand.html", status=problem.status, answer=said, **blank)
        made.headers.update(problem.headers or {})
        return made
    if isinstance(found, Refused):
        status = 404 if found.facts.get("why") == "unknown" else 410
        answer = page.say(Outcome("refused", "label:handover", {}, found.missing), page.words.in_kabul())
        return page.html("hand.html", status=status, answer=answer, **blank)

    def look() -> Manifest:
        with page.service.reading() as reader:
            return manifest_of(reader, found)

    return page.html(
        "hand.html",
        answer=None,
        m=await run_in_threadpool(look),
        token=token,
        code=cases.code_of(token, page.service.secret),
        terminal=page.service.settings.terminal.name,
        **choices(page),
    )
