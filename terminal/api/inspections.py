"""Inspections: the open orders, ordering, starting, results from people and machines, cancelling and waiving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi import Request as HttpRequest
from fastapi.concurrency import run_in_threadpool

from terminal import access
from terminal.access import Caller
from terminal.api import step_up
from terminal.api.cargo import visible
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import not_found, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, Reference, body_of
from terminal.api.schemas_inspection import LookIn, OrderIn, ReasonIn, ResultIn, StartIn, WaiveIn
from terminal.api.schemas_letters import ConfirmIn
from terminal.cases import inspecting
from terminal.cases.answers import Answer
from terminal.cases.once import Request
from terminal.service import Service
from terminal.store import Books
from workflows.inspection_state import TEMPLATES, Inspection, Method
from workflows.plain import to_plain
from workflows.roles import Right
from workflows.stages import Stage

router = APIRouter(tags=["inspections"])


def insist(caller: Caller) -> None:
    """The 403 problem for people who neither read nor do inspections."""
    if not inspecting.concerned(caller.actor):
        raise not_permitted(Right.READ_INSPECTIONS.value)


def shown(one: Inspection) -> dict[str, Any]:
    """An inspection as JSON; ``open``: it stands in the way of a release, ``waits_for_look``: only for its second look."""
    plain: dict[str, Any] = to_plain(one)
    return {**plain, "open": one.open, "waits_for_look": one.waits_for_look}


@router.get("/inspections")
async def list_inspections(
    caller: TheCaller,
    service: TheService,
    consignment: Annotated[Reference | None, Query()] = None,
    method: Method | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """Open inspections, oldest first; with ``consignment`` all of it and its units.

    Officers see everything; people who count, weigh or unload see the open orders of their own work.
    """
    insist(caller)

    def look() -> list[Inspection]:
        with service.reading() as reader:
            if consignment is not None:
                visible(reader.consignment(consignment), caller, consignment)
                found = inspecting.of_consignment(reader, consignment, caller.actor)
                return [one for one in found if method is None or one.method is method][:limit]
            return inspecting.open_of(reader, caller.actor, method, limit)

    return [shown(one) for one in await run_in_threadpool(look)]


@router.get("/inspections/templates")
async def get_templates(caller: TheCaller) -> dict[str, list[str]]:
    """The places to look at on a truck, trailer, container, wagon, aircraft pallet, unit, and in the papers."""
    insist(caller)
    return {name: list(places) for name, places in TEMPLATES.items()}


@router.get("/inspections/{inspection_id}")
async def get_inspection(inspection_id: Name, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """One inspection, what the papers declare, the places to look at, the equipment to choose, and its files."""
    insist(caller)

    def look() -> inspecting.OrderShown | None:
        with service.reading() as reader:
            target = inspecting.target_of(service.room.in_force(reader).reference)
            return inspecting.one_order(reader, inspection_id, caller.actor, service.clock(), target)

    found = await run_in_threadpool(look)
    if found is None:
        raise not_found("inspection", inspection_id)
    return {
        **shown(found.inspection),
        "late": found.line.late,
        "declared": to_plain(found.declared),
        "templates": to_plain(found.places),
        "equipment_to_choose": [{"id": one.id, "name": one.name} for one in found.equipment],
        "attached": to_plain(found.files),
    }


async def _do(
    service: Service,
    request: Request,
    language: str,
    work: Callable[[Books, Request], Answer],
) -> AnswerOut:
    return answered(await service.write(lambda books: work(books, request)), language)


@router.post("/inspections")
async def post_inspection(
    shape: OrderIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Order an inspection. From this moment the consignment gets no release until it is settled."""
    asked = inspecting.Ordering(
        shape.subject, shape.method, shape.why, tuple(shape.places), shape.operation, shape.instead_of
    )
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    return await _do(service, request, language, lambda b, r: inspecting.order(b, asked, r))


@router.post("/inspections/{inspection_id}/start")
async def post_start(
    inspection_id: Name, shape: StartIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Begin. An instrument that has expired, is not calibrated, or must rest is refused with the reason."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "inspection": inspection_id})
    return await _do(
        service, request, language, lambda b, r: inspecting.start(b, inspection_id, shape.equipment, r)
    )


@router.post("/inspections/{inspection_id}/result")
async def post_result(
    inspection_id: Name, shape: ResultIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """What came of it, from a person or from an enrolled machine whose point allows the step INSPECT.

    ANOMALY, INDICATION and FINDING open a hold of customs in the same commit.
    """
    device = caller.device.id if caller.device is not None else None
    point = shape.point or (caller.device.point if caller.device is not None else None)
    request = service.request(
        caller.actor,
        shape.nonce,
        {**body_of(shape), "inspection": inspection_id},
        point=point,
        device=device,
        barred=access.elsewhere(caller, point),
    )
    said = shape.said()
    return await _do(
        service,
        request,
        language,
        lambda b, r: inspecting.take_result(b, inspection_id, said, r, service.judge, shape.equipment),
    )


@router.post("/inspections/{inspection_id}/second-look")
async def post_second_look(
    inspection_id: Name, shape: LookIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Read an X-ray picture as well: an X-ray operator or customs inspector, never whoever read it first, no machine.

    Until then the inspection is open. A doubted all-clear opens a hold of customs in the same commit.
    """
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "inspection": inspection_id})
    return await _do(
        service,
        request,
        language,
        lambda b, r: inspecting.second_look(b, inspection_id, shape.agrees, shape.note, r, service.judge),
    )


@router.post("/inspections/{inspection_id}/confirm")
async def post_confirm(
    inspection_id: Name, shape: ConfirmIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Say what came of an anomaly or an indication: something was there, or nothing. Counted in hit rates."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "inspection": inspection_id})
    return await _do(
        service,
        request,
        language,
        lambda b, r: inspecting.confirm(b, inspection_id, shape.confirmed, shape.note, r),
    )


@router.post("/inspections/{inspection_id}/cancel")
async def post_cancel(
    inspection_id: Name, shape: ReasonIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take the order back, with a reason."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "inspection": inspection_id})
    return await _do(
        service, request, language, lambda b, r: inspecting.cancel(b, inspection_id, shape.reason, r)
    )


@router.post("/inspections/{inspection_id}/waive")
async def post_waive(
    inspection_id: Name,
    shape: WaiveIn,
    http: HttpRequest,
    caller: TheCaller,
    service: TheService,
    language: Language,
) -> AnswerOut:
    """Customs lets an inspection that was not possible rest, with a reason. Asks for the password again."""
    if caller.actor.may_step(Stage.CUSTOMS_RELEASE):
        await step_up.insist(http, service, caller, shape.password, "waiver")
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "inspection": inspection_id})
    return await _do(
        service, request, language, lambda b, r: inspecting.waive(b, inspection_id, shape.reason, r)
    )
