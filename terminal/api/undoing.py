"""What a station does about its own scans afterwards: undo a wrong one, and learn what became of those set aside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field, field_validator, model_validator

from terminal import access
from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.saying import answered
from terminal.api.schemas import LAST, AnswerOut, Asked, Nonce, Note, Reference, Shape, body_of, zoned
from terminal.cases import undoing
from terminal.store import Reader
from terminal.store.desk import ReviewItem
from workflows.handling_state import UndoReason
from workflows.roles import Right

router = APIRouter(tags=["scans"])


class UndoIn(Asked):
    """Undo one scan: ``scan`` is the nonce under which whoever asks sent it, or ``event`` its number, whoever made it.

    ``undone_at`` is the station's own clock. Made without a connection, it waits in the same queue as the scans.
    """

    scan: Nonce | None = None
    event: Annotated[int, Field(ge=1, le=LAST)] | None = None
    reason: UndoReason
    note: Note = ""
    point: Reference | None = None
    undone_at: datetime

    _zone = field_validator("undone_at")(zoned)

    @model_validator(mode="after")
    def _one(self) -> UndoIn:
        if (self.scan is None) == (self.event is None):
            raise ValueError("name the scan by its nonce in `scan`, or by its event number in `event`")
        return self


class OutcomeOut(Shape):
    """What became of a scan that was set aside: ``resolution`` APPLY or KEEP and the ``note``, None while it waits."""

    review: int
    open: bool
    resolution: str | None = None
    note: str | None = None
    closed_at: datetime | None = None


@router.post("/scans/undo")
async def post_undo(shape: UndoIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Take a wrong scan back by an event of its own that names it; refused, with what to do, once it is too late."""
    body: dict[str, Any] = body_of(shape)
    request = service.request(
        caller.actor,
        shape.nonce,
        body,
        point=shape.point,
        device=caller.device.id if caller.device else None,
        device_at=shape.undone_at,
        barred=access.elsewhere(caller, shape.point) if shape.point else None,
    )
    which = undoing.Which(shape.scan, shape.event)
    answer = await service.write(lambda books: undoing.undo(books, which, shape.reason, shape.note, request))
    return answered(answer, language)


@router.get("/scans/reviews")
async def get_outcomes(
    caller: TheCaller,
    service: TheService,
    review: Annotated[list[Annotated[int, Query(ge=1, le=LAST)]], Query(max_length=100)],
) -> list[OutcomeOut]:
    """What supervisors decided on scans that were set aside. Those of others are left out for whoever may not see them."""
    with service.reading() as reader:
        found = [one for seq in dict.fromkeys(review) if (one := reader.desk.review(seq)) is not None]
        return [_outcome(one) for one in found if _may_see(reader, caller, one)]


def _may_see(reader: Reader, caller: Caller, item: ReviewItem) -> bool:
    if caller.actor.may(Right.READ_BOARD) or caller.actor.may(Right.REVIEW_SCANS):
        return True
    entry = reader.entry(item.seq)
    own = caller.device.id if caller.device else None
    return entry is not None and (
        entry.who == caller.actor.id or (own is not None and entry.facts.get("device") == own)
    )


def _outcome(item: ReviewItem) -> OutcomeOut:
    return OutcomeOut(
        review=item.seq,
        open=item.open,
        resolution=item.resolution,
        note=item.note,
        closed_at=item.closed_at,
    )
