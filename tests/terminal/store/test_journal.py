"""The journal: exact bytes, a chain, no gaps, no changes; and the ways to read it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.store import Books, JournalRefused, Store, Vanished, uuid7
from terminal.store.journal import GENESIS, canonical, everything, leaf_hash, moment, stamp
from tests.support.builders import NOON, REF, SSCCS
from tests.terminal.store.small import announced, begin, context, refused, tallied
from workflows import events as e
from workflows.state import HoldOutcome

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("aяق _", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abя", max_size=3), plain, max_size=5))
def test_canonical_bytes_mean_the_same_and_have_one_form(facts: dict[str, object]) -> None:
    body = canonical(facts)
    assert json.loads(body) == facts
    assert canonical(dict(reversed(json.loads(body).items()))) == body


@pytest.mark.parametrize(
    "value",
    [{"kg": 1.5}, {"a": [{"b": 0.0}]}, {"a": float("nan")}, {1: "a"}, {"a": "\ud800"}, {"a": object()}],
)
def test_what_has_no_exact_form_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(JournalRefused):
        canonical(value)


def test_times_are_utc_of_one_width_and_need_a_zone() -> None:
    local = datetime(2026, 11, 16, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    assert stamp(local) == "2026-11-16T07:00:00.000000Z"
    assert moment(stamp(local)) == local
    with pytest.raises(JournalRefused, match="without zone"):
        stamp(datetime(2026, 11, 16))  # noqa: DTZ001 - that is the point


def test_ids_grow_and_are_version_7() -> None:
    ids = [uuid7() for _ in range(10_000)]
    assert ids == sorted(set(ids))
    assert {(i.version, i.variant) for i in ids} == {(7, "specified in RFC 4122")}
    made = datetime.fromtimestamp((ids[0].int >> 80) / 1000, UTC)
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=1)


def test_an_entry_is_its_bytes(store: Store) -> None:
    begin(store)
    at = NOON + timedelta(seconds=1, microseconds=5)
    noted = context("timur", at, device="hh-3", point="dock-2", nonce="n-1")
    seq = store.write_now(lambda books: books.record([tallied()], noted))
    with store.reading() as reader:
        entry = reader.entry(seq)
        before = reader.entry(seq - 1)
    assert entry is not None
    assert before is not None
    assert entry.hash == hashlib.sha256(b"\x00" + entry.body).digest() == leaf_hash(entry.body)
    assert canonical(entry.facts) == entry.body
    recorded = entry.facts["recorded_at"]
    assert UUID(entry.facts["id"]).version == 7
    assert entry.facts == {
        "seq": seq,
        "id": entry.facts["id"],
        "type": "UnitTallied",
        "subject": f"unit:{SSCCS[0]}",
        "at": "2026-11-16T07:00:01.000005Z",
        "device_at": None,
        "recorded_at": recorded,
        "who": "timur",
        "device": "hh-3",
        "point": "dock-2",
        "nonce": "n-1",
        "data": tallied().data(),
        "prev_hash": before.hash.hex(),
    }
    assert entry.event == tallied()
    assert entry.at == at
    assert entry.public()["hash"] == entry.hash.hex()


def test_the_chain_begins_with_nothing(store: Store) -> None:
    assert store.tail().hash == GENESIS
    begin(store)
    with store.reading() as reader:
        entries = reader.entries_after(0)
    assert entries[0].facts["prev_hash"] == GENESIS.hex()
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE event SET type = 'Nothing' WHERE seq = 2",
        "UPDATE event SET seq = 99 WHERE seq = 5",
        "DELETE FROM event WHERE seq = 5",
        "DELETE FROM event",
        "INSERT INTO event (seq, type, subject, prev, body, hash) SELECT 7, type, subject, prev, body, hash FROM event WHERE seq = 5",
        "INSERT INTO event (seq, type, subject, prev, body, hash) SELECT seq, type, subject, prev, body, hash FROM event WHERE seq = 5",
    ],
)
def test_the_database_itself_refuses_changes(store: Store, sql: str) -> None:
    begin(store)
    with pytest.raises(Exception, match="the journal"):
        store.write_now(lambda books: books.connection.run(sql))
    assert store.tail().seq == 5


def test_sqlite_refuses_to_replace_an_event(sqlite_store: Store) -> None:
    begin(sqlite_store)
    sql = (
        "INSERT OR REPLACE INTO event (seq, type, subject, prev, body, hash) "
        "SELECT seq, 'Nothing', subject, prev, body, hash FROM event WHERE seq = 3"
    )
    with pytest.raises(Exception, match="no gaps"):
        sqlite_store.write_now(lambda books: books.connection.run(sql))


@pytest.mark.postgres
def test_postgres_refuses_to_empty_the_journal(postgres_store: Store) -> None:
    begin(postgres_store)
    with pytest.raises(Exception, match="append-only"):
        postgres_store.write_now(lambda books: books.connection.run("TRUNCATE event"))


def test_a_history_is_of_one_subject_newest_first(store: Store) -> None:
    begin(store)

    def work(books: Books) -> None:
        for _ in range(7):
            books.record([refused(SSCCS[0]), refused(SSCCS[1]), refused("unknown label")], context())

    store.write_now(work)
    with store.reading() as reader:
        history = reader.history(f"unit:{SSCCS[0]}")
        assert [entry.type for entry in history] == ["StepRefused"] * 7 + ["UnitDeclared"]
        assert {entry.subject for entry in history} == {f"unit:{SSCCS[0]}"}
        first = reader.history(f"unit:{SSCCS[0]}", limit=3)
        rest = reader.history(f"unit:{SSCCS[0]}", first[-1].seq)
        assert first + rest == history
        assert len(reader.history("unit:unknown label")) == 7
        assert reader.history("unit:never heard of") == []
        assert reader.history(f"unit:{SSCCS[0]}", before=1) == []


def test_a_label_keeps_its_history_when_it_is_declared_later(store: Store) -> None:
    late = "095212340001001033"
    begin(store)
    store.write_now(lambda books: books.record([refused(late)], context()))
    store.write_now(lambda books: books.record([e.UnitDeclared(f"unit:{late}", REF)], context()))
    store.write_now(lambda books: books.record([tallied(late)], context()))
    with store.reading() as reader:
        history = reader.history(f"unit:{late}")
        assert [entry.type for entry in history] == ["UnitTallied", "UnitDeclared", "StepRefused"]
        assert reader.connection.all("SELECT * FROM subject_head") == []


def test_the_story_of_a_consignment_merges_its_units_and_visits(store: Store) -> None:
    begin(store)
    store.write_now(lambda books: books.record(announced("OTHER", ()), context()))
    store.write_now(lambda books: books.record([refused(label) for label in SSCCS], context()))
    with store.reading() as reader:
        story = reader.story(REF)
        assert [entry.seq for entry in story] == [9, 8, 7, 5, 4, 3, 2, 1]
        page = reader.story(REF, limit=3)
        assert page + reader.story(REF, before=page[-1].seq) == story


def test_reading_by_number_and_by_type(store: Store) -> None:
    begin(store)
    with store.reading() as reader:
        assert [entry.seq for entry in reader.entries_after(2, limit=2)] == [3, 4]
        assert [entry.seq for entry in reader.latest_entries(limit=2)] == [5, 4]
        declared = reader.latest_entries(types=("UnitDeclared", "VisitAnnounced"), before=5)
        assert [entry.seq for entry in declared] == [4, 3, 2]
        assert reader.entry(99) is None
        assert len(list(everything(reader.connection, chunk=2))) == 5


@pytest.mark.parametrize(
    "event",
    [
        tallied("095212340001009999"),
        e.UnitDeclared("unit:H-1", "NO-SUCH-CONSIGNMENT"),
        e.UnitLoaded(f"unit:{SSCCS[0]}", tallied().start, "NO-SUCH-VISIT", REF),
        e.VisitEmptied("visit:NO", ()),
        e.ChecksRun("consignment:NO", (), "RELEASABLE", "GREEN", "1"),
        e.HoldLifted(f"consignment:{REF}", "NO", HoldOutcome.CLEARED_WAIVED, "", "x", NOON),
    ],
)
def test_what_speaks_of_nothing_is_not_recorded(store: Store, event: e.Event) -> None:
    begin(store)
    with pytest.raises(Vanished):
        store.write_now(lambda books: books.record([refused(), event], context()))
    assert store.tail().seq == 5


@pytest.mark.parametrize("odd", ["a\0b", "half \ud83d"])
def test_a_subject_no_database_keeps_is_refused_on_both(store: Store, odd: str) -> None:
    with pytest.raises(JournalRefused):
        store.write_now(lambda books: books.record([refused(odd)], context()))
    # in the facts NUL is an escape like any other; half a character is not text anywhere
    asked = e.StepRefused("scan:1", "LOAD", "UNREADABLE", asked={"code": "a\0b"})
    store.write_now(lambda books: books.record([asked], context()))
    with store.reading() as reader:
        (entry,) = reader.history("scan:1")
        assert entry.event == asked
