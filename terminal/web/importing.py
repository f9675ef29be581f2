"""Papers of an agency: files in, a report per row out, the consignment announced."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal import texts
from terminal.cases import importing as cases
from terminal.importing import ParsedFile, WrongFactsError
from terminal.web import view_models as vm
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.showing_cargo import CargoShower
from terminal.web.view_models_import import ImportReport, ImportRow
from workflows.roles import Right

router = APIRouter()
NOTHING = N_("No line of goods could be read from these files. Look at the report below.")
LOOKED = N_("Only looked at. Send the files again without the tick to record them.")
#: rows of one file that are listed; the rest is counted
_ROWS = 200


@router.get("/import")
def get_import(page: MyPage) -> Response:
    """The form to upload files."""
    page.insist(Right.ANNOUNCE)
    return page.html("import.html", reports=(), findings=())


def report_of(
    page: Page, reading: cases.Reading, file: ParsedFile, *, dry: bool, repeated: bool, announced: bool
) -> ImportReport:
    """What one file gave, row by row, as a page shows it."""
    papers = reading.assembled.papers
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
    return ImportReport(
        file=file.name,
        ref=reading.reference if announced or dry else "",
        taken=len(file.lines),
        waiting=file.rows_waiting,
        packages=papers.declared.packages,
        gross_kg=papers.declared.gross_kg,
        units=len(file.units),
        rows=rows,
        dry_run=dry,
        repeated=repeated,
    )


def _facts(page: Page, ref: str) -> dict[str, object]:
    facts: dict[str, object] = {}
    if ref.strip():
        facts["reference"] = ref.strip()
    if page.actor.organisation:
        facts["sender"] = page.actor.organisation
    return facts


@router.post("/import")
async def post_import(
    page: MyPage,
    files: Annotated[list[UploadFile], File(max_length=20)],
    ref: Annotated[str, Form(max_length=80)] = "",
    dry_run: Annotated[bool, Form()] = False,
    nonce: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Read files; announce the consignment unless it is only a look."""
    page.insist(Right.ANNOUNCE)
    uploads = [(file.filename or "file", await file.read()) for file in files]
    try:
        reading = await run_in_threadpool(cases.read, uploads, _facts(page, ref))
    except WrongFactsError as error:
        return page.html("import.html", reports=(), findings=(), answer=vm.Answer("refused", str(error)))
    say = page.words.gettext
    answer, verdict, announced = vm.Answer("refused", say(NOTHING)), "", False
    request = page.asked(nonce, reading.body())
    judge = page.service.judge
    if not dry_run:
        for file, (_, data) in zip(reading.files, uploads, strict=True):
            await run_in_threadpool(page.service.keep_file, file.sha256, data)
    if not dry_run and reading.empty:
        await page.service.write(lambda books: cases.note_unread(books, reading, request))
    elif not dry_run:
        outcome = await page.service.write(lambda books: cases.store(books, reading, request, judge))
        answer, verdict, announced = page.say(outcome), outcome.verdict, outcome.ok
    elif not reading.empty:
        answer = vm.Answer("attention", say(LOOKED))
    repeated = verdict == "already_done"
    reports = [
        report_of(page, reading, f, dry=dry_run, repeated=repeated, announced=announced)
        for f in reading.files
    ]
    with page.service.reading() as reader:
        findings = CargoShower(page, reader).findings(reading.assembled.findings)
    return page.html("import.html", reports=reports, findings=findings, answer=answer)
