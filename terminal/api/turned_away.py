"""Whoever is turned away leaves an entry in the journal, within bounds: who tries doors shall be seen, and fill nothing.

What a changing request of somebody who is known was refused for is written down where it is refused
(:func:`terminal.api.needs.note_refusal`). Here is the rest: tokens and sessions that are no good, reading without the
right, addresses that reach for files, names that are not ours. Each person and device, and all strangers together,
write a few such entries a minute and no more. A token is never written down, nor the query of an address.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from terminal import access
from terminal.access import Caller
from terminal.api.needs import SESSION_COOKIE, service_of
from terminal.api.problems import Problem
from terminal.limits import client_key
from terminal.store.errors import Busy, StoreUnavailable
from workflows.events import Context, SecurityEvent

#: problems whose tries are kept
KEPT = frozenset({"not_permitted", "not_signed_in"})


async def met(request: Request, problem: Problem) -> None:
    """Keep what an endpoint or a page answered with this problem, if it is one of a try that must be seen."""
    if problem.code not in KEPT or getattr(request.state, "refusal_kept", False):
        return
    caller: Caller | None = getattr(request.state, "caller", None)
    if problem.code == "not_permitted" and caller is not None:
        await keep(request, caller, "refused", right=str(problem.extra.get("right", "")))
    elif caller is None and (why := shown_by(request)) is not None:
        await keep(request, None, "turned_away", why=why)


def shown_by(request: Request) -> str | None:
    """What somebody showed who was not recognised: a ``token`` or a ``session``; None for nothing at all."""
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return "token"
    return "session" if request.cookies.get(SESSION_COOKIE) else None


async def at_the_door(scope: Scope, why: str) -> None:
    """Keep that a request was turned away before anybody read it: ``address`` or ``host``."""
    await keep(Request({**scope, "state": {}}), None, "turned_away", why=why)


async def keep(request: Request, caller: Caller | None, action: str, **facts: str) -> None:
    """Write the entry, unless this person, this device or the strangers have written enough. A full store changes nothing.

    The refusal stands either way.
    """
    service = service_of(request)
    host = request.client.host if request.client is not None else None
    who = caller.actor.id if caller is not None else "everybody"
    if service.strangers.wait_s(who):
        return
    now = service.clock()
    seen = {**facts, "method": request.method[:20], "path": printable(request.url.path)}
    try:
        if caller is not None:
            await service.write(lambda books: access.note_refusal(books, caller, now, action, **seen))
        else:
            event = SecurityEvent("person:unknown", action, {**seen, "from": client_key(host)})
            await service.write(lambda books: books.record((event,), Context("nobody", now)))
    except (Busy, StoreUnavailable):
        return


def printable(path: str) -> str:
    """A path as it may stand in the journal: at most 200 characters, none of which moves a cursor or ends a line."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in path[:200])
