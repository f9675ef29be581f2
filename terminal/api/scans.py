"""Scans: one, or an offline queue. A refusal is an answer; only the reuse of a nonce for something else is an error."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import Problem
from terminal.api.saying import said
from terminal.api.schemas import AnswerOut, ScanBatch, ScanIn, body_of
from terminal.cases import scans
from terminal.cases.answers import Answer
from terminal.cases.once import Request
from terminal.service import Seen, Service
from workflows.outcomes import Reason

router = APIRouter(tags=["scans"])


def scan_of(shape: ScanIn) -> scans.Scan:
    """The scan that a request describes."""
    known = shape.unit_context
    return scans.Scan(
        shape.code,
        shape.step,
        shape.scanned_at,
        shape.symbology,
        known.visit,
        known.place,
        known.condition,
        known.note,
        known.offline,
    )


def request_of(service: Service, caller: Caller, shape: ScanIn) -> Request:
    """Who asks for this scan, and when; the station's own clock stands beside ours."""
    device = caller.device.id if caller.device else None
    return service.request(
        caller.actor,
        shape.nonce,
        body_of(shape),
        point=shape.point,
        device=device,
        device_at=shape.scanned_at,
    )


async def take(service: Service, caller: Caller, shape: ScanIn) -> Answer:
    """Take one scan."""
    if caller.device is not None and caller.device.point not in (None, shape.point):
        raise Problem(
            403,
            "wrong_point",
            f"This device stands at {caller.device.point!r}, not at {shape.point!r}.",
            point=caller.device.point,
        )
    request, scan = request_of(service, caller, shape), scan_of(shape)
    answer = await service.write(lambda books: scans.take(books, scan, request, window=service.window))
    service.last_scan[shape.point] = Seen(request.at, request.device or caller.actor.id, shape.code, answer)
    return answer


@router.post(
    "/scans", responses={409: {"description": "The nonce was used for another scan; both are kept."}}
)
async def post_scan(
    shape: ScanIn,
    caller: TheCaller,
    service: TheService,
    language: Language,
    accept_language: Annotated[str | None, Header()] = None,
) -> AnswerOut:
    """Answer one scan. Asking again with the same nonce gives the same answer and changes nothing."""
    answer = await take(service, caller, shape)
    if answer.reason is Reason.NONCE_REUSED:
        out = said(answer, language)
        raise Problem(409, "nonce_reused", out.sentence, event=answer.event)
    return said(answer, language)


@router.post("/scans/batch")
async def post_scans(
    batch: ScanBatch, caller: TheCaller, service: TheService, language: Language
) -> list[AnswerOut]:
    """Upload an offline queue: one answer for each scan, in order; a refused one does not stop the others."""
    return [said(await take(service, caller, shape), language) for shape in batch.scans]
