"""Late scans: both versions side by side, and a person who decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from fastapi.responses import Response

from terminal.api.problems import not_found
from terminal.cases import scans
from terminal.cases.answers import Answer
from terminal.cases.scans import Scan
from terminal.store import Books
from terminal.store.desk import ReviewItem
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from workflows.roles import Right
from workflows.stages import Stage

router = APIRouter()
_WHY = {
    "too_old": N_("This scan came too late to be applied by itself."),
    "nonce_reused": N_("This message was sent before with another content."),
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
            (N_("Consignment"), str(item.other.get("consignment") or "")),
        )
        if text
    ]
    return vm.ReviewItem(
        id=str(item.seq),
        why=words.gettext(_WHY.get(item.why, item.why)),
        code=str(item.scan.get("code", "")),
        step=str(item.scan.get("step", "")),
        point=show.point(str(item.scan.get("point") or "")),
        scanned_at=_time(item.scan.get("scanned_at"), item.opened_at),
        received_at=item.opened_at,
        device=str(item.scan.get("device") or ""),
        books=tuple(books),
    )


def _stage(value: object) -> str:
    from terminal.web.wording import word  # noqa: PLC0415 - one line, one use

    return word("stage", str(value)) if value else ""


@router.get("/review")
def get_review(page: MyPage) -> Response:
    """What waits for a decision, the oldest first."""
    page.insist(Right.REVIEW_SCANS)
    with page.service.reading() as reader:
        show = CargoShower(page, reader)
        items = [_item(page, show, item) for item in reader.desk.reviews_open()]
    return page.html("review.html", items=items)


def again(item: ReviewItem, now: datetime) -> Scan | None:
    """The scan as it would be made now; None when what was kept does not tell."""
    try:
        step = Stage(str(item.scan["step"]).upper())
        code = str(item.scan["code"])
    except (KeyError, ValueError):
        return None
    context: dict[str, Any] = dict(item.scan.get("unit_context") or {})
    return Scan(
        code,
        step,
        now,
        item.scan.get("symbology"),
        context.get("visit"),
        context.get("place"),
        str(context.get("condition") or "GOOD"),
    )


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
        item = next((found for found in reader.desk.reviews_open(seq - 1, 1) if found.seq == seq), None)
    if item is None:
        raise not_found("late scan", str(seq))
    now, by = page.now, page.actor.id
    scan = again(item, now) if do == "apply" else None
    point = str(item.scan.get("point") or "") or None
    request = page.asked(nonce, {"review": seq, "do": do, "note": note, "code": item.scan.get("code")}, point)

    def work(books: Books) -> Answer | None:
        answer = scans.take(books, scan, request) if scan is not None else None
        if answer is None or answer.ok:
            books.desk.close_review(seq, do.upper(), by, now, note)
        return answer

    answer = await page.service.write(work)
    return page.after(answer or vm.Answer("accepted", page.words.gettext(KEPT)), "/review")
