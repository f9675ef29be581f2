"""Consignments: the list with its search, one of them, its papers, its labels, and the steps people decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal.api.cargo import cursor_of, next_of, only_agency, visible
from terminal.api.problems import not_found
from terminal.cases import consignments as cases
from terminal.cases.checking import run
from terminal.labels import UnitLabel, render_pdf
from terminal.store.lists import ConsignmentLine
from terminal.store.reader import Reader
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing import CONSIGNMENT_WAY, STORY_PART, minutes, number_of, targets
from terminal.web.showing_cargo import UNSEEN, CargoShower
from terminal.web.showing_inspections import InspectionShower
from workflows.checks.end_use import END_USE
from workflows.papers import Document
from workflows.roles import Right
from workflows.stages import ENDED, Stage
from workflows.state import PermissionKind
from workflows.tracking import public_stage

router = APIRouter()
Note = Annotated[str, Form(max_length=2000)]
Text = Annotated[str, Form(max_length=200)]
Nonce = Annotated[str, Form(max_length=80)]
_LIMIT = 50


def row(page: Page, reader: Reader, line: ConsignmentLine) -> vm.ConsignmentRow | None:
    """One line of the list; None when this reader may not know of it."""
    if page.caller is not None and only_agency(page.caller) and line.sender != page.actor.organisation:
        return None
    consignment = reader.consignment(line.ref)
    if consignment is None:
        return None
    show = CargoShower(page, reader)
    stages = reader.unit_stages(line.ref)
    holds = [hold for hold in consignment.holds if hold.open and show.may_see(hold)]
    papers = consignment.papers
    outside = _outside(page)
    told = public_stage(line.stage) if outside else line.stage
    inside = (
        outside and told is Stage.DOC_CHECK
    )  # what is done inside the terminal, and how long, is not for senders
    return vm.ConsignmentRow(
        ref=line.ref,
        sender=line.sender,
        consignee=line.consignee,
        stage=told.value,
        since_minutes=None if inside else minutes(line.since, page.now),
        mode=papers.mode.value,
        target_minutes=None if outside else targets(page, reader).get(line.stage.value),
        units_seen=sum(count for stage, count in stages.items() if stage not in UNSEEN),
        units=sum(stages.values()),
        gross_kg=papers.declared.gross_kg,
        holds=0 if outside else len(holds),
        blocked=not outside and any(hold.severity.value == "BLOCK" for hold in holds),
        lane=(line.lane or "") if page.may(Right.READ_RISK) else "",
    )


def _outside(page: Page) -> bool:
    """True for senders, who are told one stage of all that is done inside."""
    return page.caller is not None and only_agency(page.caller)


def _wanted(show: str, line: vm.ConsignmentRow, reader: Reader) -> bool:
    stage = Stage(line.stage)
    match show:
        case "closed":
            return stage in ENDED
        case "held":
            return line.holds > 0
        case "late":
            since, target = line.since_minutes, line.target_minutes
            return since is not None and target is not None and since > target
        case "afghan":
            consignment = reader.consignment(line.ref)
            given = consignment.permission(PermissionKind.AFGHAN_APPROVAL) if consignment else None
            return stage is Stage.RELEASE and given is None
        case _:
            return stage not in ENDED


def _found_by_unit(reader: Reader, text: str) -> list[ConsignmentLine]:
    """The consignment of a unit whose label was typed or scanned into the search."""
    label = "".join(text.split()).removeprefix("(00)")
    unit = reader.unit(label[2:] if len(label) == 20 and label.startswith("00") else label)
    return reader.consignments_starting(unit.consignment, 1) if unit else []


@router.get("/consignments")
def get_consignments(
    page: MyPage,
    q: Annotated[str, Query(max_length=120)] = "",
    stage: Annotated[str, Query(max_length=40)] = "",
    show: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The list, newest first; by stage the longest-waiting first; or what a search finds."""
    page.insist(Right.READ_CONSIGNMENTS)
    cursor = cursor_of(after)
    sender = page.actor.organisation if page.caller is not None and only_agency(page.caller) else None
    with page.service.reading() as reader:
        if q.strip():
            lines = _found_by_unit(reader, q) or reader.consignments(cursor, _LIMIT, text=q, sender=sender)
        elif sender is None and (stage in CONSIGNMENT_WAY or stage in {item.value for item in ENDED}):
            lines = reader.consignments_at(Stage(stage), cursor, _LIMIT, sender=sender)
        else:
            lines = reader.consignments(cursor, _LIMIT, sender=sender)
        rows = [found for line in lines if (found := row(page, reader, line)) is not None]
        if sender is not None and stage:
            rows = [found for found in rows if found.stage == stage]
        elif not q.strip() and not stage:
            rows = [found for found in rows if _wanted(show, found, reader)]
    more = len(lines) == _LIMIT
    return page.html(
        "consignments.html",
        rows=rows,
        next_after=next_of(lines[-1], sender is not None) if more else "",
        may_announce=page.may(Right.ANNOUNCE),
        outside=sender is not None,
    )


@router.get("/consignments/{ref:path}/labels")
async def get_labels(page: MyPage, ref: str) -> Response:
    """Logistics labels of its units that carry an SSCC, as PDF."""
    page.insist(Right.READ_CONSIGNMENTS)
    assert page.caller is not None
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), page.caller, ref)
        units = [unit for unit in reader.units_of(ref) if len(unit.label) == 18 and unit.label.isdigit()]
    if not units:
        raise not_found("label of", ref)
    lines = {line.no: line.description for line in found.papers.lines}
    labels = [
        UnitLabel(
            unit.label,
            found.papers.sender,
            found.papers.consignee,
            ref,
            lines.get(unit.line or 0, ""),
            unit.gross_kg,
            number,
            len(units),
        )
        for number, unit in enumerate(units, 1)
    ]
    pdf = await run_in_threadpool(render_pdf, labels)
    headers = {"Content-Disposition": "inline", "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/consignments/{ref:path}/story")
