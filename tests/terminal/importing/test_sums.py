"""Rows of sums, totals of title blocks, weights of one and of all: what counts and what only adds up."""

from __future__ import annotations

import pytest

from terminal.importing import figures, gather
from tests.terminal.importing.making import csv_file, xlsx_file


@pytest.mark.parametrize(
    "word", ["TOTAL", "Grand total", "ИТОГО", "Всего:", "ЖАМИ", "Jami", "مجموع", "Toplam"]
)
def test_a_row_of_sums_is_no_line(word: str) -> None:
    parsed = csv_file(f"Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n{word};3;30\n")
    assert figures(gather([parsed], {}).papers) == {"lines": 2, "packages": 3, "gross_kg": "30"}
    assert (parsed.tables[0].totals.packages, parsed.tables[0].totals.gross_kg) == (3, 30)


def test_sums_without_a_word_are_known_by_adding_up() -> None:
    parsed = csv_file("Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n;3;30\n")
    assert len(parsed.lines) == 2
    parsed = csv_file("Description;Packages;Gross kg\nSoap;1;10\nSalt;2;20\n;7;30,5\n")
    assert len(parsed.lines) == 3
    assert parsed.waiting[0].sentence.startswith("The row has no description")


def test_goods_that_begin_like_a_sum_are_goods() -> None:
    parsed = csv_file(
        "No,Description,HS,Packages,Gross kg\n1,Total station survey kit,901530,1,20\n2,Jami'ah kit,901530,1,20\nTotal,,,2,40\n"
    )
    assert len(parsed.lines) == 2
    parsed = csv_file(
        "Description,Qty,Unit,Packages,Gross kg\nTotal station kit,2,set,2,20\nTotal packages,,,2,20\n"
    )
    assert [line.description for line in parsed.lines] == ["Total station kit"]


def test_totals_in_words_below_the_table_are_declared() -> None:
    parsed = csv_file(
        "Наименование;Мест;Брутто, кг\nМыло;10;100\nСоль;20;200\n\nВсего мест: 30\nОбщий вес брутто: 300 кг\nПодпись ______\n"
    )
    assert len(parsed.lines) == 2
    assert (parsed.header.packages, parsed.header.gross_kg) == (30, 300)


def test_a_stated_total_is_read_in_the_order_of_magnitude_of_the_rows() -> None:
    rows = 'Gross weight,"7,480 kg"\n\nGoods,Packages,Gross kg\nA,5,3480\nB,5,4000\n'
    parsed = csv_file(rows)
    assert parsed.header.gross_kg == 7480
    assert not parsed.findings


def test_group_headings_and_subtotals_are_no_lines() -> None:
    parsed = csv_file(
        "No;Description;HS;Qty;Unit;Packages;Gross kg\n;Medicines;;;;;\n1;Paracetamol;300490;10;pc;1;5\n;Subtotal;;;;1;5\n"
        ";WASH;;;;;\n2;Soap;340119;10;pc;2;7\n;Subtotal;;;;2;7\n;Grand total;;;;3;12\n"
    )
    assert [line.description for line in parsed.lines] == ["Paracetamol", "Soap"]
    assert parsed.tables[0].totals.packages == 3


def test_weights_of_one_and_of_all_are_told_apart() -> None:
    parsed = xlsx_file(
        [
            ["Consignee:\nAgency A CO, Mazar"],
            [
                None,
                "Pallet no.",
                "SSCC",
                "Goods description",
                "HS\ncode",
                "Qty",
                "Gross\nweight,\nkg",
                "Total gross weight, kg",
                "Packages",
            ],
            [None, "P1", "(00) 0 9521234 0001001002", "Blanket", "6301.40", "400 pc", 80, 800, "10 PLT"],
            [None, "P2", "095212340001001019", "Blanket", "6301.40", "400 pc", 80, "800", "10 PLT"],
            [None, None, None, "TOTAL", None, 800, None, 1600, 20],
        ]
    )
    assert figures(gather([parsed], {}).papers) == {
        "lines": 2,
        "packages": 20,
        "gross_kg": "1600",
        "distinct_sscc": 2,
    }
    assert [(line.quantity_unit, line.package_type) for line in parsed.lines] == [("H87", "PX")] * 2
    assert parsed.header.consignee == "Agency A CO, Mazar"
