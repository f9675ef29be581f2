"""What an enrolled station keeps for the time without a connection, and what it makes its key from."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from terminal import access
from terminal.access import Caller
from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.cases import last_known
from terminal.service import Service
from workflows.stages import Stage

router = APIRouter(tags=["scans"])
#: where a browser keeps that it is a station: the token it was enrolled with
STATION_COOKIE = "karvon_station"
STEPS = frozenset(
    {Stage.TALLY, Stage.UNLOAD, Stage.LOAD, Stage.STORAGE, Stage.PICK, Stage.GATE_IN, Stage.GATE_OUT}
)
_PURPOSE = b"karvon last known 1"


class KnownOut(BaseModel):
    """What the station knows. ``things`` holds [label or plate, ``open``/``done``/``other``, held] of each unit or vehicle;
    ``seed`` is what it makes its key from: told by the station's token, and of no use for anything else."""

    step: str
    at: datetime
    complete: bool
    things: list[tuple[str, str, bool]]
    seed: str


def seed_of(token: str) -> str:
    """What the key of a station's kept knowledge is made from (hex): HMAC-SHA-256 of its purpose under the token."""
    return hmac.new(token.encode("utf-8", "surrogatepass"), _PURPOSE, hashlib.sha256).hexdigest()


def _token(request: Request, caller: Caller) -> str:
    """The token of the station that asks: its bearer token, or the one in the cookie of a browser that is a station."""
    if caller.device is not None and caller.session is None:
        return request.headers.get("authorization", "").partition(" ")[2].strip()
    return request.cookies.get(STATION_COOKIE, "")


def _insist(service: Service, token: str, caller: Caller, step: Stage) -> None:
    with service.reading() as reader:
        found = access.caller_of_token(reader, token) if token else None
    if found is None or step not in STEPS or not found.actor.may_step(step):
        raise not_permitted("station")
    if not caller.actor.may_step(step):
        raise not_permitted(step.value)


@router.get("/stations/known", responses={304: {"description": "Nothing changed since that ETag."}})
def get_known(
    caller: TheCaller,
    request: Request,
    response: Response,
    service: TheService,
    step: Annotated[Stage, Query()],
) -> KnownOut:
    """What an enrolled station may know while it has no connection: the units or vehicles of one step, without papers or
    reasons. For the station's own token, or for somebody who works in a browser that is a station. Ask again with
    ``If-None-Match`` to hear only of changes."""
    token = _token(request, caller)
    _insist(service, token, caller, step)
    seed = seed_of(token)
    with service.reading() as reader:
        tag = f'"{reader.head().seq}-{step.value}-{seed[:8]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})  # type: ignore[return-value]
        known = last_known.at_step(reader, step)
    response.headers["ETag"] = tag
    return KnownOut(
        step=step.value,
        at=service.clock(),
        complete=known.complete,
        things=[(one.name, one.state, one.held) for one in known.things],
        seed=seed,
    )
