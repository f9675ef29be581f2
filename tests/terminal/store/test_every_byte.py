"""One byte, anywhere: in the file of the store, in every column of the journal, in every row that follows from it."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.cli import DONE, FINDINGS, UNREACHABLE, USAGE, main
from terminal.store import Store, fold, url_of
from terminal.store.sqlite import SqliteConnection
from terminal.store.verify import Fault, verify
from tests.support.builders import SSCCS
from tests.terminal.store.small import begin, context, refused, tallied

#: bytes of the file that are bent in one run; another choice in every run, told when it fails
TRIES = 120


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, honest store whose whole content lies in its one file."""
    path = tmp_path_factory.mktemp("bytes") / "karvon.sqlite3"
    with Store.open(url_of(path)) as store:
        begin(store)
        for label in SSCCS:
            store.write_now(
                lambda books, label=label: books.record(  # type: ignore[misc]
                    [refused("nobody knows"), tallied(label), refused(label)], context()
                )
            )
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


def entries(path: Path) -> list[tuple[object, ...]]:
    """The rows of the journal, whatever the columns hold."""
    raw = sqlite3.connect(path)
    raw.text_factory = bytes
    try:
        return raw.execute("SELECT * FROM event ORDER BY seq").fetchall()
    finally:
        raw.close()


def test_a_bent_byte_of_an_event_names_the_event(
    honest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, path = honest.read_bytes(), tmp_path / "bent.sqlite3"
    for row in entries(honest):
        for field in (row[4], row[5]):  # its bytes and its hash, wherever the file keeps them
            assert isinstance(field, bytes)
            at = data.index(field) + random.randrange(len(field))
            path.write_bytes(data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :])
            assert main(["verify", "--database", f"sqlite:///{path}"]) == FINDINGS
            assert f"Event {row[0]}: its bytes or its hash were changed" in capsys.readouterr().out


def test_no_byte_of_the_file_changes_the_journal_unseen(
    honest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Either it is said, or the byte lay where nothing of the journal is: in free space or another table."""
    data, path, whole = honest.read_bytes(), tmp_path / "bent.sqlite3", entries(honest)
    places = [at for at, byte in enumerate(data) if byte]
    for _ in range(TRIES):
        at, bit = random.choice(places), 1 << random.randrange(8)
        path.write_bytes(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        for beside in ("-wal", "-shm"):
            Path(f"{path}{beside}").unlink(missing_ok=True)
        code = main(["verify", "--database", f"sqlite:///{path}"])
        told = capsys.readouterr()
        assert code in (DONE, FINDINGS, USAGE, UNREACHABLE), (at, bit, told)
        if code == DONE:
            assert entries(path) == whole, (at, bit)
        else:
            assert told.out or told.err, (at, bit)


@pytest.mark.parametrize("column", ["seq", "type", "subject", "prev", "body", "hash"])
def test_every_column_of_the_journal(column: str, honest: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.sqlite3"
    for row in entries(honest):
        path.write_bytes(honest.read_bytes())
        with sqlite3.connect(path) as raw:
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger}")
            new = "1000" if column in ("seq", "prev") else f"{column} || 'x'"
            raw.execute(f"UPDATE event SET {column} = {new} WHERE seq = ?", (row[0],))
        raw.close()
        connection = SqliteConnection(path, writing=False)
        try:
            broken = verify(connection).broken
        finally:
            connection.close()
        assert broken is not None
        assert broken.seq == row[0]


@pytest.fixture(scope="module")
def scratch(honest: Path) -> Iterator[tuple[SqliteConnection, SqliteConnection]]:
    """The store, and what its journal makes of it."""
    real = SqliteConnection(honest, writing=True)
    with fold._empty_store() as made:
        real.begin_reading()
        assert fold._carry(real, made) is None
        real.rollback()
        yield real, made  # type: ignore[misc]
    real.close()


COLUMNS = [(facts, column) for facts in fold.FACTS for column in (*facts.key, *facts.columns)]


@pytest.mark.parametrize(("facts", "column"), COLUMNS, ids=lambda one: getattr(one, "table", one))
def test_every_column_that_follows_from_the_journal(
    facts: fold.Facts, column: str, scratch: tuple[SqliteConnection, SqliteConnection]
) -> None:
    real, made = scratch
    name = column.rpartition(".")[2]
    table = facts.table if "." not in column or column.startswith(facts.table[0]) else None
    if table is None or not real.one(f"SELECT 1 FROM {table} LIMIT 1"):
        return  # a key of another table, or nothing of that kind happened in this journal
    real.run("PRAGMA foreign_keys=OFF")
    real.begin_writing()
    try:
        real.run(
            f"UPDATE {table} SET {name} = CASE WHEN typeof({name}) = 'integer' THEN {name} + 1000 "
            f"WHEN {name} IS NULL THEN 7 ELSE {name} || 'x' END "
            f"WHERE rowid = (SELECT min(rowid) FROM {table})"
            if _has_rowid(real, table)
            else f"UPDATE {table} SET {name} = CASE WHEN typeof({name}) = 'integer' THEN {name} + 1000 "
            f"WHEN {name} IS NULL THEN 7 ELSE {name} || 'x' END"
        )
        broken = fold._compare(facts, real, made)
    finally:
        real.rollback()
    assert broken is not None, (facts.table, column)
    assert broken.fault is Fault.STATE
    assert facts.table in broken.sentence


def _has_rowid(connection: SqliteConnection, table: str) -> bool:
    row = connection.one("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    return row is not None and "WITHOUT ROWID" not in row[0]
