"""Giving an approval: first what it covers and who may not give it, then the password again, then the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal import texts
from terminal.api.cargo import visible
from terminal.api.problems import not_found
from terminal.cases import consignments as cases
from terminal.cases import hindering, looking
from terminal.store.reader import Reader
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import GIVING, CargoShower
from terminal.web.view_models_desk import ApprovalView, PartUnit
from workflows import parts
from workflows.ask import Ask
from workflows.discretion import discreet
from workflows.roles import STEP_ROLES, Right
from workflows.stages import Stage
from workflows.state import PROTECTED, Consignment, PermissionKind, Unit

router = APIRouter()
AFGHAN = N_("Add the Afghan import approval under Documents and verify it; the permission follows by itself.")
CHANGED = N_("Something of this changed while you were looking. Read it again before you approve it.")
_NOT_YOURS = N_("Ask one of the roles named here.")
_FIRST = N_("First clear what stands in the way.")
_NOT_NEXT = N_("This step is not next.")
_NOTHING_LEFT = N_(
    "No unit can be covered now: each has left, is covered, is held, or was not counted in yet."
)
_CHOOSE = N_("Choose at least one unit.")
_EVERYTHING = cases.Cover()
_GAVE = N_("gave the other approval")
_EDITED = N_("changed the papers today")


def approval(
    page: Page, reader: Reader, c: Consignment, kind: PermissionKind, *, partly: bool = False
) -> ApprovalView:
    """What the page of an approval shows to this reader: of everything that is left, or (``partly``) of some units."""
    show, say = CargoShower(page, reader), page.words.gettext
    view = show.consignment(c)
    step = GIVING[kind]
    ask = Ask(page.actor, page.now)
    units = looking.units(reader, c.ref)
    sums = parts.balance(c, units)
    before = bool(sums.gone.units) or parts.has_parts(c)
    rest = tuple(unit.label for unit in parts.open_units(c, units, kind)) if before else ()
    clean = parts.clean_units(c, units, kind)
    asked_for = hindering.before_step(c, step, *(clean if partly else rest))
    missing = [
        texts.sentence(item.reason, item.facts, page.words) for item in discreet(asked_for, page.actor)
    ]
    if not hindering.may_start(c, step, partly=partly or before):
        missing.insert(0, say(_NOT_NEXT))
    elif (partly and not clean) or (before and not rest):
        missing.insert(0, say(_NOTHING_LEFT))
    unfit = hindering.about_person(c, kind, ask)
    why_not = say(_NOT_YOURS) if not page.actor.may_step(step) else ""
    if not why_not and unfit:
        why_not = texts.sentence(unfit[0].reason, unfit[0].facts, page.words)
    if not why_not and missing:
        why_not = say(_FIRST)
    others = dict.fromkeys(p.by for p in c.permissions if p.kind in PROTECTED and p.kind is not kind)
    barred = [(show.name(who), say(_GAVE)) for who in others]
    barred += [(show.name(who), say(_EDITED)) for who, day in c.edited.items() if day == ask.day]
    lines = {line.no: line.description for line in c.papers.lines}
    return ApprovalView(
        kind=kind.value,
        ref=c.ref,
        sender=c.papers.sender,
        consignee=c.papers.consignee,
        digest=c.digest,
        lines=len(c.papers.lines),
        packages=view.packages,
        units=sum(count for _, count in view.unit_stages),
        units_seen=view.units_seen,
        units_held=sums.stopped.units,
        declared_kg=view.gross_kg,
        measured_kg=view.measured_kg,
        visits=view.visits,
        plate=view.plate,
        seal=view.seal,
        documents=tuple(document for document in view.documents if document.number),
        missing=tuple(missing),
        barred=tuple(barred),
        roles=tuple(sorted(role.value for role in STEP_ROLES[step])),
        partly=partly,
        part_units=tuple(
            PartUnit(u.label, lines.get(u.line or 0, ""), u.gross_kg, u.stage.value, _why(c, kind, u, clean))
            for u in units
            if u.stage not in parts.GONE | parts.TAKEN
        )
        if partly
        else (),
        rest=rest,
        gone=sums.gone.units,
        released=sums.released.units,
        vehicles=tuple(
            (visit.id, visit.plate or visit.expected_plate or visit.id)
            for line in (*reader.visits_inside(), *reader.visits_at(Stage.PRE_ADVICE, limit=100))
            if (visit := reader.visit(line.id)) is not None and not visit.carries
        ),
        mine=not why_not,
        why_not=why_not,
    )


def _why(c: Consignment, kind: PermissionKind, unit: Unit, clean: tuple[str, ...]) -> str:
    """Why a unit cannot be covered now, as a word; nothing when it can."""
    if unit.label in clean:
        return ""
    if parts.covering(c, kind, unit.label) is not None:
        return "COVERED"
    if unit.label in parts.stopped_units(c):
        return "STOPPED"
    return "UNSEEN" if unit.stage in parts.UNSEEN else "NO_CUSTOMS"


@router.get("/consignments/{ref:path}/approvals")
def get_approval(
    page: MyPage,
    ref: str,
    kind: Annotated[PermissionKind, Query()],
    cover: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What an approval covers, and the form to give it."""
    page.insist(Right.READ_CONSIGNMENTS)
    assert page.caller is not None
    if kind not in PROTECTED:
        raise not_found("approval", kind.value)
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), page.caller, ref)
        return page.html("approve.html", a=approval(page, reader, found, kind, partly=cover == "some"))


@router.post("/consignments/{ref:path}/approvals")
async def post_approval(
    page: MyPage,
    ref: str,
    kind: Annotated[PermissionKind, Form()],
    digest: Annotated[str, Form(max_length=64)] = "",
    cover: Annotated[str, Form(max_length=10)] = "",
    unit: Annotated[list[str] | None, Form(max_length=5000)] = None,
    vehicle: Annotated[str, Form(max_length=80)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    nonce: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Give a permission. The two approvals ask for the password, and only for what the person has seen."""
    if kind is PermissionKind.AFGHAN_APPROVAL:
        return page.sorry(AFGHAN, f"/consignments/{ref}")
    if kind in PROTECTED:
        form = f"/consignments/{ref}/approvals?kind={kind.value}" + ("&cover=some" if cover else "")
        if not page.actor.may_step(GIVING[kind]):
            page.insist(Right.READ_CONSIGNMENTS)
        elif not await page.proved(password, kind.value):
            return page.sorry(WRONG_PASSWORD, form)
        with page.service.reading() as reader:
            consignment = reader.consignment(ref)
        if consignment is not None and consignment.digest != digest:
            return page.sorry(CHANGED, form)
        if cover and not unit:
            return page.sorry(_CHOOSE, form)
    return await take_step(page, ref, kind, nonce, cases.Cover(tuple(unit or ()), visit=vehicle or None))


async def take_step(
    page: Page, ref: str, kind: PermissionKind, nonce: str, cover: cases.Cover = _EVERYTHING
) -> Response:
    """Ask the one door for the step that gives a permission."""
    step = GIVING[kind]
    body = {"consignment": ref, "step": step.value, "note": "", "units": cover.units, "visit": cover.visit}
    request = page.asked(nonce, body)
    judge = page.service.judge
    answer = await page.service.write(lambda books: cases.step(books, ref, step, "", request, judge, cover))
    return page.after(answer, f"/consignments/{ref}")
