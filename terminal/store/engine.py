"""Opening a store: from a URL to a thing that reads, writes and rings.

``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://user@host/database``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import unquote

import psycopg

from terminal.store import journal
from terminal.store.bell import Bell
from terminal.store.deferred import Soon
from terminal.store.errors import BadAddress, NotReady, StoreUnavailable
from terminal.store.migrations import NEWEST
from terminal.store.postgres import Listener, PostgresConnection
from terminal.store.reader import Reader
from terminal.store.snapshots import Caches
from terminal.store.sql import Connection
from terminal.store.sqlite import Checkpointer, Ownership, SqliteConnection
from terminal.store.writer import QUEUE, Request, Work, Writer

T = TypeVar("T")
DATABASE_FILE = "karvon.sqlite3"
READERS = 8  # idle read connections that are kept


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, or None for a PostgreSQL URL. Raises :class:`BadAddress` for anything else."""
    if url.startswith("sqlite:///"):
        text = unquote(url.removeprefix("sqlite:///").partition("?")[0])
        if text in ("", ":memory:"):
            raise BadAddress("sqlite:/// needs a file: a store in memory keeps nothing")
        return Path(text)
    if url.startswith(("postgresql://", "postgres://")):
        return None
    scheme = url.partition(":")[0] or url
    raise BadAddress(
        f"database URL begins with {scheme!r}; it must be sqlite:///path/to/file or postgresql://user@host/name"
    )


def url_in(directory: Path) -> str:
    """The URL of the store in a data directory: the file ``karvon.sqlite3``."""
    return url_of(directory / DATABASE_FILE)


