"""Receipts in a file: CSV or JSON. Rows that are good are taken, rows that are not are named with row and column."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows import crossing
from workflows.handover import CONDITIONS, Statement, plain
from workflows.handover_state import Found, Item, Receipt, ShortFor, Surplus, Via

#: rows and bytes of one file
MOST_ROWS, LARGEST = 5000, 2 << 20
COLUMNS = ("unit", "found", "why", "condition", "note")
_FOUND = {
    **{one.value: one for one in Found},
    "OK": Found.RECEIVED,
    "MISSING": Found.SHORT,
}


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: its number as a text editor shows it, the column, its value, and what is wrong."""

    row: int
    column: str
    value: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a file says."""

    name: str
    note: str
    receipts: tuple[Receipt, ...]
    surplus: tuple[Surplus, ...]
    bad: tuple[BadRow, ...]

    def statement(self, name: str, note: str, *, correction: bool) -> Statement:
        """The statement that it makes; ``name`` and ``note`` of the form count before its own."""
        return Statement(
            Via.FILE,
            name.strip() or self.name,
            self.receipts,
            self.surplus,
            note.strip() or self.note,
            correction=correction,
        )


def read(data: bytes, items: Iterable[Item]) -> Read:
    """Read receipts of a manifest. Whatever the file is, it is read or named row by row; nothing is raised."""
    known = {item.id: item for item in items}
    if len(data) > LARGEST:
        return Read("", "", (), (), (BadRow(0, "", f"{len(data)} B", "too_large"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Read("", "", (), (), (BadRow(0, "", f"byte {error.start}", "not_utf8"),))
    name, note, rows, bad = _json(text) if text.lstrip()[:1] in ("{", "[") else _csv(text)
    receipts: dict[str, Receipt] = {}
    surplus: list[Surplus] = []
    for number, row in rows:
        taken = _row(number, row, known, receipts)
        if isinstance(taken, BadRow):
            bad.append(taken)
        elif isinstance(taken, Surplus):
            surplus.append(taken)
        else:
            receipts[taken.item] = taken
    return Read(
        name, note, tuple(receipts.values()), tuple(surplus), tuple(sorted(bad, key=lambda one: one.row))
    )


Rows = list[tuple[int, Mapping[str, str]]]


def _csv(text: str) -> tuple[str, str, Rows, list[BadRow]]:
    head = text.partition("\n")[0]
    mark = max(";\t,", key=head.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error as error:
        return "", "", [], [BadRow(0, "", str(error)[:80], "not_csv")]
    if not table:
        return "", "", [], [BadRow(1, "", "", "empty")]
    names = [cell.strip().lower() for cell in table[0]]
    if "unit" not in names or "found" not in names:
        return "", "", [], [BadRow(1, "unit, found", ", ".join(names)[:80], "no_column")]
    rows: Rows = []
    for number, cells in enumerate(table[1 : MOST_ROWS + 1], 2):
        if any(cell.strip() for cell in cells):
            rows.append((number, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}))
    bad = [BadRow(MOST_ROWS + 2, "", str(len(table) - 1), "too_many")] if len(table) > MOST_ROWS + 1 else []
    return "", "", rows, bad


def _json(text: str) -> tuple[str, str, Rows, list[BadRow]]:
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        return "", "", [], [BadRow(0, "", str(error)[:80], "not_json")]
    head: Mapping[str, Any] = told if isinstance(told, dict) else {}
    listed = head.get("receipts") if head else told
    if not isinstance(listed, list):
        return "", "", [], [BadRow(0, "receipts", "", "no_column")]
    rows: Rows = []
    bad: list[BadRow] = []
    for number, one in enumerate(listed[:MOST_ROWS], 1):
        if isinstance(one, dict) and all(isinstance(value, str | int) for value in one.values()):
            rows.append((number, {str(name).lower(): str(value).strip() for name, value in one.items()}))
        else:
            bad.append(BadRow(number, "", str(one)[:80], "not_a_row"))
    if len(listed) > MOST_ROWS:
        bad.append(BadRow(MOST_ROWS + 1, "", str(len(listed)), "too_many"))
    name, note = (str(head.get(key, ""))[:200] for key in ("name", "note"))
    return name, note, rows, bad


def _row(
    number: int, row: Mapping[str, str], known: Mapping[str, Item], before: Mapping[str, Receipt]
) -> Receipt | Surplus | BadRow:
    unit = "".join(row.get("unit", "").split()).removeprefix("(00)")
    said = row.get("found", "").upper()
    note = row.get("note", "")[:500]
    if said == "SURPLUS":
        what = row.get("unit", "") or note
        return Surplus(what[:200], 1, note) if what else BadRow(number, "unit", "", "empty")
    if unit not in known:
        ref = crossing.whole(row.get("unit", ""))
        if ref not in known:
            return BadRow(number, "unit", unit[:80], "not_on_manifest")
        unit = ref
    if unit in before:
        return BadRow(number, "unit", unit, "twice")
    found = _FOUND.get(said)
    if found is None:
        return BadRow(number, "found", said[:80], "unknown_word")
    why, condition = row.get("why", "").upper(), row.get("condition", "").upper() or "GOOD"
    if found is Found.SHORT and why not in ShortFor.__members__:
        return BadRow(number, "why", why[:80], "unknown_word")
    if found is Found.DAMAGED and condition not in CONDITIONS:
        return BadRow(number, "condition", condition[:80], "unknown_word")
    return plain(
        Receipt(unit, found, ShortFor(why) if why in ShortFor.__members__ else None, condition, note)
    )
