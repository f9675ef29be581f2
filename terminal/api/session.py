"""Signing in and out by JSON, for station pages and tools; forms of the pages use the same use cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from terminal import access, sessions, tokens
from terminal.access import SignIn
from terminal.api.needs import SESSION_COOKIE, TheCaller, TheService, same_origin
from terminal.api.problems import Problem
from terminal.api.schemas import SignInIn
from terminal.limits import client_key
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
    facts, must = facts_of(request), service.settings.second_factor
    return await service.write(
        lambda books: access.sign_in(books, login, matched, now, service.idle, facts, must)
    )


def facts_of(request: Request) -> dict[str, Any]:
    """Where a session comes from: the address and, in two words, the browser."""
    address = request.client.host if request.client else ""
    return {"address": address, "browser": sessions.browser_of(request.headers.get("user-agent", ""))}


def insist_on_patience(request: Request, service: Service) -> None:
    """Raises the 429 problem for a client that tries to come in too often."""
    host = request.client.host if request.client else None
    if wait := service.doors.wait_s(client_key(host)):
        detail = "Too many tries from this address. Wait a moment and try again."
        raise Problem(429, "too_many", detail, headers={"Retry-After": str(wait)})


def refusal(result: SignIn, now: datetime) -> Problem:
    """The problem that a sign-in ended with."""
    if result.why == "locked" and result.until is not None:
        wait = max(1, int((result.until - now).total_seconds()))
        detail = "Too many wrong passwords. Wait and try again."
        return Problem(429, "locked", detail, headers={"Retry-After": str(wait)})
    if result.why == "second" and result.pending is not None:
        detail = "Finish with `POST /session/second`: a code of your authenticator app, a recovery code, or a passkey."
        return Problem(401, "second_factor_needed", detail, pending=result.pending, ways=sorted(result.ways))
    return Problem(401, "wrong_password", "Name or password is wrong.")


async def signed_in(request: Request, service: Service, response: Response, result: SignIn) -> dict[str, Any]:
    """Keep the session of a sign-in and tell whose it is."""
    assert result.token is not None
    assert result.person is not None
    await keep_session(request, service, response, result.token)
    csrf = tokens.csrf_token(service.secret, access.hash_token(result.token))
    person = result.person
    return {"id": person.id, "name": person.name, "roles": sorted(person.roles), "csrf": csrf}


async def keep_session(request: Request, service: Service, response: Response, token: str) -> None:
    """Put the session token where only the browser can send it back; the session it had before ends."""
    if former := request.cookies.get(SESSION_COOKIE):
        now = service.clock()
        await service.write(lambda books: access.end_former(books, former, now))
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
    insist_on_patience(request, service)
    result = await sign_in(service, request, shape.login, shape.password)
    if result.token is None or result.person is None:
        raise refusal(result, service.clock())
    return await signed_in(request, service, response, result)


@router.get("/session")
async def get_session(caller: TheCaller, service: TheService) -> dict[str, Any]:
    """Who is signed in, with the token for changing requests."""
    csrf = tokens.csrf_token(service.secret, caller.session) if caller.session else None
    return {"id": caller.actor.id, "name": caller.name, "roles": sorted(caller.actor.roles), "csrf": csrf}


@router.delete("/session")
async def delete_session(caller: TheCaller, response: Response, service: TheService) -> dict[str, Any]:
    """Sign out."""
    if caller.session is not None:
        session, person, now = caller.session, caller.actor.id, service.clock()
        await service.write(lambda books: access.sign_out(books, session, person, now))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return {"signed_out": True}
