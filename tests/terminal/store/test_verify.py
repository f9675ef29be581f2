"""Tampering: whoever changes one byte, one column, one row or the end is named."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terminal.cli import main
from terminal.store import Store, url_in, url_of
from terminal.store.journal import Head, canonical
from terminal.store.sqlite import SqliteConnection
from terminal.store.verify import Broken, Fault, verify
from tests.support.builders import SSCCS
from tests.terminal.store.small import begin, context, refused, tallied

#: Enough events that links go back over others.
LENGTH = 14


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed, honest store of fourteen events."""
    path = tmp_path_factory.mktemp("honest") / "karvon.sqlite3"
    with Store.open(url_of(path)) as store:
        begin(store)
        for label in SSCCS:
            store.write_now(
                lambda books, label=label: books.record(  # type: ignore[misc]
                    [refused("nobody knows"), tallied(label), refused(label)], context()
                )
            )
        assert store.tail().seq == LENGTH
    return path


@pytest.fixture
def tamper(honest: Path, tmp_path: Path) -> Callable[..., Broken | None]:
    """Run SQL behind the store's back on a copy of the honest store; returns what verification finds."""
    path = tmp_path / "copy.sqlite3"

    def change(*statements: str, expected: Head | None = None) -> Broken | None:
        path.write_bytes(honest.read_bytes())
        raw = sqlite3.connect(path, isolation_level=None)
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        raw.create_function("leaf", 1, lambda body: hashlib.sha256(b"\x00" + body).digest())
        raw.create_function("put", 3, _put)
        raw.create_function("deep", 0, lambda: b"[" * 100_000)
        raw.create_function("flip", 3, _flip)
        for statement in statements:
            raw.execute(statement)
        raw.close()
        connection = SqliteConnection(path, writing=False)
        try:
            return verify(connection, expected=expected).broken
        finally:
            connection.close()

    return change


def _put(body: bytes, key: str, value: object) -> bytes:
    return canonical({**json.loads(body), key: value})


def test_an_honest_journal_is_proven(tamper: Callable[..., Broken | None]) -> None:
    assert tamper() is None


@pytest.mark.parametrize(
    ("fault", "seq", "statements"),
    [
        (Fault.HASH, 4, ["UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'Unit', 'unit') AS BLOB) WHERE seq = 4"]),
        (Fault.HASH, 4, ["UPDATE event SET hash = zeroblob(32) WHERE seq = 4"]),
        (Fault.HASH, 4, ["UPDATE event SET hash = x'' WHERE seq = 4"]),
        (Fault.COLUMNS, 4, ["UPDATE event SET type = 'UnitMoved' WHERE seq = 4"]),
        (Fault.COLUMNS, 4, ["UPDATE event SET subject = 'unit:other' WHERE seq = 4"]),
        (Fault.HISTORY, 10, ["UPDATE event SET prev = 2 WHERE seq = 10"]),  # the chain of another subject
        (Fault.HISTORY, 8, ["UPDATE event SET prev = 2 WHERE seq = 8"]),  # skips one of its own
        (Fault.HISTORY, 14, ["UPDATE event SET prev = 0 WHERE seq = 11"]),  # cuts a history in two
        (Fault.HISTORY, 8, ["UPDATE event SET prev = 99 WHERE seq = 8"]),
        (Fault.HISTORY, 8, ["UPDATE event SET prev = -7 WHERE seq = 8"]),
        (Fault.GAP, 5, ["DELETE FROM event WHERE seq = 5"]),
        (Fault.GAP, 1, ["DELETE FROM event WHERE seq = 1"]),
        (
            Fault.CHAIN,
            6,
            ["DELETE FROM event WHERE seq = 6", *(f"UPDATE event SET seq = {n - 1}, body = put(body, 'seq', {n - 1}), hash = leaf(put(body, 'seq', {n - 1})) WHERE seq = {n}" for n in range(7, 15))],
        ),  # deleted, and the rest renumbered with fitting hashes
        (
            Fault.CHAIN,
            8,
            ["UPDATE event SET seq = 100 WHERE seq = 8", "UPDATE event SET seq = 8 WHERE seq = 9", "UPDATE event SET seq = 9 WHERE seq = 100"],
        ),  # reordered
        (
            Fault.CHAIN,
            5,
            ["UPDATE event SET body = put(body, 'who', 'somebody else'), hash = leaf(put(body, 'who', 'somebody else')) WHERE seq = 4"],
        ),  # changed with a fitting hash: the next one gives it away
        (
            Fault.FORM,
            4,
            ["UPDATE event SET body = CAST(body || ' ' AS BLOB), hash = leaf(CAST(body || ' ' AS BLOB)) WHERE seq = 4"],
        ),
        (Fault.FORM, 4, ["UPDATE event SET body = x'5b5d', hash = leaf(x'5b5d') WHERE seq = 4"]),
        (Fault.FORM, 4, ["UPDATE event SET body = x'ff', hash = leaf(x'ff') WHERE seq = 4"]),
        (
            Fault.CHAIN,
            15,
            ["INSERT INTO event SELECT 15, type, subject, 14, put(body, 'seq', 15), leaf(put(body, 'seq', 15)) FROM event WHERE seq = 14"],
        ),  # appended by hand
        (Fault.CUT_OFF, 14, ["DELETE FROM event WHERE seq = 14"]),
        (Fault.CUT_OFF, 3, ["DELETE FROM event WHERE seq > 2"]),
        (Fault.CUT_OFF, 1, ["DELETE FROM event"]),
        (Fault.HISTORY, 14, ["DELETE FROM subject_head"]),
        # values of another kind than the column's
        (Fault.HASH, 4, ["UPDATE event SET body = 1000000000000 WHERE seq = 4"]),
        (Fault.HASH, 4, ["UPDATE event SET hash = 'text' WHERE seq = 4"]),
        (Fault.COLUMNS, 4, ["UPDATE event SET subject = CAST(x'ff' AS TEXT) WHERE seq = 4"]),
        (Fault.COLUMNS, 4, ["UPDATE event SET type = 5 WHERE seq = 4"]),
        (Fault.HISTORY, 8, ["UPDATE event SET prev = 'x' WHERE seq = 8"]),
        (Fault.FORM, 4, ["UPDATE event SET body = deep(), hash = leaf(deep()) WHERE seq = 4"]),
    ],
)  # fmt: skip
def test_the_first_event_that_was_touched_is_named(
    tamper: Callable[..., Broken | None], fault: Fault, seq: int, statements: list[str]
) -> None:
    broken = tamper(*statements)
    assert broken is not None
    assert (broken.fault, broken.seq) == (fault, seq)
    assert str(seq) in broken.sentence or fault is Fault.CUT_OFF or fault is Fault.HISTORY


