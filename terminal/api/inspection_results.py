"""Results of X-ray and other scanning systems: pushed by an enrolled machine as JSON or XML, and never lost.

A result that belongs to exactly one open order settles or alarms it. Any other lies on the review desk for people:
it clears nothing by itself.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool

from devices.nii import InspectionResult, ResultRefused, read_result
from terminal import access
from terminal.access import Caller
from terminal.api.needs import Language, TheCaller, TheService, note_refusal
from terminal.api.problems import Problem, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut
from terminal.cases import inspecting, scans
from terminal.cases.answers import Answer
from terminal.store import Books, Reader
from workflows.inspection_state import Inspection, Method, Result
from workflows.inspections import Outcomes
from workflows.outcomes import Reason, refuse

router = APIRouter(tags=["inspections"])

METHODS = frozenset({Method.XRAY_CARGO, Method.XRAY_BAGGAGE, Method.BACKSCATTER})
#: what a system says -> what came of the inspection; a scan to be repeated settles nothing
RESULTS = {"clear": Result.NO_FINDING, "suspicious": Result.ANOMALY, "rescan": Result.NOT_POSSIBLE}
SCOPE = "readings"


@router.post("/inspection-results")
async def post_inspection_result(
    request: Request, caller: TheCaller, service: TheService, language: Language
) -> AnswerOut:
    """One result as the system wrote it (the body: JSON or XML, see the guide for integrators).

    The system's scan id is the nonce: the same scan gets the same answer for ever. The record is kept as it came.
    """
    if caller.device is None or SCOPE not in caller.device.scopes:
        await note_refusal(request, caller, "refused", right=SCOPE)
        raise not_permitted(SCOPE)
    data = await request.body()
    try:
        result = read_result(data)
    except ResultRefused as error:
        raise Problem(422, "invalid_request", str(error)) from error
    await run_in_threadpool(service.keep_file, result.sha256, data)
    body: dict[str, Any] = {key: value for key, value in result.fields().items() if key != "sha256"}
    point = caller.device.point
    asked = service.request(
        caller.actor,
        result.nonce,
        body,
        point=point,
        device=caller.device.id,
        device_at=result.finished_at,
        barred=access.elsewhere(caller, point),
    )

    def work(books: Books) -> Answer:
        earlier = books.recall(asked.who.id, asked.nonce, asked.asked)
        orders = [] if earlier is not None else orders_for(books, result, caller)
        if earlier is None and len(orders) != 1:
            missing = refuse(Reason.INSPECTION_NOT_FOUND, scan=result.scan_id, orders=len(orders))
            return scans.set_aside(books, asked, "inspection_result", missing)
        identity = orders[0].id if orders else ""
        return inspecting.take_result(books, identity, said(result), asked, service.judge)

    return answered(await service.write(work), language)


def said(result: InspectionResult) -> Outcomes:
    """The result in the words of an inspection."""
    details = {
        "scan_id": result.scan_id,
        "system": result.system,
        "operator": result.operator,
        "record": result.sha256,
        "images": " ".join(image.sha256 for image in result.images),
    }
    minutes = int((result.finished_at - result.started_at).total_seconds() // 60)
    return Outcomes(RESULTS[result.verdict], note=result.remarks, minutes=minutes, details=details)


def orders_for(reader: Reader, result: InspectionResult, caller: Caller) -> list[Inspection]:
    """Open scanning orders that the result can belong to: of its consignment, or of the vehicle with its plate."""
    if result.consignment is not None:
        found = inspecting.of_consignment(reader, result.consignment, caller.actor)
        return [one for one in found if one.open and one.method in METHODS]
    if result.plate is None:
        return []
    plate = _tight(result.plate)
    orders = []
    for one in inspecting.open_of(reader, caller.actor, limit=1000):
        kind, _, name = one.subject.partition(":")
        visit = reader.visit(name) if kind == "visit" and one.method in METHODS else None
        if visit is not None and _tight(visit.plate) == plate:
            orders.append(one)
    return orders


def _tight(plate: str) -> str:
    return "".join(char for char in plate.upper() if char.isalnum())
