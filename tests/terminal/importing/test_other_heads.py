"""Heads that say the same twice, abbreviations in another script, and the weight of one piece beside the weights of all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from terminal.importing import gather
from terminal.importing.reading import read_file
from terminal.importing.vocabulary import heading
from tests.support.check_cases import a_case, fired
from workflows.papers import Line


def lines_of(text: str) -> tuple[Line, ...]:
    return gather([read_file("list.csv", text.encode())], {}).papers.lines


@pytest.mark.parametrize("text", ["کد HS", "HS kodi", "Код HS", "HS کود"])
def test_an_abbreviation_means_the_same_in_every_script(text: str) -> None:
    found = heading(text)
    assert found is not None
    assert found.field == "hs_code"


def test_of_two_heads_for_packages_words_say_which_and_figures_how_many() -> None:
    head = "Goods;HS;Packages / Мест;Package;Gross kg\n"
    for rows in ("Tents;630622;8;pallet;3200\n", "Tents;630622;8;PX;3200\n"):
        (line,) = lines_of(head + rows)
        assert (line.packages, line.package_type) == (8, "PX")


def test_a_column_of_package_words_alone_counts_nothing() -> None:
    parsed = gather([read_file("u.csv", b"SSCC;Package;Gross kg\n095212340001001002;pallet;400\n")], {})
    assert "DAT-05" not in {one.check for one in parsed.findings}
    assert [(one.package_type, one.packages, one.gross_kg) for one in parsed.papers.units] == [
        ("PX", None, 400)
    ]


@pytest.mark.parametrize(
    ("one", "net", "wanted"),
    [
        ("4,5", "2250", set()),  # of the net
        ("4,8", "2250", set()),  # of the gross
        ("4,6", "2250", {"QTY-02@line:1"}),
        ("0,0045", "2,25", set()),
        ("", "2250", set()),
    ],
)
def test_the_weight_of_one_piece_has_to_fit(one: str, net: str, wanted: set[str]) -> None:
    unit = "т" if one.startswith("0,00") else "кг"
    gross = "2,4" if unit == "т" else "2400"
    text = (
        f"Наименование;Кол-во;Ед. изм.;Вес 1 шт, {unit};Мест;Вес брутто, {unit};Вес нетто, {unit}\n"
        f"Набор посуды;500;набор;{one};250;{gross};{net}\n"
    )
    lines = lines_of(text)
    assert fired(a_case(*lines), "QTY-02") == wanted
    assert lines[0].gross_kg == Decimal(2400)
