"""What endpoints need, as Annotated dependencies: the service, who is calling, which right, which language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi._compat import ModelField
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from terminal import access, tokens
from terminal.access import Caller
from terminal.api.problems import Problem, not_permitted, not_signed_in
from terminal.callers import SEEN_EVERY, Known
from terminal.service import Service
from terminal.store.people import Session
from terminal.web import i18n
from workflows.roles import Right

SESSION_COOKIE = "karvon_session"
LANGUAGE_COOKIE = "karvon_lang"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def service_of(request: Request) -> Service:
    """The running terminal."""
    service: Service = request.app.state.service
    return service


TheService = Annotated[Service, Depends(service_of)]


async def caller_of(request: Request) -> Caller | None:
    """Who is calling: a person by session cookie, a device by bearer token; None when nobody can be told.

    A changing request with a cookie must come from our own pages and carry the token of its session.
    Raises :class:`Problem` when it does not.
    """
    if hasattr(request.state, "caller"):
        found: Caller | None = request.state.caller
        return found
    service = service_of(request)
    caller: Caller | None = None
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token:
        caller = await _device(service, token.strip())
    elif cookie := request.cookies.get(SESSION_COOKIE):
        caller = await _by_session(service, cookie)
        if caller is not None and request.method not in _SAFE:
            await insist_on_our_page(request, caller)
    request.state.caller = caller
    return caller


async def _device(service: Service, token: str) -> Caller | None:
    now = service.clock()
    known = await run_in_threadpool(_by_token, service, token)
    if known is None or known.caller.device is None:
        return None
    device = known.caller.device
    if device.seen_at is None or now - device.seen_at > SEEN_EVERY:
        await service.write(lambda books: books.devices.seen(device.id, now))
        known = replace(known, caller=replace(known.caller, device=replace(device, seen_at=now)))
    service.callers.learn(known)
    return known.caller


def _by_token(service: Service, token: str) -> Known | None:
    with service.reading() as reader:
        caller = access.caller_of_token(reader, token)
        if caller is None:
            return None
        return Known(access.hash_token(token), caller, reader.devices.changes())


async def _by_session(service: Service, cookie: str) -> Caller | None:
    now = service.clock()

    def look() -> tuple[Caller, Session] | None:
        with service.reading() as reader:
            return access.caller_of_session(reader, cookie, now)

    found = await run_in_threadpool(look)
    if found is None:
        return None
    caller, session = found
    if now - session.seen_at > SEEN_EVERY:
        ends = now + service.rest_of(caller)
        await service.write(lambda books: books.people.touch_session(session.token_hash, now, ends))
    return caller


def still_there(request: Request, caller: Caller) -> bool:
    """True while the session or token of this request is good and carries the same rights.

    For answers that last long; blocks, and does not count as being busy: an open page alone keeps no session alive.
    """
    service = service_of(request)
    with service.reading() as reader:
        if caller.device is not None and caller.session is None:
            device = reader.devices.get(caller.device.id)
            return device is not None and device.active and device.token_hash == caller.device.token_hash
        found = access.caller_of_session(reader, request.cookies.get(SESSION_COOKIE, ""), service.clock())
    return found is not None and found[0].actor == caller.actor


def same_origin(request: Request) -> bool:
    """True unless the browser says that the request comes from another site."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return origin is None
    return urlsplit(origin).netloc == request.url.netloc


async def insist_on_our_page(request: Request, caller: Caller) -> None:
    """Refuse a changing request that does not come from a page of this session."""
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await request.form()).get("csrf")
        given = value if isinstance(value, str) else None
    secret = service_of(request).secret
    assert caller.session is not None
    if not same_origin(request) or not tokens.csrf_matches(secret, caller.session, given):
        await note_refusal(request, caller, "refused_csrf")
        raise Problem(
            403, "csrf", "This request does not come from a page of your session. Load the page again."
        )


async def note_refusal(request: Request, caller: Caller, action: str, **facts: str) -> None:
    """Keep in the journal that a changing request was refused before it could be asked."""
    service = service_of(request)
    request.state.refusal_kept = True
    now, path = service.clock(), request.url.path[:200]
    method = request.method
    await service.write(
        lambda books: access.note_refusal(books, caller, now, action, method=method, path=path, **facts)
    )


def each_once(request: Request) -> None:
    """Refuse a query in which a name stands twice that takes one value. Raises the 422 problem.

    Of two values one part of a system may take the first and the next part the last: an error, no choice.
    """
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = {name for name, times in given.items() if times > 1}
    route = request.scope.get("route")
    if twice and isinstance(route, APIRoute):
        twice -= {one.alias for one in _asked_for(route.dependant) if _takes_many(one.field_info.annotation)}
    if twice:
        name = min(twice)
        fields = [{"field": f"query.{name}", "message": "Give this once."}]
        raise Problem(422, "invalid_request", f"query.{name}: Give this once.", errors=fields)


def _asked_for(dependant: Dependant) -> Iterator[ModelField]:
    yield from dependant.query_params
    for one in dependant.dependencies:
        yield from _asked_for(one)


def _takes_many(annotation: Any) -> bool:
    return get_origin(annotation) in (list, set, tuple, frozenset) or any(
        _takes_many(one) for one in get_args(annotation)
    )


MaybeCaller = Annotated[Caller | None, Depends(caller_of)]


async def somebody(caller: MaybeCaller) -> Caller:
    """A caller that was recognised. Raises the 401 problem otherwise."""
    if caller is None:
        raise not_signed_in()
    return caller


TheCaller = Annotated[Caller, Depends(somebody)]


def with_right(right: Right) -> Callable[[Request, Caller], Awaitable[Caller]]:
    """A dependency that asks for a right of a person. Devices have none: they only take steps."""

    async def check(request: Request, caller: TheCaller) -> Caller:
        if not caller.actor.may(right):
            if request.method not in _SAFE:
                await note_refusal(request, caller, "refused", right=right.value)
            raise not_permitted(right.value)
        return caller

    return check


def language_of(request: Request) -> str:
    """The language to answer in: chosen by cookie, by the person, or asked by the browser."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return i18n.choose(
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        user=caller.language if caller else None,
        accept=request.headers.get("accept-language"),
        terminal=service_of(request).settings.terminal.language,
    )


Language = Annotated[str, Depends(language_of)]
Reads = Annotated[Caller, Depends(with_right(Right.READ_CONSIGNMENTS))]
ReadsJournal = Annotated[Caller, Depends(with_right(Right.READ_JOURNAL))]
ReadsDevices = Annotated[Caller, Depends(with_right(Right.READ_DEVICES))]
ManagesDevices = Annotated[Caller, Depends(with_right(Right.MANAGE_DEVICES))]
ManagesData = Annotated[Caller, Depends(with_right(Right.MANAGE_DATA))]
Announces = Annotated[Caller, Depends(with_right(Right.ANNOUNCE))]
