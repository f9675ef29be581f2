"""Dates of papers: certain ones, those with two readings, months, serials and the Solar Hijri calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.importing.dates import Order, read_date, serial_date, slash_orders, solar_hijri
from tests.terminal.importing.making import csv_file, xlsx_file


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("31.08.2026", "2026-08-31"),
        ("1.9.2026 г.", "2026-09-01"),
        ("01.10.27", "2027-10-01"),
        ("2027-11-30", "2027-11-30"),
        ("2027/11/30", "2027-11-30"),
        ("20271130", "2027-11-30"),
        ("2026-11-16T09:00:00+05:00", "2026-11-16"),
        ("16/11/2026", "2026-11-16"),
        ("11/16/2026", "2026-11-16"),
        ("10 Nov 2026", "2026-11-10"),
        ("November 30, 2027", "2027-11-30"),
        ("30-NOV-27", "2027-11-30"),
        ("3rd March 2027", "2027-03-03"),
        ("15 марта 2027 г.", "2027-03-15"),
        ("2027 йил 15 март", "2027-03-15"),
        ("2027-yil 15-mart", "2027-03-15"),
        ("15 oktabr 2027", "2027-10-15"),
        ("1406/08/09", "2027-10-31"),
        ("۱۴۰۶/۰۸/۰۹", "2027-10-31"),
        ("1 Hamal 1405", "2026-03-21"),
        ("15 حمل 1406", "2027-04-04"),
        ("EXP 30.11.2027", "2027-11-30"),
    ],
)
def test_a_certain_date(text: str, day: str) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.certain, found.precision, found.text) == (date.fromisoformat(day), "day", text)


@pytest.mark.parametrize(
    "text", ["11.2027", "11/2027", "2027-11", "EXP 11/27", "Nov 2027", "до 11.2027", "ноябрь 2027", "11-2027"]
)
def test_a_month_is_its_last_day(text: str) -> None:
    found = read_date(text)
    assert found is not None
    assert (found.certain, found.precision) == (date(2027, 11, 30), "month")


def test_day_and_month_may_both_be_meant() -> None:
    found = read_date("03/04/27")
    assert found is not None
    assert set(found.readings) == {date(2027, 4, 3), date(2027, 3, 4)}
    same = read_date("05/05/2027")
    assert same is not None
    assert same.certain == date(2027, 5, 5)


def test_neighbours_of_the_same_pattern_prove_the_order() -> None:
    assert slash_orders(["03/04/27", "25/04/27"]) == {"/2": Order.DAY_FIRST}
    assert slash_orders(["03/04/27", "04/25/27"]) == {"/2": Order.MONTH_FIRST}
    assert slash_orders(["25/04/27", "04/25/27"]) == {}
    assert slash_orders(["03/04/27", "25-04-2027"]) == {"-4": Order.DAY_FIRST}
    head = "Description,HS,Qty,Unit,Packages,Gross kg,Expiry date\n"
    parsed = csv_file(head + "A,300490,1,pc,1,1,03/04/27\nB,300490,1,pc,1,2,25/04/27\n")
    assert [line.expiry.certain for line in parsed.lines if line.expiry] == [
        date(2027, 4, 3),
        date(2027, 4, 25),
    ]
    parsed = csv_file(head + "A,300490,1,pc,1,1,03/04/27\n")
    assert parsed.lines[0].expiry is not None
    assert len(parsed.lines[0].expiry.readings) == 2


@pytest.mark.parametrize("text", ["31.02.2027", "soon", "2027-13-01", "1404/12/30", "99.99.9999"])
def test_a_date_that_does_not_exist_has_no_reading(text: str) -> None:
    found = read_date(text)
    assert found is not None
    assert found.readings == ()


@pytest.mark.parametrize("text", ["", "-", "n/a", "нет"])
def test_a_blank_is_no_date(text: str) -> None:
    assert read_date(text) is None


def test_cells_of_a_workbook_are_dates_serials_or_numbers() -> None:
    head = ["Goods", "HS", "Qty", "Packages", "Gross kg", "Expiry"]
    cells = [datetime(2027, 11, 30), 46722, 11.2027, "30.11.2027", 2028]  # noqa: DTZ001
    rows = [[f"G{n}", "300490", 1, 1, n, cell] for n, cell in enumerate(cells, start=1)]
    parsed = xlsx_file([head, *rows])
    found = [line.expiry.certain for line in parsed.lines if line.expiry is not None]
    assert found == [
        date(2027, 11, 30),
        date(2027, 12, 1),
        date(2027, 11, 30),
        date(2027, 11, 30),
        date(2028, 12, 31),
    ]


def test_an_unreadable_date_waits_with_row_and_value() -> None:
    parsed = csv_file("Description,HS,Qty,Packages,Gross kg,Expiry\nA,300490,1,1,1,31.02.2027\n")
    (problem,) = parsed.waiting
    assert (problem.row, problem.value, problem.column) == (2, "31.02.2027", "Expiry")


@given(st.dates(date(1990, 1, 1), date(2079, 1, 1)))
def test_serials_count_from_1900(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert serial_date("x", Decimal(serial)).certain == day


@given(st.integers(1390, 1420), st.integers(1, 12), st.integers(1, 29))
def test_solar_hijri_days_follow_one_another(year: int, month: int, day: int) -> None:
    first, second = solar_hijri(year, month, day), solar_hijri(year, month, day + 1)
    assert first is not None
    assert second is None or second - first == timedelta(days=1)


@pytest.mark.parametrize(
    ("year", "new_year"),
    [
        (1400, "2021-03-21"),
        (1403, "2024-03-20"),
        (1404, "2025-03-21"),
        (1405, "2026-03-21"),
        (1408, "2029-03-20"),
    ],
)
def test_solar_hijri_new_years(year: int, new_year: str) -> None:
    assert solar_hijri(year, 1, 1) == date.fromisoformat(new_year)


@given(st.text(max_size=30))
def test_no_text_makes_the_date_reader_stumble(text: str) -> None:
    read_date(text)
