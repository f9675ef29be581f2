"""Hostile, broken and foreign files: a report with a reason, never a crash and never a run formula."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.importing import ParsedFile, figures, gather, limits, read_file
from terminal.importing.decoding import decode, is_mojibake
from terminal.importing.warnings_of_text import is_active
from tests.terminal.importing.making import checks, csv_file, workbook, xlsx_file

HEAD = ["Description", "Qty", "Packages", "Gross kg"]


def rewritten(data: bytes, changes: dict[str, bytes]) -> bytes:
    """A workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, changes.get(name, source.read(name)))
        for name in changes.keys() - set(source.namelist()):
            target.writestr(name, changes[name])
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b" \r\n ", "empty"),
        ("x.bin", bytes(range(256)) * 8, "binary"),
        ("scan.pdf", b"%PDF-1.7 ...", "PDF"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", "picture"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLSX"),
        ("page.xls", b"<html><table><tr><td>Description</td></tr></table></html>", "web page"),
        ("entity.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "XML"),
        ("broken.xlsx", b"PK\x03\x04 and nothing", "damaged"),
        ("broken.json", b'{"a": [1, 2', "broken"),
        ("deep.json", b"[" * 200_000, "deep"),
        ("nested.json", b'{"a":' * 60 + b"1" + b"}" * 60, "deep"),
        ("nan.json", b'{"a": NaN}', "broken"),
        ("huge.json", b'{"gross_kg": 1e999999999}', "no amount"),
        ("prose.txt", b"Dear colleagues,\nplease find attached nothing.", "No table"),
        ("numbers.csv", b"1,2,3\n4,5,6\n", "No table"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, data: bytes, word: str) -> None:
    parsed = read_file(name, data)
    assert parsed.unreadable is not None
    assert word in parsed.unreadable
    assert [finding.check for finding in parsed.findings] == ["DAT-01"]
    assert parsed.waiting
    assert not parsed.lines


def test_an_archive_bomb_is_not_opened() -> None:
    bomb = rewritten(
        workbook({"S": [HEAD]}), {"xl/worksheets/sheet2.xml": b"0" * (limits.MAX_RATIO * 1_200_000)}
    )
    parsed = read_file("bomb.xlsx", bomb)
    assert parsed.unreadable is not None
    assert "unpacks" in parsed.unreadable


def test_an_archive_that_is_no_workbook_is_named() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert "no XLSX" in (read_file("a.xlsx", out.getvalue()).unreadable or "")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    assert "OpenDocument" in (read_file("a.ods", out.getvalue()).unreadable or "")


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_in_a_workbook_are_refused(member: str) -> None:
    plain = workbook({"S": [HEAD, ["Soap", 1, 2, 3]]})
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><worksheet>&e;</worksheet>'
    parsed = read_file("evil.xlsx", rewritten(plain, {member: evil}))
    assert checks(parsed) == {("DAT-07", "consignment")}
    assert "entities" in (parsed.unreadable or "")


def test_macros_and_links_are_named_and_left_alone() -> None:
    plain = workbook({"S": [HEAD, ["Soap", 1, 2, 3]]})
    parsed = read_file("m.xlsm", rewritten(plain, {"xl/vbaProject.bin": b"x"}))
    assert ("DAT-07", "consignment") in checks(parsed)
    assert len(parsed.lines) == 1


def test_a_formula_without_its_result_waits() -> None:
    parsed = xlsx_file([HEAD, ["Soap", 1, 2, "=B2*3"], ["Salt", 1, 2, 3]])
    assert checks(parsed) == {("DAT-05", "line:1")}
    assert "calculate" in parsed.waiting[0].sentence
    assert parsed.lines[1].gross_kg == 3


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-1+1|x", "=1+1", "\t=1"]
)
def test_active_content_is_reported_and_kept_as_text(text: str) -> None:
    assert is_active(text)
    quoted = text.replace('"', '""')
    parsed = csv_file(f'Description,Qty,Packages,Gross kg\n"{quoted}",1,2,3\n')
    assert ("DAT-07", "line:1") in checks(parsed)
    assert parsed.lines[0].description == text.strip()


@pytest.mark.parametrize(
    "text",
    ["-5", "+7,5", "+998 90 123 45 67", "-20 °C", "-25…-15 °C", "-", "—", "- spare part", "+5 C", "- 3"],
)
def test_signed_figures_and_bullets_are_harmless(text: str) -> None:
    assert not is_active(text)


@pytest.mark.parametrize(
    "text", ["ÐœÑ‹Ð»Ð¾", "РњС‹Р»Рѕ С…РѕР·", "Soap \ufffd\ufffd", "??????", "Ã©toffe", "oâ€™zbek"]
)
def test_broken_letters_are_reported(text: str) -> None:
    assert is_mojibake(text)
    parsed = csv_file(f"Description,Qty,Packages,Gross kg\n{text},1,2,3\n")
    assert ("DAT-06", "line:1") in checks(parsed)


