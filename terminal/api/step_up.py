"""The password once more, over the API: in the request itself, or once for a token that counts for minutes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from terminal import access, step_up
from terminal.access import Caller
from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import Problem
from terminal.api.schemas import StepUpIn
from terminal.service import Service

router = APIRouter(tags=["session"])
HEADER = "x-karvon-step-up"


async def insist(
    request: Request, service: Service, caller: Caller, password: str | None, asked: str
) -> None:
    """Raises the 403 problem unless this person has proved anew who they are, the 429 one while they must wait.

    ``asked`` names what for, as it stands in the journal.
    """
    if caller.session is None:
        return  # a device: the rules refuse it, and keep that it asked
    if password is None:
        given = request.headers.get(HEADER)
        if step_up.proves(service.secret, caller.session, given, service.clock()):
            return
        detail = "Give your password again: as `password`, or as a token of `POST /session/step-up`."
        raise Problem(403, "step_up_needed", detail)
    await prove(service, caller, password, asked)


async def prove(service: Service, caller: Caller, password: str, asked: str) -> None:
    """Raises the problem for a wrong password, or for too many of them."""
    if await service.same_person(caller.actor.id, password, asked):
        return
    with service.reading() as reader:
        until = access.may_try(reader.people.get(caller.actor.id), service.clock())
    if until is not None:
        wait = max(1, int((until - service.clock()).total_seconds()))
        detail = "Too many wrong passwords. Wait and try again."
        raise Problem(429, "locked", detail, headers={"Retry-After": str(wait)})
    raise Problem(403, "wrong_password", "The password is wrong. Nothing was decided.")


@router.post("/session/step-up")
async def post_step_up(shape: StepUpIn, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """Give the password again for a token that approvals and the end of holds accept for five minutes.

    Send it as the header `X-Karvon-Step-Up`. It is worth nothing without the session that asked for it.
    """
    if caller.session is None:
        raise Problem(403, "not_permitted", "A device has no password; approvals are for people.")
    await prove(service, caller, shape.password, "step_up")
    until = service.clock() + step_up.LIFETIME
    made = step_up.token(service.secret, caller.session, until)
    return {"token": made, "expires_at": until.isoformat()}