def test_an_end_cut_off_with_all_its_traces_needs_a_head_noted_elsewhere(
    tamper: Callable[..., Broken | None], honest: Path
) -> None:
    traces = [
        "DELETE FROM event WHERE seq = 14",
        "UPDATE unit SET last_seq = 13 WHERE last_seq = 14",
    ]
    assert tamper(*traces) is None
    with Store.open(url_of(honest), writing=False) as store:
        head = store.tail()
    assert tamper(expected=head) is None
    for expected, fault in ((head, Fault.CUT_OFF), (Head(13, head.hash), Fault.HEAD)):
        broken = tamper(*traces, expected=expected)
        assert broken is not None
        assert broken.fault is fault


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, LENGTH), where=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_of_any_event_is_found(
    tamper: Callable[..., Broken | None], seq: int, where: int, bit: int
) -> None:
    column = "hash" if where % 5 == 0 else "body"
    place = f"({where} % length({column}))"
    flipped = f"""UPDATE event SET {column} = flip({column}, {place}, {bit}) WHERE seq = {seq}"""
    broken = tamper(flipped)
    assert broken is not None
    assert (broken.seq, broken.fault) == (seq, Fault.HASH)


def _flip(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


@pytest.mark.postgres
def test_postgres_is_walked_the_same_way(postgres_store: Store) -> None:
    begin(postgres_store)

    def forge(sql: str) -> Broken | None:
        def work(books: object) -> None:
            connection = postgres_store.writer.connection()
            connection.run("ALTER TABLE event DISABLE TRIGGER USER")
            connection.run(sql)
            connection.run("ALTER TABLE event ENABLE TRIGGER USER")

        postgres_store.write_now(work)
        connection = postgres_store.connect()
        try:
            return verify(connection).broken
        finally:
            connection.close()

    assert forge("SELECT 1") is None
    broken = forge("UPDATE event SET type = 'Nothing' WHERE seq = 3")
    assert broken is not None
    assert (broken.seq, broken.fault) == (3, Fault.COLUMNS)
    broken = forge("DELETE FROM event WHERE seq = 2")
    assert broken is not None
    assert broken.fault is Fault.GAP


# --- the command ------------------------------------------------------------------------------------
def test_the_command_proves_and_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(url_in(tmp_path)) as store:
        begin(store)
        head = store.tail()
        assert main(["verify", "--data", str(tmp_path)]) == 0  # beside the running server
    noted = f"5:{head.hash.hex()}"
    assert capsys.readouterr().out == f"5 events, unbroken. Head {noted}\n"
    assert main(["verify", "--database", url_in(tmp_path), "--head", noted, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "events": 5,
        "head": {"seq": 5, "hash": head.hash.hex()},
        "broken": None,
        "purged": [],
    }
    raw = sqlite3.connect(tmp_path / "karvon.sqlite3", isolation_level=None)
    raw.execute("DROP TRIGGER event_is_never_changed")
    raw.execute("UPDATE event SET subject = 'unit:x' WHERE seq = 4")
    raw.close()
    assert main(["verify", "--data", str(tmp_path)]) == 1
    assert "BROKEN. Event 4" in capsys.readouterr().out
    assert main(["verify", "--data", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["broken"]["fault"] == "COLUMNS"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--data", "/nonexistent"], 2),
        (["--database", "mysql://x"], 2),
        (["--database", "postgresql://nobody@/none?host=/nonexistent"], 3),
    ],
)
def test_the_command_says_what_it_cannot_reach(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", *arguments]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


@pytest.mark.parametrize("head", ["5", "5:zz", "x:" + "0" * 64, "５:" + "0" * 64])
def test_a_head_that_is_none_is_a_usage_error(head: str) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["verify", "--head", head])
    assert stop.value.code == 2
