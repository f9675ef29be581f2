"""Signing in and out by JSON, for station pages and tools; forms of the pages use the same use cases."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from terminal import access
from terminal.access import SignIn
from terminal.api.needs import SESSION_COOKIE, TheCaller, TheService, same_origin
from terminal.api.problems import Problem
from terminal.api.schemas import SignInIn
from terminal.service import Service

router = APIRouter(tags=["session"])


async def sign_in(service: Service, request: Request, login: str, password: str) -> SignIn:
    """Try a name and a password; the slow hash is verified outside the transaction."""
    now = service.clock()

    def check() -> bool:
        with service.reading() as reader:
            person = reader.people.by_login(login)
        if access.may_try(person, now) is not None:
            return False
        return access.password_matches(person.password_hash if person else None, password)

    matched = await run_in_threadpool(check)
    address = request.client.host if request.client else ""
    facts: dict[str, Any] = {"address": address}
    return await service.write(lambda books: access.sign_in(books, login, matched, now, service.idle, facts))


def keep_session(service: Service, response: Response, token: str) -> None:
    """Put the session token where only the browser can send it back."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(access.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=service.settings.server.tls,
        path="/",
    )


@router.post("/session")
async def post_session(
    shape: SignInIn, request: Request, response: Response, service: TheService
) -> dict[str, Any]:
    """Sign in. Sets the session cookie and returns the token that changing requests must carry."""
    if not same_origin(request):
        raise Problem(403, "csrf", "Sign in from a page of this terminal.")
    result = await sign_in(service, request, shape.login, shape.password)
    if result.token is None or result.person is None:
        if result.why == "locked" and result.until is not None:
            wait = max(1, int((result.until - service.clock()).total_seconds()))
            detail = "Too many wrong passwords. Wait and try again."
            raise Problem(429, "locked", detail, headers={"Retry-After": str(wait)})
        raise Problem(401, "wrong_password", "Name or password is wrong.")
    keep_session(service, response, result.token)
    csrf = access.csrf_token(service.secret, access.hash_token(result.token))
    person = result.person
    return {"id": person.id, "name": person.name, "roles": sorted(person.roles), "csrf": csrf}


@router.get("/session")
async def get_session(caller: TheCaller, service: TheService) -> dict[str, Any]:
    """Who is signed in, with the token for changing requests."""
    csrf = access.csrf_token(service.secret, caller.session) if caller.session else None
    return {"id": caller.actor.id, "name": caller.name, "roles": sorted(caller.actor.roles), "csrf": csrf}


@router.delete("/session")
async def delete_session(caller: TheCaller, response: Response, service: TheService) -> dict[str, Any]:
    """Sign out."""
    if caller.session is not None:
        session, person, now = caller.session, caller.actor.id, service.clock()
        await service.write(lambda books: access.sign_out(books, session, person, now))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return {"signed_out": True}
