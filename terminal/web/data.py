"""Reference tables and the sanctions list on a screen: versions, who loaded them, what a new one would change, and back again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from terminal.api.data import brought_in, foreseen
from terminal.api.problems import not_found
from terminal.cases import data as cases
from terminal.filing import KeptFileError
from terminal.web.context import MyPage, Page
from terminal.web.i18n import N_
from terminal.web.view_models import Answer
from terminal.web.view_models_data import TableRow, TableView, VersionRow
from terminal.web.wording_data import TABLES
from workflows.roles import Right

router = APIRouter()
HOME = "/data"
Note = Annotated[str, Form(max_length=1000)]
Nonce = Annotated[str, Form(max_length=80)]
REFUSED = N_("The file was not taken. The table in force stays.")
NOTHING_CHANGES = N_("Nothing that is under way would come out otherwise.")
WOULD_CHANGE = N_("%(count)s of %(all)s would come out otherwise. Nothing has been changed yet.")
CHANGED = N_("%(count)s of %(all)s under way come out otherwise.")
LOST = N_("Rows in force that are missing from the new table: %(rows)s")
#: differences and sentences that are listed; the rest is counted
_LISTED = 50


@router.get(HOME)
def get_tables(page: MyPage) -> Response:
    """Every table with the version in force, who loaded it and when."""
    page.insist(Right.MANAGE_DATA)
    with page.service.reading() as reader:
        people = {person.id: person.name for person in reader.people.all()}
        rows = [_row(page, row, people) for row in cases.overview(reader, page.service.room)]
    return page.html("data.html", rows=rows)


def _row(page: Page, row: dict[str, Any], people: dict[str, str]) -> TableRow:
    name = str(row["table"])
    at = row.get("loaded_at")
    return TableRow(
        name,
        page.words.gettext(TABLES[name]),
        str(row["sha256"] or "")[:12],
        people.get(str(row["loaded_by"]), str(row["loaded_by"] or "")),
        datetime.fromisoformat(at) if at else None,
        row.get("entries"),
    )


@router.get(f"{HOME}/{{table}}")
def get_table(page: MyPage, table: str) -> Response:
    """One table: its versions, and the forms to replace it or to go back."""
    page.insist(Right.MANAGE_DATA)
    return _table(page, table)


def _table(page: Page, name: str, **said: Any) -> Response:
    if name not in TABLES:
        raise not_found("table", name)
    with page.service.reading() as reader:
        people = {person.id: person.name for person in reader.people.all()}
        row = next(one for one in cases.overview(reader, page.service.room) if one["table"] == name)
        versions = tuple(
            VersionRow(one.sha256[:12], one.at, people.get(one.who, one.who), one.size, one.note, one.seq)
            for one in reader.data.history(name)
        )
    view = TableView(_row(page, row, people), versions)
    return page.html("data_table.html", t=view, **{"problems": (), "changed": (), **said})


@router.post(f"{HOME}/{{table}}")
async def post_table(
    page: MyPage,
    table: str,
    file: Annotated[UploadFile, File()],
    do: Annotated[str, Form(pattern=r"^(try|load)$")] = "try",
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Replace a table by a file, or only see what that would change. The name of the file does not count."""
    page.insist(Right.MANAGE_DATA)
    if table not in TABLES:
        raise not_found("table", table)
    given = [(table, await file.read())]
    try:
        new = await run_in_threadpool(cases.read_all, given)
    except cases.DataRefusedError as error:
        refused = error
        request = page.asked(nonce, {"refused": list(refused.problems[:20]), "note": note})
        await page.service.write(lambda books: cases.note_refused(books, given, refused, request))
        said = Answer("refused", page.words.gettext(REFUSED))
        return await run_in_threadpool(_told, page, table, said, refused.problems, ())
    if do == "try":
        told = await run_in_threadpool(foreseen, page.service, new)
        return await run_in_threadpool(
            _told, page, table, _foretold(page, told), _lost(page, told), told["changed"]
        )
    return await _brought(page, table, new, note, nonce)


def _told(page: Page, table: str, said: Answer, problems: Any, changed: Any) -> Response:
    return _table(
        page, table, answer=said, problems=tuple(problems)[:_LISTED], changed=tuple(changed)[:_LISTED]
    )


def _lost(page: Page, told: dict[str, Any]) -> list[str]:
    return [page.words.gettext(LOST) % {"rows": "; ".join(told["warnings"])}] if told["warnings"] else []


def _foretold(page: Page, told: dict[str, Any]) -> Answer:
    count = len(told["changed"])
    figures = {"count": page.words.number(count), "all": page.words.number(told["judged"])}
    return Answer(
        "attention" if count else "accepted",
        page.words.gettext(WOULD_CHANGE if count else NOTHING_CHANGES) % figures,
    )


@router.post(f"{HOME}/{{table}}/rollback")
async def post_rollback(
    page: MyPage,
    table: str,
    version: Annotated[str, Form(min_length=7, max_length=64)],
    note: Note = "",
    nonce: Nonce = "",
) -> Response:
    """Bring an older version of a table, or the one that ships with the product, into force again."""
    page.insist(Right.MANAGE_DATA)

    def find() -> list[cases.NewData]:
        with page.service.reading() as reader:
            return [cases.older(reader, page.service.room, table, version.strip().lower())]

    try:
        new = await run_in_threadpool(find)
    except (cases.DataRefusedError, KeptFileError) as error:
        return page.sorry(str(error), HOME)
    return await _brought(page, table, new, note, nonce)


async def _brought(page: Page, table: str, new: list[cases.NewData], note: str, nonce: str) -> Response:
    answer, changes, count = await brought_in(page.service, page.actor, new, nonce, note)
    said = page.say(answer)
    lines: list[str] = []
    if answer.news:
        figures = {"count": page.words.number(len(changes)), "all": page.words.number(count)}
        lines = [page.words.gettext(CHANGED) % figures, *(one.summary for one in changes[:_LISTED])]
    return page.after(
        Answer(said.verdict, said.sentence, (*lines, *said.next), said.subject), f"{HOME}/{table}"
    )
