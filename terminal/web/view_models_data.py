"""What the pages of reference data show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TableRow:
    """A table: file name, title, the version in force and who loaded it; ``entries`` of the sanctions list."""

    name: str
    title: str
    version: str
    by: str = ""
    at: datetime | None = None
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One loading of a table: version (beginning of its SHA-256), when, by whom, bytes, why, number in the journal."""

    version: str
    at: datetime
    by: str
    size: int
    note: str
    seq: int


@dataclass(frozen=True, slots=True)
class TableView:
    """One table with its loadings, the newest first."""

    row: TableRow
    versions: tuple[VersionRow, ...]
