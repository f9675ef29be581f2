"""Which reference data is in force: the newest event of each table's own chain in the journal.

There is no table of its own for it. ``subject_head`` keeps the last event of every subject that has no row, is written
with the event and proven by ``karvon verify --state``; the event names the kept file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from terminal.store import journal
from terminal.store.sql import Connection
from workflows.events_data import ReferenceDataLoaded


@dataclass(frozen=True, slots=True)
class Loaded:
    """One loading of a table: event number, table, SHA-256 of the kept file, who, when (UTC), why."""

    seq: int
    table: str
    sha256: str
    replaces: str | None
    size: int
    who: str
    at: datetime
    note: str

    @classmethod
    def of(cls, entry: journal.Entry) -> Loaded | None:
        """What a journal entry tells; None when it is another kind of event."""
        event = entry.event
        if not isinstance(event, ReferenceDataLoaded):
            return None
        return cls(
            entry.seq,
            event.table,
            event.sha256,
            event.replaces,
            event.size,
            entry.who,
            entry.at,
            event.note,
        )


class DataLoads:
    """Loadings of reference data, read from the journal on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def heads(self, names: Iterable[str]) -> dict[str, int]:
        """Table -> number of the event that brought it into force; tables that nobody loaded are left out."""
        subjects = [f"data:{name}" for name in names]
        marks = ", ".join("?" * len(subjects))
        rows = self._connection.all(
            f"SELECT subject, last_seq FROM subject_head WHERE subject IN ({marks})",  # noqa: S608 - marks only
            subjects,
        )
        return {subject.partition(":")[2]: int(seq) for subject, seq in rows}

    def loading(self, seq: int) -> Loaded | None:
        """The loading that event ``seq`` tells of."""
        entry = journal.entry(self._connection, seq)
        return Loaded.of(entry) if entry is not None else None

    def history(self, name: str, limit: int = 100) -> list[Loaded]:
        """Loadings of one table, newest first."""
        head = self.heads((name,)).get(name, 0)
        entries = journal.chain(self._connection, head, limit) if head else []
        return [loaded for entry in entries if (loaded := Loaded.of(entry)) is not None]
