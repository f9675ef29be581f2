"""Proving the state: every row is what the journal, read from the start, makes of it.

The chain proves what happened; it says nothing of somebody who edits a row to open the gate. Here the whole
journal is carried through the same projections into a scratch database, and both are compared row by row.
Costs about as much as recording the events did (some ten thousand a second), so it is asked for, not assumed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from terminal.store import journal
from terminal.store.announcing import load_announcement, load_needs, load_organisation
from terminal.store.deferred import Deferred
from terminal.store.errors import StoreError
from terminal.store.handling import load_count
from terminal.store.inspecting import load_equipment, load_inspection, load_seizure
from terminal.store.letters import load_complaint, load_message
from terminal.store.migrations import run as migrations
from terminal.store.projections import Projector
from terminal.store.reader import Reader
from terminal.store.routing import load_routing
from terminal.store.snapshots import (
    Caches,
    StoredUnit,
    load_hold,
    load_weighing,
    parse_papers,
    parse_state,
    parse_visit,
)
from terminal.store.sql import Connection, Row
from terminal.store.sqlite import SqliteConnection
from terminal.store.touched import Touched
from terminal.store.verify import Broken, Fault, any_text
from workflows.events import Context

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a table follows from the journal: natural key first, then columns; keys given by counting stay out.

    ``read`` turns a JSON column (the last) into its snapshot, so that rows written by an older version, with
    fewer fields, still compare by meaning.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    source: str
    read: Callable[[str], Any] | None = None

    def select(self, where: str) -> str:
        """The statement that reads these facts."""
        return f"SELECT {', '.join((*self.key, *self.columns))} FROM {self.source} WHERE {where}"  # noqa: S608

    def page(self) -> str:
        """Rows after a key, in the order of the key."""
        keys = ", ".join(self.key)
        marks = ", ".join("?" * len(self.key))
        return self.select(f"({keys}) > ({marks}) ORDER BY {keys} LIMIT {CHUNK}")

    def rows(self, connection: Connection) -> Iterator[Row]:
        """Every row of these facts, in the order of the key, a page in memory at a time."""
        page, width = self.page(), len(self.key)
        after = _before_everything(self, connection)
        while after is not None:
            chunk = connection.all(page, after)
            yield from chunk
            after = chunk[-1][:width] if chunk else None

    def same(self, one: Row, other: Row) -> bool:
        """True when both rows say the same."""
        if _plain(one) == _plain(other):
            return True
        if self.read is None or _plain(one[:-1]) != _plain(other[:-1]):
            return False
        try:
            return bool(self.read(one[-1]) == self.read(other[-1]))
        except (TypeError, ValueError, KeyError, RecursionError):
            return False


def _plain(row: Row) -> tuple[Any, ...]:
    return tuple(int(value) if isinstance(value, bool) else value for value in row)


FACTS = (
    Facts(
        "consignment",
        ("ref",),
        (
            "stage",
            "since",
            "lane",
            "open_holds",
            "sender",
            "consignee",
            "sender_folded",
            "search",
            "last_seq",
            "state",
        ),
        "consignment",
        parse_state,
    ),
    Facts(
        "papers",
        ("c.ref",),
        ("p.body",),
        "papers p JOIN consignment c ON c.key = p.consignment_key",
        parse_papers,
    ),
    Facts(
        "visit",
        ("id",),
        ("stage", "since", "mode", "plate", "expected_plate", "trailer", "point", "last_seq", "state"),
        "visit",
        parse_visit,
    ),
    Facts(
        "aboard",
        ("v.id", "a.consignment_ref"),
        ("a.units", "a.is_aboard"),
        "aboard a JOIN visit v ON v.key = a.visit_key",
    ),
    Facts(
        "unit",
        ("u.id",),
        (
            "c.ref",
            "u.stage",
            "u.open_holds",
            "v.id",
            "u.parent",
            "u.place",
            "u.gross_kg",
            "u.condition",
            "u.line",
            "u.label",
            "u.last_seq",
        ),
        "unit u JOIN consignment c ON c.key = u.consignment_key LEFT JOIN visit v ON v.key = u.visit_key",
    ),
    Facts(
        "hold",
        ("id",),
        ("subject", "consignment_ref", "authority", "reason", "severity", "placed_at", "is_open", "body"),
        "hold",
        load_hold,
    ),
    Facts(
        "permission",
        ("seq",),
        ("consignment_ref", "kind", "given_by", "given_at", "digest", "dropped_seq"),
        "permission",
    ),
    Facts(
        "weighing",
        ("seq",),
        ("subject", "scale", "what", "kg", "at", "typed", "body"),
        "weighing",
        load_weighing,
    ),
    Facts(
        "inspection",
        ("id",),
        (
            "subject",
            "consignment_ref",
            "visit_id",
            "method",
            "progress",
            "result",
            "ordered_at",
            "is_open",
            "equipment",
            "operation",
            "body",
        ),
        "inspection",
        load_inspection,
    ),
    Facts("equipment", ("id",), ("kind", "place", "state", "last_seq", "body"), "equipment", load_equipment),
    Facts(
        "seizure",
        ("case_no",),
        (
            "at",
            "handling",
            "commodity_group",
            "consignment_ref",
            "inspection",
            "operation",
            "last_seq",
            "body",
        ),
        "seizure",
        load_seizure,
    ),
    Facts(
        "loss",
        ("unit", "kind"),
        ("seq", "consignment_ref", "at", "who", "place", "note"),
        "loss",
    ),
    Facts(
        "stock_count", ("id",), ("zone", "state", "opened_at", "last_seq", "body"), "stock_count", load_count
    ),
    Facts(
        "announcement",
        ("id",),
        ("organisation", "standing", "consignment_ref", "last_seq", "body"),
        "announcement",
        load_announcement,
    ),
    Facts(
        "complaint", ("ref",), ("at", "is_open", "subject", "last_seq", "body"), "complaint", load_complaint
    ),
    Facts(
        "message",
        ("no",),
        ("at", "side", "office", "handling", "is_read", "last_seq", "body"),
        "message",
        load_message,
    ),
    Facts("organisation", ("name",), ("last_seq", "body"), "organisation", load_organisation),
    Facts("standing", ("name",), ("last_seq", "body"), "standing", load_needs),
    Facts("tracking", ("code",), ("subject",), "tracking"),
    Facts("slot", ("visit_id",), ("starts_at",), "slot"),
    Facts(
        "routing",
        ("c.ref",),
        (
            "r.office",
            "r.lane",
            "r.chosen",
            "r.score",
            "r.drawn",
            "r.capped",
            "r.inspected",
            "r.found",
            "r.audit_open",
            "r.first_at",
            "r.carrier_folded",
            "r.chapters",
            "r.body",
        ),
        "routing r JOIN consignment c ON c.key = r.consignment_key",
        load_routing,
    ),
    Facts("review", ("seq",), ("subject", "why", "opened_at", "scan", "other"), "review", json.loads),
    Facts("counter", ("board", "key"), ("n",), "(SELECT board, key, n FROM counter WHERE n <> 0) c"),
    Facts("subject_head", ("subject",), ("last_seq",), "subject_head"),
)


_COPY = "INSERT INTO event (seq, type, subject, prev, body, hash) VALUES (?, ?, ?, ?, ?, ?)"


class _Scratch(Reader):
    """The journal carried into a database of its own, without writing a journal there."""

    def __init__(self, connection: Connection) -> None:
        caches = Caches()
        self._deferred = Deferred(connection)
        super().__init__(self._deferred, caches)
        self._touched = Touched()
        self._projector = Projector(self, self._deferred, caches, self._touched)

    def stored_unit(self, label: str) -> StoredUnit | None:
        """As in :class:`Reader`, as the events carried so far leave it."""
        return self._deferred.unit(label) or super().stored_unit(label)

    def flush(self) -> None:
        """Before COMMIT: write what waits."""
        self._deferred.flush()

    def carry(self, entry: journal.Entry) -> None:
        """Project one stored event."""
        context = Context(entry.who, entry.at)
        self._projector.project(entry.event, context, entry.seq, self._projector.locate(entry.subject))

    def settle(self) -> None:
        """Write the board figures."""
        for (board, key), n in self._touched.deltas.items():
            self.connection.run("INSERT INTO counter (board, key, n) VALUES (?, ?, ?)", (board, key, n))


def verify_state(connection: Connection) -> Broken | None:
    """Compare every row with what the journal makes of it; returns the first that differs, or None.

    Reads one snapshot on a read connection, whose chain should have been verified first. ``seq`` of the
    result is the last event of the row's subject as the journal tells it, 0 when it knows no such row.
    """
    with _empty_store() as scratch:
        connection.begin_reading()
        if isinstance(connection, SqliteConnection):
            connection.raw.text_factory = any_text
        try:
            broken = _carry(connection, scratch)
            for facts in FACTS:
                broken = broken or _compare(facts, connection, scratch)
            return broken
        finally:
            connection.rollback()


@contextmanager
def _empty_store() -> Iterator[SqliteConnection]:
    with tempfile.TemporaryDirectory(prefix="karvon-verify-") as directory:
        path = Path(directory) / "scratch.sqlite3"
        engine = migrations.engine_of("", path)
        migrations.upgrade(engine)
        engine.dispose()
        scratch = SqliteConnection(path, writing=True)
        try:
            scratch.run("PRAGMA synchronous=OFF")  # nothing in it outlives this function
            yield scratch
        finally:
            scratch.close()


@contextmanager
def carried(connection: Connection) -> Iterator[Connection]:
    """The state as the whole journal makes it, in a scratch database; inside the caller's transaction.

    Raises :class:`StoreError` when an event cannot be carried.
    """
    with _empty_store() as scratch:
        if (broken := _carry(connection, scratch)) is not None:
            raise StoreError(broken.sentence)
        yield scratch


@contextmanager
def as_of(connection: Connection, seq: int) -> Iterator[Reader]:
    """The state as the journal knew it after event ``seq``, to be read until the end of the block.

    Carries the journal from the start into a scratch database: exact, and costs what recording it did. ``connection``
    is a read connection of its own. Raises :class:`StoreError` when an event cannot be carried.
    """
    with _empty_store() as scratch:
        connection.begin_reading()
        try:
            broken = _carry(connection, scratch, seq, with_events=True)
        finally:
            connection.rollback()
        if broken is not None:
            raise StoreError(broken.sentence)
        yield Reader(scratch, Caches())


def _carry(
    connection: Connection, scratch: Connection, last: int = 2**62, *, with_events: bool = False
) -> Broken | None:
    """``with_events`` copies the journal as well: what a judgement remembers of a vehicle stands in events only."""
    books = _Scratch(scratch)
    entries = takewhile(lambda entry: entry.seq <= last, journal.everything(connection, CHUNK))
    while chunk := list(islice(entries, CHUNK)):
        scratch.begin_writing()
        for entry in chunk:
            try:
                books.carry(entry)
                if with_events:
                    row = (entry.seq, entry.type, entry.subject, entry.prev, entry.body, entry.hash)
                    scratch.run(_COPY, row)
            except (StoreError, KeyError, TypeError, ValueError) as error:
                sentence = f"Event {entry.seq} ({entry.type}) cannot be carried into the state: {error}"
                return Broken(entry.seq, Fault.STATE, sentence)
        books.flush()
        scratch.commit()
    scratch.begin_writing()
    books.settle()
    scratch.commit()
    return None


def _compare(facts: Facts, connection: Connection, scratch: Connection) -> Broken | None:
    width, rows = len(facts.key), 0
    one = facts.select(" AND ".join(f"{key} = ?" for key in facts.key))
    for row in facts.rows(connection):
        told = scratch.one(one, row[:width])
        if told is None or not facts.same(row, told):
            return _differs(facts, row, told)
        rows += 1
    (expected,) = scratch.one(f"SELECT count(*) FROM {facts.source}") or (0,)  # noqa: S608 - own constants
    if rows != expected:
        sentence = f"The table {facts.table} holds {rows} rows, the journal tells of {expected}."
        return Broken(0, Fault.STATE, sentence)
    return None


def _before_everything(facts: Facts, connection: Connection) -> Row | None:
    """A key that sorts before all others, or None for an empty table."""
    keys = ", ".join(facts.key)
    first = connection.one(f"SELECT {keys} FROM {facts.source} ORDER BY {keys} LIMIT 1")  # noqa: S608
    if first is None:
        return None
    return tuple("" if isinstance(value, str) else -1 for value in first)


def _differs(facts: Facts, row: Row, told: Row | None) -> Broken:
    name = " ".join(str(part) for part in row[: len(facts.key)])
    if told is None:
        return Broken(
            0, Fault.STATE, f"{facts.table} {name} is in the tables, but the journal never told of it."
        )
    names = (*facts.key, *facts.columns)
    which = [
        f"{column.rpartition('.')[2]} is {found!r} and should be {right!r}"
        for column, found, right in zip(names, _plain(row), _plain(told), strict=True)
        if found != right
    ]
    seq = told[names.index("last_seq")] if "last_seq" in names else 0
    return Broken(
        seq, Fault.STATE, f"{facts.table} {name} is not what the journal makes of it: {which[0][:300]}."
    )
