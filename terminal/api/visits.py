"""Vehicles at the terminal, their steps, and weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query

from terminal import access
from terminal.access import Caller
from terminal.api.cargo import holds_shown
from terminal.api.needs import Language, Reads, TheCaller, TheService
from terminal.api.problems import Problem, not_found, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import LAST, AnswerOut, Name, VisitIn, VisitStepIn, WeighIn, body_of
from terminal.cases import axles, screening, visits, weighing
from terminal.cases.cargo_seen import after_visit_step
from terminal.service import Service
from terminal.store.desk import Attachment
from workflows.axles import report as axle_report
from workflows.discretion import readable
from workflows.outcomes import Reason, Refused, refuse
from workflows.plain import to_plain
from workflows.roles import RIGHTS, STEP_ROLES, Right
from workflows.stages import Stage
from workflows.state import Weighing
from workflows.tares import indicators as tare_indicators

router = APIRouter(tags=["visits"])


@router.get("/visits")
async def list_visits(
    caller: Reads,
    service: TheService,
    point: Annotated[str | None, Query(max_length=64)] = None,
    stage: Stage | None = None,
) -> list[dict[str, Any]]:
    """Vehicles inside (at one point, if named), or at one stage."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        lines = reader.visits_at(stage) if stage is not None else reader.visits_inside(point=point)
    return [
        {
            "id": line.id,
            "plate": line.plate or line.expected_plate,
            "trailer": line.trailer,
            "stage": line.stage.value,
            "since": line.since.isoformat(),
            "mode": line.mode,
            "point": line.point,
        }
        for line in lines
    ]


@router.get("/visits/{identity}")
async def get_visit(identity: Name, caller: Reads, service: TheService) -> dict[str, Any]:
    """One vehicle: what is on board, its seals and its weights."""
    with service.reading() as reader:
        visit = reader.visit(identity) if caller.actor.may(Right.READ_BOARD) else None
        if visit is None:
            raise not_found("visit", identity)
        last = screening.last(reader, identity)
        reference = service.room.in_force(reader).reference
        axle = axle_report(visit, reference.tolerances)
    plain: dict[str, Any] = to_plain(visit)
    plain["holds"] = holds_shown(visit.holds, caller)
    if found := readable(last.findings, caller.actor) if last is not None else ():
        plain["findings"] = to_plain(found)
    plain["axles"] = to_plain(axle) if axle is not None else None
    if caller.actor.may(Right.READ_RISK):
        plain["indicators"] = tare_indicators(visit, reference.points)
    return plain


