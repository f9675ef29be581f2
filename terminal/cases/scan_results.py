"""What came of an X-ray or other scan, as its system tells it: taken by the one open order it can belong to.

A system that knows only container, plate or wagon means the consignment under way in it, if exactly one is. Any other
result lies on the review desk with the reason: it clears nothing by itself, and it is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from devices.nii import InspectionResult
from terminal.cases import inspecting
from terminal.cases.answers import Answer
from terminal.cases.checking import Judge
from terminal.cases.once import Request, keep
from terminal.cases.plates import plate_of
from terminal.store.books import Books
from terminal.store.reader import Reader
from workflows.events import ScanSetAside
from workflows.inspection_state import Inspection, Method, Result
from workflows.inspections import Outcomes
from workflows.outcomes import Reason, Refused, refuse
from workflows.plain import to_plain
from workflows.roles import Actor
from workflows.stages import ENDED, Stage
from workflows.state import Consignment

METHODS = frozenset({Method.XRAY_CARGO, Method.XRAY_BAGGAGE, Method.BACKSCATTER})
#: what a system says -> what came of the inspection; a scan to be repeated settles nothing
RESULTS = {"clear": Result.NO_FINDING, "suspicious": Result.ANOMALY, "rescan": Result.NOT_POSSIBLE}
#: consignments looked through for a wagon, at each stage
MOST = 500


@dataclass(frozen=True, slots=True)
class Matched:
    """Open orders that a result can belong to, and the consignments under way in what was scanned."""

    orders: tuple[Inspection, ...]
    consignments: tuple[str, ...]

    @property
    def order(self) -> Inspection | None:
        """The one order, when nothing about it is in doubt."""
        return self.orders[0] if len(self.orders) == 1 and len(self.consignments) <= 1 else None

    @property
    def why(self) -> str:
        """Why a person must look: nothing known is in it, several are, it was not ordered, or ordered twice."""
        if len(self.consignments) > 1:
            return "several_consignments"
        if len(self.orders) > 1:
            return "several_orders"
        return "not_ordered" if self.consignments else "nothing_under_way"


def body_of(result: InspectionResult) -> dict[str, Any]:
    """What was asked, for the nonce: the content, however it was written down."""
    return {key: value for key, value in result.fields().items() if key != "sha256"}


def take(books: Books, result: InspectionResult, request: Request, judge: Judge) -> Answer:
    """Record a result. ``request`` carries :func:`body_of` and the result's own nonce."""
    if books.recall(request.who.id, request.nonce, request.asked) is not None:
        return inspecting.take_result(books, "", said(result), request, judge)
    matched = match(books, result, request.who)
    if request.barred is None and matched.order is None:
        return _set_aside(books, result, matched, request)
    identity = matched.order.id if matched.order is not None else ""
    return inspecting.take_result(books, identity, said(result), request, judge)


def _set_aside(books: Books, result: InspectionResult, matched: Matched, request: Request) -> Answer:
    one = matched.consignments[0] if len(matched.consignments) == 1 else None
    subject = f"consignment:{one}" if one is not None else "label:late"
    other: dict[str, Any] = {
        "why": matched.why,
        "consignments": list(matched.consignments),
        "orders": len(matched.orders),
    }
    event = ScanSetAside(subject, "inspection_result", to_plain(dict(request.body)), other)
    seq = books.record((event,), request.context)
    missing: Refused = refuse(Reason.INSPECTION_NOT_FOUND, scan=result.scan_id, **other)
    return keep(books, request, Answer("attention", subject, {"review": seq, **other}, missing.missing, seq))


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


def match(reader: Reader, result: InspectionResult, who: Actor) -> Matched:
    """Open scanning orders that the result can belong to, and the consignments it speaks of."""
    if result.consignment is not None:
        refs = [result.consignment] if reader.consignment(result.consignment) is not None else []
        return Matched(tuple(_orders(reader, refs, who)), tuple(refs))
    visits = _visits(reader, result.plate)
    found: dict[str, None] = {}
    for identity in visits:
        visit = reader.visit(identity)
        if visit is not None:
            found |= dict.fromkeys(visit.aboard)
    if result.container:
        found |= dict.fromkeys(_with_container(reader, result.container))
    if result.wagon:
        found |= dict.fromkeys(_with_wagon(reader, result.wagon))
    if result.plate and not visits:
        found |= dict.fromkeys(_with_plate(reader, result.plate))
    orders = _orders(reader, found, who)
    for one in inspecting.open_of(reader, who, limit=1000):
        kind, _, name = one.subject.partition(":")
        if kind == "visit" and name in visits and one.method in METHODS:
            # the vehicle itself was ordered to be scanned: what it carries does not matter
            return Matched((one,) if not orders else (one, *orders), ())
    return Matched(tuple(orders), tuple(found))


def _orders(reader: Reader, refs: Any, who: Actor) -> list[Inspection]:
    return [
        one
        for ref in refs
        for one in inspecting.of_consignment(reader, ref, who)
        if one.open and one.method in METHODS
    ]


def _visits(reader: Reader, plate: str | None) -> list[str]:
    """Vehicles with that plate that are inside; else those expected."""
    wanted = plate_of(plate)
    lines = reader.visits_with_plate(wanted) if wanted else []
    inside = [line.id for line in lines if line.stage is not Stage.PRE_ADVICE]
    return inside or [line.id for line in lines]


def _under_way(one: Consignment | None) -> bool:
    return one is not None and one.stage not in ENDED


def _with_container(reader: Reader, container: str) -> list[str]:
    """Consignments under way whose papers name that container, however it is written there."""
    words = f"{container[:4]} {container[4:10]}"
    lines = reader.consignments(text=words, limit=MOST)
    return [
        line.ref
        for line in lines
        if (one := reader.consignment(line.ref)) is not None
        and _under_way(one)
        and _tight(one.papers.container) == _tight(container)
    ]


def _with_plate(reader: Reader, plate: str) -> list[str]:
    """Consignments under way whose papers name that vehicle or trailer; no vehicle of it is at the terminal."""
    found = []
    for line in reader.consignments(text=_tight(plate), limit=MOST):
        one = reader.consignment(line.ref)
        vehicle = one.papers.vehicle if one is not None else None
        if (
            vehicle is not None
            and _under_way(one)
            and _tight(plate) in (_tight(vehicle.plate), _tight(vehicle.trailer))
        ):
            found.append(line.ref)
    return found


def _with_wagon(reader: Reader, wagon: str) -> list[str]:
    """Consignments under way with goods in that wagon, by their lines."""
    found = []
    for stage in Stage:
        if stage in ENDED:
            continue
        for line in reader.consignments_at(stage, limit=MOST):
            one = reader.consignment(line.ref)
            if one is not None and any(_tight(item.wagon) == _tight(wagon) for item in one.papers.lines):
                found.append(line.ref)
    return found


def _tight(text: str | None) -> str:
    return "".join(char for char in (text or "").upper() if char.isalnum())
