"""Heads of columns, units and package words, in every language and wherever the unit stands."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.importing import ParsedFile
from terminal.importing.vocabulary import heading, mass_unit_of_title, package_code, quantity_unit
from tests.terminal.importing.making import checks, csv_file
from workflows.papers import Line


def only(parsed: ParsedFile) -> Line:
    (line,) = parsed.lines
    return line


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Брутто, кг", "gross_kg"),
        ("Total weight (kg)", "gross_kg"),
        ("Weight kg gross", "gross_kg"),
        ("gross_kg", "gross_kg"),
        ("grossWeightKg", "gross_kg"),
        ("وزن ناخالص (کیلوگرام)", "gross_kg"),
        ("Poids brut (kg)", "gross_kg"),
        ("No. of packages", "package_count"),
        ("Кол-во мест, паллет", "package_count"),
        ("Description of goods / Наименование", "description"),
        ("Oʻlchov birligi", "uom"),
        ("O'lchov birligi", "uom"),
        ("UoM", "uom"),
        ("T/r", "line_no"),
        ("№ п/п", "line_no"),
        ("Срок годности (до)", "expiry_date"),
        ("Batch No / Серия", "batch"),
        ("Номер вагона (8 знаков)", "wagon_no"),
        ("Gross weight per carton (kg)", "per_unit_weight"),
    ],
)
def test_a_head_is_understood_in_any_language(text: str, field: str) -> None:
    found = heading(text)
    assert found is not None
    assert found.field == field


@pytest.mark.parametrize(
    "text", ["", "Soap, laundry, 200 g bar", "Signature and stamp:", "station", "Approved by"]
)
def test_no_head_is_seen_where_there_is_none(text: str) -> None:
    assert heading(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Weights in tonnes", "TNE"),
        ("Вес указан в центнерах", "DTN"),
        ("Оғирлик центнерда", "DTN"),
        ("Ogʻirliklar tonnada", "TNE"),
    ],
)
def test_a_title_line_prescribes_the_unit(text: str, code: str) -> None:
    unit = mass_unit_of_title(text)
    assert unit is not None
    assert unit.code == code


@pytest.mark.parametrize("text", ["Total weight 15 t", "Gross weight", "Agency T"])
def test_a_value_prescribes_nothing(text: str) -> None:
    assert mass_unit_of_title(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("мешки 50 кг", "BG"),
        ("palleta", "PX"),
        ("cardboard boxes", "CT"),
        ("кор", "CT"),
        ("plastic drum", "DR"),
        ("қоп", "BG"),
        ("عدل", "BL"),
    ],
)
def test_package_words(text: str, code: str) -> None:
    assert package_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("pcs", "H87"), ("шт / pcs", "H87"), ("халта", "BG"), ("kits", "SET"), ("дона", "H87"), ("foo", None)],
)
def test_quantity_units(text: str, code: str | None) -> None:
    assert quantity_unit(text) == code


@pytest.mark.parametrize(
    ("head", "cell"),
    [
        ("Брутто, кг", "1250,5"),
        ("Брутто, т", "1,2505"),
        ("Брутто (ц)", "12,5050"),
        ("Брутто, г", "1250500"),
        ("Брутто", "1250,5 кг"),
        ("Брутто", "1,2505 т"),
        ("Gross (MT)", "1.2505"),
    ],
)
def test_kilograms_come_out_wherever_the_unit_stands(head: str, cell: str) -> None:
    parsed = csv_file(f"Наименование;Мест;{head}\nМыло;10;{cell}\nСоль;3;{cell}\n")
    assert parsed.lines[0].gross_kg == Decimal("1250.5")


def test_pounds_are_converted_and_strange_units_asked() -> None:
    parsed = csv_file("Goods,Qty,Packages,Weight\nCable,1,1,100 lb\nRope,1,1,3 пуд\n")
    assert parsed.lines[0].gross_kg == Decimal("45.359237")
    assert parsed.lines[1].gross_kg is None
    assert checks(parsed) == {("DAT-03", "line:2")}
    parsed = csv_file("Goods,Qty,Packages,Gross (пуд)\nCable,1,1,100\n")
    assert ("DAT-03", "consignment") in checks(parsed)
    assert only(parsed).gross_kg is None
