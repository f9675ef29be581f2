"""Plain rows: people, sessions, devices, one-time codes, files, reviews, attachments."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from terminal.store import Books, Store, Vanished, uuid7
from terminal.store.desk import Attachment, ImportFile, WaitingRow
from terminal.store.devices import Device
from terminal.store.people import Enrolment, Person, Session
from tests.support.builders import NOON, REF, SSCCS
from tests.terminal.store.small import begin, context
from workflows import events as e
from workflows.roles import Role
from workflows.stages import Stage

TIMUR = Person(
    "p-1",
    "Timur",
    "Timur T.",
    "uz",
    frozenset({Role.TALLY_CLERK, Role.WAREHOUSE_KEEPER}),
    NOON,
    organisation="TCC",
)
HOUR = timedelta(hours=1)


def test_people_come_back_as_saved(store: Store) -> None:
    store.write_now(lambda books: books.people.save(TIMUR))
    kept = replace(TIMUR, login="timur")
    with store.reading() as reader:
        assert reader.people.get("p-1") == reader.people.by_login(" TIMUR ") == kept
        assert reader.people.count() == 1
        assert reader.people.by_login("nobody") is None
    changed = replace(
        kept, roles=frozenset(), password_hash="$argon2id$x", failed=3, locked_until=NOON, active=False
    )
    store.write_now(lambda books: books.people.save(changed))
    with store.reading() as reader:
        assert reader.people.all() == [changed]


def test_one_login_is_one_person(store: Store) -> None:
    store.write_now(lambda books: books.people.save(TIMUR))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.write_now(lambda books: books.people.save(replace(TIMUR, id="p-2", login="TIMUR")))


def test_sessions_open_move_and_end(store: Store) -> None:
    first = Session(b"\x01" * 32, "p-1", NOON, NOON, NOON + HOUR, {"browser": "Firefox", "point": "gate-1"})
    second = replace(first, token_hash=b"\x02" * 32, seen_at=NOON + HOUR)

    def work(books: Books) -> None:
        books.people.save(TIMUR)
        books.people.open_session(first)
        books.people.open_session(second)

    store.write_now(work)
    with store.reading() as reader:
        assert reader.people.session(first.token_hash) == first
        assert reader.people.sessions_of("p-1") == [second, first]
    store.write_now(lambda books: books.people.touch_session(first.token_hash, NOON, NOON + 3 * HOUR))
    assert store.write_now(lambda books: books.people.drop_expired(NOON + 2 * HOUR)) == 1
    assert not store.write_now(lambda books: books.people.close_session(second.token_hash))
    assert store.write_now(lambda books: books.people.close_session(first.token_hash))
    store.write_now(lambda books: books.people.open_session(first))
    assert store.write_now(lambda books: books.people.close_sessions_of("p-1")) == 1
    with store.reading() as reader:
        assert reader.people.session(first.token_hash) is None


def test_a_session_needs_its_person(store: Store) -> None:
    orphan = Session(b"\x01", "nobody", NOON, NOON, NOON)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        store.write_now(lambda books: books.people.open_session(orphan))


def test_a_code_opens_once(store: Store) -> None:
    code = Enrolment(b"\x07" * 32, "device:hh-3", "admin", NOON, NOON + HOUR)
    store.write_now(lambda books: books.people.add_enrolment(code))
    with store.reading() as reader:
        assert reader.people.enrolment(code.code_hash) == code
        assert reader.people.enrolment(b"other") is None
    store.write_now(lambda books: books.people.use_enrolment(code.code_hash, NOON + HOUR))
    with pytest.raises(Vanished, match="used already"):
        store.write_now(lambda books: books.people.use_enrolment(code.code_hash, NOON))
    assert store.write_now(lambda books: books.people.drop_enrolments_of("device:hh-3")) == 0
    with store.reading() as reader:
        assert reader.people.enrolment(code.code_hash) == replace(code, used_at=NOON + HOUR)


def test_devices_come_back_and_say_when_they_changed(store: Store) -> None:
    scale = Device(
        "wb-1", "scale", "Weighbridge 1", NOON, "weighbridge-1", frozenset({Stage.WEIGH_IN}), frozenset({"weigh"}), b"t" * 32
    )  # fmt: skip
    with store.reading() as reader:
        before = reader.devices.changes()
    store.write_now(lambda books: books.devices.save(scale))
    with store.reading() as reader:
        assert reader.devices.get("wb-1") == reader.devices.by_token(b"t" * 32) == replace(scale, version=1)
        assert reader.devices.by_token(b"u" * 32) is None
        after = reader.devices.changes()
    store.write_now(lambda books: books.devices.seen("wb-1", NOON + HOUR))
    with store.reading() as reader:
        assert before != after == reader.devices.changes()
    store.write_now(lambda books: books.devices.save(replace(scale, token_hash=None, active=False)))
    with store.reading() as reader:
        assert reader.devices.changes() != after
        assert reader.devices.by_token(b"t" * 32) is None
        (revoked,) = reader.devices.all()
        assert (revoked.active, revoked.version) == (False, 2)


def test_a_file_and_its_waiting_rows(store: Store) -> None:
    file = ImportFile("ab" * 32, "список.xlsx", 12345, NOON, "p-1", 40, 2, REF, {"encoding": "cp1251"})

    def work(books: Books) -> tuple[int, list[int]]:
        key = books.desk.add_file(file)
        rows = [
            WaitingRow(key, "Лист1", number, {"HS": "30O4"}, [{"check": "DAT-02", "column": "HS"}])
            for number in (7, 9)
        ]
        return key, [books.desk.add_waiting(row) for row in rows]

    key, rows = store.write_now(work)
    with store.reading() as reader:
        assert reader.desk.file_by_digest("ab" * 32) == reader.desk.file(key) == replace(file, key=key)
        assert reader.desk.file_by_digest("cd" * 32) is None
        assert [row.key for row in reader.desk.waiting()] == rows
        assert [row.row_no for row in reader.desk.waiting(rows[0], file_key=key)] == [9]
        assert reader.desk.waiting(file_key=key + 1) == []
    store.write_now(lambda books: books.desk.close_waiting(rows[0], "CORRECTED", "p-1", NOON))
    with pytest.raises(Vanished):
        store.write_now(lambda books: books.desk.close_waiting(rows[0], "DROPPED", "p-1", NOON))
    with store.reading() as reader:
        (newest,) = reader.desk.files()
        assert newest.waiting == 1
        closed = reader.desk.waiting_row(rows[0])
        assert closed is not None
        assert (closed.state, closed.closed_by, closed.closed_at) == ("CORRECTED", "p-1", NOON)
        assert reader.desk.files(before=key) == []


def test_a_scan_set_aside_waits_on_the_review_desk(store: Store) -> None:
    begin(store)
    aside = e.ScanSetAside(f"unit:{SSCCS[0]}", "LATE", {"step": "LOAD"}, {"stage": "GATE_OUT"})
    seq = store.write_now(lambda books: books.record([aside], context()))
    with store.reading() as reader:
        (item,) = reader.desk.reviews_open()
        assert (item.seq, item.subject, item.why, item.opened_at) == (seq, aside.subject, "LATE", NOON)
        assert (item.scan, item.other) == (aside.scan, aside.other)
        assert reader.desk.reviews_open(after=seq) == []
    store.write_now(lambda books: books.desk.close_review(seq, "APPLIED", "dilnoza", NOON, "seen on camera"))
    with pytest.raises(Vanished):
        store.write_now(lambda books: books.desk.close_review(seq, "DROPPED", "x", NOON))
    with store.reading() as reader:
        assert reader.desk.reviews_open() == []
        closed = reader.desk.review(seq)
        assert closed is not None
        assert (closed.open, closed.resolution, closed.closed_by) == (False, "APPLIED", "dilnoza")


def test_attachments_are_listed_by_subject(store: Store) -> None:
    photos = [
        Attachment(str(uuid7()), "ef" * 32, "visit:V1", "photo", "пломба.jpg", "image/jpeg", 2_000_000, "p-1", NOON, {"w": 1}),
        Attachment(str(uuid7()), "ab" * 32, "visit:V1", "xray", "x.png", "image/png", 9, "p-2", NOON),
    ]  # fmt: skip

    def work(books: Books) -> None:
        for photo in reversed(photos):
            books.desk.add_attachment(photo)

    store.write_now(work)
    with store.reading() as reader:
        assert reader.desk.attachments_of("visit:V1") == photos
        assert reader.desk.attachment(photos[1].id) == photos[1]
        assert reader.desk.attachments_of("visit:V2") == []
