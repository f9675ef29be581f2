"""One search for everything that carries a number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.cases import finding
from terminal.service import Service
from terminal.store.finder import FILE, Finder
from workflows.plain import to_plain
from workflows.roles import Actor, Right

router = APIRouter(tags=["search"])


def finder_of(request: Request) -> Finder:
    """The search index of this terminal."""
    state = request.app.state
    if not hasattr(state, "finder"):
        service: Service = state.service
        state.finder = Finder(Path(service.settings.data_dir) / FILE, service.reading)
    found: Finder = state.finder
    return found


def may_search(who: Actor) -> bool:
    """True for readers of consignments or of the board."""
    return not who.is_device and (who.may(Right.READ_CONSIGNMENTS) or who.may(Right.READ_BOARD))


@router.get("/search")
async def get_search(
    caller: TheCaller, service: TheService, request: Request, q: Annotated[str, Query(max_length=120)] = ""
) -> dict[str, Any]:
    """Consignments, vehicles and units by a part of any number or name, in any letters; `found` says by which.

    At least three letters or digits; the last four of an SSCC are enough. The number of a printed report finds who took it out and when. `behind` counts journal entries that are not
    searched yet.
    """
    if not may_search(caller.actor):
        raise not_permitted(Right.READ_CONSIGNMENTS.value)

    def look() -> finding.Results:
        with service.reading() as reader:
            return finding.search(reader, finder_of(request), caller.actor, q)

    found = await run_in_threadpool(look)
    return {
        "consignments": [
            {
                "ref": one.value.ref,
                "stage": one.value.stage.value,
                "sender": one.value.papers.sender,
                "found": [{"kind": kind, "text": text} for kind, text in one.by],
            }
            for one in found.consignments
        ],
        "visits": [
            {
                "visit": one.value.id,
                "plate": one.value.plate or one.value.expected_plate,
                "stage": one.value.stage.value,
                "found": [{"kind": kind, "text": text} for kind, text in one.by],
            }
            for one in found.visits
        ],
        "units": [
            {"label": one.label, "consignment": one.consignment, "stage": one.stage.value}
            for one in found.units
        ],
        "reports": [to_plain(one) for one in found.reports],
        "behind": found.behind,
        "too_short": found.short,
    }
