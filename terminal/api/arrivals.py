"""Vehicles without notice, what they turn out to be, time windows, and the work that is coming."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from terminal import access
from terminal.api.days import Day
from terminal.api.needs import Language, Reads, TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, body_of
from terminal.api.schemas_announce import ArrivalIn, MatchIn, WindowIn
from terminal.cases import announcing, arriving, queueing, visits
from terminal.service import Service
from terminal.web.i18n import ZONE
from workflows.roles import Right
from workflows.stages import Stage
from workflows.state import Visit

router = APIRouter(tags=["visits"])


def _line(visit: Visit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "plate": visit.plate or visit.expected_plate,
        "stage": visit.stage.value,
        "priority": visit.priority,
        "window": visit.slot.isoformat() if visit.slot else None,
        "dock": visit.dock,
        "carries": list(visit.carries),
    }


@router.post("/visits/arrivals")
async def post_arrival(
    shape: ArrivalIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Let in a vehicle that nobody announced. Unless it is empty, it waits until somebody says what it brings."""
    new = visits.NewVisit(shape.plate, shape.trailer, shape.mode.value, unannounced=not shape.empty)
    taken = visits.VisitStep(Stage.GATE_IN, shape.plate, shape.trailer, (), shape.driver)
    barred = access.elsewhere(caller, shape.point)
    request = service.request(caller.actor, shape.nonce, body_of(shape), point=shape.point, barred=barred)
    answer = await service.write(lambda books: arriving.arrive(books, new, taken, request, service.judge))
    return answered(answer, language)


@router.get("/visits/trouble")
async def get_trouble(caller: Reads, service: TheService) -> list[dict[str, Any]]:
    """Vehicles inside that nobody announced, with the expected ones that each may be."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)

    def look() -> list[arriving.Trouble]:
        with service.reading() as reader:
            return arriving.in_trouble(reader)

    found = await run_in_threadpool(look)
    return [{**_line(one.visit), "maybe": [_line(other) for other in one.maybe]} for one in found]


@router.post("/visits/{identity}/match")
async def post_match(
    identity: Name, shape: MatchIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Say what a vehicle without notice brings."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "visit": identity})
    answer = await service.write(
        lambda books: arriving.match(
            books, identity, shape.consignments, shape.expected, request, service.judge
        )
    )
    return answered(answer, language)


@router.post("/visits/{identity}/window")
async def post_window(
    identity: Name, shape: WindowIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Give an expected vehicle another time window."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "visit": identity})
    answer = await service.write(lambda books: announcing.reschedule(books, identity, shape.at, request))
    return answered(answer, language)


@router.get("/windows")
async def get_windows(caller: TheCaller, service: TheService) -> list[dict[str, Any]]:
    """Time windows that can still be booked: their start, and how many vehicles each still takes."""

    def look() -> list[Any]:
        with service.reading() as reader:
            return queueing.free(reader, service.settings.hours, service.clock())

    found = await run_in_threadpool(look)
    return [{"at": at.isoformat(), "free": left} for at, left in found]


def day_of(service: Service, asked: date | None) -> date:
    """The day asked for, or today in Tashkent."""
    return asked or service.clock().astimezone(ZONE).date()


@router.get("/workload")
async def get_workload(
    caller: Reads, service: TheService, day: Annotated[Day | None, Query()] = None
) -> dict[str, Any]:
    """A day: vehicles booked, still expected and come in each hour against the capacity; docks and their queues."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)

    def look() -> queueing.Workload:
        with service.reading() as reader:
            return queueing.workload(reader, service.settings.hours, day_of(service, day))

    load = await run_in_threadpool(look)
    return {
        "day": load.day.isoformat(),
        "per_hour": load.per_hour,
        "windows": [
            {"at": one.at.isoformat(), "booked": one.booked, "expected": one.expected, "came": one.came}
            for one in load.windows
        ],
        "docks": [
            {
                "dock": one.dock,
                "waiting": [_line(visit) for visit in one.waiting],
                "there": [_line(visit) for visit in one.there],
            }
            for one in load.docks
        ],
        "without_window": load.without_window,
        "in_trouble": load.in_trouble,
    }
