"""The examples of docs/hairatan.md are read as the page says."""

from __future__ import annotations

import re

from terminal.api.schemas_handover import StatementIn
from terminal.cases.handover_files import read
from tests.docs.tables import HOUSE
from workflows.checks.reference import default_reference
from workflows.handover import CONDITIONS
from workflows.handover_state import Found, Item, ShortFor, Via
from workflows.stages import Stage

PAGE = (HOUSE / "docs" / "hairatan.md").read_text(encoding="utf-8")
LABELS = ("095212340000000013", "095212340000000020", "095212340000000037")


def block(kind: str) -> str:
    (found,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def test_the_file_of_receipts_is_taken_row_by_row() -> None:
    items = [Item(label, "C-1", Stage.GATE_OUT) for label in LABELS]
    told = read(block("csv").encode(), items)
    assert told.bad == ()
    assert [(one.item, one.found) for one in told.receipts] == list(
        zip(LABELS, (Found.RECEIVED, Found.DAMAGED, Found.SHORT), strict=True)
    )
    assert len(told.surplus) == 1


def test_the_statement_is_one() -> None:
    said = StatementIn.model_validate_json(block("json")).statement(Via.LINK)
    assert [one.item for one in said.receipts] == list(LABELS)


def test_every_word_and_profile_stands_in_the_page() -> None:
    flat = " ".join(PAGE.split())
    for word in (*(one.value for one in ShortFor), *CONDITIONS):
        assert word.lower() in flat
    for name in (one.id for one in default_reference().vehicles):
        assert name in flat
