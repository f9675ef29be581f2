"""Complaints on the screen: the list, one with its answers, recording one with a reference to hand out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.digest import hashed
from terminal.api.problems import not_found, not_permitted
from terminal.cases import complaining
from terminal.cases.complaining import Grievance
from terminal.web.context import MyPage, Page
from terminal.web.showing_inspections import InspectionShower
from workflows.complaint_state import Cause, Complainant, Complaint, Finding
from workflows.outcomes import Reason
from workflows.roles import Right

router = APIRouter()
Nonce = Annotated[str, Form(max_length=80)]
Line = Annotated[str, Form(max_length=200)]
Long = Annotated[str, Form(max_length=2000)]
Short = Annotated[str, Query(max_length=90)]
_LIMIT = 100


def _insist(page: Page) -> None:
    if not (page.may(Right.RECORD_COMPLAINT) or page.may(Right.READ_COMPLAINTS)):
        raise not_permitted(Right.RECORD_COMPLAINT.value)


def _row(shower: InspectionShower, one: Complaint) -> dict[str, Any]:
    """A complaint with the names that a page needs."""
    name, href = shower.subject(one.subject)
    return {
        "c": one,
        "about": name,
        "href": href,
        "recorded_by": shower.name(one.recorded_by),
        "taken_by": shower.name(one.taken_by) if one.taken_by else "",
        "replies": [(reply, shower.name(reply.by)) for reply in one.replies],
        "late": one.late(shower.page.now),
    }


@router.get("/complaints")
def get_complaints(
    page: MyPage, show: Annotated[str, Query(max_length=10)] = "", before: Short = ""
) -> Response:
    """Complaints that this reader may read: those to be answered, or all of them."""
    _insist(page)
    everything = show == "all"
    with page.service.reading() as reader:
        found = complaining.listed(
            reader, page.actor, still_open=None if everything else True, before=before or None, limit=_LIMIT
        )
        rows = [_row(InspectionShower(page, reader), one) for one in found]
    older = found[-1].ref if len(found) == _LIMIT else ""
    return page.html("complaints.html", rows=rows, older=older, everything=everything)


# before /complaints/{ref}: "new" is no reference
@router.get("/complaints/new")
def get_new(page: MyPage, subject: Short = "", inspection: Short = "", hold: Short = "") -> Response:
    """The form to record a complaint about a consignment or a vehicle."""
    page.insist(Right.RECORD_COMPLAINT)
    name = href = ""
    with page.service.reading() as reader:
        if subject:
            if complaining.barred(reader, subject, page.actor):
                raise not_found("subject", subject)
            name, href = InspectionShower(page, reader).subject(subject)
    kind, _, what = subject.partition(":")
    return page.html(
        "complaint_new.html",
        subject=subject,
        kind=kind or "consignment",
        what=what,
        about=name,
        href=href,
        inspection=inspection,
        hold=hold,
    )


@router.post("/complaints")
async def post_complaint(
    page: MyPage,
    cause: Annotated[Cause, Form()],
    kind: Annotated[str, Form(pattern=r"^(consignment|visit)$")] = "consignment",
    what: Line = "",
    text: Long = "",
    complainant: Line = "",
    contact: Line = "",
    inspection: Line = "",
    hold: Line = "",
    nonce: Nonce = "",
) -> Response:
    """Record a complaint."""
    subject = f"{kind}:{what.strip()}"
    with page.service.reading() as reader:
        if kind == "consignment" and (known := reader.reference_of(what.strip())) is not None:
            subject = f"consignment:{known}"
    said = Grievance(
        subject, cause, text, Complainant(complainant, contact), inspection or None, hold or None
    )
    body = {
        "subject": subject,
        "cause": cause.value,
        "text": text,
        "by": complainant,
        "contact": contact,
        "inspection": inspection,
        "hold": hold,
    }
    request = page.asked(nonce, hashed(body))
    answer = await page.service.write(lambda books: complaining.record(books, said, request))
    unknown = answer.reason is Reason.NOT_FOUND
    back = "/complaints/new" if unknown else f"/complaints/new?subject={subject}"
    return page.after(answer, f"/complaints/{answer.facts['complaint']}" if answer.ok else back)


@router.get("/complaints/{ref}")
def get_complaint(page: MyPage, ref: str) -> Response:
    """One complaint: what was said, how far it is, the answers, and the forms for those who may."""
    _insist(page)
    with page.service.reading() as reader:
        found = complaining.readable(reader, ref, page.actor)
        if found is None:
            raise not_found("complaint", ref)
        row = _row(InspectionShower(page, reader), found)
    answers = page.may(Right.ANSWER_COMPLAINT)
    return page.html(
        "complaint.html",
        v=row,
        involved=page.actor.id in found.involved,
        may_answer=answers and found.open and page.actor.id not in found.involved,
        may_reopen=not found.open and page.may(Right.RECORD_COMPLAINT),
        may_inspect=page.may(Right.READ_INSPECTIONS),
        may_hold=page.may(Right.READ_BOARD),
    )


@router.post("/complaints/{ref}/take")
async def post_take(page: MyPage, ref: str, nonce: Nonce = "") -> Response:
    """Take it in hand."""
    request = page.asked(nonce, {"complaint": ref, "take": True})
    answer = await page.service.write(lambda books: complaining.take(books, ref, request))
    return page.after(answer, f"/complaints/{ref}")


@router.post("/complaints/{ref}/answer")
async def post_answer(
    page: MyPage, ref: str, finding: Annotated[Finding, Form()], text: Long = "", nonce: Nonce = ""
) -> Response:
    """Answer it."""
    request = page.asked(nonce, hashed({"finding": finding.value, "text": text}, complaint=ref))
    answer = await page.service.write(lambda books: complaining.answer(books, ref, finding, text, request))
    return page.after(answer, f"/complaints/{ref}")


@router.post("/complaints/{ref}/reopen")
async def post_reopen(page: MyPage, ref: str, why: Long = "", nonce: Nonce = "") -> Response:
    """Open it again."""
    request = page.asked(nonce, hashed({"why": why}, complaint=ref))
    answer = await page.service.write(lambda books: complaining.reopen(books, ref, why, request))
    return page.after(answer, f"/complaints/{ref}")
