"""Papers of an agency: files in, a look at what would be announced with a report per row, then the announcement."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from terminal import texts
from terminal.api.imports import file_name, foresee
from terminal.api.problems import not_found
from terminal.cases import importing as cases
from terminal.cases import previewing
from terminal.cases.answers import answer_of
from terminal.importing import ParsedFile, WrongFactsError
from terminal.previews import Preview, Previews
from terminal.service import Service
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from terminal.web.view_models_import import ImportPreview, ImportReport, ImportRow
from workflows.outcomes import Accepted, Refused
from workflows.roles import Right

router = APIRouter()
NOTHING = N_("No line of goods could be read from these files. Look at the report below.")
DROPPED = N_("The files were put aside. Nothing was recorded.")
Nonce = Annotated[str, Form(max_length=80)]
#: rows of one file, lines and units that are listed; the rest is counted
_ROWS, _LISTED = 200, 100


def previews_of(service: Service) -> Previews:
    """Where files lie that wait to be announced."""
    return Previews(Path(service.settings.data_dir) / "previews")


@router.get("/import")
def get_import(page: MyPage) -> Response:
    """The form to send files."""
    page.insist(Right.ANNOUNCE)
    return page.html("import.html")


@router.post("/import")
async def post_import(
    page: MyPage,
    files: Annotated[list[UploadFile], File(max_length=20)],
    ref: Annotated[str, Form(max_length=80)] = "",
    nonce: Nonce = "",
) -> Response:
    """Keep files for a look at what they hold; nothing is announced yet. Files without a line are written down as such."""
    page.insist(Right.ANNOUNCE)
    uploads = [(file_name(file.filename), await file.read()) for file in files]
    kept = await run_in_threadpool(
        previews_of(page.service).keep, page.actor.id, ref.strip(), uploads, page.now
    )
    try:
        look = await run_in_threadpool(_look, page, kept.id)
    except WrongFactsError as error:
        return page.html("import.html", answer=vm.Answer("refused", str(error)))
    if not look.reading.empty:
        return RedirectResponse(f"/import/{kept.id}", 303)
    await _keep(page, look)
    request = page.asked(nonce, look.reading.body())
    await page.service.write(lambda books: cases.note_unread(books, look.reading, request))
    return await run_in_threadpool(_show, page, look)


async def _keep(page: Page, look: _Look) -> None:
    """Keep the files themselves for good, beside the database."""
    for file, (_, data) in zip(look.reading.files, look.uploads, strict=True):
        await run_in_threadpool(page.service.keep_file, file.sha256, data)


@dataclass(frozen=True, slots=True)
class _Look:
    """A look, its files, and what was read in them."""

    preview: Preview
    uploads: list[tuple[str, bytes]]
    reading: cases.Reading


def _look(page: Page, identity: str) -> _Look:
    """Read the files of a look again. Raises the 404 problem, and ``WrongFactsError``. Blocks."""
    previews = previews_of(page.service)
    preview = previews.get(identity, page.actor.id, page.now)
    if preview is None:
        raise not_found("preview", identity)
    try:
        uploads = previews.uploads(preview)
    except LookupError:
        raise not_found("preview", identity) from None
    facts: dict[str, object] = {}
    if preview.ref:
        facts["reference"] = preview.ref
    if page.actor.organisation:
        facts["sender"] = page.actor.organisation
    return _Look(preview, uploads, cases.read(uploads, facts))


@router.get("/import/{preview}")
async def get_preview(page: MyPage, preview: str) -> Response:
    """What would be announced, with what could not be read; the same page says so afterwards."""
    page.insist(Right.ANNOUNCE)
    try:
        look = await run_in_threadpool(_look, page, preview)
    except WrongFactsError as error:
        return page.html("import.html", answer=vm.Answer("refused", str(error)))

    return await run_in_threadpool(_show, page, look)


def _show(page: Page, look: _Look) -> Response:
    """The page of a look. Blocks."""
    with page.service.reading() as reader:
        request = page.asked(None, look.reading.body())
        outcome = None if look.reading.empty else previewing.would(reader, look.reading, request)
        findings = CargoShower(page, reader).findings(look.reading.assembled.findings)
    refusal = None
    if outcome is None:
        refusal = vm.Answer("refused", page.words.gettext(NOTHING))
    elif isinstance(outcome, Refused):
        refusal = page.say(answer_of(outcome, f"consignment:{look.reading.reference}"))
    standing = "refused" if refusal else "ready" if isinstance(outcome, Accepted) else "there"
    return page.html(
        "import_preview.html",
        p=shown(look.preview.id, look.reading, standing, refusal),
        reports=[report_of(page, file) for file in look.reading.files],
        findings=findings,
    )


def shown(identity: str, reading: cases.Reading, standing: str, refusal: vm.Answer | None) -> ImportPreview:
    """What would be announced, as the page shows it."""
    papers = reading.assembled.papers
    vehicle = papers.vehicle
    return ImportPreview(
        identity,
        reading.reference,
        standing,
        papers.sender,
        papers.consignee,
        papers.consignee_place or "",
        papers.mode.value,
        " / ".join(part for part in (vehicle.plate, vehicle.trailer) if part) if vehicle else "",
        papers.container or "",
        len(papers.documents),
        papers.declared.packages,
        papers.declared.gross_kg,
        len(papers.lines),
        len(papers.units),
        papers.lines[:_LISTED],
        papers.units[:_LISTED],
        sum(file.rows_waiting for file in reading.files),
        refusal,
    )


def report_of(page: Page, file: ParsedFile) -> ImportReport:
    """What one file gave, row by row, as a page shows it."""
    rows = tuple(
        ImportRow(
            problem.row,
            problem.column,
            problem.value,
            "HOLD" if problem.waits else "WARN",
            texts.row_sentence(problem, page.words),
        )
        for problem in file.problems[:_ROWS]
    )
    more = len(file.problems) - len(rows) + file.more_problems
    return ImportReport(file.name, len(file.lines), file.rows_waiting, len(file.units), rows, more)


@router.post("/import/{preview}/confirm")
async def post_confirm(page: MyPage, preview: str, nonce: Nonce = "") -> Response:
    """Announce what was looked at."""
    page.insist(Right.ANNOUNCE)
    back = f"/import/{preview}"
    try:
        look = await run_in_threadpool(_look, page, preview)
    except WrongFactsError:
        return RedirectResponse(back, 303)
    if look.reading.empty:
        return RedirectResponse(back, 303)
    await _keep(page, look)
    request, judge = page.asked(nonce, look.reading.body()), page.service.judge
    await run_in_threadpool(foresee, page.service, look.reading, request)
    outcome = await page.service.write(lambda books: cases.store(books, look.reading, request, judge))
    return page.after(outcome, back)


@router.post("/import/{preview}/drop")
async def post_drop(page: MyPage, preview: str) -> Response:
    """Put the files aside: nothing is announced."""
    page.insist(Right.ANNOUNCE)
    previews = previews_of(page.service)
    found = previews.get(preview, page.actor.id, page.now)
    if found is None:
        raise not_found("preview", preview)
    await run_in_threadpool(previews.drop, found)
    return page.after(vm.Answer("attention", page.words.gettext(DROPPED)), "/import")
