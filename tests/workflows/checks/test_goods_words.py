"""Descriptions in three languages: what fires, and above all what must stay silent."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.check_cases import a_case, fired, line
from workflows.checks.goods import is_vague
from workflows.checks.words import Vocabulary, same_word
from workflows.findings import Severity

TABLE = Path(__file__).parents[2] / "data" / "goods_descriptions.csv"
ROWS = list(
    csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), delimiter="|", quoting=csv.QUOTE_NONE)
)
CODES = ("CTL-01", "CTL-02", "CTL-03", "CTL-04", "CTL-05", "CTL-06", "CTL-08", "HAZ-03", "HAZ-05", "HAZ-06")


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['description']} {row['hs']}" for row in ROWS])
def test_description(row: dict[str, str]) -> None:
    case = a_case(
        line(
            description=row["description"],
            hs_code=row["hs"] or None,
            un_number=row["un"] or None,
            dg_class=row["class"] or None,
        )
    )
    wanted = row["fires"].split()
    assert fired(case, *CODES, least=Severity.HOLD) == {
        f"{code}@line:1" for code in wanted if not code.endswith("~")
    }
    warned = fired(case, *CODES) - fired(case, *CODES, least=Severity.HOLD)
    assert warned == {f"{code[:-1]}@line:1" for code in wanted if code.endswith("~")}


WORDS = Vocabulary(
    {
        "acetone": ["acetone", "ацетон", "atseton"],
        "toluene": ["toluene", "толуол"],
        "permanganate": ["перманганат калия"],
        "acid": ["sulphuric acid"],
    },
    ["acetone dispenser"],
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Acetone 5 l", {"acetone"}),
        ("ацетоном", {"acetone"}),
        ("Atsetonni", {"acetone"}),
        ("Калия перманганат", {"permanganate"}),
        ("Acid, sulfuric, 98 %", {"acid"}),
        ("acetone-free", set()),
        ("acetone- and toluene-free thinner", set()),
        ("without acetone, toluene or benzene", set()),
        ("without lid, acetone", {"acetone"}),
        ("free of acetone", set()),
        ("acetone (toluene-free)", {"acetone"}),
        ("без ацетона и толуола", set()),
        ("не содержит ацетон", set()),
        ("ацетон не менее 99 %", {"acetone"}),
        ("acetone, not less than 99 %", {"acetone"}),
        ("atsetonsiz", set()),
        ("ацетонсиз", set()),
        ("atseton boʻlmagan", set()),
        ("acetone dispenser", set()),
        ("acetonedicarboxylate", set()),
        ("item no. 5 acetone", {"acetone"}),
    ],
)  # fmt: skip
def test_words_and_denials(text: str, found: set[str]) -> None:
    assert WORDS.keys_in(text) == found


@given(st.text(max_size=60))
def test_any_text_is_searched_without_trouble(text: str) -> None:
    WORDS.find(text)


@given(
    st.sampled_from(["ацетон", "толуол", "палатка", "одеяло"]), st.sampled_from(["а", "у", "ом", "ы", "ов"])
)
def test_endings_do_not_hide_a_word(word: str, ending: str) -> None:
    base = word.rstrip("аоеы")
    assert same_word(word, base + ending) or len(base) < 3


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("Humanitarian aid", True),
        ("Гуманитарная помощь", True),
        ("household goods and misc.", True),
        ("Blanket", False),
        ("humanitarian aid: rice", False),
        ("", True),
    ],
)
def test_vague_descriptions(text: str, vague: bool) -> None:
    case = a_case(line(description=text))
    assert is_vague(case, case.papers.lines[0]) is vague
