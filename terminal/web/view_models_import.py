"""What the pages show of imported files: what each gave, and what would be announced."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from terminal.web.view_models import Answer
from workflows.papers import DeclaredUnit, Line


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row of a report: what was wrong with which cell and what to do."""

    row: int | None
    column: str
    value: str
    severity: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came out of one file."""

    file: str
    taken: int
    waiting: int
    units: int = 0
    rows: tuple[ImportRow, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What would be announced. ``standing`` is ready, refused or there (announced already); figures in kg."""

    id: str
    ref: str
    standing: str
    sender: str = ""
    consignee: str = ""
    place: str = ""
    mode: str = ""
    vehicle: str = ""
    container: str = ""
    documents: int = 0
    packages: int | None = None
    gross_kg: Decimal | None = None
    line_count: int = 0
    unit_count: int = 0
    lines: tuple[Line, ...] = ()
    units: tuple[DeclaredUnit, ...] = ()
    waiting: int = 0
    refusal: Answer | None = None

    @property
    def lines_kg(self) -> Decimal | None:
        """The gross weight of the lines together; None when one does not state its own."""
        known = [line.gross_kg for line in self.lines if line.gross_kg is not None]
        return sum(known, Decimal(0)) if known and len(known) == self.line_count else None
