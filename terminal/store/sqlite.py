"""SQLite: the default store, one file, one process that writes it.

Durable means WAL with ``synchronous=FULL``: COMMIT returns after the write-ahead log was flushed. NORMAL
loses the last commits on a power cut, so a connection that does not report FULL is refused.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from terminal.store.errors import OwnedElsewhere, StoreUnavailable
from terminal.store.sql import Connection, Row, Values

CACHE_KIB = 65_536  # page cache of the writer; readers take an eighth each
AUTOCHECKPOINT_PAGES = 16_000  # a last resort: the checkpointer comes earlier, off the hot path
BUSY_MS = 10_000
FULL = 2


class SqliteConnection(Connection):
    """One ``sqlite3`` connection, usable from any thread but by one thread at a time."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, writing: bool) -> None:
        self._path = path
        try:
            self._raw = sqlite3.connect(
                path,
                timeout=BUSY_MS / 1000,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
            self._set_up(writing)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{path}: {error}") from error

    def _set_up(self, writing: bool) -> None:
        raw = self._raw
        raw.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA temp_store=MEMORY")
        if not writing:
            raw.execute(f"PRAGMA cache_size=-{CACHE_KIB // 8}")
            raw.execute("PRAGMA query_only=ON")
            return
        raw.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        mode = raw.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        raw.execute("PRAGMA synchronous=FULL")
        # On Apple's disks plain fsync leaves the bytes in the drive's cache; elsewhere this is a no-op.
        raw.execute("PRAGMA fullfsync=ON")
        raw.execute(f"PRAGMA wal_autocheckpoint={AUTOCHECKPOINT_PAGES}")
        durable = raw.execute("PRAGMA synchronous").fetchone()[0]
        if mode != "wal" or durable != FULL:
            raise StoreUnavailable(
                f"SQLite reports journal_mode={mode}, synchronous={durable}; an acknowledged scan needs "
                "WAL and FULL (2). Put the data directory on a local disk, not on a network share."
            )

    def run(self, sql: str, values: Values = ()) -> int:
        return self._raw.execute(sql, values).rowcount

    def one(self, sql: str, values: Values = ()) -> Row | None:
        row: Row | None = self._raw.execute(sql, values).fetchone()
        return row

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        return self._raw.execute(sql, values).fetchall()

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._raw.executemany(sql, rows)

    def begin_writing(self) -> None:
        self._raw.execute("BEGIN IMMEDIATE")

    def begin_reading(self) -> None:
        # A deferred transaction takes its snapshot at the first read: make that now.
        self._raw.execute("BEGIN")
        self._raw.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()

    def commit(self) -> None:
        self._raw.execute("COMMIT")

    def rollback(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._raw.close()

    def revision(self) -> str | None:
        try:
            if self.one("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'") is None:
                return None
            row = self.one("SELECT version_num FROM alembic_version")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error
        return row[0] if row else None

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    @property
    def usable(self) -> bool:
        return True

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's connection, for online backup."""
        return self._raw


class Ownership:
    """The right to write one SQLite file, held by one process through an OS file lock.

    The lock lives in ``<file>.owner`` beside the database, because SQLite's own locks come and go with
    each transaction. The system drops it when the process dies, however it dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".owner")
        self._file: IO[str] | None = None
        handle = self._path.open("a+", encoding="ascii")
        try:
            _lock(handle)
        except OSError as error:
            handle.seek(0)
            owner = handle.read(32).strip()
            handle.close()
            raise OwnedElsewhere(
                f"{path} is being written by another process"
                f"{f' (number {owner})' if owner.isdigit() else ''}. Only one server may own a SQLite file: "
                "stop that one, send the work to it, or use PostgreSQL for several servers."
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        self._file = handle

    def release(self) -> None:
        """Let another process own the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[str]) -> None:
        # Byte 64 and not byte 0: Windows locks are mandatory, and the number must stay readable.
        handle.seek(64)
        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: IO[str]) -> None:
        fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class Checkpointer:
    """Moves the write-ahead log into the database file, from a thread and a connection of its own.

    PASSIVE never waits for anybody and nobody waits for it. :meth:`nudge` is called after commits and
    after writes that failed (a full disk has room again when the log has moved), so an idle store stays idle.
    """

    def __init__(self, path: Path, every: float = 2.0) -> None:
        self._path = path
        self._every = every
        self._stop = threading.Event()
        self._nudged = threading.Event()
        self._thread = threading.Thread(target=self._work, name="karvon-checkpoint", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Something was committed, or could not be."""
        self._nudged.set()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._nudged.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        raw = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            while not self._stop.is_set():
                self._nudged.wait()
                if self._stop.wait(self._every):
                    break
                self._nudged.clear()
                # A checkpoint that fails (disk full) loses nothing: the log still holds every commit.
                with contextlib.suppress(sqlite3.Error):
                    raw.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        finally:
            raw.close()
