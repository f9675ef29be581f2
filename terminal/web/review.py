"""Late scans: both versions side by side, and a person who decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from terminal.api.problems import not_found
from terminal.cases.reviewing import Decision, decide
from terminal.store.desk import ReviewItem
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from terminal.web.wording import word
from workflows.roles import Right

router = APIRouter()
_WHY = {
    "too_old": N_("This scan came too late to be applied by itself."),
    "nonce_reused": N_("This message was sent before with another content."),
    "no_step": N_("Nobody said what a scan at this place means."),
    "inspection_result": N_("This scan result could not be laid with one open order."),
    "radiation_alarm": N_("The radiation portal gave an alarm, and no vehicle was known to stand in it."),
}
#: why the result of a scan could not be taken by itself
_RESULT_WHY = {
    "several_consignments": N_("Several consignments are under way in what was scanned."),
    "several_orders": N_("More than one scan is ordered for it."),
    "not_ordered": N_("No scan is ordered for it."),
    "nothing_under_way": N_("Nothing known is under way in what was scanned."),
}
KEPT = N_("The books stay as they are. The scan and your reason are kept.")


def _time(text: object, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _item(page: Page, show: CargoShower, item: ReviewItem) -> vm.ReviewItem:
    words = page.words
    books = [
        (words.gettext(label), text)
        for label, text in (
            (N_("Step"), words.gettext(_stage(item.other.get("stage")))),
            (N_("Place"), str(item.other.get("place") or item.other.get("visit") or "")),
            (
                N_("Consignment"),
                str(item.other.get("consignment") or ", ".join(item.other.get("consignments") or ())),
            ),
        )
        if text
    ]
    return vm.ReviewItem(
        id=str(item.seq),
        why=" ".join(
            words.gettext(text)
            for text in (_WHY.get(item.why, item.why), _RESULT_WHY.get(str(item.other.get("why"))))
            if text
        ),
        code=str(next((item.scan[key] for key in ("code", "scan_id", "plate") if item.scan.get(key)), "")),
        step=str(item.scan.get("step", "")),
        point=show.point(str(item.scan.get("point") or "")),
        scanned_at=_time(item.scan.get("scanned_at") or item.scan.get("done_at"), item.opened_at),
        received_at=item.opened_at,
        device=str(item.scan.get("device") or ""),
        books=tuple(books),
    )


def _stage(value: object) -> str:
    return word("stage", str(value)) if value else ""


@router.get("/review")
def get_review(page: MyPage) -> Response:
    """What waits for a decision, the oldest first."""
    page.insist(Right.REVIEW_SCANS)
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        items = [_item(page, show, item) for item in reader.desk.reviews_open()]
    return page.html("review.html", items=items)


@router.post("/review/{seq}")
async def post_review(
    page: MyPage,
    seq: int,
    do: Annotated[Literal["apply", "keep"], Form()],
    note: Annotated[str, Form(max_length=2000)],
    nonce: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Apply the scan now, under the rules of now, or leave the books as they are."""
    page.insist(Right.REVIEW_SCANS)
    with page.service.reading() as reader:
        if reader.desk.review(seq) is None:
            raise not_found("late scan", str(seq))
    decision = Decision(do.upper())
    request = page.asked(nonce, {"review": seq, "do": do, "note": note})
    answer = await page.service.write(lambda books: decide(books, seq, decision, note, request))
    if answer.ok and decision is Decision.KEEP:
        return page.after(vm.Answer("accepted", page.words.gettext(KEPT)), "/review")
    return page.after(answer, "/review")
