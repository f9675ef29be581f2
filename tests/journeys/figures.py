"""The figures of a day on every report, held against the script's own book: over the API, on the screen, in the sheet."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from openpyxl import load_workbook
from playwright.sync_api import Page

from terminal.reports.showing import value
from terminal.reports.span import day_of
from terminal.web import i18n
from terminal.web.i18n import ZONE
from tests.journeys import expected as says
from tests.journeys.daybook import Book, Clock, Row
from tests.journeys.expected import Expected, Table
from tests.journeys.machines import Voice
from tests.journeys.people import Person

EN = i18n.words("en")


# --- what the product says -----------------------------------------------------------------------------------
def over_the_api(told: dict[str, Any], expected: Expected) -> list[str]:
    """Where the JSON of a report differs from the book; one line each."""
    wrong = []
    for key, table in expected.tables.items():
        said = [tuple(row.values()) for row in told["sections"][key]["rows"]]
        want = [tuple(_plain(cell) for cell in row) for row in table.rows]
        if said != want:
            wrong.append(f"{expected.kind} {key} over the API:\n  said {said}\n  book {want}")
    return wrong


def _plain(cell: Any) -> Any:
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def on_the_screen(page: Page, expected: Expected) -> list[str]:
    """Where the tables on the page differ from the book."""
    wrong = []
    for key, table in expected.tables.items():
        found = page.locator(f"section:has(> #s-{key}) table")
        said = cells(found.locator("tbody tr").all()) if found.count() else []
        want = [_shown(table.forms, row) for row in table.rows]
        foot = cells(found.locator("tfoot tr").all()) if found.count() else []
        total = [_total(table)] if table.total else []
        if said != want or foot != total:
            wrong.append(f"{expected.kind} {key} on the screen:\n  said {said} {foot}\n  book {want} {total}")
    return wrong


def _total(table: Table) -> list[str]:
    """The line under the rows: what is not summed stays empty."""
    shown = [
        "" if cell == "" else value(EN, form, cell).replace("\xa0", " ").strip()
        for form, cell in zip(table.forms, table.total, strict=True)
        if form
    ]
    return ["Together", *shown[1:]]


def cells(rows: Sequence[Any]) -> list[list[str]]:
    """The texts of the cells of rows, without the mark for a line to look at."""
    found = []
    for row in rows:
        texts = [text.replace("\xa0", " ").strip() for text in row.locator("td").all_inner_texts()]
        found.append([text.removeprefix("Look at this line.").strip() for text in texts])
    return found


def _shown(forms: Sequence[str], row: Row) -> list[str]:
    return [
        value(EN, form, cell).replace("\xa0", " ").strip()
        for form, cell in zip(forms, row, strict=True)
        if form
    ]


def in_the_sheet(data: bytes, expected: Expected) -> list[str]:
    """Where the sheets of the workbook differ from the book: figures as figures, tonnes as tonnes, words as words."""
    wrong = []
    sheets = load_workbook(io.BytesIO(data)).worksheets[1:]
    for sheet, (key, table) in zip(sheets, expected.tables.items(), strict=False):
        said = [[_cell(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
        want = [
            [_figure(form, cell) for form, cell in zip(table.forms, row, strict=True) if form]
            for row in table.rows
        ]
        if table.total:
            want.append(_total(table))
        if said != want:
            wrong.append(f"{expected.kind} {key} in the sheet {sheet.title}:\n  said {said}\n  book {want}")
    return wrong


def _cell(given: Any) -> Any:
    if isinstance(given, float):
        return round(Decimal(str(given)), 4)
    return (
        given.date()
        if isinstance(given, datetime) and given.time().isoformat() == "00:00:00"
        else given or (0 if given == 0 and given is not None else "")
    )


def _figure(form: str, given: Any) -> Any:
    if form == "t":
        return round(given / 1000, 4) if given % 1000 else int(given / 1000)
    if form == "share" and given is not None:
        return round(given, 4) if given % 1 else int(given)
    if form == "moment":
        local = given.astimezone(ZONE).replace(tzinfo=None)
        return local.replace(microsecond=0) + timedelta(milliseconds=round(local.microsecond / 1000))
    if isinstance(given, int | Decimal | date) and not isinstance(given, bool):
        return given
    return "" if given is None else value(EN, form, given)


# --- all of it -------------------------------------------------------------------------------------------
def differences(day: Any) -> list[str]:
    """Everything that any report says otherwise than the book, over the API, on the screen and in the sheet."""
    voice, reader, book = day.voice("auditor"), day.crew.who("auditor"), day.book
    entries = journal(voice)
    clock = Clock(book, entries)
    today = day_of(clock.now)
    monday = today - timedelta(days=today.weekday())
    week = {"first": monday.isoformat(), "last": today.isoformat()}
    makers: list[Callable[[], Expected]] = [
        lambda: says.terminal(book, clock, entries),
        lambda: replace(says.terminal(book, clock, entries), query=week),
        lambda: says.times(book, clock),
        lambda: says.agency(book, clock),
        *(partial(says.donor, book, name) for name in sorted(set(book.donors.values()))),
        lambda: says.seizures(book),
        lambda: says.devices(book, monday),
        lambda: says.shift(book, clock),
    ]
    wrong = []
    for make in makers:
        found: list[str] = []
        for _ in range(3):  # ages are whole minutes: one may pass between two looks at the same report
            if not (found := _look(voice, reader, make, clock)):
                break
        wrong += found
    reader.open("/losses")
    table = reader.page.context.request.get(f"{reader.address}/api/v1/losses.csv").text()
    wrong += register(reader.page, voice.get("/losses")["losses"], table, book)
    return wrong + board(reader, book)


def _look(voice: Voice, reader: Person, make: Callable[[], Expected], clock: Clock) -> list[str]:
    """One report in its three forms."""
    asked = make()
    shift_book = asked.kind == "shift"
    told = voice.get("/shifts" if shift_book else f"/reports/{asked.kind}", **asked.query)
    clock.now = datetime.fromisoformat(told["made"])
    one = make()
    wrong = over_the_api(told, one)
    path = "/shift" if shift_book else f"/reports/{one.kind}"
    query = {
        name: "{2}.{1}.{0}".format(*text.split("-")) if name in ("first", "last") else text
        for name, text in one.query.items()
    }
    reader.open(f"{path}?{urlencode(query)}")
    wrong += on_the_screen(reader.page, one)
    form = urlencode({**query, "form": "xlsx"})
    sheet = reader.page.context.request.get(f"{reader.address}{path}?{form}")
    assert sheet.status == 200, sheet.status
    return wrong + in_the_sheet(sheet.body(), one)


def journal(voice: Voice) -> list[dict[str, Any]]:
    """Every entry."""
    entries: list[dict[str, Any]] = []
    while page := voice.get("/journal", after=entries[-1]["seq"] if entries else 0, limit=1000):
        entries += page
    return entries


# --- what is not a report of days ------------------------------------------------------------------------------
def board(reader: Person, book: Book) -> list[str]:
    """Where the board and the wall differ from the book."""
    page = reader.page
    inside = len(book.came) - len(book.left)
    ready = sum(book.stage(f"visit:{one}") == "WEIGH_OUT" for one in book.came)
    held = (book.placed - book.lifted).total()
    received, gone = (book.cargo(book.refs)[number] for number in (0, 3))
    reader.open("/")
    wrong = _differ(
        "board", _tiles(page, ".bigs .tile"), [str(one) for one in (inside, 0, ready, held, 0, 0)]
    )
    standing = Counter(book.stage(f"consignment:{ref}") for ref in book.refs)
    flow = {name: count for name, count in _named(page, ".flow li") if count != "0"}
    wrong += _differ("flow", flow, {_word(stage): str(count) for stage, count in standing.items()})
    reader.open("/wall")
    figures = [str(inside), "0", str(ready), str(held), EN.tonnes(received[3]), EN.tonnes(gone[3])]
    wrong += _differ("wall", _tiles(page, ".bigs .tile"), [*figures, str(book.weighed)])
    told = page.locator(".bigs").inner_text()
    for said in (f"{received[2]} units received today", f"{gone[2]} units left today"):
        wrong += [] if said in told else [f"the wall does not say: {said}"]
    return wrong


def _word(stage: str) -> str:
    return value(EN, "word:stage", stage)


def _tiles(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(f"{selector} .figure").all_inner_texts()]


def _named(page: Page, selector: str) -> list[tuple[str, str]]:
    return [
        (one.locator(".name").inner_text().strip(), one.locator(".figure").inner_text().strip())
        for one in page.locator(selector).all()
    ]


def _differ(what: str, said: Any, want: Any) -> list[str]:
    return [] if said == want else [f"{what}:\n  said {said}\n  book {want}"]


def register(page: Page, told: Sequence[dict[str, Any]], sheet: str, book: Book) -> list[str]:
    """Where the register of losses and damage differs: over the API, as a table, on the page."""
    want = sorted((kind, label) for kind, label in book.losses)
    lines = [line.split(",") for line in sheet.splitlines()[1:]]
    shown = [one.locator("a.strong").inner_text().strip() for one in page.locator("main ul.slim > li").all()]
    return (
        _differ("losses over the API", sorted((one["kind"], one["unit"]) for one in told), want)
        + _differ(
            "losses as a table",
            sorted(label for line in lines for label in line if label in book.kg),
            sorted(label for _, label in want),
        )
        + _differ("losses on the page", sorted(shown), sorted(label for _, label in want))
    )
