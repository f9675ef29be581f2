"""The password once more, over the API: in the request itself, or once for a token that counts for minutes.

A code of the authenticator app counts where the password does. The proof of the last minutes lies in a cookie of the
browser too, so that pages and the API count the same one.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from terminal import access, step_up
from terminal.access import Caller
from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import Problem
from terminal.api.schemas import StepUpIn
from terminal.service import Service

router = APIRouter(tags=["session"])
HEADER = "x-karvon-step-up"
COOKIE = "karvon_proof"


def fresh(request: Request, service: Service, caller: Caller) -> bool:
    """True when this session has proved anew, in the last minutes, who it belongs to. A badge proves nothing."""
    if caller.session is None or caller.limited is not None:
        return False
    given = request.headers.get(HEADER) or request.cookies.get(COOKIE)
    return step_up.proves(service.secret, caller.session, given, service.clock())


async def insist(
    request: Request, service: Service, caller: Caller, password: str | None, asked: str
) -> None:
    """Raises the 403 problem unless this person has proved anew who they are, the 429 one while they must wait.

    ``asked`` names what for, as it stands in the journal.
    """
    if caller.session is None:
        return  # a device: the rules refuse it, and keep that it asked
    if password is None:
        if fresh(request, service, caller):
            return
        detail = "Give your password again: as `password`, or as a token of `POST /session/step-up`."
        raise Problem(403, "step_up_needed", detail)
    await prove(service, caller, password, asked)


async def prove(service: Service, caller: Caller, password: str, asked: str) -> None:
    """Raises the problem for a wrong password (or code of the app), or for too many of them."""
    if caller.limited is not None:  # no password makes more of such a session; that somebody tried is kept
        now, limited = service.clock(), caller.limited
        await service.write(
            lambda books: access.note_refusal(
                books, caller, now, "step_up_failed", asked=asked, limited=limited
            )
        )
    elif await service.same_person(caller.actor.id, password, asked):
        return
    with service.reading() as reader:
        until = access.may_try(reader.people.get(caller.actor.id), service.clock())
    if until is not None:
        wait = max(1, int((until - service.clock()).total_seconds()))
        detail = "Too many wrong passwords. Wait and try again."
        raise Problem(429, "locked", detail, headers={"Retry-After": str(wait)})
    raise Problem(403, "wrong_password", "The password is wrong. Nothing was decided.")


def keep_proof(service: Service, response: Response, token: str) -> None:
    """Put the proof where only this browser sends it back, and only from our own pages."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(step_up.LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=service.settings.server.tls,
        path="/",
    )


def give_proof(service: Service, caller: Caller, response: Response) -> dict[str, Any]:
    """The token of a proof that was given, in the answer and in its cookie."""
    assert caller.session is not None
    until = service.clock() + step_up.LIFETIME
    made = step_up.token(service.secret, caller.session, until)
    keep_proof(service, response, made)
    return {"token": made, "expires_at": until.isoformat()}


@router.post("/session/step-up")
async def post_step_up(
    shape: StepUpIn, caller: TheCaller, response: Response, service: TheService
) -> dict[str, Any]:
    """Give the password again, or a code of the authenticator app, for a token that counts for five minutes.

    Approvals and the end of holds accept it, as the header `X-Karvon-Step-Up`. It is worth nothing without the session
    that asked for it.
    """
    if caller.session is None:
        raise Problem(403, "not_permitted", "A device has no password; approvals are for people.")
    await prove(service, caller, shape.password, "step_up")
    return give_proof(service, caller, response)
