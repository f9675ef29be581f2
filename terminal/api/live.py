"""Live weights for panels: a stream of what the scales show, each scale at most five times a second."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from devices.live import Live
from devices.readings import plain
from terminal.access import Caller
from terminal.api.journal import CHECK_S
from terminal.api.needs import TheCaller, TheService, still_there
from terminal.api.problems import not_permitted
from terminal.api.schemas import gives
from terminal.service import Service
from workflows.roles import Right

router = APIRouter(tags=["devices"])


def shown(live: Live) -> dict[str, Any]:
    """What a panel needs of a live weight; kg as decimal text."""
    return {
        "device": live.device,
        "point": live.point,
        "at": live.at.isoformat(),
        "kg": plain(live.kg),
        "value": plain(live.value),
        "unit": live.unit,
        "phase": live.phase,
        "stable": live.stable,
        "flags": sorted(live.flags),
    }


async def weights(
    request: Request, service: Service, caller: Caller, point: str | None
) -> AsyncIterator[str]:
    """Server-sent events named ``live``; ends when the reader has gone or may not read, or the devices stop."""
    yield "retry: 2000\n\n"
    checked = time.monotonic()
    fleet = service.fleet
    if fleet is None:
        return
    async with aclosing(fleet.lives()) as lives:  # type: ignore[type-var]
        waiting: asyncio.Task[Live] | None = None
        try:
            while not await request.is_disconnected():
                if time.monotonic() - checked >= CHECK_S:
                    if not await run_in_threadpool(still_there, request, caller):
                        return
                    checked = time.monotonic()
                waiting = waiting or asyncio.ensure_future(anext(lives))
                done, _ = await asyncio.wait({waiting}, timeout=10)
                if not done:
                    yield ": still here\n\n"
                    continue
                live = waiting.result()
                waiting = None
                if point is None or live.point == point:
                    data = json.dumps(shown(live), ensure_ascii=False, separators=(",", ":"))
                    yield f"event: live\ndata: {data}\n\n"
        finally:
            if waiting is not None:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)


@router.get("/live", response_class=StreamingResponse, responses=gives("text/event-stream"))
async def get_live_weights(
    request: Request,
    caller: TheCaller,
    service: TheService,
    point: Annotated[str | None, Query(max_length=64)] = None,
) -> StreamingResponse:
    """Follow the weights on display, of one point or of all."""
    if not (caller.actor.may(Right.READ_DEVICES) or caller.actor.may(Right.WEIGH)):
        raise not_permitted(Right.READ_DEVICES.value)
    return StreamingResponse(
        weights(request, service, caller, point),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
