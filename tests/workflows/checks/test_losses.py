"""Rows that a new version of a table no longer holds are found and named."""

from __future__ import annotations

import json

import pytest

from workflows.checks.losses import rows_lost, warning
from workflows.checks.reference import shipped_texts

TABLES = (
    "precursors_hs.csv", "watch_hs.csv", "controlled_medicines.csv", "policy_goods.csv", "dg_un_numbers.csv",
    "goods_types.csv", "required_documents.csv", "risk_indicators.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_row_that_went_is_named(name: str) -> None:
    text = shipped_texts()[name]
    rows = text.splitlines(keepends=True)
    assert rows_lost(name, text, text) == ()
    assert rows_lost(name, text, "".join([*rows, *rows[1:2]])) == ()
    (lost,) = rows_lost(name, text, "".join(rows[:1] + rows[2:]))
    assert lost
    assert lost.split()[0] in rows[1]
    # a row that came is no loss
    assert rows_lost(name, "".join(rows[:1] + rows[2:]), text) == ()


def test_a_word_of_dangerous_goods_that_went_is_named() -> None:
    name = "dg_keywords.json"
    text = shipped_texts()[name]
    data = json.loads(text)
    word = data["keywords"]["2880"].pop()
    assert rows_lost(name, text, json.dumps(data)) == (f"2880 {word}",)
    assert rows_lost("tolerances.json", "{}", "{}") == ()


def test_many_are_counted() -> None:
    assert warning("t.csv", tuple("abcdefghij")).count(",") == 7
    assert "10 rows" in warning("t.csv", tuple("abcdefghij"))
    assert "and 2 more" in warning("t.csv", tuple("abcdefghij"))
