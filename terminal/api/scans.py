"""Scans: one, or an offline queue. A refusal is an answer; only the reuse of a nonce for something else is an error."""

from __future__ import annotations

import asyncio
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
from terminal.store.deferred import Soon
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


class Taking:
    """One scan about to be taken: ``work`` for the writer, ``soon`` what it looks up, ``after`` what follows from it.

    A device that speaks for another point than its own is refused, and that is kept. With ``known`` the caller was not
    looked up for this request: ``work`` raises :class:`Outdated`, with nothing recorded, when that is no longer how
    things stand.
    """

    __slots__ = ("_known", "_request", "_scan", "_service", "_shape")

    def __init__(self, service: Service, caller: Caller, shape: ScanIn, known: Known | None = None) -> None:
        self._service = service
        self._shape = shape
        self._known = known
        self._request, self._scan = request_of(service, caller, shape), scan_of(shape)

    def work(self, books: Books) -> Answer:
        """Decide and record."""
        if self._known is not None:
            self._known.insist(books)
        return scans.take(books, self._scan, self._request, window=self._service.window)

    @property
    def soon(self) -> Soon | None:
        """What is looked up, where the store asks for it beforehand."""
        return scans.soon(self._scan, self._request) if self._service.store.foresees else None

    def after(self, answer: Answer) -> Answer:
        """Once it is on disk: the page of the point shows it, and its lamps. Returns the answer."""
        service, request, point = self._service, self._request, self._shape.point
        if request.device and request.barred is None and service.settings.point(point) is not None:
            service.keep_seen(point, Seen(request.at, request.device, self._shape.code, answer))
        if request.barred is None and not self._scan.offline:  # a queue that comes in late switches nothing
            service.shown(answer, point)
        return answer


async def take(service: Service, caller: Caller, shape: ScanIn, known: Known | None = None) -> Answer:
    """Take one scan; see :class:`Taking`."""
    taking = Taking(service, caller, shape, known)
    return taking.after(await service.write(taking.work, taking.soon))


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
    # Each asks the writer as it begins, so they are written in their order, and share their commits.
    asked = [
        take(service, caller, shape) if isinstance(shape, ScanIn) else keep_malformed(service, caller, shape)
        for shape in batch.scans
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer  # what was written stays written: asked again, it is answered from its nonce
    return [said(answer, language) for answer in answers if isinstance(answer, Answer)]
