"""A terminal that was written straight into the file is one that the terminal itself could have written."""

from __future__ import annotations

from pathlib import Path

from terminal.bench import bulk
from terminal.bench.store import label
from terminal.store import Store, url_in
from terminal.store.purges import purges
from tests.terminal.store.test_books import verify_open
from workflows.stages import Stage


def test_what_is_written_in_bulk_proves_itself(tmp_path: Path) -> None:
    assert bulk.fill(tmp_path, 2 * bulk.TOGETHER + 7) > 0
    with Store.open(url_in(tmp_path)) as store:
        assert verify_open(store, rows=True) is None
        with store.reading() as reader:
            unit = reader.unit(label(2 * bulk.TOGETHER + 3))
            assert unit is not None
            assert (unit.consignment, unit.stage, unit.place) == ("BENCH-2000", Stage.STORAGE, "A-42")
            assert len(reader.history(f"unit:{unit.label}")) == bulk.STEPS
            assert reader.head().seq == 3 + bulk.STEPS * (2 * bulk.TOGETHER + 7)
            assert not purges(reader.connection)
    assert bulk.fill(tmp_path, 5) == 0
