"""What came of an X-ray or other scan, as its system tells it: taken by the one open order it can belong to.

Any other result lies on the review desk for people: it clears nothing by itself, and it is never lost.
"""

from __future__ import annotations

from typing import Any

from devices.nii import InspectionResult
from terminal.cases import inspecting, scans
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge
from terminal.cases.once import Request
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.inspection_state import Inspection, Method, Result
from workflows.inspections import Outcomes
from workflows.outcomes import Reason, refuse
from workflows.roles import Actor

METHODS = frozenset({Method.XRAY_CARGO, Method.XRAY_BAGGAGE, Method.BACKSCATTER})
#: what a system says -> what came of the inspection; a scan to be repeated settles nothing
RESULTS = {"clear": Result.NO_FINDING, "suspicious": Result.ANOMALY, "rescan": Result.NOT_POSSIBLE}


def body_of(result: InspectionResult) -> dict[str, Any]:
    """What was asked, for the nonce: the content, however it was written down."""
    return {key: value for key, value in result.fields().items() if key != "sha256"}


def take(books: Books, result: InspectionResult, request: Request, judge: Judge) -> Answer:
    """Record a result. ``request`` carries :func:`body_of` and the result's own nonce."""
    known = books.recall(request.who.id, request.nonce, request.asked) is not None
    orders = [] if known else orders_for(books, result, request.who)
    if not known and len(orders) != 1:
        missing = refuse(Reason.INSPECTION_NOT_FOUND, scan=result.scan_id, orders=len(orders))
        return scans.set_aside(books, request, "inspection_result", missing)
    return inspecting.take_result(books, orders[0].id if orders else "", said(result), request, judge)


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


def orders_for(reader: Reader, result: InspectionResult, who: Actor) -> list[Inspection]:
    """Open scanning orders that the result can belong to: of its consignment, or of the vehicle with its plate."""
    if result.consignment is not None:
        found = inspecting.of_consignment(reader, result.consignment, who)
        return [one for one in found if one.open and one.method in METHODS]
    if not (plate := _tight(result.plate)):
        return []
    orders = []
    for one in inspecting.open_of(reader, who, limit=1000):
        kind, _, name = one.subject.partition(":")
        visit = reader.visit(name) if kind == "visit" and one.method in METHODS else None
        if visit is not None and _tight(visit.plate) == plate:
            orders.append(one)
    return orders


def _tight(plate: str | None) -> str:
    return "".join(char for char in (plate or "").upper() if char.isalnum())
