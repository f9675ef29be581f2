"""Numbers as people write them, alone and in their column."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.importing import gather
from terminal.importing.columns import read_column
from terminal.importing.numbers import plain, read_number
from tests.terminal.importing.making import checks, csv_file, xlsx_file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 200", "1200"),
        ("1\u00a0200", "1200"),
        ("1\u202f200,5", "1200.5"),
        ("312,5", "312.5"),
        ("3 935,00", "3935.00"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234,567", "1234567"),
        ("1'200", "1200"),
        ("۱٬۲۳۴٫۵", "1234.5"),
        ("٤٨", "48"),
        ("0,125", "0.125"),
        ("1 250,500", "1250.500"),
        ("-5", "-5"),
        ("−5", "-5"),
        ("12 (twelve)", "12"),
    ],
)
def test_a_safe_number_has_one_value(text: str, value: str) -> None:
    assert read_number(text).value == Decimal(value)


@pytest.mark.parametrize("text", ["1.250", "1,250", "12,480", "7,480 kg"])
def test_three_places_behind_one_mark_have_two_readings(text: str) -> None:
    figure = read_number(text)
    assert figure.value is None
    assert figure.readings[1] == figure.readings[0] * 1000


@pytest.mark.parametrize("text", ["abc", "12 5", "1.2.3", "~100", "2 x 20", "1,23,4", "--5"])
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    figure = read_number(text)
    assert figure.value is None
    assert not figure.readings
    assert not figure.empty


@pytest.mark.parametrize("text", ["", "-", "—", "n/a", "нет", "yoʻq", "х"])
def test_a_placeholder_is_a_blank(text: str) -> None:
    assert read_number(text).empty


@pytest.mark.parametrize(
    ("text", "unit"), [("12 кг", "кг"), ("10 pallets", "pallets"), ("12.5 t", "t"), ("kg 12", "kg")]
)
def test_a_unit_beside_the_figure_is_kept(text: str, unit: str) -> None:
    assert read_number(text).unit == unit


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False))
def test_every_amount_comes_back_from_each_national_form(value: Decimal) -> None:
    english = f"{value:,.2f}"
    swapped = english.replace(",", "\u00a0").replace(".", ",")
    german = english.translate(str.maketrans(",.", ".,"))
    persian = english.translate(str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫"))
    for text in (english, swapped, german, persian):
        assert read_number(text).value == value


@given(st.text(max_size=30))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    read_number(text)


def values(cells: list[str], **more: object) -> list[Decimal | None]:
    return [figure.value for figure in read_column(cells, [], None, count=bool(more.get("count"))).figures]


def test_a_column_settles_its_own_mark_but_not_a_contradicting_one() -> None:
    assert values(["1,250", "0,5"]) == [Decimal("1.250"), Decimal("0.5")]
    assert values(["1,250", "12.5"]) == [Decimal(1250), Decimal("12.5")]
    assert values(["1.250", "12,5"]) == [None, Decimal("12.5")]
    assert values(["1,250", "980"]) == [None, Decimal(980)]


def test_things_that_cannot_be_cut_settle_themselves() -> None:
    assert values(["1,250", "3,000", "40"], count=True) == [Decimal(1250), Decimal(3000), Decimal(40)]
    assert values(["3,000", "40"], count=True) == [None, Decimal(40)]


def test_a_sum_settles_a_column_of_one_habit() -> None:
    column = read_column(["1,250", "980"], [], read_number("2,230"), count=False)
    assert [figure.value for figure in column.figures] == [Decimal(1250), Decimal(980)]
    column = read_column(["1,250", "980"], [Decimal(2230)], None, count=False)
    assert [figure.value for figure in column.figures] == [Decimal(1250), Decimal(980)]


def test_a_lone_doubt_holds_its_line() -> None:
    parsed = csv_file(
        'Description,HS,Qty,Unit,Packages,Gross kg\nBlankets,6301.40,400,pcs,40,"1,250"\nTents,6306.22,3,pcs,1,98\n'
    )
    assert checks(parsed) == {("DAT-05", "line:1")}
    assert parsed.lines[0].gross_kg is None
    assert parsed.lines[1].gross_kg == 98
    assert parsed.waiting[0].row == 2
    assert "1.25 or 1250" in parsed.waiting[0].sentence


def test_the_hand_of_the_other_columns_settles_tonnes_with_three_places() -> None:
    parsed = csv_file("Наименование;Мест;Нетто, т;Брутто, т\nМука;1360;68,0;68,136\nМука;1350;67,5;67,635\n")
    assert [line.gross_kg for line in parsed.lines] == [Decimal("68136"), Decimal("67635")]
    assert not parsed.findings


def test_a_text_in_a_figure_column_holds_its_line_and_no_other() -> None:
    parsed = csv_file("Description,Qty,Packages,Gross kg\nSoap,abc,2,20\nTents,5,1,30\n")
    assert checks(parsed) == {("DAT-05", "line:1")}
    assert (parsed.lines[0].quantity, parsed.lines[0].gross_kg) == (None, 20)
    assert parsed.rows_waiting == 1


def test_numbers_of_a_workbook_are_safe_as_they_are() -> None:
    parsed = xlsx_file(
        [["Goods", "Qty", "Packages", "Gross kg"], ["Soap", 1.25, 3, 1250.125], ["Salt", 7, 2, 0.1 + 0.2]]
    )
    assert [line.gross_kg for line in parsed.lines] == [Decimal("1250.125"), Decimal("0.3")]


@pytest.mark.parametrize(
    ("value", "text"), [("7480.00", "7480"), ("3935.250", "3935.25"), ("1E+3", "1000"), ("0.0", "0")]
)
def test_decimals_are_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_other_figures_of_the_row_settle_pieces_volumes_and_weighed_quantities() -> None:
    parsed = csv_file(
        "Description,Qty,Unit,Packages,Gross kg,Volume m3\n"
        'Soap,"1,000",pcs,20,500,"1,250"\nSalt,"5,400",kg,120,5640,"7,200"\n'
    )
    assert [line.quantity for line in parsed.lines] == [Decimal(1000), Decimal(5400)]
    assert [line.volume_m3 for line in parsed.lines] == [Decimal("1.25"), Decimal("7.2")]
    assert not parsed.findings


def test_tonnes_with_three_decimals_are_known_by_the_packages() -> None:
    parsed = csv_file("Goods;Packages;Gross, t\nBlanket;120;6,000\nTent;90;4,560\n")
    assert [line.gross_kg for line in parsed.lines] == [Decimal(6000), Decimal(4560)]
    assert checks(parsed) == set()
    # nothing tells a load of 1.25 t in 2 packages from one of 1,250 t, but the packages do; without them a person is asked
    asked = csv_file("Goods;Quantity;Gross, t\nBlanket;120;6,000\n")
    assert ("DAT-05", "line:1") in checks(asked)


def test_thousands_grouped_by_spaces_leave_the_comma_for_decimals() -> None:
    parsed = csv_file(
        "Goods;Quantity;Unit;Packages;Gross kg\nNails;2 400;pc;2;1,250\nRope;12 000;pc;3;2,500\n"
    )
    assert [line.gross_kg for line in parsed.lines] == [Decimal("1.25"), Decimal("2.5")]
    # a point stays a question beside them
    asked = csv_file("Goods;Quantity;Unit;Packages;Gross kg\nNails;2 400;pc;2;1.250\n")
    assert ("DAT-05", "line:1") in checks(asked)


def test_the_declared_total_proposes_and_never_decides() -> None:
    parsed = csv_file("Goods;Packages;Gross kg\nTank;20;1,250\nRope;4;80\n")
    for declared, proposal in (("1330", "1250"), ("81.25", "1.25"), ("500", None)):
        gathered = gather([parsed], {"mode": "ROAD", "declared": {"gross_kg": declared}})
        (doubt,) = [one for one in gathered.findings if one.check == "DAT-05"]
        assert doubt.facts.get("proposal") == proposal
        assert gathered.papers.lines[0].gross_kg == (Decimal(proposal) if proposal else None)
