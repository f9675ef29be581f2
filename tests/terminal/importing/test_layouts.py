"""The same goods from other hands: languages, orders of columns, heads in two storeys, units, title blocks."""

from __future__ import annotations

import io
from decimal import Decimal

import openpyxl

from terminal.importing import ParsedFile, figures, gather, read_file
from tests.terminal.importing.making import checks, csv_file, workbook, xlsx_file
from workflows.papers import Line


def only(parsed: ParsedFile) -> Line:
    (line,) = parsed.lines
    return line


def test_two_storeys_with_the_unit_above() -> None:
    parsed = xlsx_file(
        [
            ["Вагонный лист"],
            [],
            ["№", "Номер вагона", "Груз", "Места", None, "Масса, т", None, "ЗПУ"],
            [None, None, None, "кол-во", "вид", "нетто", "брутто", None],
            [1, 24123457, "Мука", 1360, "мешок", 68, 68.136, "A1"],
            ["Итого по листу", None, None, 1360, None, 68, 68.136, None],
            [2, 52801172, "Мука", 1350, "мешок", 67.5, 67.635, "A2"],
            ["Всего", None, None, 2710, None, 135.5, 135.771, None],
        ],
        merges=["F3:G3", "D3:E3"],
    )
    assert [(line.wagon, line.packages, line.package_type) for line in parsed.lines] == [
        ("24123457", 1360, "BG"),
        ("52801172", 1350, "BG"),
    ]
    assert [line.gross_kg for line in parsed.lines] == [Decimal("68136"), Decimal("67635")]
    assert parsed.tables[0].totals.gross_kg == Decimal("135771")
    assert not parsed.findings


def test_forms_with_units_and_numbers_under_the_head_and_the_head_again() -> None:
    parsed = csv_file(
        "Наименование товара;Кол-во;Мест;Вес брутто\n;шт;мест;кг\n1;2;3;4\nМыло;100;10;50,5\nТазы;200;20;70\n"
        "Наименование товара;Кол-во;Мест;Вес брутто\nОдеяла;50;5;60\nИтого по листу;;35;180,5\n\nГлавный бухгалтер: ____ Иванов\n"
    )
    assert [line.description for line in parsed.lines] == ["Мыло", "Тазы", "Одеяла"]
    assert parsed.tables[0].totals == parsed.tables[0].totals.__class__(35, Decimal("180.5"), None)


def test_hxl_tags_are_no_goods() -> None:
    parsed = csv_file(
        "Item,Description,Qty,Packages,Gross kg\n#meta+id,#item+name,#quantity,#package,#weight\n1,Soap,1,2,3\n"
    )
    assert only(parsed).description == "Soap"


def test_title_blocks_give_header_facts() -> None:
    parsed = csv_file(
        "Упаковочный лист № AGZ-UZ-2026-0099\nОтправитель: Agency Z; Получатель: Agency Z CO\n"
        "Автомобиль: 75 515 DBA, прицеп 75 4420 AB. Пломба: UZ0581001\nМест;30 паллет\nВес брутто;1 200,5 кг\n\n"
        "Наименование;Мест;Брутто, кг\nМыло;30;1200,5\n"
    )
    header = parsed.header
    assert (header.reference, header.sender, header.consignee) == (
        "AGZ-UZ-2026-0099",
        "Agency Z",
        "Agency Z CO",
    )
    assert (header.plate, header.trailer, header.seal) == ("75 515 DBA", "75 4420 AB", "UZ0581001")
    assert (header.packages, header.gross_kg) == (30, Decimal("1200.5"))


def test_sheets_with_tables_follow_one_another_and_covers_give_facts() -> None:
    head = ["#", "Goods", "HS", "Qty", "Unit", "Pkgs", "Packing", "Gross, kg"]
    book = workbook(
        {
            "Cover": [["Convoy"], ["Sender", "Agency B"]],
            "T1": [
                ["Truck 1"],
                head,
                [1, "Blanket", "630140", 400, "pc", 10, "bale", 100],
                ["TOTAL", None, None, None, None, 10, None, 100],
            ],
            "T2": [head, [1, "Blanket", "630140", 400, "pc", 12, "bale", 120]],
        }
    )
    parsed = read_file("convoy.xlsx", book)
    assert [(line.no, line.packages) for line in parsed.lines] == [(1, 10), (2, 12)]
    assert parsed.header.sender == "Agency B"


def test_merged_labels_belong_to_every_row_and_merged_figures_to_one() -> None:
    parsed = xlsx_file(
        [
            ["SSCC", "Description", "HS Code", "Quantity", "UoM", "Packages", "Gross kg"],
            ["095212340001001002", "Soap", "3401.19", 10, "pc", 1, 500],
            [None, "Bucket", "3924.90", 10, "pc", None, None],
            ["095212340001001019", "Blanket", "6301.40", 10, "pc", 1, 400],
        ],
        merges=["A2:A3", "F2:F3", "G2:G3"],
    )
    assert figures(gather([parsed], {}).papers) == {
        "lines": 3,
        "packages": 2,
        "gross_kg": "900",
        "distinct_sscc": 2,
    }
    assert not parsed.waiting


def test_freight_pieces_are_packages() -> None:
    parsed = csv_file("Cargo description,Pieces,Packing,Gross kg\nLamps,560,ctn,4480\n")
    assert (only(parsed).packages, only(parsed).quantity) == (560, None)


def test_a_missing_column_is_named() -> None:
    parsed = csv_file("Description,Qty,Net kg\nSoap,1,2\n")
    assert checks(parsed) == {("DAT-01", "consignment")}
    assert parsed.findings[0].facts["missing"] == ["gross weight"]
    assert len(parsed.lines) == 1


def test_two_tables_of_one_sheet_are_two_tables() -> None:
    parsed = csv_file(
        "Description;HS;Packages;Gross kg\nTents;630622;2;801\nTotal;;2;801\n\nPallet list\n"
        "SSCC;Description;Packages;Gross kg\n095212340001001002;Tents;1;400\n095212340001001019;Tents;1;401\n"
    )
    assert (len(parsed.lines), len(parsed.units)) == (1, 2)


def test_running_numbers_of_pallets_are_no_labels() -> None:
    parsed = csv_file("Pallet No,Description,HS,Packages,Gross kg\n1,Soap,3401,1,5\n2,Soap,3401,1,6\n")
    assert [line.sscc for line in parsed.lines] == [None, None]
    parsed = csv_file("Pallet No,Description,HS,Packages,Gross kg\n095212340001001002,Soap,3401,1,5\n")
    assert only(parsed).sscc == "095212340001001002"


def test_hidden_sheets_are_named_and_not_read() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(
            workbook(
                {
                    "PL": [["Goods", "Packages", "Gross kg"], ["Soap", 1, 2]],
                    "old": [["Goods", "Packages", "Gross kg"], ["Salt", 1, 2]],
                }
            )
        )
    )
    book["old"].sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    parsed = read_file("a.xlsx", out.getvalue())
    assert only(parsed).description == "Soap"
    assert any("Hidden sheets" in problem.sentence for problem in parsed.problems)
