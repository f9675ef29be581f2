"""Keeping who sent more than this terminal takes: the body is gone, the entry in the journal stays."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from terminal.api.needs import caller_of, service_of
from terminal.api.problems import Problem
from workflows.events import Context, SecurityEvent


async def note(scope: Scope, max_bytes: int) -> None:
    """Write down that a known person or device was refused a body over ``max_bytes``.

    Whoever is not signed in leaves no entry: strangers cannot fill the journal.
    """
    # As a mere look: the token of the page may stand in the body that nobody read.
    request = Request({**scope, "method": "GET", "state": {}})
    try:
        caller = await caller_of(request)
    except Problem:
        return
    if caller is None:
        return
    service = service_of(request)
    who = caller.actor.id
    kind, _, name = who.rpartition(":")
    facts = {"path": str(scope["path"])[:200], "max_bytes": max_bytes}
    event = SecurityEvent(f"{kind or 'person'}:{name}", "too_large", facts)
    context = Context(who, service.clock())
    await service.write(lambda books: books.record((event,), context))
