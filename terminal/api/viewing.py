"""The access log at the door of every endpoint and page: looks of people who only watch are kept before they are answered."""

from __future__ import annotations

import re

from fastapi import Request

from terminal.api.needs import caller_of, service_of
from terminal.cases import viewing

#: address of a record, below the API or as a page -> its kind
_RECORDS = tuple(
    (re.compile(rf"^(?:/api/v1)?/{folder}/(?P<name>.+)$"), kind)
    for folder, kind in {
        "consignments": "consignment",
        "units": "unit",
        "visits": "visit",
        "trips": "visit",
        "holds": "hold",
        "inspections": "inspection",
        "seizures": "seizure",
        "messages": "message",
        "reports": "report",
    }.items()
)
_PAPERS = re.compile(r"^(?:/api/v1)?/papers/(?P<kind>[^/]+)/(?P<name>.+)$")
#: what stands behind the name of a record for a part of it; a reference of a consignment may hold slashes itself
_PART = re.compile(r"/(?:[a-z][a-z-]*)(?:/[^/]*)?$")
#: addresses that are no record
_NONE = frozenset({"new", "templates", "export", "job"})


def record_at(path: str) -> tuple[str, str] | None:
    """Kind and name of the record at an address; None for lists, forms and everything else."""
    if found := _PAPERS.match(path):
        return "paper", f"{found['kind']}/{found['name']}"
    for pattern, kind in _RECORDS:
        if found := pattern.match(path):
            name = _PART.sub("", found["name"])
            return None if name in _NONE else (kind, name)
    return None


async def noted(request: Request) -> None:
    """Keep the look, when it is one of somebody who watches; a dependency of every endpoint and page."""
    if request.method != "GET" or (record := record_at(request.url.path)) is None:
        return
    caller = await caller_of(request)
    if caller is None or not viewing.watches(caller.actor):
        return
    service, (kind, name) = service_of(request), record
    state = request.app.state
    if not hasattr(state, "looks"):
        state.looks = viewing.Looks()
    now, who = service.clock(), caller.actor
    if state.looks.fresh(who.id, kind, name, now):
        await service.write(lambda books: viewing.note(books, who, kind, name, now))