@pytest.mark.parametrize(
    "text",
    [
        "Мыло хозяйственное",
        "Рис. Сахар",
        "Буғдой уни, олий нав",
        "Oʻzbekiston",
        "°C",
        "16 m²",
        "РС-1",
        "étoffe",
        "کمپل پشمی",
        "Why?",
    ],
)
def test_honest_letters_are_not(text: str) -> None:
    assert not is_mojibake(text)


def test_a_quotation_mark_that_never_closes_loses_no_rows() -> None:
    rows = "".join(f"Soap {n},1,2,{n}\n" for n in range(1, 60))
    parsed = csv_file('Description,Qty,Packages,Gross kg\n"Blanket 2",1,2,3\n"Open,1,2,3\n' + rows)
    assert len(parsed.lines) == 61
    assert ("DAT-06", "consignment") in checks(parsed)


def test_what_a_spreadsheet_did_to_labels_is_named() -> None:
    parsed = xlsx_file(
        [["SSCC", *HEAD], [395212341234567892, "Soap", 1, 1, 5], ["095212340001001002", "Salt", 1, 1, 5]]
    )
    assert checks(parsed) == {("ID-01", "line:1")}
    assert "number" in parsed.waiting[0].sentence
    parsed = csv_file(
        "SSCC,Description,Qty,Packages,Gross kg\n3.95212E+17,Soap,1,1,5\n95212340001001002,Salt,1,1,6\n"
    )
    assert checks(parsed) == {("ID-01", "line:1")}
    assert [problem.row for problem in parsed.waiting] == [2, 3]
    assert parsed.lines[1].sscc == "95212340001001002"


def test_lookalikes_in_codes_are_folded_and_reported() -> None:
    parsed = csv_file("Description,HS,Packages,Gross kg,Container\nSoap,34О1.19,1,20,СSQU3054383\n")
    assert parsed.lines[0].hs_code == "340119"
    assert parsed.lines[0].container == "CSQU3054383"
    assert [finding.check for finding in parsed.findings] == ["DAT-02", "DAT-02"]


def test_the_same_row_twice_is_named_once() -> None:
    parsed = csv_file("No,Description,Qty,Packages,Gross kg\n1,Soap,1,2,3\n2,Soap,1,2,3\n3,Soap,1,2,4\n")
    assert checks(parsed) == {("DAT-04", "line:2")}


def test_every_row_of_a_long_list_is_read() -> None:
    rows = "".join(f"{n};Мыло {n};1;2;{n},5\n" for n in range(20_000))
    parsed = csv_file("№;Наименование;Кол-во;Мест;Брутто, кг\n" + rows, "cp1251")
    assert len(parsed.lines) == 20_000
    assert not parsed.findings


def test_a_list_beyond_the_limit_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("terminal.importing.decoding.MAX_ROWS", 50)
    parsed = csv_file(
        "Description,Qty,Packages,Gross kg\n" + "".join(f"S{n},1,1,{n}\n" for n in range(1, 90))
    )
    assert len(parsed.lines) == 50
    assert any("too long" in problem.sentence for problem in parsed.waiting)


def _survives(parsed: ParsedFile) -> None:
    assert parsed.unreadable is not None or parsed.lines is not None
    assert len(parsed.sha256) == 64


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.json", "a.xlsx"]))
def test_no_bytes_whatever_make_the_reader_stumble(data: bytes, name: str) -> None:
    _survives(read_file(name, data))
    _survives(read_file(name, b"PK\x03\x04" + data))


_CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "Description",
            "Gross kg",
            "Packages",
            "1,250",
            "TOTAL",
            "=A1",
            "№",
            "SSCC",
            "31.12.2027",
            "\x00",
            '"',
        ]
    ),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(_CELLS, max_size=6), max_size=12), st.sampled_from(";,\t|"))
def test_no_table_whatever_makes_the_reader_stumble(rows: list[list[str]], delimiter: str) -> None:
    _survives(read_file("a.csv", "\n".join(delimiter.join(row) for row in rows).encode()))


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["goods", "Description", "Gross kg", "packages", "x", "lines"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(_VALUES)
def test_no_json_whatever_makes_the_reader_stumble(value: object) -> None:
    import json  # noqa: PLC0415

    _survives(read_file("a.json", json.dumps(value).encode()))


def test_sheets_of_only_styles_and_charts_are_no_trouble() -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("Chart")
    out = io.BytesIO()
    book.save(out)
    _survives(read_file("c.xlsx", out.getvalue()))


@given(st.text(st.characters(min_codepoint=0x410, max_codepoint=0x44F), min_size=12, max_size=40))
def test_utf8_is_never_taken_for_anything_else(text: str) -> None:
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "1e300", "0.30000000000000004", "1e-300", "99999999999999999999"]
)
def test_impossible_numbers_of_a_workbook_harm_nobody(number: str) -> None:
    plain = workbook({"S": [[*HEAD, "Expiry"], ["Soap", 1, 2, 77.5, 78.5]]})
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    for place in (b"77.5", b"78.5"):
        changed = {"xl/worksheets/sheet1.xml": sheet.replace(place, number.encode())}
        assert changed["xl/worksheets/sheet1.xml"] != sheet
        parsed = read_file("n.xlsx", rewritten(plain, changed))
        figures(gather([parsed], {}).papers)
        _survives(parsed)
