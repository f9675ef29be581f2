"""One search box on every page, and what it finds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.problems import not_permitted
from terminal.api.search import finder_of, may_search
from terminal.cases import finding
from terminal.cases.reporting import title_of
from terminal.web.context import MyPage
from workflows.roles import Right

router = APIRouter()


@router.get("/search")
async def get_search(page: MyPage, q: Annotated[str, Query(max_length=120)] = "") -> Response:
    """Consignments, vehicles and units by a part of any number or name."""
    if not may_search(page.actor):
        raise not_permitted(Right.READ_CONSIGNMENTS.value)

    def look() -> finding.Results | None:
        if not q.strip():
            return None
        with page.service.reading() as reader:
            return finding.search(reader, finder_of(page.request), page.actor, q)

    found = await run_in_threadpool(look)
    return page.html(
        "search.html",
        found=found,
        q=q,
        title_of=title_of,
        board=page.may(Right.READ_BOARD),
        cargo=page.may(Right.READ_CONSIGNMENTS),
    )
