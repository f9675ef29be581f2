"""Copies of a SQLite store: made while it runs, proven before they count, put back with care.

PostgreSQL has tools of its own that do this better than we could: ``pg_dump -Fc`` for a copy of one
moment, ``pg_basebackup`` with WAL archiving for a copy up to the last second.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from terminal.store.errors import BackupFailed, StoreError
from terminal.store.sqlite import Ownership, SqliteConnection
from terminal.store.verify import Report, verify

POSTGRES_ADVICE = (
    "This store is on PostgreSQL, which brings its own tools: `pg_dump -Fc -f FILE DATABASE` makes a copy of one "
    "moment, `pg_restore` puts it back; `pg_basebackup` with WAL archiving keeps every second. Run `karvon verify` "
    "on the restored database."
)


def backup(source: Path, target: Path) -> Report:
    """Copy the store ``source`` to the new file ``target`` while it may be in use; returns the proof of the copy.

    The copy is of one moment, is a single file, is verified, and is on disk when this returns. Raises
    :class:`BackupFailed` with nothing left behind.
    """
    if not source.is_file():
        raise BackupFailed(f"{source} does not exist, so there is nothing to copy.")
    if target.exists():
        raise BackupFailed(f"{target} exists already. A backup never replaces another: choose a new name.")
    part = _beside(target, "part")
    try:
        _copy(source, part)
        report = _prove(part)
        part.replace(target)
        flush_directory(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"The copy of {source} could not be made: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return report


def restore(source: Path, target: Path, now: datetime) -> tuple[Report, Path | None]:
    """Put the backup ``source`` in place of the store ``target``; returns its proof and where the old store went.

    Refused while a server owns the target, and when the backup does not verify. The store that was there
    is kept beside it, under a name with the time ``now`` (UTC). Raises :class:`BackupFailed` or
    :class:`OwnedElsewhere`.
    """
    if not source.is_file():
        raise BackupFailed(f"{source} does not exist.")
    report = _prove(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    ownership = Ownership(target)
    part = _beside(target, "part")
    try:
        _copy(source, part)
        _prove(part)
        kept = _set_aside(target, now) if target.exists() else None
        part.replace(target)
        flush_directory(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupFailed(f"{source} could not be put in place: {error}") from error
    finally:
        part.unlink(missing_ok=True)
        ownership.release()
    return report, kept


def _beside(path: Path, word: str) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.{word}")


def _copy(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)  # one step, hence one moment; writers go on in the write-ahead log
        new.execute("PRAGMA journal_mode=DELETE")  # one file, no log beside it
    with target.open("rb") as handle:
        os.fsync(handle.fileno())


def _prove(path: Path) -> Report:
    """Check the file and the chain inside it."""
    try:
        connection = SqliteConnection(path, writing=False)
        try:
            (state,) = connection.one("PRAGMA integrity_check(1)") or ("no answer",)
            if state != "ok":
                raise BackupFailed(f"{path} is damaged: {state}")
            report = verify(connection)
        finally:
            connection.close()
    except (sqlite3.Error, StoreError) as error:
        if isinstance(error, BackupFailed):
            raise
        raise BackupFailed(f"{path} is not a Karvon store: {error}") from error
    if report.broken is not None:
        raise BackupFailed(f"{path} does not verify: {report.broken.sentence}")
    return report


def _set_aside(target: Path, now: datetime) -> Path:
    """Move a closed store out of the way, its log with it."""
    with contextlib.closing(sqlite3.connect(target)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = target.with_name(f"{target.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    if kept.exists():
        raise BackupFailed(f"{kept} exists already; wait a second and try again.")
    target.replace(kept)
    for suffix in ("-wal", "-shm"):
        log = target.with_name(target.name + suffix)
        if log.exists():
            log.replace(kept.with_name(kept.name + suffix))
    return kept


def flush_directory(directory: Path) -> None:
    """Make a rename durable, where the system lets a directory be flushed."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
