"""The load of a vehicle at the dock: an estimate of what it puts on the axles."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from terminal.api.handover import board_visit
from terminal.api.needs import TheCaller, TheService
from terminal.api.problems import Problem
from terminal.api.schemas import Name
from terminal.cases import loading
from workflows.plain import to_plain

router = APIRouter(tags=["visits"])
Metres = Annotated[Decimal, Field(ge=0, le=30, max_digits=5)]


@router.get("/visits/{identity}/axle-estimate")
async def get_estimate(
    identity: Name,
    caller: TheCaller,
    service: TheService,
    profile: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")] = "semi-5",
    at: Annotated[list[Metres], Query(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> dict[str, Any]:
    """Axle loads estimated from unit weights and where they stand on a simple vehicle. No weighing: an estimate.

    `profile` is a row of `vehicle_profiles.csv`; `at`, once for each unit, is its place in metres from the front of the
    deck. Without it units stand two abreast in the order in which they were loaded. `shift_m` is by how much the whole
    load must move back (below 0: forward) so that no group is too heavy; null when that does not help or need not be.
    """

    def look() -> dict[str, Any]:
        with service.reading() as reader:
            visit = board_visit(reader, identity, caller)
            reference = service.room.in_force(reader).reference
            known = {one.id: one for one in reference.vehicles}
            if profile not in known:
                names = ", ".join(known)
                raise Problem(422, "invalid_request", f"There is no vehicle {profile!r}; there are {names}.")
            load = loading.estimated(reader, visit, known[profile], reference.tolerances.road_limits_kg, at)
        told = load.estimate
        return {
            **to_plain(told),
            "groups": [{**to_plain(one), "over": one.over} for one in told.groups],
            "over": told.over,
            "estimate": True,
            "tare_kg": to_plain(load.tare_kg),
            "shift_m": to_plain(load.shift_m),
            "units": [
                {"unit": unit.label, "gross_kg": to_plain(unit.gross_kg), "at_m": to_plain(metre)}
                for unit, metre in zip(load.units, load.at, strict=True)
            ],
        }

    return await run_in_threadpool(look)
