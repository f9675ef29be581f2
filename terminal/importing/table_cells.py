"""Cells of one table and what is said about them: the ground that figures and lines stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from terminal.importing.layouts import Column, Layout
from terminal.importing.limits import MAX_FINDINGS_PER_CHECK
from terminal.importing.results import RowProblem
from terminal.importing.saying import Said
from terminal.importing.sheets import Cell, Sheet, shown
from workflows.findings import Finding, Severity

MASS = ("gross_kg", "net_kg")
FIGURES = ("quantity", "package_count", "gross_kg", "net_kg", "volume_m3")

#: Severity of import findings where it is not WARN.
SEVERITIES: Mapping[str, Severity] = {"DAT-05": Severity.HOLD, "ID-01": Severity.HOLD}

#: Merged over several rows these belong to each of them; figures merged over rows are one figure.
_SHARED = frozenset(
    [
        "sscc",
        "parent_sscc",
        "description",
        "hs_code",
        "batch",
        "production_date",
        "expiry_date",
        "best_before",
        "container_no",
        "wagon_no",
        "seal_no",
        "un_number",
        "dg_class",
        "packing_group",
        "temperature",
        "origin_country",
        "item_code",
        "gtin",
        "uom",
        "package_type",
        "vehicle_plate",
        "consignment_note_no",
        "smgs_no",
        "cmr_no",
        "awb_no",
        "tir_no",
    ]
)
_DASHES = frozenset({"-", "—", "–"})


@dataclass(slots=True)
class Row:
    """One row of the body: its place among the data rows, its index in the sheet, its texts by column."""

    place: int
    at: int
    texts: dict[str, str]

    def word(self, name: str) -> str | None:
        """The text of a column; None for blanks and dashes."""
        text = self.texts.get(name)
        return None if text is None or text in _DASHES else text


class TableCells:
    """Access to the cells of one table, and its list of findings and problems."""

    def __init__(self, sheet: Sheet, layout: Layout) -> None:
        """Findings aim at ``line:N``, N counted in this table from 1."""
        self.sheet = sheet
        self.layout = layout
        self.findings: list[Finding] = []
        self.problems: list[RowProblem] = []
        self._counted: dict[str, int] = {}
        self._without_weak_labels()
        self._indexed = [(name, column.index) for name, column in layout.columns.items()]
        self._shared = self._shared_cells()

    def _without_weak_labels(self) -> None:
        """A column headed "Pallet no." holds SSCCs only when its cells look like them; else it is a running number."""
        column = self.layout.columns.get("sscc")
        if column is None or "sscc" in column.title.lower():
            return
        texts = [
            shown(row[column.index])
            for at in self.layout.body
            if column.index < len(row := self.sheet.rows[at])
        ]
        filled = [text for text in texts if text]
        if 2 * sum(sum(c.isdigit() for c in text) >= 14 for text in filled) < len(filled):
            self.layout.columns["pallet_no"] = self.layout.columns.pop("sscc")

    def _shared_cells(self) -> dict[tuple[int, int], int]:
        """(row, column) -> row that holds the value, for columns whose merged cells belong to each row."""
        shared: dict[tuple[int, int], int] = {}
        wanted = {column.index for name, column in self.layout.columns.items() if name in _SHARED}
        for top, left, bottom, right in self.sheet.merges:
            if left == right and left in wanted and bottom - top < 2_000:
                shared.update({(row, left): top for row in range(top + 1, bottom + 1)})
        return shared

    def cell(self, at: int, column: Column | None) -> Cell:
        """The cell of a row in a column; the merged one's value where it belongs to every row."""
        if column is None:
            return None
        index = column.index
        row = self.sheet.rows[self._shared.get((at, index), at) if self._shared else at]
        return row[index] if index < len(row) else None

    def row(self, place: int, at: int) -> Row:
        """One row of the body with all its texts."""
        texts: dict[str, str] = {}
        cells = self.sheet.rows[at]
        width = len(cells)
        for name, index in self._indexed:
            if self._shared and (at, index) in self._shared:
                value = self.cell(at, self.layout.columns[name])
            else:
                value = cells[index] if index < width else None
            if value is not None and value != "" and (text := shown(value)):
                texts[name] = text
        return Row(place, at, texts)

    def under_merge(self, at: int, name: str) -> bool:
        """True when a cell is the lower part of a merged one: it is not blank, its figure stands above."""
        index = self.layout.columns[name].index
        return any(
            top < at <= bottom and left <= index <= right for top, left, bottom, right in self.sheet.merges
        )

    def find(self, check: str, row: Row | None, **facts: object) -> None:
        """Add a finding about a row, or about the whole table."""
        count = self._counted[check] = self._counted.get(check, 0) + 1
        if count <= MAX_FINDINGS_PER_CHECK:
            target = "consignment" if row is None else f"line:{row.place + 1}"
            if row is not None:
                facts = {"row": row.at + 1, **facts}
            self.findings.append(Finding(check, SEVERITIES.get(check, Severity.WARN), target, facts))

    def say(
        self, row: Row | None, name: str, value: str, words: Said, check: str | None, *, waits: bool = False
    ) -> None:
        """Add a problem for the report: row, column, value and the fix in a sentence."""
        column = self.layout.columns.get(name)
        title = column.title if column is not None else name
        number = None if row is None else row.at + 1
        self.problems.append(
            RowProblem(
                self.sheet.name,
                number,
                title,
                value[:80],
                words.english,
                check,
                waits,
                words.code,
                words.facts,
            )
        )

    def title(self, name: str) -> str:
        """The head of a column as written."""
        return self.layout.columns[name].title
