"""Complaints about a stop or an inspection: a reference, who answers, and the answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from terminal.access import Caller
from terminal.api.digest import digest_of
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import not_found, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut, Name, Reference
from terminal.api.schemas_letters import (
    ComplaintAnswerIn,
    ComplaintIn,
    ComplaintReopenIn,
    ComplaintTakeIn,
)
from terminal.cases import complaining
from terminal.cases.complaining import Grievance
from workflows.complaint_state import Complainant, Complaint
from workflows.plain import to_plain
from workflows.roles import Right

router = APIRouter(tags=["complaints"])


def insist(caller: Caller) -> None:
    """The 403 problem for people who neither record nor read complaints."""
    if caller.actor.is_device or not (
        caller.actor.may(Right.RECORD_COMPLAINT) or caller.actor.may(Right.READ_COMPLAINTS)
    ):
        raise not_permitted(Right.RECORD_COMPLAINT.value)


def shown(one: Complaint) -> dict[str, Any]:
    """A complaint as JSON, with when its answer is due."""
    plain: dict[str, Any] = to_plain(one)
    return {**plain, "open": one.open, "due": to_plain(one.due)}


@router.get("/complaints")
async def list_complaints(
    caller: TheCaller,
    service: TheService,
    open_only: Annotated[bool, Query(alias="open")] = False,
    before: Annotated[Reference | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Complaints that this reader may read, newest first: one's own, those of one's organisation, or all of them."""
    insist(caller)

    def look() -> list[Complaint]:
        with service.reading() as reader:
            return complaining.listed(
                reader, caller.actor, still_open=True if open_only else None, before=before, limit=limit
            )

    return [shown(one) for one in await run_in_threadpool(look)]


@router.get("/complaints/{complaint}")
async def get_complaint(complaint: Name, caller: TheCaller, service: TheService) -> dict[str, Any]:
    """One complaint with its answers."""
    insist(caller)
    with service.reading() as reader:
        found = complaining.readable(reader, complaint, caller.actor)
    if found is None:
        raise not_found("complaint", complaint)
    return shown(found)


@router.post("/complaints")
async def post_complaint(
    shape: ComplaintIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Record a complaint; `facts.complaint` is the reference to hand out. Nothing of the cargo changes by it."""
    said = Grievance(
        shape.subject,
        shape.cause,
        shape.text,
        Complainant(shape.complainant.name, shape.complainant.contact),
        shape.inspection,
        shape.hold,
    )
    request = service.request(caller.actor, shape.nonce, digest_of(shape))
    return answered(await service.write(lambda books: complaining.record(books, said, request)), language)


@router.post("/complaints/{complaint}/take")
async def post_take(
    complaint: Name, shape: ComplaintTakeIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Take it in hand. Nobody does whose inspection or hold it is about."""
    request = service.request(caller.actor, shape.nonce, {"complaint": complaint, "take": True})
    return answered(await service.write(lambda books: complaining.take(books, complaint, request)), language)


@router.post("/complaints/{complaint}/answer")
async def post_answer(
    complaint: Name, shape: ComplaintAnswerIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Answer it. Nobody does whose inspection or hold it is about."""
    request = service.request(caller.actor, shape.nonce, digest_of(shape, complaint=complaint))
    answer = await service.write(
        lambda books: complaining.answer(books, complaint, shape.finding, shape.text, request)
    )
    return answered(answer, language)


@router.post("/complaints/{complaint}/reopen")
async def post_reopen(
    complaint: Name, shape: ComplaintReopenIn, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """Open it again: whoever complained does not agree with the answer."""
    request = service.request(caller.actor, shape.nonce, digest_of(shape, complaint=complaint))
    answer = await service.write(lambda books: complaining.reopen(books, complaint, shape.why, request))
    return answered(answer, language)