def get_story(page: MyPage, ref: str, before: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Everything that happened to one consignment, a part at a time, the newest first."""
    page.insist(Right.READ_BOARD)
    assert page.caller is not None
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), page.caller, ref)
        entries = reader.story(found.ref, number_of(before), STORY_PART)
        story = CargoShower(page, reader).story(entries)
    older = entries[-1].seq if len(entries) == STORY_PART else None
    return page.html("story.html", name=ref, home=f"/consignments/{ref}", story=story, older=older)


# references may hold slashes: what stands behind them is looked for first
@router.get("/consignments/{ref:path}")
def get_consignment(page: MyPage, ref: str) -> Response:
    """One consignment; senders are led to what their own page says of it."""
    page.insist(Right.READ_CONSIGNMENTS)
    assert page.caller is not None
    if only_agency(page.caller):
        return RedirectResponse(f"/portal/consignments/{quote(ref)}", 303)
    with page.service.reading() as reader:
        found = visible(reader.consignment(reader.reference_of(ref) or ref), page.caller, ref)
        orders = InspectionShower(page, reader).of_consignment(found.ref)
        view = replace(
            CargoShower(page, reader).consignment(found),
            inspections=orders,
            may_inspect=page.may(Right.ORDER_INSPECTION) and found.stage not in ENDED,
            may_seize=page.may(Right.SEIZE),
        )
        may_tally = page.may(Right.READ_STOCK)
        return page.html("consignment.html", c=view, seq=reader.head().seq, may_tally=may_tally)


# --- deciding ----------------------------------------------------------------------------------------
@router.post("/consignments/{ref:path}/steps")
async def post_step(
    page: MyPage, ref: str, step: Annotated[Stage, Form()], nonce: Nonce = "", note: Note = ""
) -> Response:
    """Take a step of the consignment by hand."""
    return await _step(page, ref, step, note, nonce)


async def _step(page: Page, ref: str, step: Stage, note: str, nonce: str) -> Response:
    body = {"consignment": ref, "step": step.value, "note": note}
    request = page.asked(nonce, body)
    judge = page.service.judge
    answer = await page.service.write(lambda books: cases.step(books, ref, step, note, request, judge))
    return page.after(answer, f"/consignments/{ref}")


BAD_DATE = N_("Write dates as DD.MM.YYYY, for example 24.11.2026.")


def day(text: str) -> date | None:
    """A date as people write it; None for nothing. Raises ValueError for anything else."""
    text = text.strip()
    if not text:
        return None
    for form in ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(text)


@router.post("/consignments/{ref:path}/documents")
async def post_document(
    page: MyPage,
    ref: str,
    type: Text,
    number: Text,
    issued: Text = "",
    valid_until: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Attach a paper."""
    try:
        document = Document(type, number.strip(), day(issued), None, day(valid_until))
    except ValueError:
        return page.sorry(BAD_DATE, f"/consignments/{ref}")
    return await _put(page, ref, document, nonce)


@router.post("/consignments/{ref:path}/end-use")
async def post_end_use(
    page: MyPage,
    ref: str,
    line: Annotated[str, Form(pattern=r"^[0-9]{1,6}$")],
    end_user: Text,
    purpose: Text,
    number: Text,
    quantity: Text = "",
    unit: Text = "",
    nonce: Nonce = "",
) -> Response:
    """Write down what the sender states of the end use of a line: who uses it, for what, and how many."""
    said = {"line": line, "end_user": end_user, "purpose": purpose, "quantity": quantity, "unit": unit}
    fields = {key: text.strip() for key, text in said.items() if text.strip()}
    return await _put(page, ref, Document(END_USE, number.strip(), fields=fields, verified=True), nonce)


@router.post("/consignments/{ref:path}/documents/verify")
async def post_verify(page: MyPage, ref: str, type: Text, number: Text, nonce: Nonce = "") -> Response:
    """Say that a paper was looked at and is right."""
    with page.service.reading() as reader:
        consignment = reader.consignment(ref)
    papers = consignment.papers.documents if consignment else ()
    document = next((d for d in papers if (d.type, d.number) == (type, number)), None)
    if document is None:
        raise not_found("document", number)
    return await _put(page, ref, replace(document, verified=True), nonce)


async def _put(page: Page, ref: str, document: Document, nonce: str) -> Response:
    body = {"ref": ref, "type": document.type, "number": document.number, "verified": document.verified}
    request = page.asked(nonce, body)
    judge = page.service.judge
    answer = await page.service.write(
        lambda books: cases.put_document(books, ref, document, "", request, judge)
    )
    return page.after(answer, f"/consignments/{ref}")


@router.post("/consignments/{ref:path}/checks")
async def post_checks(page: MyPage, ref: str, nonce: Nonce = "") -> Response:
    """Run the checks again on what is known now."""
    page.insist(Right.AMEND, Right.READ_RISK)
    request = page.asked(nonce, {"ref": ref, "checks": True})
    judge = page.service.judge
    judged = await page.service.write(lambda books: run(books, ref, request, judge))
    if judged is None:
        raise not_found("consignment", ref)
    said = vm.Answer("accepted", page.words.gettext(N_("The checks were run.")))
    return page.after(said, f"/consignments/{ref}")
