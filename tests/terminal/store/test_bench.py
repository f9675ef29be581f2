"""The measuring script measures: every figure is there, and the scans it made are real ones."""

from __future__ import annotations

from pathlib import Path

from terminal.bench.store import measure, table
from terminal.store import Store, url_in
from tests.terminal.store.test_books import verify_open


def test_the_figures_are_those_of_real_scans(tmp_path: Path) -> None:
    store_url = url_in(tmp_path)
    rows = measure(store_url, units=40, rounds=1)
    figures = {row.what: row.value for row in rows}
    assert all(value > 0 for value in figures.values())
    assert {"bare durable commits", "durable scans, 16 clients", "scans for each bare commit"} <= set(figures)
    assert "p99" in table(rows)
    with Store.open(store_url) as store:
        assert verify_open(store) is None
        with store.reading() as reader:
            moved = reader.latest_entries(limit=1, types=("UnitMoved",))
            assert moved