def url_of(path: Path) -> str:
    """The store URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}".replace("%", "%25").replace("?", "%3F")


class Store:
    """The one door to the database. Open with :meth:`open`, close when done (it is a context manager too)."""

    def __init__(
        self,
        url: str,
        *,
        migrate: bool,
        writing: bool,
        clock: Callable[[], datetime],
        queue: int,
    ) -> None:
        self.url = url
        self._path = sqlite_path(url)
        self._closers: list[Callable[[], None]] = []
        self._readers: list[Connection] = []
        self._caches = Caches()
        self._writer: Writer | None = None
        self.bell = Bell()
        try:
            self._open(migrate, writing, clock, queue)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(
        cls,
        url: str,
        *,
        migrate: bool = True,
        writing: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        queue: int = QUEUE,
    ) -> Self:
        """Open the store of a URL.

        ``migrate`` brings the tables to this version first; ``writing=False`` opens for reading only and
        may be done beside a running server. ``clock`` gives ``recorded_at``; ``queue`` bounds the writes
        that may wait. Raises :class:`BadAddress`, :class:`NotReady`, :class:`OwnedElsewhere` or
        :class:`StoreUnavailable`.
        """
        return cls(url, migrate=migrate and writing, writing=writing, clock=clock, queue=queue)

    def _open(self, migrate: bool, writing: bool, clock: Callable[[], datetime], queue: int) -> None:
        if self._path is not None:
            self._prepare_file(self._path, writing)
        self._insist_on_schema(migrate)
        after_write = None
        if writing and self._path is not None:
            checkpointer = Checkpointer(self._path)
            self._closers.append(checkpointer.close)
            after_write = checkpointer.nudge
        if writing:
            self._writer = Writer(
                self._connect_writing,
                self.bell,
                on_loop=self._path is not None,
                clock=clock,
                after_write=after_write,
                queue=queue,
            )
            self._closers.append(self._writer.close)
        with self.reading() as reader:
            self.bell.ring(reader.head().seq)
        if self._path is None:
            listener = Listener(self.url, self.bell.ring)
            self._closers.append(listener.close)

    def _prepare_file(self, path: Path, writing: bool) -> None:
        if not writing:
            if not path.is_file():
                raise NotReady(f"{path} does not exist")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # The journal names people and vehicles: nobody but the owner reads the file, nor what SQLite puts beside it.
        path.touch(mode=0o600, exist_ok=True)
        ownership = Ownership(path)
        self._closers.append(ownership.release)
        # The first connection turns write-ahead logging on; migrations then run in the mode that serves.
        SqliteConnection(path, writing=True).close()

    def _insist_on_schema(self, migrate: bool) -> None:
        found = self._revision()
        if found == NEWEST:
            return
        # Alembic and SQLAlchemy take half a second to import: only a database that differs pays that.
        from terminal.store.migrations import run  # noqa: PLC0415

        if migrate:
            engine = run.engine_of(self.url, self._path)
            try:
                run.upgrade(engine)
            finally:
                engine.dispose()
            found = self._revision()
        if found != NEWEST:
            raise NotReady(run.complaint(found))

    def _revision(self) -> str | None:
        connection = self._connect_reading()
        try:
            return connection.revision()
        finally:
            connection.close()

    def connect(self) -> Connection:
        """A read connection of the caller's own, for long walks such as verification; the caller closes it."""
        return self._connect_reading()

    def probe(self) -> Connection:
        """A second write connection, for measuring the bare database; never for works. The caller closes it."""
        return self._connect_writing()

    def _connect_writing(self) -> Connection:
        if self._path is not None:
            return SqliteConnection(self._path, writing=True)
        return PostgresConnection(self.url, writing=True)

    def _connect_reading(self) -> Connection:
        if self._path is not None:
            return SqliteConnection(self._path, writing=False)
        return PostgresConnection(self.url, writing=False)

    # --- writing --------------------------------------------------------------------------------
    @property
    def writer(self) -> Writer:
        """The writer. Raises :class:`StoreUnavailable` when the store was opened for reading."""
        if self._writer is None:
            raise StoreUnavailable("this store was opened for reading only")
        return self._writer

    async def write(self, work: Work[T], soon: Soon | None = None) -> T:
        """Run ``work(books)`` in a write transaction shared with its neighbours; returns once it is on disk.

        The work must be quick and must not wait for anything but the books. Raises what the work raised,
        :class:`Busy`, or :class:`StoreUnavailable`. ``soon`` tells what it is going to look up, if that is known.
        """
        return await self.writer.write(work, soon)

    def submit(
        self, work: Work[T], done: Callable[[Request[T]], None], soon: Soon | None = None
    ) -> Request[T]:
        """As :meth:`write`, with a call back instead of a wait; see :meth:`Writer.submit`."""
        return self.writer.submit(work, done, soon)

    @property
    def foresees(self) -> bool:
        """True when it helps to tell what a work is going to look up: where each question costs a way over a network."""
        return self._path is None

    def write_now(self, work: Work[T]) -> T:
        """As :meth:`write`, for commands and threads (large imports in chunks); blocks. Not on the event loop."""
        return self.writer.write_now(work)

    def forget(self) -> None:
        """Know of no row any more, after a deletion made rows anew; while nobody writes."""
        self._caches.clear()
        if self._writer is not None:
            self._writer.forget()

    async def drained(self) -> None:
        """Return when every write asked for so far has been answered."""
        await self.writer.drained()

    # --- reading --------------------------------------------------------------------------------
    @contextlib.contextmanager
    def reading(self) -> Iterator[Reader]:
        """One moment of the store on a connection of its own; from any thread, never waiting for the writer."""
        connection = self._begin_reading()
        try:
            yield Reader(connection, self._caches)
        finally:
            connection.rollback()
            if connection.usable and not connection.in_transaction and len(self._readers) < READERS:
                self._readers.append(connection)
            else:
                connection.close()

    def _begin_reading(self) -> Connection:
        # A kept connection may have died while it rested (the server was restarted): then the next is tried.
        while self._readers:
            with contextlib.suppress(IndexError, psycopg.OperationalError):
                connection = self._readers.pop()
                connection.begin_reading()
                return connection
        connection = self._connect_reading()
        connection.begin_reading()
        return connection

    def tail(self) -> journal.Head:
        """Number and hash of the newest event."""
        with self.reading() as reader:
            return reader.head()

    # --- life -----------------------------------------------------------------------------------
    @property
    def path(self) -> Path | None:
        """The SQLite file, or None on PostgreSQL."""
        return self._path

    async def aclose(self) -> None:
        """Answer every write asked for, then close."""
        if self._writer is not None:
            await self._writer.drained()
        self.close()

    def close(self) -> None:
        """Finish the write under way and let everything go. Harmless when done twice."""
        while self._closers:
            self._closers.pop()()
        while self._readers:
            self._readers.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
