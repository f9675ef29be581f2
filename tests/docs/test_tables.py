"""Tables that are made from the code say what the code says now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices.protocols import CODECS
from tests.docs.tables import HOUSE, PAGES, TABLES, filled, pages
from workflows.outcomes import Reason


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(HOUSE).as_posix())
def test_the_page_holds_the_tables_of_today(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == filled(text), "run .venv/bin/python -m tests.docs.tables"


def test_every_table_stands_somewhere() -> None:
    found = {
        name for page in pages() for name in re.findall(r"<!-- table: (\w+) -->", page.read_text("utf-8"))
    }
    assert found == set(TABLES)


def test_every_reason_is_explained_to_operators() -> None:
    text = (HOUSE / "docs" / "operator.md").read_text(encoding="utf-8")
    assert [reason for reason in Reason if f"`{reason.value}`" not in text] == []


def test_every_protocol_has_a_page_with_a_healthy_line() -> None:
    listed = [name for names in PAGES.values() for name in names]
    assert sorted(listed) == sorted(CODECS)
    for page, names in PAGES.items():
        text = (HOUSE / "docs" / "integrators" / page).read_text(encoding="utf-8")
        assert [name for name in names if f"`{name}`" not in text and f'"{name}"' not in text] == [], page
