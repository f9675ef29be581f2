"""Signing in through another organisation's directory: the way there, and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from terminal import oidc
from terminal.api.problems import not_found
from terminal.api.session import facts_of, insist_on_patience
from terminal.store.books import Books
from terminal.web.context import AnyPage, Page, local
from terminal.web.i18n import N_
from terminal.web.sign_in import second_page, sign_in_page, signed_in

router = APIRouter()
STATE_COOKIE = "karvon_state"
REFUSED = N_(
    "The other directory did not say who you are in a way that counts. Try again, or ask the administrator."
)


def _back(page: Page) -> str:
    base = page.service.settings.terminal.public_url or str(page.request.base_url)
    return f"{base.rstrip('/')}/sign-in/other/back"


@router.get("/sign-in/other")
async def get_other(page: AnyPage, next: Annotated[str, Query(max_length=400)] = "/") -> Response:
    """To the sign-in of the configured directory."""
    settings, now, back = page.service.settings.oidc, page.now, _back(page)
    if not settings.on:
        raise not_found("page", "/sign-in/other")
    insist_on_patience(page.request, page.service)
    try:
        async with oidc.client() as http:
            known = await oidc.discover(settings, http)
    except oidc.NotProven as problem:
        return await _refused(page, str(problem))
    begun = await page.service.write(lambda books: oidc.begin(books, settings, known, back, local(next), now))
    response = RedirectResponse(begun.address, 303)
    response.set_cookie(
        STATE_COOKIE,
        begun.state,
        max_age=300,
        httponly=True,
        samesite="lax",
        secure=page.service.settings.server.tls,
        path="/sign-in/other",
    )
    return response


@router.get("/sign-in/other/back")
async def get_back(
    page: AnyPage,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the directory: what it says is proven before anybody is let in."""
    service, now, back = page.service, page.now, _back(page)
    settings = service.settings.oidc
    if not settings.on:
        raise not_found("page", "/sign-in/other/back")
    insist_on_patience(page.request, service)
    try:
        if not code or not state or page.request.cookies.get(STATE_COOKIE) != state:
            raise oidc.NotProven("state")
        kept = await service.write(lambda books: oidc.spend(books, state, now))
        async with oidc.client() as http:
            known = await oidc.discover(settings, http)
            token, keys = await oidc.exchange(settings, known, code, str(kept["verifier"]), back, http)
        claims = oidc.claims_of(settings, token, keys, str(kept["nonce"]), now)
    except oidc.NotProven as problem:
        return await _refused(page, str(problem))
    facts, must = facts_of(page.request), service.settings.second_factor
    result = await service.write(
        lambda books: oidc.sign_in(books, settings, claims, now, service.idle, facts, must)
    )
    onward = str(kept["next"])
    if result.token is not None and result.person is not None:
        response = await signed_in(page, result.token, result.person, onward)
    elif result.pending is not None:
        response = second_page(page, result.pending, result.ways, onward)
    else:
        response = sign_in_page(page, "/", "", 403, REFUSED)
    response.delete_cookie(STATE_COOKIE, path="/sign-in/other")
    return response


async def _refused(page: Page, why: str) -> Response:
    now, facts = page.now, facts_of(page.request)

    def work(books: Books) -> None:
        oidc.refused(books, now, why, facts)

    await page.service.write(work)
    return sign_in_page(page, "/", "", 403, REFUSED)
