"""The hold desk: what is held, by whom, for how long, and ending it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found
from terminal.cases import holding
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.showing_cargo import CargoShower
from workflows.roles import Right
from workflows.state import Authority, HoldOutcome, HoldReason

router = APIRouter()
Note = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
_LIMIT = 200


def _lifted(reader: Reader, show: CargoShower) -> list[vm.HoldView]:
    """The holds that ended last."""
    shown = []
    for entry in reader.latest_entries(limit=60, types=("HoldLifted",)):
        hold = reader.hold(str(entry.data["hold_id"]))
        if hold is not None and show.may_see(hold):
            shown.append(show.hold(hold))
    return shown


@router.get("/holds")
def get_holds(page: MyPage, show: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Open holds, the oldest first, or those that ended last."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        shower = CargoShower(page, reader)
        if show == "lifted":
            holds = _lifted(reader, shower)
        else:
            holds = list(shower.holds(line.hold for line in reader.holds_open(limit=_LIMIT)))
            if show == "mine":
                holds = [hold for hold in holds if hold.may_lift]
            elif show == "second":
                holds = [hold for hold in holds if hold.proposed_by]
            elif show == "blocks":
                holds = [hold for hold in holds if hold.severity == "BLOCK"]
        return page.html("holds.html", holds=holds, seq=reader.head().seq)


@router.get("/holds/{hold_id}")
def get_hold(page: MyPage, hold_id: str) -> Response:
    """One hold, with the form to end it for those who may."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        hold = reader.hold(hold_id)
        shower = CargoShower(page, reader)
        if hold is None or not shower.may_see(hold):
            raise not_found("hold", hold_id)
        return page.html("hold.html", hold=shower.hold(hold), form={})


@router.post("/holds")
async def post_hold(
    page: MyPage,
    subject: Annotated[str, Form(pattern=r"^(consignment|unit|visit):.{1,80}$")],
    reason: Annotated[HoldReason, Form()],
    authority: Annotated[Authority, Form()],
    note: Note,
    nonce: Nonce = "",
) -> Response:
    """Place a hold."""
    body = {"subject": subject, "reason": reason.value, "authority": authority.value, "note": note}
    request = page.asked(nonce, body)
    placing = holding.Placing(subject, authority, reason, note)
    answer = await page.service.write(lambda books: holding.place(books, placing, request))
    return page.after(answer, _home(page, subject))


def _home(page: Page, subject: str) -> str:
    kind, _, name = subject.partition(":")
    if kind == "unit":
        with page.service.reading() as reader:
            unit = reader.unit(name)
        return f"/consignments/{unit.consignment}" if unit else "/holds"
    return f"/visits/{name}" if kind == "visit" else f"/consignments/{name}"


@router.post("/holds/{hold_id}/lift")
async def post_lift(
    page: MyPage, hold_id: str, outcome: Annotated[HoldOutcome, Form()], note: Note, nonce: Nonce = ""
) -> Response:
    """End a hold, or make the first of two steps where two people are needed."""
    request = page.asked(nonce, {"hold": hold_id, "outcome": outcome.value, "note": note})
    answer = await page.service.write(lambda books: holding.lift(books, hold_id, outcome, note, request))
    return page.after(answer, f"/holds/{hold_id}")
