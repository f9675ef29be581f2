"""The journal: what happened, as exact bytes, numbered without gaps, each chained to the one before.

An entry's ``body`` is canonical JSON: keys sorted, no spaces, UTF-8, no floats. Its hash is
SHA-256(0x00 || body), the leaf hash of RFC 6962, so a Merkle log can be laid over the journal as it is.
``prev_hash`` inside the body is the hash of the entry before, hence whoever changes one byte must change
every later hash. The columns beside the body repeat what lookups need; verification compares them.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from terminal.store.errors import JournalRefused
from terminal.store.sql import Connection, Row
from terminal.store.written import as_it_is, plain_written
from workflows.events import Context, Event, event_from

#: ``prev_hash`` of the first entry: there is nothing before it.
GENESIS = bytes(32)

_AT = b'{"at":"'
_COLUMNS = "seq, type, subject, prev, body, hash"
_TAIL = "SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1"
_AFTER = f"SELECT {_COLUMNS} FROM event WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
_ONE = f"SELECT {_COLUMNS} FROM event WHERE seq = ?"  # noqa: S608


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write these facts as bytes. Raises :class:`JournalRefused` for what has no exact form."""
    _insist_exact(value, "")
    return _written(value)


def _written(value: Mapping[str, Any]) -> bytes:
    try:
        return plain_written(value)
    except (TypeError, ValueError) as error:
        raise JournalRefused(f"cannot be written into the journal: {error}") from error


