"""Keeping who sent more than this terminal takes: the body is gone, the entry in the journal stays."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from terminal.api import handover
from terminal.api.needs import caller_of, service_of
from terminal.api.problems import Problem
from workflows.events import Context, SecurityEvent


async def note(scope: Scope, max_bytes: int) -> None:
    """Write down that a known person or device was refused a body over ``max_bytes``.

    Whoever is not signed in leaves no entry, unless they hold a handover link: strangers cannot fill the journal.
    """
    # As a mere look: the token of the page may stand in the body that nobody read.
    request = Request({**scope, "method": "GET", "state": {}})
    try:
        caller = await caller_of(request)
    except Problem:
        return
    service = service_of(request)
    facts = {"path": str(scope["path"])[:200], "max_bytes": max_bytes}
    holder = handover.holder_of(service, str(scope["path"])) if caller is None else None
    if holder is not None:  # the path holds a link that is good: it is not written down
        who, subject, facts = holder.who, holder.subject, {"max_bytes": max_bytes}
    elif caller is not None:
        who = caller.actor.id
        kind, _, name = who.rpartition(":")
        subject = f"{kind or 'person'}:{name}"
    else:
        return
    event = SecurityEvent(subject, "too_large", facts)
    context = Context(who, service.clock())
    await service.write(lambda books: books.record((event,), context))
