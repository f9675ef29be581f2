"""Which reference data is in force: the newest event of each table's own chain in the journal.

There is no table of its own for it. ``subject_head`` keeps the last event of every subject that has no row, is written
with the event and proven by ``karvon verify --state``; the event names the kept file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from terminal.store import journal
from terminal.store.sql import Connection, Row
from workflows.events_data import ReferenceDataLoaded

CHUNK = 100


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


@cache
def _question(names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    marks = ", ".join("?" * len(names))
    sql = f"SELECT h.subject, e.seq, e.hash FROM subject_head h JOIN event e ON e.seq = h.last_seq WHERE h.subject IN ({marks})"  # noqa: S608 - marks only
    return sql, tuple(f"data:{name}" for name in names)


class DataLoads:
    """Loadings of reference data, read from the journal on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def heads(self, names: Iterable[str]) -> dict[str, journal.Head]:
        """Table -> number and hash of its chain's last event; tables that nobody loaded are left out.

        The hash belongs to it: a number alone may be given again after a transaction that failed.
        """
        return {
            subject.partition(":")[2]: journal.Head(seq, bytes(hash))
            for subject, seq, hash in self.rows(tuple(names))
        }

    def rows(self, names: tuple[str, ...]) -> list[Row]:
        """What :meth:`heads` is made of: subject, number, hash. Within a write it is the very same list, and must not be
        changed, for as long as nothing else was written: whoever derives something from it need not do so again.
        """
        # A glance: these rows are never among those that wait, so every scan may ask without parting its batch.
        return self._connection.glance_all(*_question(names))

    def newest(self, name: str) -> Loaded | None:
        """The loading of a table that is in force; None when nobody loaded one."""
        return next(iter(self.history(name, 1)), None)

    def history(self, name: str, limit: int = 100) -> list[Loaded]:
        """Loadings of one table, newest first."""
        head = self.heads((name,)).get(name)
        found: list[Loaded] = []
        while head is not None and len(found) < limit:
            entries = journal.chain(self._connection, head.seq, CHUNK)
            found += [loaded for entry in entries if (loaded := Loaded.of(entry)) is not None]
            last = entries[-1].prev if entries else 0
            head = journal.Head(last, b"") if last else None
        return found[:limit]
