"""Scans: one, or an offline queue. A refusal is an answer; only the reuse of a nonce for something else is an error."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query

from terminal import access
from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService
from terminal.api.problems import not_permitted
from terminal.api.saying import answered, said
from terminal.api.schemas import AnswerOut, ScanBatch, ScanIn, SeenOut, SeenScan, body_of
from terminal.callers import Known
from terminal.cases import scans
from terminal.cases.answers import Answer
from terminal.cases.once import Request
from terminal.service import Seen, Service
from terminal.store import Books, uuid7
from workflows.outcomes import Reason, refuse
from workflows.roles import Right

router = APIRouter(tags=["scans"])

_NONCE = re.compile(r"[A-Za-z0-9._:-]{8,80}")
#: characters of a message that is no scan which are kept
_KEPT = 8000


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
        known.only,
    )


def request_of(service: Service, caller: Caller, shape: ScanIn) -> Request:
    """Who asks for this scan, and when; the station's own clock stands beside ours."""
    device = caller.device.id if caller.device else None
    body = body_of(shape)
    if shape.unit_context.only is None:  # queues that were filled before there was one keep their digest
        del body["unit_context"]["only"]
    return service.request(
        caller.actor,
        shape.nonce,
        body,
        point=shape.point,
        device=device,
        device_at=shape.scanned_at,
        barred=access.elsewhere(caller, shape.point),
    )


async def take(service: Service, caller: Caller, shape: ScanIn, known: Known | None = None) -> Answer:
    """Take one scan. A device that speaks for another point than its own is refused, and that is kept.

    With ``known`` the caller was not looked up for this request: raises :class:`Outdated`, with nothing recorded, when
    that is no longer how things stand.
    """
    request, scan = request_of(service, caller, shape), scan_of(shape)

    def work(books: Books) -> Answer:
        if known is not None:
            known.insist(books)
        return scans.take(books, scan, request, window=service.window)

    answer = await service.write(work, scans.soon(scan, request))
    if request.device and request.barred is None and service.settings.point(shape.point) is not None:
        service.keep_seen(shape.point, Seen(request.at, request.device, shape.code, answer))
    if request.barred is None and not scan.offline:  # a queue that comes in late switches nothing
        service.shown(answer, shape.point)
    return answer


async def keep_malformed(service: Service, caller: Caller, data: dict[str, Any]) -> Answer:
    """Keep what is no whole scan for the review desk. Its own nonce counts where it has a usable one."""
    given = data.get("nonce")
    nonce = given if isinstance(given, str) and _NONCE.fullmatch(given) else str(uuid7())
    text = json.dumps(data, ensure_ascii=True, sort_keys=True)
    body: dict[str, object] = {"malformed": text[:_KEPT]}
    device = caller.device.id if caller.device else None
    request = service.request(caller.actor, nonce, body, device=device)
    missing = refuse(Reason.INVALID, field="scan")
    return await service.write(lambda books: scans.set_aside(books, request, "malformed", missing))


@router.post(
    "/scans", responses={409: {"description": "The nonce was used for another scan; both are kept."}}
)
async def post_scan(shape: ScanIn, caller: TheCaller, service: TheService, language: Language) -> AnswerOut:
    """Answer one scan. Asking again with the same nonce gives the same answer and changes nothing."""
    return answered(await take(service, caller, shape), language)


@router.get("/scans")
async def get_scans(
    caller: TheCaller, service: TheService, language: Language, point: Annotated[str, Query(max_length=64)]
) -> SeenOut:
    """The last scans that devices made at a point, oldest first: what its own page shows beside its own scans."""
    if not caller.actor.may(Right.READ_BOARD):
        raise not_permitted(Right.READ_BOARD.value)
    head = service.store.tail().seq
    scans = [
        SeenScan(at=seen.at, device=seen.device, code=seen.text, answer=said(seen.answer, language))
        for seen in service.device_scans.get(point, ())
    ]
    return SeenOut(head=head, scans=scans)


@router.post("/scans/batch")
async def post_scans(
    batch: ScanBatch, caller: TheCaller, service: TheService, language: Language
) -> list[AnswerOut]:
    """Upload an offline queue: one answer for each scan, in order; a refused one does not stop the others."""
    answers = []
    for shape in batch.scans:
        taken = take if isinstance(shape, ScanIn) else keep_malformed
        answers.append(said(await taken(service, caller, shape), language))  # type: ignore[arg-type]
    return answers
