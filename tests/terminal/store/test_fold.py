"""Somebody edits a row to open the gate: the journal knows better."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from terminal.cli import main
from terminal.store import Store, url_in, url_of
from terminal.store.fold import verify_state
from terminal.store.sqlite import SqliteConnection
from terminal.store.verify import Broken, Fault, verify
from tests.support.builders import REF, SSCCS, World, must
from tests.terminal.store.small import begin, context, refused
from tests.terminal.store.test_books import keep
from workflows import events as e


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, honest store in the middle of a day: released, one unit held, one loaded, something set aside."""
    path = tmp_path_factory.mktemp("honest") / "karvon.sqlite3"
    world = World.announced()
    world.arrive_and_clear()
    world.place("C1", f"unit:{SSCCS[2]}")
    world.place("C1")
    must(world.lift("C1", "H2"))
    with Store.open(url_of(path)) as store:
        keep(store, world)
        store.write_now(
            lambda books: books.record(
                [refused("never seen"), e.ScanSetAside(f"unit:{SSCCS[0]}", "LATE", {"step": "LOAD"})],
                context(),
            )
        )
    return path


@pytest.fixture
def forge(honest: Path, tmp_path: Path) -> Callable[[str], Broken | None]:
    """Run SQL behind the store's back; the chain stays whole, and the fold is asked."""
    path = tmp_path / "copy.sqlite3"

    def change(sql: str) -> Broken | None:
        shutil.copyfile(honest, path)
        raw = sqlite3.connect(path, isolation_level=None)
        changed = raw.execute(sql).rowcount
        raw.close()
        assert changed
        connection = SqliteConnection(path, writing=False)
        try:
            verify(connection)
            return verify_state(connection)
        finally:
            connection.close()

    return change


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("UPDATE unit SET stage = 170 WHERE id = 95212340001001002", "stage is 170 and should be 70"),
        ("UPDATE unit SET open_holds = 0", "open_holds is 0 and should be 1"),
        ("UPDATE unit SET gross_kg = '999' WHERE id = 95212340001001002", "gross_kg is '999'"),
        ("UPDATE consignment SET state = replace(state, 'chori', 'nobody')", "consignment AGA-UZ-2026-0412"),
        ("UPDATE consignment SET state = '{}'", "consignment AGA-UZ-2026-0412"),
        ("UPDATE consignment SET state = 'x'", "consignment AGA-UZ-2026-0412"),
        ("UPDATE consignment SET open_holds = 0", "open_holds is 0 and should be 1"),
        ("UPDATE consignment SET last_seq = 1", "last_seq is 1"),
        ("UPDATE papers SET body = replace(body, 'Agency A', 'Agency B')", "papers"),
        ("UPDATE visit SET plate = '01A001AA'", "plate is '01A001AA'"),
        ("UPDATE hold SET is_open = 0 WHERE id = 'H1'", "is_open is 0 and should be 1"),
        ("DELETE FROM hold WHERE id = 'H1'", "The table hold holds 1 rows, the journal tells of 2"),
        ("UPDATE permission SET given_by = 'x'", "given_by is 'x'"),
        ("UPDATE weighing SET kg = '1'", "kg is '1'"),
        ("UPDATE review SET why = 'NONE'", "why is 'NONE'"),
        ("UPDATE counter SET n = n + 1 WHERE board = 'hold.open'", "n is 2 and should be 1"),
        ("UPDATE aboard SET is_aboard = 1", "is_aboard is 1 and should be 0"),
        ("UPDATE subject_head SET last_seq = 1", "last_seq is 1"),
        ("UPDATE unit SET id = id + 1 WHERE id = 95212340001001002", "the journal never told of it"),
        ("UPDATE unit SET id = -id WHERE id = 95212340001001002", "The table unit holds 2 rows"),
        ("INSERT INTO subject_head VALUES ('unit:x', 1)", "the journal never told of it"),
    ],
)
def test_a_row_that_was_edited_is_named(forge: Callable[[str], Broken | None], sql: str, words: str) -> None:
    broken = forge(sql)
    assert broken is not None
    assert broken.fault is Fault.STATE
    assert words in broken.sentence


def test_what_does_not_follow_from_the_journal_is_left_alone(forge: Callable[[str], Broken | None]) -> None:
    assert forge("UPDATE review SET is_open = 0, closed_by = 'dilnoza'") is None
    assert forge("UPDATE unit SET version = version + 7") is None
    # as an older version wrote it: a field that came later is missing and has its default
    assert forge("UPDATE visit SET state = json_remove(state, '$.holds')") is None


def test_postgres_agrees_with_its_journal_too(store: Store) -> None:
    begin(store)
    connection = store.connect()
    try:
        assert verify_state(connection) is None
        store.write_now(lambda books: books.connection.run("UPDATE unit SET place = 'A-1'"))
        broken = verify_state(connection)
    finally:
        connection.close()
    assert broken is not None
    assert "place is 'A-1' and should be None" in broken.sentence


def test_the_command_compares_rows_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(url_in(tmp_path)) as store:
        begin(store)
    assert main(["verify", "--data", str(tmp_path), "--state"]) == 0
    raw = sqlite3.connect(tmp_path / "karvon.sqlite3", isolation_level=None)
    raw.execute("UPDATE consignment SET stage = 120")
    raw.close()
    assert main(["verify", "--data", str(tmp_path)]) == 0
    capsys.readouterr()
    assert main(["verify", "--data", str(tmp_path), "--state"]) == 1
    assert f"BROKEN. consignment {REF} is not what the journal makes of it" in capsys.readouterr().out
    assert main(["verify", "--data", str(tmp_path), "--state", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broken"]["fault"] == "STATE"
