"""What the pages show of an imported file."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


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
    ref: str
    taken: int
    waiting: int
    packages: int | None = None
    gross_kg: Decimal | None = None
    units: int = 0
    rows: tuple[ImportRow, ...] = ()
    dry_run: bool = False
    repeated: bool = False
