"""One connection, two databases: SQL text with ``?`` marks, tuples in and tuples out.

SQLite and PostgreSQL share the statements of this room (upserts, ``RETURNING``, keyset paging), so each
statement stands once in the code. What differs (how a write begins, how a batch is made durable, how a
number list is passed) is behind the methods here. No ORM objects on this path.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

Row = tuple[Any, ...]
Values = Sequence[Any]


class Connection(ABC):
    """A driver connection in autocommit mode; transactions are opened and closed by name."""

    #: "sqlite" or "postgresql"
    dialect: str

    @abstractmethod
    def run(self, sql: str, values: Values = ()) -> int:
        """Execute one statement; returns the number of rows it changed."""

    @abstractmethod
    def one(self, sql: str, values: Values = ()) -> Row | None:
        """The first row, or None."""

    @abstractmethod
    def all(self, sql: str, values: Values = ()) -> list[Row]:
        """Every row."""

    def glance(self, sql: str, values: Values = ()) -> Row | None:
        """As :meth:`one`, for what a scan reads; inside a write see :mod:`terminal.store.deferred`."""
        return self.one(sql, values)

    def glance_all(self, sql: str, values: Values = ()) -> list[Row]:
        """As :meth:`all`, for what a scan reads."""
        return self.all(sql, values)

    @abstractmethod
    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """Execute one statement for each row of values."""

    @abstractmethod
    def begin_writing(self) -> None:
        """Open a write transaction; when it returns, no other writer is inside one."""

    @abstractmethod
    def begin_reading(self) -> None:
        """Open a snapshot: everything read until :meth:`rollback` is of one moment."""

    @abstractmethod
    def commit(self) -> None:
        """Make the transaction durable; when it returns, the bytes are on disk."""

    @abstractmethod
    def rollback(self) -> None:
        """Leave the transaction without a trace; never raises on a broken connection."""

    @abstractmethod
    def close(self) -> None:
        """Close the driver connection; never raises."""

    @abstractmethod
    def revision(self) -> str | None:
        """The schema of the database, None for one without tables. Raises :class:`StoreUnavailable`."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool:
        """True while a transaction is open. An error of the database itself may have ended it."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """False once the driver has given up on the connection."""

    def announce(self, seq: int) -> None:  # noqa: B027 - SQLite has one process, nobody else to tell
        """Inside a write: tell other processes, at commit, that the journal reaches ``seq``."""

    def together(self) -> AbstractContextManager[object]:
        """Statements inside may travel together: what they give back is not known before the end of the block.

        Leaving it raises what any of them met.
        """
        return nullcontext()

    def savepoint(self) -> None:
        """Mark the place to which :meth:`undo` returns."""
        self.run("SAVEPOINT work")

    def release(self) -> None:
        """Keep what happened since :meth:`savepoint`."""
        self.run("RELEASE SAVEPOINT work")

    def release_and_savepoint(self) -> None:
        """Keep what happened since :meth:`savepoint` and mark the next place."""
        self.release()
        self.savepoint()

    def undo(self) -> None:
        """Forget what happened since :meth:`savepoint`."""
        self.run("ROLLBACK TO SAVEPOINT work")
        self.run("RELEASE SAVEPOINT work")
