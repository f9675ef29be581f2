"""The queue of a gate PC on its own disk: what its devices read, until the terminal has it.

One SQLite file, WAL, ``synchronous=FULL``: when :meth:`Outbox.put` returns, the reading survives a power cut.
Readings leave by :meth:`done` (the terminal answered) or by :meth:`park` (it never will); nothing else removes one.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from terminal.store.errors import StoreError

T = TypeVar("T")

#: pages that the write-ahead log may hold before SQLite copies them into the file
CHECKPOINT_PAGES = 256
#: the WAL file is cut back to this after a checkpoint
WAL_BYTES = 1 << 20
BUSY_S = 10
FULL = 2

_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL,
    body TEXT NOT NULL, taken_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS waiting_device ON waiting (device, seq);
CREATE TABLE IF NOT EXISTS parked (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, body TEXT NOT NULL,
    taken_at TEXT NOT NULL, parked_at TEXT NOT NULL, status INTEGER NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counted (name TEXT PRIMARY KEY, number INTEGER NOT NULL);
"""


class OutboxFull(StoreError):  # noqa: N818 -- the name says what happened
    """The queue has reached its limit or the disk is full: the reading was not taken."""


class OutboxUnusable(StoreError):  # noqa: N818 -- the name says what happened
    """The file cannot be opened, is damaged, or belongs to something else."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading on its way. ``body`` is its JSON, exactly as it was put in."""

    seq: int
    id: str
    device: str
    body: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A reading that the terminal will never take as it is: the HTTP status and the sentence that said so."""

    seq: int
    id: str
    device: str
    body: str
    taken_at: str
    parked_at: str
    status: int
    why: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is in the queue. ``oldest`` is when the oldest waiting reading was taken (ISO 8601, UTC)."""

    waiting: int
    per_device: dict[str, int]
    oldest: str | None
    parked: int
    sent: int
    used_bytes: int
    limit_bytes: int
    free_bytes: int


class Outbox:
    """The queue. All database work runs in one thread of its own, one call after the other."""

    def __init__(self, path: Path, *, limit_bytes: int, keep_free_bytes: int = 0) -> None:
        """Open or make the file. Raises :class:`OutboxUnusable`."""
        self.path = path
        self.limit_bytes = limit_bytes
        self.keep_free_bytes = keep_free_bytes
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="outbox")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            self._set_up()
        except (sqlite3.Error, OSError) as error:
            self._pool.shutdown(wait=False)
            raise OutboxUnusable(
                f"The queue {path} cannot be used: {error}. Move the file away and keep it: what it holds can "
                "still be read with any SQLite tool."
            ) from error

    def _set_up(self) -> None:
        db = self._db
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        # on Apple's disks plain fsync leaves the bytes in the drive's cache; elsewhere this does nothing
        db.execute("PRAGMA fullfsync=ON")
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        db.execute(f"PRAGMA journal_size_limit={WAL_BYTES}")
        if db.execute("PRAGMA synchronous").fetchone()[0] != FULL:
            raise sqlite3.OperationalError("the database does not flush its commits")
        db.executescript(_TABLES)
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(found)

    async def put(self, identity: str, device: str, body: str) -> None:
        """Keep a reading; on disk when this returns. The same id twice is once. Raises :class:`OutboxFull`."""
        await self._run(lambda: self._put(identity, device, body))

    async def next(self, device: str, most: int, most_bytes: int = 1 << 20) -> list[Waiting]:
        """The oldest readings of a device in order, at least one if there is any, up to ``most_bytes`` of JSON."""
        return await self._run(lambda: self._next(device, most, most_bytes))

    async def done(self, readings: Sequence[Waiting]) -> None:
        """The terminal has these."""
        await self._run(lambda: self._done(readings))

    async def park(self, reading: Waiting, status: int, why: str) -> None:
        """Lay a reading aside for people: the terminal refuses to read it."""
        await self._run(lambda: self._park(reading, status, why))

    async def unpark(self, identities: Sequence[str] = ()) -> int:
        """Send parked readings (all, or the named ones) again; returns how many."""
        return await self._run(lambda: self._unpark(identities))

    async def devices(self) -> list[str]:
        """Devices with something waiting; some may have left the configuration since."""
        return await self._run(
            lambda: [
                row[0] for row in self._db.execute("SELECT DISTINCT device FROM waiting ORDER BY device")
            ]
        )

    async def amounts(self) -> Amounts:
        """How much waits, lies parked, was sent, and what room there is."""
        return await self._run(lambda: amounts_of(self._db, self.path, self.limit_bytes))

    async def close(self) -> None:
        """Close the file."""
        await self._run(self._db.close)
        self._pool.shutdown(wait=False)

    async def _run(self, work: Callable[[], T]) -> T:
        # shielded: a cancelled caller must not leave a transaction half done
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._pool, work))

    def _put(self, identity: str, device: str, body: str) -> None:
        used = used_bytes(self._db)
        if used + len(body) > self.limit_bytes:
            raise OutboxFull(f"The queue has reached its limit of {self.limit_bytes >> 20} MB.")
        if (free := shutil.disk_usage(self.path.parent).free) < self.keep_free_bytes:
            raise OutboxFull(f"Only {free >> 20} MB are free on the disk of the queue.")
        try:
            self._db.execute(
                "INSERT INTO waiting (id, device, body, taken_at) SELECT ?1, ?2, ?3, ?4 "
                "WHERE NOT EXISTS (SELECT 1 FROM parked WHERE id = ?1) ON CONFLICT (id) DO NOTHING",
                (identity, device, body, _now()),
            )
        except sqlite3.OperationalError as error:
            raise OutboxFull(f"The disk does not take the reading: {error}.") from error

    def _next(self, device: str, most: int, most_bytes: int) -> list[Waiting]:
        rows = self._db.execute(
            "SELECT seq, id, device, body FROM waiting WHERE device = ? ORDER BY seq LIMIT ?", (device, most)
        )
        found: list[Waiting] = []
        size = 0
        for row in rows:
            size += len(row[3])
            if found and size > most_bytes:
                break
            found.append(Waiting(*row))
        return found

    def _done(self, readings: Sequence[Waiting]) -> None:
        with _transaction(self._db):
            self._db.executemany("DELETE FROM waiting WHERE seq = ?", [(one.seq,) for one in readings])
            self._db.execute(
                "INSERT INTO counted VALUES ('sent', ?1) ON CONFLICT (name) DO UPDATE SET number = number + ?1",
                (len(readings),),
            )

    def _park(self, reading: Waiting, status: int, why: str) -> None:
        with _transaction(self._db):
            self._db.execute(
                "INSERT INTO parked SELECT seq, id, device, body, taken_at, ?, ?, ? FROM waiting WHERE seq = ?",
                (_now(), status, why[:2000], reading.seq),
            )
            self._db.execute("DELETE FROM waiting WHERE seq = ?", (reading.seq,))

    def _unpark(self, identities: Sequence[str]) -> int:
        with _transaction(self._db):
            if not identities:
                identities = [row[0] for row in self._db.execute("SELECT id FROM parked")]
            count = 0
            for identity in identities:
                # under its old number: before everything of its device that came later
                count += self._db.execute(
                    "INSERT INTO waiting (seq, id, device, body, taken_at) "
                    "SELECT seq, id, device, body, taken_at FROM parked WHERE id = ?",
                    (identity,),
                ).rowcount
                self._db.execute("DELETE FROM parked WHERE id = ?", (identity,))
            return count


