"""Results of X-ray and other scanning systems: pushed by an enrolled machine as JSON or XML, and never lost.

A result that belongs to exactly one open order settles or alarms it. Any other lies on the review desk for people:
it clears nothing by itself.
"""

from __future__ import annotations

from fastapi import APIRouter, Request

from devices.nii import ResultRefused, read_result
from terminal.api.needs import Language, TheCaller, TheService, note_refusal
from terminal.api.problems import Problem, not_permitted
from terminal.api.saying import answered
from terminal.api.schemas import AnswerOut

router = APIRouter(tags=["inspections"])

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
    point = caller.device.point or ""
    answer = await service.take_scan_result(result, data, caller.device.id, point, caller)
    return answered(answer, language)
