"""Reports as files: nothing in a cell is ever run, figures are figures, paper in three languages."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from devices.vision import read_image
from terminal.reports import files
from terminal.reports.model import Column, Report, Section
from tests.support.painted import painted
from tests.terminal.reports.conftest import HOSTILE, Day

NOW = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
NASTY = (
    HOSTILE,
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1",
    "=1\x00\x07",
    "a\nb",
    "<b>&amp;</b>",
    "Oʻzbekiston",
    "حیرتان",
    "x" * 40_000,
)


def made(*texts: str) -> Report:
    """A report whose names are these."""
    columns = (Column("name", "Sender"), Column("kg", "Gross", "t"), Column("at", "Time", "moment"))
    rows = tuple((text, Decimal("1250.5"), NOW) for text in texts)
    section = Section("list", "Consignments", columns, rows)
    return Report(
        "agency", "Agency report", date(2026, 11, 1), date(2026, 11, 16), NOW, 9, (section,), scope=texts[0]
    )


def sheet_cells(data: bytes) -> list[Any]:
    book = load_workbook(io.BytesIO(data))
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("text", NASTY)
def test_no_name_is_a_formula(text: str) -> None:
    data = files.make(made(text), "xlsx", "en", "Chori", "Termez")
    cells = sheet_cells(data)
    assert all(cell.data_type != "f" for cell in cells)
    assert Decimal("1.2505") in [Decimal(str(c.value)) for c in cells if c.data_type == "n"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in archive.read(name)
    for row in csv.reader(io.StringIO(files.make(made(text), "csv", "en", "", "").decode())):
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "@"))
            assert not cell.lstrip().startswith("-") or cell == "-"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_name_can_be_written(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert all(cell.data_type != "f" for cell in sheet_cells(files.make(made(text), "xlsx", "fa", "a", "b")))
    files.make(made(text), "csv", "en", "a", "b")


@pytest.mark.parametrize("language", ["en", "ru", "uz", "uz-Cyrl", "fa", "ps"])
def test_paper_can_be_drawn_in_every_language(language: str) -> None:
    data = files.make(made(*NASTY[:-1]), "pdf", language, "Chori Mirzayev", "Termez")
    assert data.startswith(b"%PDF-")
    assert data == files.make(made(*NASTY[:-1]), "pdf", language, "Chori Mirzayev", "Termez")


def test_a_sheet_has_a_name_that_a_sheet_may_have() -> None:
    one = made("a").sections[0]
    long = Section("x", "[a]:*?/\\'" + "b" * 50, one.columns, ())
    report = made("a")
    report = Report(
        **{**{n: getattr(report, n) for n in report.__slots__}, "sections": (long, long, one, one)}
    )
    names = load_workbook(io.BytesIO(files.make(report, "xlsx", "en", "", ""))).sheetnames
    assert len({name.casefold() for name in names}) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)


@pytest.mark.parametrize("form", ["csv", "xml", "xlsx", "pdf"])
@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("terminal", {}),
        ("times", {"first": "2026-11-16", "last": "2026-11-22"}),
        ("agency", {"sender": "Agency B"}),
        ("donor", {"donor": HOSTILE}),
        ("seizures", {}),
        ("devices", {}),
        ("liaison", {}),
        ("selection", {}),
        ("response", {}),
        ("operation", {"operation": "HAMKORLIK-26"}),
    ],
)
def test_every_report_is_given_in_every_form(day: Day, kind: str, query: dict[str, str], form: str) -> None:
    voice = day.terminal.person("customs_inspector")
    answer = voice.send(
        "GET", f"/reports/{kind}", params={**query, "form": form}, headers={"accept-language": "ru"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == files.MEDIA[form]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="karvon-{kind}-')
    assert HOSTILE not in answer.headers["content-disposition"]
    if form == "xlsx":
        assert all(cell.data_type != "f" for cell in sheet_cells(answer.content))
    if form == "xml":
        top = ElementTree.fromstring(answer.content)
        assert (top.tag, top.get("form")) == ("report", f"karvon-{kind}-1")
    if form == "csv":
        assert f"\n{HOSTILE}" not in answer.text


#: every report that is printed, and what it needs to know
PRINTED: dict[str, dict[str, str]] = {
    "terminal": {},
    "terminal of a week": {"first": "2026-11-16", "last": "2026-11-22"},
    "times": {"first": "2026-11-16", "last": "2026-11-22"},
    "agency": {"sender": "Agency A"},
    "donor": {"donor": HOSTILE},
    "seizures": {},
    "devices": {},
    "liaison": {},
    "selection": {},
    "response": {},
    "operation": {"operation": "HAMKORLIK-26"},
    "shift": {"book": "OFFICERS"},
}


@pytest.mark.parametrize("kind", PRINTED)
@pytest.mark.parametrize("language", ["en", "ru", "uz"])
def test_the_symbol_on_every_report_is_read_and_finds_who_took_it_out(
    day: Day, kind: str, language: str
) -> None:
    voice = day.terminal.person("customs_inspector")
    name = kind.partition(" ")[0]
    path = "//shift" if name == "shift" else f"/reports/{name}"
    cookies = f"{voice.headers['cookie']}; karvon_lang={language}"
    answer = voice.send(
        "GET",
        path,
        params={**PRINTED[kind], "form": "pdf"},
        headers={"cookie": cookies, "accept-language": language},
    )
    assert answer.status_code == 200, answer.text
    (symbol,) = read_image(painted(answer.content))
    noted = day.terminal.newest()
    assert (noted.type, noted.data["action"]) == ("SecurityEvent", "exported")
    number = noted.data["facts"]["number"]
    assert symbol.text == f"KRV:DOC:{number}"
    assert number.startswith(f"RPT-{noted.seq - 1}-")
    for typed in (number, number.lower(), symbol.text):
        (found,) = voice.get("/search", q=typed)["reports"]
        assert (found["kind"], found["form"], found["by"], found["entry"]) == (
            name,
            "pdf",
            "Customs_Inspector",
            noted.seq,
        )
    page = voice.send("GET", "//search", params={"q": symbol.text}).text
    assert number in page


def test_the_number_of_a_report_follows_its_figures_alone(day: Day) -> None:
    voice = day.terminal.person("customs_inspector")
    first, second = (voice.get("/reports/agency", sender="Agency A") for _ in range(2))
    assert first["number"] == second["number"]
    voice.send("GET", "/reports/agency", params={"sender": "Agency A", "form": "pdf"})
    later, other = (voice.get("/reports/agency", sender=name)["number"] for name in ("Agency A", "Agency B"))
    assert later.rpartition("-")[2] == first["number"].rpartition("-")[2] != other.rpartition("-")[2]
    assert later != first["number"], "it names the journal entry it rests on"


def test_a_report_is_traced_only_by_those_who_may_have_it(day: Day) -> None:
    officer = day.terminal.person("customs_inspector")
    officer.send("GET", "/reports/seizures", params={"form": "csv"})
    seizures = day.terminal.newest().data["facts"]["number"]
    officer.send("GET", "/reports/agency", params={"sender": "Agency A", "form": "csv"})
    agency = day.terminal.newest().data["facts"]["number"]
    officer.send("GET", "//shift", params={"book": "OFFICERS", "form": "csv"})
    shift = day.terminal.newest().data["facts"]["number"]
    seen = {
        login: [
            bool(day.terminal.person(login).get("/search", q=q)["reports"]) for q in (seizures, agency, shift)
        ]
        for login in ("customs_inspector", "tally_clerk", "agency_user", "agency_b")
    }
    assert seen == {
        "customs_inspector": [True, True, True],
        "tally_clerk": [False, True, False],
        "agency_user": [False, True, False],
        "agency_b": [False, False, False],
    }
    assert officer.get("/search", q="RPT-1-000000000000")["reports"] == []
    assert officer.get("/search", q="RPT-999999999-000000000000")["reports"] == []
