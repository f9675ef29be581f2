"""A terminal with a day behind it: trucks that left, one that was looked into, a unit lost and one wet, a find."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from terminal.store import url_of
from tests.support.app import Terminal, terminal_at
from tests.support.databases import sqlite_template
from tests.terminal.evidence.acts import Happened, happened
from tests.terminal.evidence.conftest import Truck, truck

__all__ = ["sqlite_template"]
HOSTILE = '=HYPERLINK("http://x.test","Agency")'


@dataclass(frozen=True)
class Day:
    """What the tests of reports speak of."""

    terminal: Terminal
    gone: Truck
    inside: Happened
    other: list[str]  # labels of another agency's consignment, only announced


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Day]:
    """One terminal for the tests of a module; its journal is proven at the end."""
    folder = tmp_path_factory.mktemp("reports")
    shutil.copyfile(sqlite_template, folder / "karvon.sqlite3")
    with terminal_at(url_of(folder / "karvon.sqlite3"), folder) as terminal:
        terminal.clock.forward(minutes=10)
        gone = truck(terminal, "REP-1", 3, ready=False)
        terminal.clock.forward(minutes=95)
        gone.arrive()
        terminal.clock.forward(minutes=40)
        gone.release()
        gone.load()
        terminal.clock.forward(minutes=7)
        out = gone.step(
            "gate_operator", "GATE_OUT", plate=gone.plate, point="gate-1", seals=[{"number": gone.seal}]
        )
        assert out["verdict"] == "accepted", out
        inside = happened(terminal)
        terminal.person("tally_clerk").ask(
            "/scans", code="never", step="TALLY", point="tally-1", scanned_at=terminal.clock.now.isoformat()
        )
        other = terminal.announce(
            "REP-2", 2, by="agency_b", sender="Agency B", donor=HOSTILE, carrier="@SUM(A1)"
        )
        yield Day(terminal, gone, inside, other)
