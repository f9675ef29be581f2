"""Cells that hold temperatures and dangerous goods codes."""

from __future__ import annotations

import pytest

from terminal.importing import ParsedFile
from tests.terminal.importing.making import csv_file
from workflows.papers import Line


def only(parsed: ParsedFile) -> Line:
    (line,) = parsed.lines
    return line


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2–8 °C", 2, 8),
        ("2°C to 8°C", 2, 8),
        ("от +2 до +8", 2, 8),
        ("до 30 °C", None, 30),
        ("below 25°C", None, 25),
        ("не выше +25 °C", None, 25),
        ("не ниже 2", 2, None),
        ("-25…-15 °C", -25, -15),
        ("-25--15", -25, -15),
        ("+15…+25 °C", 15, 25),
        ("۲ تا ۸", 2, 8),
    ],
)
def test_temperatures(text: str, low: int | None, high: int | None) -> None:
    parsed = csv_file(f"Goods;Packages;Gross kg;Storage temp.\nVaccine;1;2;{text}\n")
    found = only(parsed).temperature
    assert found is not None
    assert (found.min_c, found.max_c, found.text) == (low, high, text)


def test_dangerous_goods_columns_are_normalised() -> None:
    parsed = csv_file(
        "Goods;Packages;Gross kg;UN;Hazard class;PG\nAcid;1;2;UN 1830;Class 8;PG II\nBleach;1;2;1791.0;8;3\nX;1;2;-;5,1;ІІ\n"
    )
    assert [(line.un_number, line.dg_class, line.packing_group) for line in parsed.lines] == [
        ("1830", "8", "II"),
        ("1791", "8", "III"),
        (None, "5.1", "II"),
    ]
