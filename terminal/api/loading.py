"""The load of a vehicle at the dock: an estimate of what it puts on the axles."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from terminal.api.handover import board_visit
from terminal.api.needs import TheCaller, TheService
from terminal.api.schemas import Name
from terminal.cases import loading
from workflows.loading_axles import PROFILES
from workflows.plain import to_plain

router = APIRouter(tags=["visits"])


@router.get("/visits/{identity}/axle-estimate")
async def get_estimate(
    identity: Name,
    caller: TheCaller,
    service: TheService,
    profile: Annotated[Literal["rigid-2", "rigid-3", "semi-5", "semi-6"], Query()] = "semi-5",
) -> dict[str, Any]:
    """Axle loads estimated from unit weights and their order of loading on a simple vehicle. No weighing: an estimate."""

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            visit = board_visit(reader, identity, caller)
            limits = service.room.in_force(reader).reference.tolerances.road_limits_kg
            told = loading.estimated(reader, visit, PROFILES[profile], limits)
        groups = [{**to_plain(one), "over": one.over} for one in told.groups]
        return {**to_plain(told), "groups": groups, "over": told.over, "estimate": True}

    return await run_in_threadpool(look)