@router.post("/visits")
async def post_visit(shape: VisitIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Expect a vehicle."""
    new = visits.NewVisit(shape.plate, shape.trailer, shape.mode, tuple(shape.carries))
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    return answered(await service.write(lambda books: visits.announce(books, new, request)), language)


@router.post("/visits/{identity}/steps")
async def post_visit_step(
    identity: Name, shape: VisitStepIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Let a vehicle take a step: gate-in, dock (UNLOAD; note "empty" when all is off), seal, gate-out, across.

    ``done_at`` is for what was done without a connection: kept as the station's clock said it, decided now.
    """
    taken = visits.VisitStep(
        shape.step,
        shape.plate,
        shape.trailer,
        tuple(seal.seal() for seal in shape.seals),
        shape.driver,
        None,
        shape.note,
        waybill=shape.waybill,
        offline_at=shape.done_at,
    )
    device = caller.device.id if caller.device else None
    point = shape.point or (caller.device.point if caller.device else None)
    body = {**body_of(shape), "visit": identity}
    for later in ("done_at", "waybill"):  # what was asked before there was one keeps its digest
        if body[later] is None:
            del body[later]
    barred = access.elsewhere(caller, point)
    request = service.request(
        caller.actor, shape.nonce, body, point=point, device=device, device_at=shape.done_at, barred=barred
    )

    def work(books: Any) -> Any:
        answer = visits.step(books, identity, taken, request, window=service.window)
        after_visit_step(books, identity, answer, request, service.judge)
        return answer

    answer = await service.write(work)
    if shape.done_at is None:  # what comes in late from a queue switches nothing
        service.shown(answer, point)
    return answered(answer, language)


@router.get("/weighings")
async def list_weighings(
    caller: Reads,
    service: TheService,
    visit: Annotated[str | None, Query(max_length=80)] = None,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[dict[str, Any]]:
    """Accepted weights with their evidence, newest first."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        subject = f"visit:{visit}" if visit else None
        found = reader.weighings(before, limit, subject=subject)
    return [{"seq": line.seq, "subject": line.subject, **to_plain(line.weighing)} for line in found]


@router.post("/weighings")
async def post_weighing(
    shape: WeighIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Capture a stable weight for a vehicle or a unit; unstable, out of range or unverified is refused, and kept."""
    if (shape.visit is None) == (shape.unit is None):
        raise Problem(422, "invalid_request", "Name either `visit` (with `step`) or `unit`, not both.")
    weight, trace = await _weight(shape, caller, service)
    if isinstance(weight, Weighing) and shape.note.strip():
        weight = replace(weight, note=shape.note)
    seen = service.on_scale(shape.point, looked=shape.looked)
    request = service.request(
        caller.actor,
        shape.nonce,
        body_of(shape),
        point=shape.point,
        device=weight.scale if isinstance(weight, Weighing) else None,
        barred=access.elsewhere(caller, shape.point),
    )

    def work(books: Any) -> Any:
        if shape.unit is not None:
            limits = service.room.in_force(books).reference.tolerances
            return weighing.weigh_unit(
                books, shape.unit, weight, request, trace, judge=service.judge, tolerances=limits
            )
        assert shape.visit is not None
        limits = service.room.in_force(books).reference.tolerances
        if shape.layout is not None:
            answer = axles.weigh(
                books, shape.visit, shape.layout, weight, request, trace, on_scale=seen, tolerances=limits
            )
        else:
            step = shape.step or Stage.WEIGH_IN
            answer = weighing.weigh_visit(
                books, shape.visit, step, weight, request, trace, on_scale=seen, tolerances=limits
            )
        after_visit_step(books, shape.visit, answer, request, service.judge)
        return answer

    return answered(service.shown(await service.write(work), shape.point), language)


async def _weight(
    shape: WeighIn, caller: Caller, service: Service
) -> tuple[Weighing | Refused, Attachment | None]:
    with service.reading() as reader:
        if reader.recall(caller.actor.id, shape.nonce, b"") is not None:
            return refuse(
                Reason.NO_WEIGHT, point=shape.point
            ), None  # answered before: nothing is weighed again
    step = shape.step or Stage.WEIGH_IN
    may = caller.actor.may(Right.WEIGH) if shape.unit is not None else caller.actor.may_step(step)
    if not may or access.elsewhere(caller, shape.point) is not None:
        who = RIGHTS[Right.WEIGH] if shape.unit is not None else STEP_ROLES[step]
        return refuse(Reason.NOT_PERMITTED, who=who, step=step.value, person=caller.actor.id), None
    if shape.typed_kg is None:
        return await service.capture(shape.point, caller.actor.id, shape.wait_s)
    if not caller.actor.may(Right.TYPE_WEIGHT):
        return refuse(Reason.NOT_PERMITTED, step="type_weight", person=caller.actor.id), None
    scale = service.settings.scale_at(shape.point)
    second = await service.second_person(
        shape.confirmed_by or "", shape.confirm_password or "", caller.actor.id
    )
    typed = weighing.Typed(
        shape.typed_kg,
        scale.id if scale else shape.point,
        service.clock(),
        second,
        shape.note,
        scale.verified_until if scale else None,
    )
    return weighing.from_typed(typed, caller.actor.id), None
