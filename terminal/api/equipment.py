"""The inventory of inspection equipment."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService, with_right
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, body_of
from terminal.api.schemas_inspection import EquipmentChangeIn, EquipmentIn
from terminal.cases import equipping
from workflows.equipment_state import EquipmentKind
from workflows.plain import to_plain
from workflows.roles import Right

router = APIRouter(tags=["inspections"])
ReadsEquipment = Annotated[Caller, Depends(with_right(Right.READ_EQUIPMENT))]


@router.get("/equipment")
async def list_equipment(
    caller: ReadsEquipment, service: TheService, kind: EquipmentKind | None = None
) -> list[dict[str, Any]]:
    """Instruments, kits and dogs with place, state, dates, uses, and what to know before using them."""

    def look() -> list[equipping.EquipmentLine]:
        with service.reading() as reader:
            return equipping.inventory(reader, service.clock(), kind)

    return [
        {
            **to_plain(line.equipment),
            "warnings": list(line.warnings),
            "minutes_in_shift": line.minutes_in_shift,
            "resting_until": to_plain(line.resting_until),
        }
        for line in await run_in_threadpool(look)
    ]


@router.post("/equipment")
async def post_equipment(
    shape: EquipmentIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Add an instrument, a kit lot (with its last good day) or a dog (with its working time)."""
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    new = shape.equipment()
    return answered(await service.write(lambda books: equipping.add(books, new, request)), language)


@router.post("/equipment/{equipment_id}/change")
async def post_change(
    equipment_id: Name, shape: EquipmentChangeIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Change what is given. Whoever uses it may take it out of service; customs or the administrator put it back."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "equipment": equipment_id})
    changed = shape.changed()
    answer = await service.write(
        lambda books: equipping.change(books, equipment_id, changed, shape.why, request)
    )
    return answered(answer, language)
