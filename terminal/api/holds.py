"""Holds: the open ones, placing, ending."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from terminal.api import step_up
from terminal.api.needs import Language, Reads, TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, ExemptionIn, HoldIn, LiftIn, Name, body_of
from terminal.cases import holding
from workflows.discretion import as_seen
from workflows.plain import to_plain
from workflows.roles import Right

router = APIRouter(tags=["holds"])


@router.get("/holds")
async def list_holds(caller: Reads, service: TheService) -> list[dict[str, Any]]:
    """Open holds, oldest first. Sanctions holds only for those who may see risk; agencies see none.

    Of one that rests on the watch list, officers of other services see only that the border service holds.
    """
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    with service.reading() as reader:
        lines = reader.holds_open(limit=500)
    return [
        {**to_plain(seen), "consignment": line.consignment}
        for line in lines
        if (seen := as_seen(line.hold, caller.actor)) is not None
    ]


@router.post("/holds")
async def post_hold(shape: HoldIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Place a hold; the steps it blocks are refused from this moment."""
    placing = holding.Placing(
        shape.subject,
        shape.authority,
        shape.reason,
        shape.note,
        shape.severity,
        frozenset(shape.blocks),
        tuple(shape.evidence),
        shape.check,
        shape.target,
    )
    request = service.request(caller.actor, shape.nonce, body_of(shape))
    return answered(await service.write(lambda books: holding.place(books, placing, request)), language)


@router.post("/holds/{hold_id}/lift")
async def post_lift(
    hold_id: Name,
    shape: LiftIn,
    http: Request,
    caller: TheCaller,
    service: TheService,
    language: Language,
) -> AnswerOut:
    """End a hold with an outcome and a reason; a waiver takes two people and evidence.

    Asks for the password again, or for a step-up token.
    """
    if caller.actor.may(Right.LIFT_HOLD):
        await step_up.insist(http, service, caller, shape.password, "lift_hold")
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "hold": hold_id})
    ending = holding.Ending(shape.outcome, shape.note, tuple(shape.evidence), tuple(shape.units))
    answer = await service.write(lambda books: holding.lift(books, hold_id, ending, request))
    return answered(answer, language)


@router.post("/holds/{hold_id}/exemption")
async def post_exemption(
    hold_id: Name, shape: ExemptionIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """State the humanitarian basis of a sanctions match. The hold stays; nothing is released or refused by it."""
    request = service.request(caller.actor, shape.nonce, {**body_of(shape), "hold": hold_id})
    answer = await service.write(
        lambda books: holding.state_exemption(books, hold_id, shape.basis, shape.note, request)
    )
    return answered(answer, language)
