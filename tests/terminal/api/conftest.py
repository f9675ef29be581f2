"""One terminal a module on SQLite; the core stories run on PostgreSQL too."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.store import url_of
from tests.support.app import Terminal, terminal_at
from tests.support.databases import postgres, sqlite_template, store_url

__all__ = ["postgres", "sqlite_template", "store_url"]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Terminal]:
    """A running terminal, shared by the tests of a module; its journal is proven at the end."""
    folder = tmp_path_factory.mktemp("terminal")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as made:
        yield made


@pytest.fixture
def any_terminal(store_url: str, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of its own for one test: once on SQLite, once on PostgreSQL."""
    with terminal_at(store_url, tmp_path / "data") as made:
        yield made
