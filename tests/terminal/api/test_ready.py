"""Health and readiness tell the truth: ready is only what can write its journal and its files, in its own tables."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from terminal.api import health
from terminal.store import StoreUnavailable, url_in
from tests.support.app import Terminal, terminal_at


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("ready")
    with terminal_at(url_in(folder), folder) as running:
        yield running


def ready(terminal: Terminal) -> tuple[int, dict[str, Any]]:
    answer = terminal.nobody().send("GET", "//readyz")
    assert terminal.nobody().get("//healthz") == {"status": "ok"}, "the process answers all the while"
    return answer.status_code, answer.json()


@pytest.fixture(autouse=True)
def _whole_before_and_after(terminal: Terminal) -> Iterator[None]:
    assert ready(terminal)[0] == 200
    yield
    assert ready(terminal)[0] == 200
    left = [one.name for one in terminal.service.settings.data_dir.iterdir() if one.name.startswith("tmp")]
    assert left == [], "a look leaves nothing behind"


def test_a_store_that_cannot_be_reached(terminal: Terminal) -> None:
    """The writer is told what SQLite and PostgreSQL say when the file or the server is gone."""
    with pytest.MonkeyPatch.context() as patch:

        async def gone(*_: object) -> None:
            raise StoreUnavailable("unable to open database file")

        patch.setattr(terminal.service.store, "write", gone)
        assert ready(terminal) == (503, {"status": "not ready", "store": "StoreUnavailable"})


def test_a_disk_that_is_full(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(health.os, "fsync", full)  # type: ignore[attr-defined]
        assert ready(terminal) == (503, {"status": "not ready", "disk": "ENOSPC"})
    assert os.fsync is real


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        health._try_disk(tmp_path / "nowhere")


def test_tables_of_another_version(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version has changed the tables under a server that runs on: it must get no traffic."""
    with monkeypatch.context() as patch:
        patch.setattr(health, "NEWEST", "9999")
        status, told = ready(terminal)
    assert status == 503
    assert "9999" in told["store"]
