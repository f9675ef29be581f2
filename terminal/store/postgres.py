"""PostgreSQL through psycopg 3: several server processes, on several hosts, one journal.

Every write transaction takes one advisory lock first. That makes journal numbers gapless and ordered for
readers: the holder numbers its events, and the lock falls only after its commit is visible. Group commit
keeps the price low, because a whole batch shares one lock and one flush.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import lru_cache

import psycopg

from terminal.store.errors import NotReady, StoreUnavailable
from terminal.store.sql import Connection, Row, Values

CHANNEL = "karvon_journal"
WRITE_LOCK = 0x4B41_5256_4F4E  # "KARVON"
AGAIN_S = 1.0  # between attempts to listen again after the line broke


@lru_cache(maxsize=2048)
def _marks(sql: str) -> str:
    """``?`` marks become psycopg's ``%s``; our statements hold neither sign otherwise."""
    return sql.replace("?", "%s")


class PostgresConnection(Connection):
    """One psycopg connection; a single cursor is reused, so each statement costs one round trip."""

    dialect = "postgresql"

    def __init__(self, conninfo: str, *, writing: bool) -> None:
        try:
            self._raw = psycopg.connect(conninfo, autocommit=True, connect_timeout=10)
            self._cursor = self._raw.cursor()
            self.run("SET TIME ZONE 'UTC'")
            if writing:
                self._insist_on_durability()
        except psycopg.Error as error:
            raise StoreUnavailable(f"PostgreSQL: {error}") from error

    def _insist_on_durability(self) -> None:
        self.run("SET synchronous_commit = on")
        for name in ("fsync", "full_page_writes"):
            (value,) = self.one(f"SHOW {name}") or ("?",)
            if value != "on":
                raise NotReady(
                    f"PostgreSQL runs with {name}={value}: an acknowledged scan could be lost. Set {name}=on."
                )

    def run(self, sql: str, values: Values = ()) -> int:
        self._cursor.execute(_marks(sql), values or None)
        return self._cursor.rowcount

    def one(self, sql: str, values: Values = ()) -> Row | None:
        self._cursor.execute(_marks(sql), values or None)
        return self._cursor.fetchone()

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        self._cursor.execute(_marks(sql), values or None)
        return self._cursor.fetchall()

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._cursor.executemany(_marks(sql), rows)

    def begin_writing(self) -> None:
        # READ COMMITTED on purpose: statements after the lock must see what its last holder committed.
        begin = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({WRITE_LOCK})"
        self._cursor.execute(begin.encode(), prepare=False)

    def begin_reading(self) -> None:
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.one("SELECT 1")

    def commit(self) -> None:
        self.run("COMMIT")

    def rollback(self) -> None:
        with contextlib.suppress(psycopg.Error):
            if self.in_transaction:
                self.run("ROLLBACK")

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._raw.close()

    def release_and_savepoint(self) -> None:
        # Two commands cannot be prepared as one, but they can share a round trip.
        self._cursor.execute("RELEASE SAVEPOINT work; SAVEPOINT work", prepare=False)

    def revision(self) -> str | None:
        try:
            if self.one("SELECT to_regclass('alembic_version')") == (None,):
                return None
            row = self.one("SELECT version_num FROM alembic_version")
        except psycopg.Error as error:
            raise StoreUnavailable(f"PostgreSQL: {error}") from error
        return row[0] if row else None

    @property
    def in_transaction(self) -> bool:
        return self._raw.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE

    @property
    def usable(self) -> bool:
        return not self._raw.closed

    def announce(self, seq: int) -> None:
        self.run("SELECT pg_notify(?, ?)", (CHANNEL, str(seq)))

    def together(self) -> AbstractContextManager[object]:
        return self._raw.pipeline()


class Listener:
    """Rings when another process committed: one thread, one connection, LISTEN.

    After each (re)connection it asks for the journal's end once, so a notice missed while the line was down
    is made good. Notices are hints; whoever is rung reads the journal.
    """

    def __init__(self, conninfo: str, ring: Callable[[int], None]) -> None:
        self._conninfo = conninfo
        self._ring = ring
        self._stop = threading.Event()
        self._listening = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._work, name="karvon-listen", daemon=True)
        self._thread.start()
        self._listening.wait(timeout=10)

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        self._waker.send(b"x")
        self._thread.join(timeout=10)
        self._waker.close()
        self._woken.close()

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg.Error:
                self._stop.wait(AGAIN_S)

    def _listen(self) -> None:
        with psycopg.connect(self._conninfo, autocommit=True, connect_timeout=10) as raw:
            raw.execute(f"LISTEN {CHANNEL}")
            row = raw.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
            self._ring(row[0] if row else 0)
            self._listening.set()
            with selectors.DefaultSelector() as either:
                either.register(raw.fileno(), selectors.EVENT_READ)
                either.register(self._woken, selectors.EVENT_READ)
                while not self._stop.is_set():
                    either.select()
                    for notice in raw.notifies(timeout=0):
                        if notice.payload.isascii() and notice.payload.isdigit():
                            self._ring(int(notice.payload))