def _insist_exact(value: Any, path: str) -> None:
    # The C encoder would write floats and number-like keys silently; a figure must never change by that.
    kind = type(value)
    if kind is str or kind is int or value is None or isinstance(value, str | int):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise JournalRefused(f"{path or '.'}: key {key!r} is not text")
            if item is not None and type(item) is not str:
                _insist_exact(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            _insist_exact(item, f"{path}[{number}]")
    elif isinstance(value, float):
        raise JournalRefused(f"{path}: {value!r} is a float; write figures as integers or decimal text")
    else:
        raise JournalRefused(f"{path}: {type(value).__name__} has no place in the journal")


def leaf_hash(body: bytes) -> bytes:
    """RFC 6962 2.1: the hash of one leaf."""
    return hashlib.sha256(b"\x00" + body).digest()


def stamp(at: datetime) -> str:
    """UTC with microseconds and one width, so that text order is time order."""
    if at.tzinfo is None:
        raise JournalRefused(f"a time without zone is not a fact: {at!r}")
    text = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")
    return f"{text[:-6]}Z"  # without "+00:00"


def moment(text: str) -> datetime:
    """The time that :func:`stamp` wrote."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Entry:
    """One stored event, as the database gave it. ``facts`` is the parsed body."""

    seq: int
    type: str
    subject: str
    prev: int
    body: bytes
    hash: bytes

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """The body: seq, id, type, subject, at, device_at, recorded_at, who, device, point, nonce, data, prev_hash."""
        facts: dict[str, Any] = json.loads(self.body)
        return facts

    @property
    def at(self) -> datetime:
        """When it was decided (UTC)."""
        if self.body.startswith(_AT):  # keys are sorted: no need to read the megabytes that may follow
            return moment(self.body[len(_AT) : self.body.index(b'"', len(_AT))].decode())
        return moment(self.facts["at"])

    @property
    def who(self) -> str:
        """The person or device that acted."""
        return str(self.facts["who"])

    @property
    def data(self) -> Mapping[str, Any]:
        """The event's own fields."""
        data: Mapping[str, Any] = self.facts["data"]
        return data

    @cached_property
    def event(self) -> Event:
        """The event as a frozen value. Raises ``KeyError`` for a type this version does not know."""
        return event_from(self.type, self.subject, self.data)

    def public(self) -> dict[str, Any]:
        """All twelve fields of the contract and the nonce, hashes in hex: what APIs and exports show."""
        return {**self.facts, "hash": self.hash.hex()}


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: number and hash of the last entry."""

    seq: int
    hash: bytes


def tail(connection: Connection) -> Head:
    """The end of the chain; number 0 when nothing has happened yet."""
    row = connection.one(_TAIL)
    return Head(int(row[0]), _exact(row[1])) if row else Head(0, GENESIS)


def following(
    head: Head,
    event: Event,
    context: Context,
    *,
    id: str,
    recorded_at: datetime,
    prev: int,
    data: str | None = None,
) -> tuple[Head, Row]:
    """The event that follows ``head``: the new end, and the row to insert into ``event``.

    ``prev`` is the last event of the same subject (0: none); ``data`` the event's own fields as canonical JSON, where
    they were written down beforehand. The caller owns the transaction and the
    numbering lock that comes with it, so numbers are gapless by construction; a trigger insists.
    """
    seq = head.seq + 1
    # The data went through to_plain, which lets no float and no key but text pass.
    body = _written(
        {
            "seq": seq,
            "id": id,
            "type": event.type,
            "subject": event.subject,
            "at": stamp(context.at),
            "device_at": None if context.device_at is None else stamp(context.device_at),
            "recorded_at": stamp(recorded_at),
            "who": context.who,
            "device": context.device,
            "point": context.point,
            "nonce": context.nonce,
            "data": event.data() if data is None else as_it_is(data),
            "prev_hash": head.hash.hex(),
        }
    )
    digest = leaf_hash(body)
    return Head(seq, digest), (seq, event.type, event.subject, prev, body, digest)


def following_many(
    head: Head, events: Sequence[Event], context: Context, ids: Sequence[str], recorded_at: datetime
) -> tuple[Head, list[Row]]:
    """As :func:`following` for many events of subjects without a past, in their order."""
    rows = []
    for event, identity in zip(events, ids, strict=True):
        head, row = following(head, event, context, id=identity, recorded_at=recorded_at, prev=0)
        rows.append(row)
    return head, rows


def _entry(row: Row) -> Entry:
    return Entry(row[0], row[1], row[2], row[3], _exact(row[4]), _exact(row[5]))


def _exact(value: Any) -> bytes:
    # SQLite lets whoever tampers put any kind of value into a column: it must be reported, not stumble us.
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def entry(connection: Connection, seq: int) -> Entry | None:
    """The event with that number."""
    row = connection.one(_ONE, (seq,))
    return _entry(row) if row else None


def after(connection: Connection, seq: int, limit: int) -> list[Entry]:
    """Up to ``limit`` events that follow number ``seq``, oldest first."""
    return [_entry(row) for row in connection.all(_AFTER, (seq, limit))]


def latest(
    connection: Connection, before: int | None, limit: int, types: tuple[str, ...] = ()
) -> list[Entry]:
    """Up to ``limit`` events older than ``before`` (None: the newest), newest first, of ``types`` if given.

    Walks the key backwards: quick for what happens often, a scan for what never did.
    """
    marks = ", ".join("?" * len(types))
    among = f"AND type IN ({marks})" if types else ""
    bound = 2**62 if before is None else before
    sql = f"SELECT {_COLUMNS} FROM event WHERE seq < ? {among} ORDER BY seq DESC LIMIT ?"  # noqa: S608 - marks only
    return [_entry(row) for row in connection.all(sql, (bound, *types, limit))]


def hashes(connection: Connection, first: int, last: int) -> list[bytes]:
    """The stored hashes of the events from number ``first`` to ``last``, in their order: leaves of the Merkle log."""
    sql = "SELECT hash FROM event WHERE seq BETWEEN ? AND ? ORDER BY seq"
    return [_exact(row[0]) for row in connection.all(sql, (first, last))]


def chain(connection: Connection, head: int, limit: int) -> list[Entry]:
    """Up to ``limit`` events of one subject, newest first, walking ``prev`` from number ``head``."""
    sql = f"""
        WITH RECURSIVE walk(depth, {_COLUMNS}) AS (
            SELECT 1, {_COLUMNS} FROM event WHERE seq = ?
            UNION ALL
            SELECT walk.depth + 1, e.seq, e.type, e.subject, e.prev, e.body, e.hash
            FROM walk JOIN event e ON e.seq = walk.prev
            WHERE walk.depth < ?
        )
        SELECT {_COLUMNS} FROM walk ORDER BY seq DESC LIMIT ?"""  # noqa: S608 - own constants
    return [_entry(row) for row in connection.all(sql, (head, limit, limit))]


def chain_of(connection: Connection, head: int, types: tuple[str, ...], depth: int = 20_000) -> list[Entry]:
    """Events of one subject that are of these types, newest first; the others are walked over and not read."""
    marks = ", ".join("?" * len(types))
    sql = f"""
        WITH RECURSIVE walk(depth, seq, type, prev) AS (
            SELECT 1, seq, type, prev FROM event WHERE seq = ?
            UNION ALL
            SELECT walk.depth + 1, e.seq, e.type, e.prev
            FROM walk JOIN event e ON e.seq = walk.prev
            WHERE walk.depth < ?
        )
        SELECT {_COLUMNS} FROM event WHERE seq IN (SELECT seq FROM walk WHERE type IN ({marks}))
        ORDER BY seq DESC"""  # noqa: S608 - own constants and marks
    return [_entry(row) for row in connection.all(sql, (head, depth, *types))]


def stories(connection: Connection, heads: list[int], before: int | None, limit: int) -> list[Entry]:
    """Events of several subjects merged, newest first: the story of a consignment with all its units.

    Goes down all chains at once, always taking the newest next, so a page costs a page and not the story.
    """
    bound = 2**62 if before is None else before
    waiting = [-head for head in heads if head]
    heapq.heapify(waiting)
    found: list[Entry] = []
    while waiting and len(found) < limit:
        next_entry = entry(connection, -heapq.heappop(waiting))
        if next_entry is None:
            continue
        if next_entry.prev:
            heapq.heappush(waiting, -next_entry.prev)
        if next_entry.seq < bound:
            found.append(next_entry)
    return found


def everything(connection: Connection, chunk: int = 500) -> Iterator[Entry]:
    """The whole journal, oldest first, a chunk in memory at a time."""
    seq = 0
    while entries := after(connection, seq, chunk):
        yield from entries
        seq = entries[-1].seq
