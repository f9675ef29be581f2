"""The agency portal: own announcements and consignments, a draft with its papers and vehicles, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal import importing_apart
from terminal.api import portal as api
from terminal.api.cargo import visible
from terminal.api.imports import foresee
from terminal.cases import announcing, importing, papers_sent, portal, queueing
from terminal.cases import consignments as cargo_cases
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_, ZONE
from terminal.web.importing import report_of
from terminal.web.view_models_import import ImportReport
from workflows.announce import only_agency
from workflows.announce_state import Announcement
from workflows.roles import Right
from workflows.stages import Stage

router = APIRouter()
Text = Annotated[str, Form(max_length=400)]
Nonce = Annotated[str, Form(max_length=80)]
BAD_DATE = N_("A date is written as year-month-day, e.g. 2026-11-16.")
NO_GOODS = N_("Add the goods first: a file, or lines typed here.")
#: empty lines for goods that the form offers
_LINES = 4


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft with everything its page shows; ``left`` are the time windows that can still be had."""

    a: Announcement
    reports: tuple[ImportReport, ...]
    wrong: str
    left: tuple[tuple[str, str, int], ...]
    columns: tuple[tuple[str, str], ...]
    lines: range
    plans: tuple[str, ...]


@router.get("/portal")
def get_portal(page: MyPage, before: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Own announcements, newest first; the desk sees all."""
    page.insist(Right.ANNOUNCE)
    own = page.actor.organisation or "" if only_agency(page.actor) else None
    with page.service.reading() as reader:
        found = reader.announcing.announcements(own, before or None, 40)
        rows = tuple(
            (one, portal.view(reader, kept) if kept is not None else None)
            for one in found
            for kept in [reader.consignment(one.consignment) if one.consignment else None]
        )
    older = found[-1].id if len(found) == 40 else ""
    return page.html(
        "portal.html", rows=rows, older=older, own=own is not None, organisation=page.actor.organisation or ""
    )


@router.post("/portal")
async def post_portal(page: MyPage, organisation: Text = "", nonce: Nonce = "") -> Response:
    """Begin a draft."""
    page.insist(Right.ANNOUNCE)
    name = organisation.strip() or page.actor.organisation or ""
    request = page.asked(nonce, {"organisation": name, "begin": True})
    answer = await page.service.write(lambda books: announcing.begin(books, name, request))
    if not answer.ok:
        return page.after(answer, "/portal")
    return RedirectResponse(f"/portal/drafts/{answer.facts['announcement']}", 303)


def _windows(page: Page) -> tuple[tuple[str, str, int], ...]:
    with page.service.reading() as reader:
        free = queueing.free(reader, page.service.settings.hours, page.now)
    return tuple((at.isoformat(), page.words.datetime(at), left) for at, left in free[:240])


def _draft(page: Page, identity: str) -> DraftView:
    found = api.draft_of(page.service, identity, page.actor)
    reports: tuple[ImportReport, ...] = ()
    wrong = ""
    if found.files:
        reading, why = announcing.read_again(found, page.service.file_path, importing_apart.read)
        if reading is None:
            wrong = why or ""
        else:
            reports = tuple(report_of(page, file) for file in reading.files)
    columns = tuple((name, page.words.gettext(_COLUMN_LABELS[name])) for name in announcing.COLUMNS)
    return DraftView(found, reports, wrong, _windows(page), columns, range(_LINES), announcing.PLANS)


_COLUMN_LABELS = {
    "description": N_("Goods"),
    "hs_code": N_("Tariff code"),
    "quantity": N_("Quantity"),
    "unit": N_("Measure"),
    "packages": N_("Packages"),
    "package_type": N_("Packed in"),
    "gross": N_("Gross, kg"),
    "batch": N_("Batch"),
    "expiry": N_("Expiry date"),
    "un_number": N_("UN number"),
    "temperature": N_("Kept at"),
}


@router.get("/portal/drafts/{identity}")
async def get_draft(page: MyPage, identity: str) -> Response:
    """One draft; one that was submitted leads to its consignment."""
    page.insist(Right.ANNOUNCE)
    view = await run_in_threadpool(_draft, page, identity)
    if view.a.consignment is not None:
        return page.after(_nothing_said(page), f"/portal/consignments/{view.a.consignment}")
    return page.html("portal_draft.html", d=view)


def _nothing_said(page: Page) -> vm.Answer:
    return vm.Answer("already_done", page.words.gettext(N_("This announcement was submitted.")))


@router.post("/portal/drafts/{identity}/facts")
async def post_facts(page: MyPage, identity: str) -> Response:
    """Parties, transport, service request and plan, as the form has them."""
    page.insist(Right.ANNOUNCE)
    form = await page.request.form()
    given = {key: str(value)[:400] for key, value in form.items() if isinstance(value, str)}
    plan = [str(value) for value in form.getlist("plan")]
    body = {"announcement": identity, "facts": {k: v for k, v in given.items() if k not in ("csrf", "nonce")}}
    request = page.asked(given.get("nonce"), {**body, "plan": plan})
    answer = await page.service.write(
        lambda books: announcing.fill(books, identity, given, given, plan, request)
    )
    return page.after(answer, f"/portal/drafts/{identity}")


@router.post("/portal/drafts/{identity}/files")
async def post_files(
    page: MyPage,
    identity: str,
    files: Annotated[list[UploadFile], File(max_length=20)],
    nonce: Nonce = "",
) -> Response:
    """Files of goods."""
    page.insist(Right.ANNOUNCE)
    await run_in_threadpool(api.draft_of, page.service, identity, page.actor)
    sent = [await api.kept_file(page.service, file) for file in files if file.filename]
    request = page.asked(nonce, {"announcement": identity, "files": [one.sha256 for one in sent]})
    answer = await page.service.write(lambda books: announcing.add_files(books, identity, sent, request))
    return page.after(answer, f"/portal/drafts/{identity}#goods")


@router.post("/portal/drafts/{identity}/goods")
async def post_goods(page: MyPage, identity: str) -> Response:
    """Lines of goods typed into the form: fields named like ``description-0``."""
    page.insist(Right.ANNOUNCE)
    await run_in_threadpool(api.draft_of, page.service, identity, page.actor)
    form = await page.request.form()
    lines = [
        {name: str(form.get(f"{name}-{row}", ""))[:400] for name in announcing.COLUMNS}
        for row in range(_LINES)
    ]
    lines = [line for line in lines if any(text.strip() for text in line.values())]
    if not lines:
        return page.sorry(NO_GOODS, f"/portal/drafts/{identity}#goods")
    data = announcing.typed_goods(lines)
    sent = await run_in_threadpool(api.keep_goods, page.service, "typed.csv", data)
    nonce = form.get("nonce")
    request = page.asked(
        nonce if isinstance(nonce, str) else None, {"announcement": identity, "goods": sent.sha256}
    )
    answer = await page.service.write(lambda books: announcing.add_files(books, identity, [sent], request))
    return page.after(answer, f"/portal/drafts/{identity}#goods")


async def _paper(
    page: Page, kind: str, number: str, issued: str, valid_until: str, file: UploadFile | None
) -> papers_sent.NewPaper | None:
    try:
        dates = [date.fromisoformat(text) if text.strip() else None for text in (issued, valid_until)]
    except ValueError:
        return None
    return await api.new_paper(page.service, kind, number, dates[0], dates[1], file)


@router.post("/portal/drafts/{identity}/papers")
async def post_paper(
    page: MyPage,
    identity: str,
    type: Annotated[str, Form(pattern=r"^[A-Z0-9_]{2,40}$")],
    number: Annotated[str, Form(max_length=120)] = "",
    issued: Text = "",
    valid_until: Text = "",
    file: Annotated[UploadFile | None, File()] = None,
    nonce: Nonce = "",
) -> Response:
    """A paper of the set."""
    page.insist(Right.ANNOUNCE)
    await run_in_threadpool(api.draft_of, page.service, identity, page.actor)
    paper = await _paper(page, type, number, issued, valid_until, file)
    back = f"/portal/drafts/{identity}#papers"
    if paper is None:
        return page.sorry(BAD_DATE, back)
    request = page.asked(nonce, {**api.paper_body(paper), "announcement": identity})
    answer = await page.service.write(lambda books: papers_sent.add_paper(books, identity, paper, request))
    return page.after(answer, back)


def moment_of(text: str) -> datetime | None:
    """The time of a choice in a list of windows; None for none and for nonsense."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=ZONE)


@router.post("/portal/drafts/{identity}/trucks")
async def post_truck(
    page: MyPage, identity: str, plate: Text = "", trailer: Text = "", at: Text = "", nonce: Nonce = ""
) -> Response:
    """A vehicle and its time window."""
    page.insist(Right.ANNOUNCE)
    request = page.asked(nonce, {"announcement": identity, "plate": plate, "trailer": trailer, "at": at})
    answer = await page.service.write(
        lambda books: announcing.add_truck(books, identity, plate, trailer, moment_of(at), request)
    )
    return page.after(answer, f"/portal/drafts/{identity}#trucks")


@router.post("/portal/drafts/{identity}/drop")
async def post_drop(page: MyPage, identity: str, kind: Text, name: Text, nonce: Nonce = "") -> Response:
    """Take something off a draft."""
    page.insist(Right.ANNOUNCE)
    request = page.asked(nonce, {"announcement": identity, "drop": kind, "name": name})
    answer = await page.service.write(lambda books: announcing.drop(books, identity, kind, name, request))
    return page.after(answer, f"/portal/drafts/{identity}")


@router.post("/portal/drafts/{identity}/submit")
async def post_submit(page: MyPage, identity: str, nonce: Nonce = "") -> Response:
    """Submit a draft."""
    page.insist(Right.ANNOUNCE)

    def look() -> tuple[importing.Reading | None, Any, str]:
        found = api.draft_of(page.service, identity, page.actor)
        reading, why = announcing.read_again(found, page.service.file_path, importing_apart.read)
        with page.service.reading() as reader:
            return reading, page.service.room.in_force(reader).reference, why or ""

    reading, reference, why = await run_in_threadpool(look)
    back = f"/portal/drafts/{identity}"
    if reading is None:
        return page.after(vm.Answer("refused", why), back)
    if reading.empty:
        return page.sorry(NO_GOODS, f"{back}#goods")
    request = page.asked(nonce, {"announcement": identity, "submit": True})
    judge = page.service.judge
    await run_in_threadpool(foresee, page.service, reading, request)
    answer = await page.service.write(
        lambda books: announcing.submit(books, identity, reading, reference, request, judge)
    )
    ref = answer.facts.get("consignment", "")
    return page.after(answer, f"/portal/consignments/{ref}" if answer.ok and ref else back)


@router.post("/portal/drafts/{identity}/withdraw")
async def post_withdraw(page: MyPage, identity: str, nonce: Nonce = "") -> Response:
    """Withdraw a draft, or call off its vehicles."""
    page.insist(Right.ANNOUNCE)
    request = page.asked(nonce, {"announcement": identity, "withdraw": True})
    answer = await page.service.write(lambda books: announcing.withdraw(books, identity, request))
    return page.after(answer, "/portal")


# --- own consignments -------------------------------------------------------------------------------------
@router.get("/portal/consignments/{ref:path}")
def get_own(page: MyPage, ref: str) -> Response:
    """One's own consignment: where it is, and what is asked for."""
    page.insist(Right.ANNOUNCE)
    assert page.caller is not None
    with page.service.reading() as reader:
        found = visible(reader.consignment(reader.reference_of(ref) or ref), page.caller, ref)
        view = portal.view(reader, found)
    expected = tuple(visit for visit in view.visits if visit.stage is Stage.PRE_ADVICE)
    return page.html(
        "portal_consignment.html",
        v=view,
        expected=expected,
        left=_windows(page) if expected else (),
        desk=page.may(Right.AMEND),
    )


@router.post("/portal/papers")
async def post_own_paper(
    page: MyPage,
    ref: Text,
    type: Annotated[str, Form(pattern=r"^[A-Z0-9_]{2,40}$")],
    number: Annotated[str, Form(max_length=120)] = "",
    issued: Text = "",
    valid_until: Text = "",
    file: Annotated[UploadFile | None, File()] = None,
    nonce: Nonce = "",
) -> Response:
    """A paper that was asked for, on a consignment."""
    page.insist(Right.ANNOUNCE)
    back = f"/portal/consignments/{ref}"
    paper = await _paper(page, type, number, issued, valid_until, file)
    if paper is None:
        return page.sorry(BAD_DATE, back)
    request = page.asked(nonce, {**api.paper_body(paper), "consignment": ref})
    judge = page.service.judge
    answer = await page.service.write(lambda books: papers_sent.send_paper(books, ref, paper, request, judge))
    return page.after(answer, back)


@router.post("/portal/tracking")
async def post_tracking(page: MyPage, ref: Text, nonce: Nonce = "") -> Response:
    """A tracking code for a consignment that has none."""
    page.insist(Right.ANNOUNCE)
    request = page.asked(nonce, {"consignment": ref, "tracking": True})
    answer = await page.service.write(
        lambda books: queueing.give_code(books, ref, request, lambda found: cargo_cases.mine(found, request))
    )
    return page.after(answer, f"/portal/consignments/{ref}")


@router.post("/portal/windows")
async def post_window(page: MyPage, visit: Text, ref: Text, at: Text = "", nonce: Nonce = "") -> Response:
    """Another time window for an expected vehicle."""
    page.insist(Right.ANNOUNCE)
    request = page.asked(nonce, {"visit": visit, "at": at})
    answer = await page.service.write(
        lambda books: announcing.reschedule(books, visit, moment_of(at), request)
    )
    return page.after(answer, f"/portal/consignments/{ref}")


@router.get("/portal/files/{identity}")
async def get_file(page: MyPage, identity: str) -> Response:
    """The picture of a paper."""
    page.insist(Right.READ_CONSIGNMENTS)
    return await run_in_threadpool(api.paper_download, page.service, identity, page.actor)
