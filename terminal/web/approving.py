"""Giving an approval: first what it covers and who may not give it, then the password again, then the decision."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from terminal import texts
from terminal.api.cargo import visible
from terminal.api.problems import not_found
from terminal.cases import consignments as cases
from terminal.cases import hindering
from terminal.store.reader import Reader
from terminal.web.context import WRONG_PASSWORD, MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import GIVING, CargoShower
from terminal.web.view_models_desk import ApprovalView
from workflows.ask import Ask
from workflows.discretion import discreet
from workflows.roles import STEP_ROLES, Right
from workflows.stages import CONSIGNMENT
from workflows.state import PROTECTED, Consignment, PermissionKind

router = APIRouter()
AFGHAN = N_("Add the Afghan import approval under Documents and verify it; the permission follows by itself.")
CHANGED = N_("Something of this changed while you were looking. Read it again before you approve it.")
_NOT_YOURS = N_("Ask one of the roles named here.")
_FIRST = N_("First clear what stands in the way.")
_NOT_NEXT = N_("This step is not next.")
_GAVE = N_("gave the other approval")
_EDITED = N_("changed the papers today")


def approval(page: Page, reader: Reader, c: Consignment, kind: PermissionKind) -> ApprovalView:
    """What the page of an approval shows to this reader."""
    show, say = CargoShower(page, reader), page.words.gettext
    view = show.consignment(c)
    step = GIVING[kind]
    ask = Ask(page.actor, page.now)
    missing = [
        texts.sentence(item.reason, item.facts, page.words)
        for item in discreet(hindering.before_step(c, step), page.actor)
    ]
    if step not in CONSIGNMENT.get(c.stage, frozenset()):
        missing.insert(0, say(_NOT_NEXT))
    unfit = hindering.about_person(c, kind, ask)
    why_not = say(_NOT_YOURS) if not page.actor.may_step(step) else ""
    if not why_not and unfit:
        why_not = texts.sentence(unfit[0].reason, unfit[0].facts, page.words)
    if not why_not and missing:
        why_not = say(_FIRST)
    other = next((c.permission(k) for k in PROTECTED if k is not kind and c.permission(k)), None)
    barred = [(show.name(other.by), say(_GAVE))] if other is not None else []
    barred += [(show.name(who), say(_EDITED)) for who, day in c.edited.items() if day == ask.day]
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
        units_held=len({h.subject for h in c.holds if h.open and h.subject.startswith("unit:")}),
        declared_kg=view.gross_kg,
        measured_kg=view.measured_kg,
        visits=view.visits,
        plate=view.plate,
        seal=view.seal,
        documents=tuple(document for document in view.documents if document.number),
        missing=tuple(missing),
        barred=tuple(barred),
        roles=tuple(sorted(role.value for role in STEP_ROLES[step])),
        mine=not why_not,
        why_not=why_not,
    )


@router.get("/consignments/{ref:path}/approvals")
def get_approval(page: MyPage, ref: str, kind: Annotated[PermissionKind, Query()]) -> Response:
    """What an approval covers, and the form to give it."""
    page.insist(Right.READ_CONSIGNMENTS)
    assert page.caller is not None
    if kind not in PROTECTED:
        raise not_found("approval", kind.value)
    with page.service.reading() as reader:
        found = visible(reader.consignment(ref), page.caller, ref)
        return page.html("approve.html", a=approval(page, reader, found, kind))


@router.post("/consignments/{ref:path}/approvals")
async def post_approval(
    page: MyPage,
    ref: str,
    kind: Annotated[PermissionKind, Form()],
    digest: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    nonce: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Give a permission. The two approvals ask for the password, and only for what the person has seen."""
    if kind is PermissionKind.AFGHAN_APPROVAL:
        return page.sorry(AFGHAN, f"/consignments/{ref}")
    if kind in PROTECTED:
        form = f"/consignments/{ref}/approvals?kind={kind.value}"
        if not page.actor.may_step(GIVING[kind]):
            page.insist(Right.READ_CONSIGNMENTS)
        elif not await page.service.same_person(page.actor.id, password, kind.value):
            return page.sorry(WRONG_PASSWORD, form)
        with page.service.reading() as reader:
            consignment = reader.consignment(ref)
        if consignment is not None and consignment.digest != digest:
            return page.sorry(CHANGED, form)
    return await take_step(page, ref, kind, nonce)


async def take_step(page: Page, ref: str, kind: PermissionKind, nonce: str) -> Response:
    """Ask the one door for the step that gives a permission."""
    step = GIVING[kind]
    request = page.asked(nonce, {"consignment": ref, "step": step.value, "note": ""})
    judge = page.service.judge
    answer = await page.service.write(lambda books: cases.step(books, ref, step, "", request, judge))
    return page.after(answer, f"/consignments/{ref}")
