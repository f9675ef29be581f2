"""Backups: of a running store, of one moment, proven; and put back without losing what was there."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from terminal.cli import main
from terminal.store import BackupFailed, OwnedElsewhere, Store, url_in, url_of
from terminal.store.backup import backup, restore
from tests.support.builders import REF, SSCCS
from tests.terminal.store.small import begin, context, refused, tallied
from tests.terminal.store.test_books import agrees_with_its_journal
from tests.terminal.store.test_writer import note

NOW = datetime(2026, 11, 16, 20, 0, 5, tzinfo=UTC)


def test_a_copy_of_a_running_store_is_of_one_moment(tmp_path: Path) -> None:
    with Store.open(url_in(tmp_path / "live")) as store:
        begin(store)
        stop = threading.Event()

        def scanning() -> None:
            number = 0
            while not stop.is_set():
                store.write_now(note(str(number)))
                number += 1

        thread = threading.Thread(target=scanning)
        thread.start()
        try:
            reports = [backup(tmp_path / "live/karvon.sqlite3", tmp_path / f"{n}.backup") for n in range(3)]
        finally:
            stop.set()
            thread.join()
        end = store.tail().seq
    assert all(report.ok for report in reports)
    assert 5 <= reports[0].events <= reports[1].events <= reports[2].events <= end
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.backup", "1.backup", "2.backup", "live"]
    with Store.open(url_of(tmp_path / "2.backup")) as copy:
        agrees_with_its_journal(copy)


def test_restore_puts_back_and_keeps_what_was_there(tmp_path: Path) -> None:
    live = tmp_path / "live" / "karvon.sqlite3"
    with Store.open(url_of(live)) as store:
        begin(store)
        backup(live, tmp_path / "noon.backup")
        store.write_now(lambda books: books.record([tallied()], context()))
        with pytest.raises(OwnedElsewhere):
            restore(tmp_path / "noon.backup", live, NOW)
    report, kept = restore(tmp_path / "noon.backup", live, NOW)
    assert (report.ok, report.events) == (True, 5)
    assert kept == live.with_name("karvon.sqlite3.before-restore-20261116T200005Z")
    with Store.open(url_of(live)) as store:
        assert store.tail().seq == 5
        store.write_now(lambda books: books.record([refused(SSCCS[1])], context()))
        agrees_with_its_journal(store)
    with Store.open(url_of(kept)) as store:
        assert store.tail().seq == 6
        with store.reading() as reader:
            assert reader.consignment(REF) is not None


def test_restore_after_a_crash_keeps_the_log_of_the_old_store(tmp_path: Path) -> None:
    """A killed server leaves a write-ahead log: it belongs to the old store, never to the one put in its place."""
    live = tmp_path / "live" / "karvon.sqlite3"
    crashed = tmp_path / "crashed" / "karvon.sqlite3"
    crashed.parent.mkdir()
    with Store.open(url_of(live)) as store:
        begin(store)
        backup(live, tmp_path / "noon.backup")
        store.write_now(lambda books: books.record([tallied()], context()))
        for suffix in ("", "-wal", "-shm"):  # as the disk looks when the power fails now
            crashed.with_name(crashed.name + suffix).write_bytes(
                live.with_name(live.name + suffix).read_bytes()
            )
    _, kept = restore(tmp_path / "noon.backup", crashed, NOW)
    assert kept is not None
    with Store.open(url_of(crashed)) as store:
        assert store.tail().seq == 5
        agrees_with_its_journal(store)
    with Store.open(url_of(kept)) as store:
        assert store.tail().seq == 6


def test_a_damaged_backup_is_not_put_back(tmp_path: Path) -> None:
    live, copy = tmp_path / "karvon.sqlite3", tmp_path / "copy"
    with Store.open(url_of(live)) as store:
        begin(store)
    backup(live, copy)
    raw = sqlite3.connect(copy, isolation_level=None)
    raw.execute("DROP TRIGGER event_is_never_changed")
    raw.execute("UPDATE event SET subject = 'unit:x' WHERE seq = 4")
    raw.close()
    with pytest.raises(BackupFailed, match="Event 4"):
        restore(copy, live, NOW)
    copy.write_bytes(copy.read_bytes()[:8192])
    with pytest.raises(BackupFailed):
        restore(copy, live, NOW)
    copy.write_bytes(b"a photo of the day sheet" * 400)
    with pytest.raises(BackupFailed, match="not a Karvon store"):
        restore(copy, live, NOW)
    with Store.open(url_of(live)) as store:
        assert store.tail().seq == 5
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_a_broken_store_gives_no_backup(tmp_path: Path) -> None:
    live = tmp_path / "karvon.sqlite3"
    with Store.open(url_of(live)) as store:
        begin(store)
    raw = sqlite3.connect(live, isolation_level=None)
    raw.execute("DROP TRIGGER event_is_never_deleted")
    raw.execute("DELETE FROM event WHERE seq = 2")
    raw.close()
    with pytest.raises(BackupFailed, match="Event 2 is missing"):
        backup(live, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, copy = str(tmp_path / "data"), tmp_path / "copy"
    with Store.open(url_in(tmp_path / "data")) as store:
        begin(store)
        assert main(["backup", str(copy), "--data", data]) == 0
        assert "5 events, unbroken" in capsys.readouterr().out
        assert main(["backup", str(copy), "--data", data]) == 3
        assert "exists already" in capsys.readouterr().err
        assert main(["restore", str(copy), "--data", data]) == 2
        assert "Only one server" in capsys.readouterr().err
    assert main(["restore", str(copy), "--data", data]) == 0
    assert "What was there before is kept as" in capsys.readouterr().out
    assert main(["restore", str(copy), "--data", str(tmp_path / "fresh"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] is None
    assert main(["backup", str(tmp_path / "x"), "--data", str(tmp_path / "nowhere")]) == 3
    assert main(["backup", str(tmp_path / "x"), "--database", "postgresql://a@b/c"]) == 2
    assert "pg_dump" in capsys.readouterr().err
    assert main(["backup", str(tmp_path / "x"), "--database", "nonsense"]) == 2
