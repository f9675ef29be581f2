"""The hold desk: what is held, by whom, for how long, and ending it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal.api.problems import not_found
from terminal.cases import holding
from terminal.store.reader import Reader
from terminal.web import hold_desk
from terminal.web import view_models as vm
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from terminal.web.hold_desk import Queued
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from workflows.exemption_state import Basis
from workflows.roles import Right
from workflows.state import Authority, HoldOutcome, HoldReason, HoldSeverity

router = APIRouter()
Note = Annotated[str, Form(max_length=2000)]
Nonce = Annotated[str, Form(max_length=80)]
Word = Annotated[str, Query(max_length=40)]
#: holds on one page
_PART = 40
CHECKED = N_("Checked again: the cause is gone on %(gone)s of %(all)s. Decide on each of them by itself.")


def _lifted(reader: Reader, show: CargoShower) -> list[vm.HoldView]:
    """The holds that ended last."""
    shown = []
    for entry in reader.latest_entries(limit=60, types=("HoldLifted",)):
        hold = reader.hold(str(entry.data["hold_id"]))
        if hold is not None and show.may_see(hold):
            shown.append(show.hold(hold))
    return shown


def _wanted(
    held: list[Queued], page: Page, show: str, authority: str, reason: str, severity: str
) -> list[Queued]:
    """Those of the queue that a view and its filters ask for."""

    def kept(one: Queued) -> bool:
        hold = one.hold
        mine = bool(page.actor.roles & hold.lift_roles)
        view = {
            "mine": mine,
            "gone": one.gone,
            "second": hold.proposed_by is not None,
            "blocks": hold.severity is HoldSeverity.BLOCK,
        }.get(show, True)
        asked = (
            (authority, hold.authority.value),
            (reason, hold.reason.value),
            (severity, hold.severity.value),
        )
        return view and all(not want or want == has for want, has in asked)

    return [one for one in held if kept(one)]


@router.get("/holds")
def get_holds(
    page: MyPage,
    show: Word = "",
    authority: Word = "",
    reason: Word = "",
    severity: Word = "",
    number: Annotated[str, Query(alias="page", max_length=6)] = "",
) -> Response:
    """Open holds, the most urgent first; or those that ended last."""
    page.insist(Right.READ_BOARD)
    at = int(number) if number.isascii() and number.isdigit() and int(number) > 0 else 1
    with page.service.reading() as reader:
        shower = CargoShower(page, reader)
        seq = reader.head().seq
        if show == "lifted":
            return page.html(
                "holds.html", holds=_lifted(reader, shower), groups=(), fallen=(), older=0, newer=0, seq=seq
            )
        held = hold_desk.queue(reader, shower)
        fell = hold_desk.fallen(reader, shower) if show in ("", "mine") and at == 1 else ()
        groups = hold_desk.together(held, shower) if show in ("", "mine", "gone") and at == 1 else ()
        wanted = _wanted(held, page, show, authority, reason, severity)
        part = wanted[(at - 1) * _PART : at * _PART]
        holds = [hold_desk.shown(one, reader, shower, waiting=True) for one in part]
    older = at + 1 if len(wanted) > at * _PART else 0
    return page.html(
        "holds.html", holds=holds, groups=groups, fallen=fell, older=older, newer=at - 1, seq=seq
    )


@router.get("/holds/{hold_id}")
def get_hold(page: MyPage, hold_id: str) -> Response:
    """One hold with what its check says now, and the form to end it for those who may."""
    page.insist(Right.READ_BOARD)
    with page.service.reading() as reader:
        hold = reader.hold(hold_id)
        shower = CargoShower(page, reader)
        if hold is None or not shower.may_see(hold):
            raise not_found("hold", hold_id)
        hold = shower.seen(hold) or hold
        queued = hold_desk.one(hold, reader)
        view = hold_desk.shown(queued, reader, shower, waiting=hold.open)
        view = replace(view, units=hold_desk.units_of(queued, reader) if view.may_lift else ())
        found = shower.findings(hold_desk.said_of(queued, reader)) if hold.open else ()
        return page.html("hold.html", hold=view, findings=found, form={})


@router.post("/holds/together")
async def post_together(
    page: MyPage, hold: Annotated[list[str], Form(max_length=500)], nonce: Nonce = ""
) -> Response:
    """Run the checks behind several holds again. Nothing is lifted by it: each hold is decided on by itself."""
    request = page.asked(nonce, {"holds": hold})
    judge = page.service.judge
    gone, seen = await page.service.write(lambda books: holding.check_together(books, hold, request, judge))
    words = page.words
    told = words.gettext(CHECKED) % {"gone": words.number(gone), "all": words.number(seen)}
    return page.after(vm.Answer("accepted" if gone == seen else "attention", told), "/holds")


@router.post("/holds")
async def post_hold(
    page: MyPage,
    subject: Annotated[str, Form(pattern=r"^(consignment|unit|visit):.{1,80}$")],
    reason: Annotated[HoldReason, Form()],
    authority: Annotated[Authority, Form()],
    note: Note,
    check: Annotated[str, Form(max_length=10)] = "",
    target: Annotated[str, Form(max_length=120)] = "",
    nonce: Nonce = "",
) -> Response:
    """Place a hold; with ``check`` and ``target`` the one as which a check that could not tell is decided on."""
    body = {"subject": subject, "reason": reason.value, "authority": authority.value, "note": note}
    body |= {"check": check, "target": target} if check else {}
    request = page.asked(nonce, body)
    placing = holding.Placing(subject, authority, reason, note, check=check or None, target=target or None)
    answer = await page.service.write(lambda books: holding.place(books, placing, request))
    decide = bool(check) and answer.ok
    return page.after(answer, f"/holds/{answer.facts['hold']}" if decide else _home(page, subject))


def _home(page: Page, subject: str) -> str:
    kind, _, name = subject.partition(":")
    if kind == "unit":
        with page.service.reading() as reader:
            unit = reader.unit(name)
        return f"/consignments/{unit.consignment}" if unit else "/holds"
    return f"/visits/{name}" if kind == "visit" else f"/consignments/{name}"


@router.post("/holds/{hold_id}/lift")
async def post_lift(
    page: MyPage,
    hold_id: str,
    outcome: Annotated[HoldOutcome, Form()],
    note: Note,
    evidence: Annotated[str, Form(max_length=2000)] = "",
    unit: Annotated[list[str] | None, Form(max_length=5000)] = None,
    password: Annotated[str, Form(max_length=200)] = "",
    nonce: Nonce = "",
) -> Response:
    """End a hold, or make the first of two steps where two people are needed.

    Every end asks for the password, a code or a passkey, given now or in the last minutes; a waiver for evidence too.
    """
    if not await page.proved(password, "lift_hold"):
        return page.sorry(WRONG_PASSWORD, f"/holds/{hold_id}")
    given = tuple(line.strip() for line in evidence.splitlines() if line.strip())
    units = tuple(unit or ()) if outcome is HoldOutcome.PARTIAL_RELEASE else ()
    ending = holding.Ending(outcome, note, given, units)
    body = {"hold": hold_id, "outcome": outcome.value, "note": note, "evidence": given, "units": units}
    request = page.asked(nonce, body)
    answer = await page.service.write(lambda books: holding.lift(books, hold_id, ending, request))
    return page.after(answer, f"/holds/{hold_id}")


@router.post("/holds/{hold_id}/exemption")
async def post_exemption(
    page: MyPage, hold_id: str, basis: Annotated[Basis, Form()], note: Note, nonce: Nonce = ""
) -> Response:
    """State the humanitarian basis of a sanctions match; the hold stays as it is."""
    request = page.asked(nonce, {"hold": hold_id, "basis": basis.value, "note": note})
    answer = await page.service.write(
        lambda books: holding.state_exemption(books, hold_id, basis, note, request)
    )
    return page.after(answer, f"/holds/{hold_id}")
