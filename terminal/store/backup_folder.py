"""Backups of a whole terminal: the store, the kept files that its journal speaks of, and the public keys, in one folder.

The store is copied first, of one moment. Kept files never change and are written before the event that names them, so
every file that the copied journal needs is there when the files are copied afterwards. The private key and the secret of
the installation stay behind unless they are asked for: whoever has them can sign as this terminal.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from terminal.store import backup as copies
from terminal.store.engine import DATABASE_FILE
from terminal.store.errors import BackupFailed
from terminal.store.sqlite import Ownership
from terminal.store.verify import Report

PUBLIC = ("keys/public.json",)
SECRET = ("keys/signing.pem", "secret.key")


@dataclass(frozen=True, slots=True)
class Whole:
    """What a backup of a whole terminal holds: the proof of its store, how many kept files, which keys."""

    report: Report
    files: int
    keys: tuple[str, ...]


def back_up(data: Path, target: Path, *, secrets: bool = False) -> Whole:
    """Copy the terminal in the data folder ``data`` into the new folder ``target``, while it may be in use.

    Every copied file is proven against its name, every file that the copied journal names must be among them. Raises
    :class:`BackupFailed` with nothing left behind.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists already. A backup never replaces another: choose a new name.")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True, mode=0o700)
        report = copies.backup(data / DATABASE_FILE, part / DATABASE_FILE)
        files = _copy_files(data, part)
        keys = _copy_keys(data, part, secrets)
        _insist_on_files(part)
        part.replace(target)
        copies.flush_directory(target.parent)
    except OSError as error:
        raise BackupFailed(f"The copy of {data} could not be made: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Whole(report, files, keys)


def put_back(source: Path, data: Path, now: datetime) -> tuple[Whole, Path | None]:
    """Put the backup folder ``source`` in place of the terminal in ``data``; returns its proof and where the old store is.

    Files and keys come first, the store last: what it speaks of is there when it is. Kept files that are there already
    stay, keys too; those of another terminal are a reason to refuse. Raises :class:`BackupFailed` or
    :class:`OwnedElsewhere`.
    """
    _insist_on_files(source)
    data.mkdir(parents=True, exist_ok=True)
    Ownership(data / DATABASE_FILE).release()  # refused before anything is touched
    try:
        keys = _copy_keys(source, data, secrets=True)
        files = _copy_files(source, data)
    except OSError as error:
        raise BackupFailed(f"{source} could not be put in place: {error}") from error
    report, kept = copies.restore(source / DATABASE_FILE, data / DATABASE_FILE, now)
    return Whole(report, files, keys), kept


def _kept(folder: Path) -> Iterator[Path]:
    """Kept files of a data folder: named by the SHA-256 of their bytes; half-written ones are no files yet."""
    for path in sorted((folder / "files").glob("??/*")):
        if len(path.name) == 64 and path.name[:2] == path.parent.name:
            yield path


def _copy_files(source: Path, target: Path) -> int:
    number = 0
    for path in _kept(source):
        number += 1
        new = target / "files" / path.parent.name / path.name
        if new.exists() and _digest(new) == path.name:
            continue
        if _digest(path) != path.name:
            raise BackupFailed(
                f"The kept file {path} is not what its name says: it was changed or is damaged."
            )
        _copy(path, new, 0o600)
    for mark in sorted((source / "files").glob("??/*.deleted")):  # why a file is no longer there
        _copy(mark, target / "files" / mark.parent.name / mark.name, 0o600)
    return number


def _copy_keys(source: Path, target: Path, secrets: bool) -> tuple[str, ...]:
    """Copy the keys that are not there yet; those that are stay, for they may have been renewed since."""
    mine, theirs = _known(target), _known(source)
    if mine and not theirs <= mine:
        raise BackupFailed(
            f"{target / PUBLIC[0]} does not know all the keys of {source}: it belongs to another terminal. "
            "Move its folder away, then try again."
        )
    copied = []
    for name in PUBLIC + (SECRET if secrets else ()):
        path, new = source / name, target / name
        if path.is_file() and not new.exists():
            _copy(path, new, 0o644 if name in PUBLIC else 0o600)
            copied.append(name)
    return tuple(copied)


def _known(folder: Path) -> set[str]:
    path = folder / PUBLIC[0]
    try:
        return {str(row["key"]) for row in json.loads(path.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return set()
    except (ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{path} is damaged: {error}") from error


def _copy(path: Path, new: Path, mode: int) -> None:
    """One file, flushed to disk; readable by nobody else while it is written."""
    new.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = new.with_name(f"{new.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as to, path.open("rb") as given:
        shutil.copyfileobj(given, to)
        to.flush()
        os.fsync(to.fileno())
    part.chmod(mode)
    part.replace(new)
    copies.flush_directory(new.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _insist_on_files(folder: Path) -> None:
    """Every attachment that the store names lies beside it and is what its name says."""
    store = folder / DATABASE_FILE
    if not store.is_file():
        raise BackupFailed(f"{folder} is no backup of a terminal: it holds no {DATABASE_FILE}.")
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as raw:
            rows = raw.execute("SELECT sha256, name FROM attachment").fetchall()
    except sqlite3.Error as error:
        raise BackupFailed(f"{store} is not a Karvon store: {error}") from error
    for sha256, name in rows:
        path = folder / "files" / sha256[:2] / sha256
        if not path.is_file() and path.with_name(f"{sha256}.deleted").is_file():
            continue  # its time was over
        if not path.is_file():
            raise BackupFailed(
                f"The file {name!r} ({sha256}) belongs to the store and is not in {folder / 'files'}."
            )
        if _digest(path) != sha256:
            raise BackupFailed(f"The kept file {path} ({name!r}) is not what its name says.")
