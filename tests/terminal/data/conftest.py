"""Terminals whose reference data is replaced: on both databases where the journal tells what is in force."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app import Terminal, terminal_at
from tests.support.databases import postgres, sqlite_template, store_url

__all__ = ["postgres", "sqlite_template", "store_url"]


@pytest.fixture
def any_terminal(store_url: str, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of its own for one test: once on SQLite, once on PostgreSQL."""
    with terminal_at(store_url, tmp_path / "data") as made:
        yield made