class _transaction:  # noqa: N801 -- used as a statement
    """BEGIN IMMEDIATE ... COMMIT, or ROLLBACK."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


def used_bytes(db: sqlite3.Connection) -> int:
    """Bytes of the database that hold something; free pages are used again before the file grows."""
    size, pages, free = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    return int(size) * (int(pages) - int(free))


def amounts_of(db: sqlite3.Connection, path: Path, limit_bytes: int) -> Amounts:
    """The figures of an open queue."""
    per_device = dict(db.execute("SELECT device, count(*) FROM waiting GROUP BY device ORDER BY device"))
    (oldest,) = db.execute("SELECT min(taken_at) FROM waiting").fetchone()
    (parked,) = db.execute("SELECT count(*) FROM parked").fetchone()
    sent = db.execute("SELECT number FROM counted WHERE name = 'sent'").fetchone()
    return Amounts(
        waiting=sum(per_device.values()),
        per_device=per_device,
        oldest=oldest,
        parked=parked,
        sent=sent[0] if sent else 0,
        used_bytes=used_bytes(db),
        limit_bytes=limit_bytes,
        free_bytes=shutil.disk_usage(path.parent).free,
    )


def look(path: Path, limit_bytes: int) -> tuple[Amounts, list[Parked]]:
    """What a queue holds, seen from outside while a gateway may be working on it. Raises :class:`OutboxUnusable`."""
    if not path.is_file():
        raise OutboxUnusable(f"There is no queue {path} yet; the gateway makes it when it first runs.")
    try:
        db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            db.execute("PRAGMA query_only=ON")
            parked = [
                Parked(*row)
                for row in db.execute(
                    "SELECT seq, id, device, body, taken_at, parked_at, status, why FROM parked ORDER BY seq"
                )
            ]
            return amounts_of(db, path, limit_bytes), parked
        finally:
            db.close()
    except sqlite3.Error as error:
        raise OutboxUnusable(f"The queue {path} cannot be read: {error}.") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
