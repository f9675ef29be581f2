"""Opening a store: durable or not at all, one owner a file, the schema of this version."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import alembic.autogenerate
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from terminal.store import (
    BadAddress,
    NotReady,
    OwnedElsewhere,
    Store,
    StoreUnavailable,
    sqlite_path,
    url_in,
    url_of,
)
from terminal.store.migrations import NEWEST
from terminal.store.migrations import run as migrations
from tests.support.databases import Postgres
from tests.terminal.store.small import begin, context, refused


def test_a_write_connection_is_durable(store: Store) -> None:
    connection = store.writer.connection()
    if connection.dialect == "sqlite":
        assert connection.one("PRAGMA journal_mode") == ("wal",)
        assert connection.one("PRAGMA synchronous") == (2,)
        assert connection.one("PRAGMA foreign_keys") == (1,)
    else:
        assert connection.one("SHOW synchronous_commit") == ("on",)


def test_a_reader_cannot_write(store: Store) -> None:
    with store.reading() as reader, pytest.raises(Exception, match=r"read-?only"):
        reader.connection.run("INSERT INTO counter (board, key, n) VALUES ('b', 'k', 1)")


def test_the_migrations_make_the_tables_of_the_code(store: Store) -> None:
    engine = migrations.engine_of(store.url, store.path)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert alembic.autogenerate.compare_metadata(context, SQLModel.metadata) == []
        assert migrations.current(connection) == migrations.newest() == NEWEST
    engine.dispose()


def test_opening_an_empty_database_migrates_it(tmp_path: Path) -> None:
    url = url_in(tmp_path / "new" / "place")
    with Store.open(url) as store:
        begin(store)
    with Store.open(url) as store:
        assert store.tail().seq == store.bell.seq == 5


@pytest.mark.postgres
def test_opening_an_empty_postgres_database_migrates_it(postgres: Postgres) -> None:
    url = postgres.empty()
    with Store.open(url) as store:
        begin(store)
        assert store.tail().seq == 5


def test_without_migration_an_empty_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="holds no Karvon tables"):
        Store.open(url_in(tmp_path), migrate=False)
    with pytest.raises(NotReady, match="does not exist"):
        Store.open(url_in(tmp_path / "nowhere"), writing=False)


def test_a_database_from_the_future_is_left_alone(store_url: str) -> None:
    with Store.open(store_url) as store:
        engine = migrations.engine_of(store.url, store.path)
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
    with pytest.raises(NotReady, match="newer version"):
        Store.open(store_url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "karvon.sqlite3").write_bytes(b"packing list" * 1000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Store.open(url_in(tmp_path))


def test_an_unreachable_server_is_named() -> None:
    with pytest.raises(StoreUnavailable, match="PostgreSQL"):
        Store.open("postgresql://nobody@/none?host=/nonexistent")


@pytest.mark.parametrize(
    "url", ["", "mysql://x", "sqlite://", "sqlite:///", "sqlite:///:memory:", "karvon.db"]
)
def test_a_url_that_means_nothing_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        Store.open(url)


def test_a_path_survives_its_url(tmp_path: Path) -> None:
    odd = tmp_path / "50% off? yes" / "karvon.sqlite3"
    assert sqlite_path(url_of(odd)) == odd
    with Store.open(url_of(odd)) as store:
        begin(store)
    assert odd.is_file()


def test_one_owner_a_file(tmp_path: Path) -> None:
    with Store.open(url_in(tmp_path)) as store:
        begin(store)
        with pytest.raises(OwnedElsewhere, match="another process"):
            Store.open(url_in(tmp_path))
        program = f"from terminal.store import Store; Store.open({url_in(tmp_path)!r})"
        other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert "Only one server may own a SQLite file" in other.stderr
        with Store.open(url_in(tmp_path), writing=False) as reader:  # reading beside it is fine
            assert reader.tail().seq == 5
            with pytest.raises(StoreUnavailable, match="reading only"):
                reader.write_now(lambda books: books.record([refused()], context()))
    Store.open(url_in(tmp_path)).close()  # the owner is gone


def test_owning_ends_with_the_process(tmp_path: Path) -> None:
    program = (
        "import os, sys; from terminal.store import Store\n"
        f"store = Store.open({url_in(tmp_path)!r}); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(OwnedElsewhere, match=f"number {other.pid}"):
            Store.open(url_in(tmp_path))
        other.kill()
    Store.open(url_in(tmp_path)).close()


def test_a_closed_store_refuses_and_closes_twice(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable):
        store.write_now(lambda books: None)


def test_the_log_is_carried_into_the_file(tmp_path: Path) -> None:
    """A closed store is one file: nothing is left in the write-ahead log."""
    with Store.open(url_in(tmp_path)) as store:
        begin(store)
    assert not (tmp_path / "karvon.sqlite3-wal").exists()
    with sqlite3.connect(tmp_path / "karvon.sqlite3") as raw:
        assert raw.execute("SELECT count(*) FROM event").fetchone() == (5,)
    raw.close()
