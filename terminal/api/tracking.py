"""For everybody, without signing in: tracking by code, the own truck, hours and queue, papers to bring.

Each answer is bounded in how often it may be asked, and tells nothing beside what stands in its shape.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from terminal.api.needs import TheService
from terminal.api.problems import Problem
from terminal.api.schemas_announce import MilestoneOut, PublicOut, TrackedOut, TruckOut
from terminal.cases import queueing
from terminal.limits import client_key
from terminal.service import Service
from terminal.store.reader import Reader
from workflows.arrivals import HOUR, queue_order
from workflows.checks.reference import DocumentRule
from workflows.papers import Mode

router = APIRouter(tags=["public"])


def not_too_often(request: Request, service: Service) -> None:
    """Raises the 429 problem, with the seconds to wait, when this client asks too often."""
    host = request.client.host if request.client is not None else None
    wait = service.public.wait_s(client_key(host))
    if wait:
        raise Problem(
            429,
            "too_often",
            f"You asked very often. Wait {wait} seconds and ask again.",
            headers={"Retry-After": str(wait)},
        )


#: the same for a code that is wrong, unknown, or of something that is gone
UNKNOWN = (
    "There is nothing under this code. Compare it sign by sign with the paper: it has no 0, O, 1, I or L."
)
UNKNOWN_TRUCK = "No vehicle here has this reference and this plate together. Compare both with the slip."


def told(found: queueing.Told) -> list[MilestoneOut]:
    """Milestones as they are given."""
    return [MilestoneOut(milestone=one.value, at=at) for one, at in found.milestones]


@router.get("/track/{code}")
async def get_track(code: str, request: Request, service: TheService) -> TrackedOut:
    """Milestones and times of what a tracking code belongs to. Nothing else is ever in this answer."""
    not_too_often(request, service)

    def look() -> queueing.Told | None:
        with service.reading() as reader:
            return queueing.follow(reader, code)

    found = await run_in_threadpool(look)
    if found is None:
        raise Problem(404, "not_found", UNKNOWN)
    return TrackedOut(milestones=told(found))


@router.get("/public/truck")
async def get_truck(
    request: Request,
    service: TheService,
    reference: Annotated[str, Query(max_length=120)],
    plate: Annotated[str, Query(max_length=40)],
) -> TruckOut:
    """The own truck, by the number on its slip (or the consignment's reference) together with its plate."""
    not_too_often(request, service)

    def look() -> queueing.OwnTruck | None:
        with service.reading() as reader:
            return queueing.own_truck(reader, reference, plate)

    found = await run_in_threadpool(look)
    if found is None:
        raise Problem(404, "not_found", UNKNOWN_TRUCK)
    return TruckOut(milestones=told(queueing.Told(found.milestones)), ahead=found.ahead, dock=found.dock)


def public_facts(reader: Reader, service: Service) -> PublicOut:
    """Hours and queue at this moment."""
    hours, now = service.settings.hours, service.clock()
    hour = now.replace(minute=0, second=0, microsecond=0)
    return PublicOut(
        name=service.settings.terminal.name,
        opens=hours.opens,
        closes=hours.closes,
        days=sorted(hours.days),
        open_now=hours.open_at(now),
        waiting=len(queue_order(queueing.inside(reader))),
        expected_this_hour=sum(reader.announcing.booked(hour, hour + HOUR).values()),
    )


@router.get("/public")
async def get_public(request: Request, service: TheService) -> PublicOut:
    """Opening hours (hours of the day and days of the week, terminal time) and the length of the queue."""
    not_too_often(request, service)

    def look() -> PublicOut:
        with service.reading() as reader:
            return public_facts(reader, service)

    return await run_in_threadpool(look)


def to_bring(service: Service, reader: Reader, mode: str, goods: str) -> list[DocumentRule]:
    """Papers that a sender brings for a mode and a type of goods, those asked of everybody first."""
    rules = service.room.in_force(reader).reference.documents
    kinds = service.room.in_force(reader).reference.with_parents(frozenset({goods} - {""}))
    wanted = [
        rule
        for rule in rules
        if not rule.by_terminal
        and (not rule.modes or mode in rule.modes)
        and (not rule.goods_types or rule.goods_types & kinds)
        and not rule.condition.endswith(" fired")
        and rule.requirement in ("M", "C")
    ]
    return sorted(wanted, key=lambda rule: (bool(rule.goods_types), rule.requirement != "M"))


@router.get("/public/documents")
async def get_documents(
    request: Request,
    service: TheService,
    mode: Mode = Mode.ROAD,
    goods: Annotated[str, Query(max_length=40, pattern=r"^[A-Z_]*$")] = "",
) -> list[dict[str, Any]]:
    """The papers to bring: type, names, whether it is always asked for, and by which step."""
    not_too_often(request, service)

    def look() -> list[DocumentRule]:
        with service.reading() as reader:
            return to_bring(service, reader, mode.value, goods)

    rules = await run_in_threadpool(look)
    return [
        {
            "document": rule.code,
            "name": dict(rule.name),
            "always": rule.requirement == "M",
            "needed_by": rule.needed_by,
        }
        for rule in rules
    ]
