"""Every page, put into the application: routers, the way to the sign-in page, and errors that people can read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import cast

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from terminal.api import turned_away, viewing
from terminal.api.problems import FAULT, Problem, not_signed_in, problem_response
from terminal.logs import endpoint_of
from terminal.store import Busy, StoreUnavailable, Vanished
from terminal.web import (
    account,
    api_docs,
    approving,
    arrivals,
    badges,
    board,
    complaints,
    consignments,
    data,
    demo,
    devices,
    equipment,
    gate,
    hall,
    handover,
    holds,
    importing,
    inspections,
    journal,
    lanes,
    loading,
    messages,
    other_directory,
    papers,
    people,
    portal,
    rail,
    reports,
    review,
    search,
    seizures,
    shifts,
    sign_in,
    stations,
    stock,
    tracking,
    trips,
    visits,
    wall,
    watching,
    weighbridge,
)
from terminal.web.context import Page, SignInFirst, page_of, sign_in_address
from terminal.web.i18n import N_

log = logging.getLogger("karvon")
Handler = Callable[[Request, Exception], Response | Awaitable[Response]]

#: HTTP status -> (icon, tone, heading, sentence) for people.
ERRORS: dict[int, tuple[str, str, str, str]] = {
    403: (
        "lock",
        "look",
        N_("Not for your role"),
        N_("This page or step belongs to other roles. If it should be yours, ask the administrator."),
    ),
    404: (
        "search",
        "note",
        N_("Not here"),
        N_("There is nothing at this address, or it is not yours to see. Check the number."),
    ),
    413: (
        "upload",
        "look",
        N_("Too large"),
        N_("The file is larger than this terminal takes. Split it, or ask the administrator."),
    ),
    503: (
        "hourglass",
        "look",
        N_("One moment"),
        N_("The terminal is busy and recorded nothing. Go back and send it again."),
    ),
    500: (
        "triangle-alert",
        "stop",
        N_("A fault of ours"),
        N_("Something broke and was written down for the engineers. Go back and try again."),
    ),
}
_CSRF = (
    "clock",
    "look",
    N_("This form is too old"),
    N_("The page was opened before you signed in. Open it again and send the form once more."),
)


def _for_people(request: Request) -> bool:
    path = request.url.path
    return not path.startswith(("/api/", "/static/")) and path not in ("/healthz", "/readyz", "/metrics")


async def _error_page(request: Request, status: int, code: str) -> Response:
    try:
        page = await page_of(request)
    except Exception:
        page = Page(request, request.app.state.service, None)
    shown = status if status in ERRORS else (404 if status == 405 else 500 if status >= 500 else 404)
    icon, tone, heading, sentence = _CSRF if code == "csrf" else ERRORS[shown]
    if status == 422:
        heading, sentence = (
            N_("Something is missing"),
            N_("Go back and fill in every field that is asked for."),
        )
    say = page.words.gettext
    signed_in = page.caller is not None and page.caller.is_person
    ways = [("/", say(N_("To the board")))] if signed_in else [("/sign-in", say(N_("Sign in")))]
    return page.html(
        "error.html",
        status=status,
        answer=None,
        icon_name=icon,
        tone=tone,
        heading=say(heading),
        sentence=say(sentence),
        code=code,
        ways=ways,
    )


def _wrap(app: FastAPI, kind: type[Exception], status_of: Callable[[Exception], tuple[int, str]]) -> None:
    """Errors of pages become pages; those of the API stay problem documents."""
    inner = cast(Handler, app.exception_handlers[kind])

    async def handle(request: Request, error: Exception) -> Response:
        if _for_people(request):
            if isinstance(error, Problem):
                await turned_away.met(request, error)
            status, code = status_of(error)
            if status == 401:
                return RedirectResponse(sign_in_address(request.url.path), 303)
            return await _error_page(request, status, code)
        answer = inner(request, error)
        return await answer if isinstance(answer, Awaitable) else answer

    app.add_exception_handler(kind, handle)


def install(app: FastAPI) -> None:
    """Add every page. Call after the API's problems were installed."""
    for part in (
        sign_in,
        other_directory,
        account,
        badges,
        board,
        wall,
        approving,
        consignments,
        data,
        holds,
        inspections,
        equipment,
        seizures,
        complaints,
        messages,
        lanes,
        loading,
        watching,
        arrivals,
        visits,
        portal,
        rail,
        trips,
        handover,
        tracking,
        gate,
        weighbridge,
        stations,
        hall,
        stock,
        devices,
        importing,
        papers,
        people,
        reports,
        shifts,
        search,
        review,
        journal,
        demo,
        api_docs,
    ):
        app.include_router(part.router, include_in_schema=False, dependencies=[Depends(viewing.noted)])

    async def to_sign_in(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInFirst)
        await turned_away.met(request, not_signed_in())
        if request.headers.get("hx-request"):
            return JSONResponse({}, 401)
        path = error.path if request.method in ("GET", "HEAD") else "/"
        return RedirectResponse(sign_in_address(path), 303)

    app.add_exception_handler(SignInFirst, to_sign_in)
    _wrap(app, Problem, lambda error: (cast(Problem, error).status, cast(Problem, error).code))
    _wrap(app, HTTPException, lambda error: (cast(HTTPException, error).status_code, ""))
    _wrap(app, RequestValidationError, lambda _: (422, ""))
    _wrap(app, Busy, lambda _: (503, "busy"))
    _wrap(app, StoreUnavailable, lambda _: (503, "store_unavailable"))
    _wrap(app, Vanished, lambda _: (404, ""))

    async def broken(request: Request, error: Exception) -> Response:
        log.exception("%s %s failed", request.method, endpoint_of(request.scope), exc_info=error)
        if not _for_people(request):
            return problem_response(FAULT)
        return await _error_page(request, 500, "")

    app.add_exception_handler(500, broken)
