"""Proving the journal: every stored byte, every link, every number.

Walks all events in order and stops at the first that is not what it must be. A chain cannot know that its
end was cut off; rows that speak of a later event give that away, and so does a head noted down elsewhere
(a printed day sheet, an exported bundle), given as ``expected``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from terminal.store import journal
from terminal.store.errors import JournalRefused
from terminal.store.journal import GENESIS, Entry, Head, canonical, leaf_hash
from terminal.store.purges import Purge, purges
from terminal.store.sql import Connection
from terminal.store.sqlite import SqliteConnection

CHUNK = 1000
#: what reading a damaged SQLite file raises
DAMAGED = (sqlite3.DatabaseError, UnicodeDecodeError)


class Fault(StrEnum):
    """What can be wrong with a journal. Closed: scripts rely on the words."""

    GAP = "GAP"  # a number is missing
    HASH = "HASH"  # the stored hash is not the hash of the stored bytes
    FORM = "FORM"  # the bytes are not the canonical form of anything
    COLUMNS = "COLUMNS"  # the columns beside the body say something else
    CHAIN = "CHAIN"  # it does not name the hash of the event before it
    HISTORY = "HISTORY"  # the link to the subject's previous event is wrong
    CUT_OFF = "CUT_OFF"  # the end is missing
    STATE = "STATE"  # a row is not what the journal makes of it, see terminal.store.fold
    FILE = "FILE"  # the database file itself is damaged there
    HEAD = "HEAD"  # the event that was noted elsewhere is not the one stored


@dataclass(frozen=True, slots=True)
class Broken:
    """The first thing that is wrong: at which number, what, and a sentence for people."""

    seq: int
    fault: Fault
    sentence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk found. ``head`` is the last event that is proven."""

    events: int
    head: Head
    broken: Broken | None = None
    purged: tuple[Purge, ...] = ()  # deletions that the journal tells of

    @property
    def ok(self) -> bool:
        """True when everything is as it was written."""
        return self.broken is None

    def plain(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "ok": self.ok,
            "events": self.events,
            "purged": [
                {
                    "event": one.seq,
                    "rule": one.rule,
                    "at": one.at.isoformat(),
                    "who": one.who,
                    "entries": sorted(one.entries),
                    "files": len(one.files),
                }
                for one in self.purged
            ],
            "head": {"seq": self.head.seq, "hash": self.head.hash.hex()},
            "broken": self.broken
            and {
                "seq": self.broken.seq,
                "fault": self.broken.fault.value,
                "sentence": self.broken.sentence,
            },
        }


class _Walk:
    """State of one walk: what the next event must say."""

    def __init__(self, purged: tuple[Purge, ...] = ()) -> None:
        self._left: dict[int, set[bytes]] = {}  # what may be left of an entry whose time was over
        for one in purged:
            for seq, digest in one.entries.items():
                if seq < one.seq:
                    self._left.setdefault(seq, set()).add(digest)
        self.head = Head(0, GENESIS)
        self.chains = 0
        self._followed = bytearray(1)  # one bit an event: some later event named it as its subject's previous

    def check(self, entry: Entry, subject_at: Callable[[int], str | None]) -> Broken | None:
        seq = self.head.seq + 1
        if entry.seq != seq:
            return Broken(seq, Fault.GAP, f"Event {seq} is missing; the next one stored is {entry.seq}.")
        found_hash = leaf_hash(entry.body)
        if found_hash != entry.hash and found_hash not in self._left.get(seq, ()):
            return Broken(
                seq, Fault.HASH, f"Event {seq}: its bytes or its hash were changed after it was written."
            )
        found = self._check_body(entry) or self._check_history(entry, subject_at)
        if found is None:
            self.head = Head(seq, entry.hash)
        return found

    def _check_body(self, entry: Entry) -> Broken | None:
        seq = entry.seq
        try:
            facts = json.loads(entry.body)
            exact = isinstance(facts, dict) and canonical(facts) == entry.body
        except (ValueError, RecursionError, JournalRefused):
            exact = False
        if not exact:
            return Broken(
                seq, Fault.FORM, f"Event {seq}: its bytes are not a journal entry in canonical form."
            )
        if facts.get("prev_hash") != self.head.hash.hex():
            return Broken(
                seq,
                Fault.CHAIN,
                f"Event {seq} does not follow event {seq - 1}: it names another predecessor.",
            )
        for name in ("seq", "type", "subject"):
            column = getattr(entry, name)
            if facts.get(name) != column:
                return Broken(
                    seq,
                    Fault.COLUMNS,
                    f"Event {seq}: the column {name} says {column!r}, its bytes say {facts.get(name)!r}.",
                )
        return None

    def _check_history(self, entry: Entry, subject_at: Callable[[int], str | None]) -> Broken | None:
        self._followed.extend(bytes(entry.seq // 8 + 1 - len(self._followed)))
        if entry.prev == 0:
            self.chains += 1
            return None
        if isinstance(entry.prev, int) and 0 < entry.prev < entry.seq:
            byte, bit = divmod(entry.prev, 8)
            used = self._followed[byte] >> bit & 1
            self._followed[byte] |= 1 << bit
            if not used and subject_at(entry.prev) == entry.subject:
                return None
        return Broken(
            entry.seq,
            Fault.HISTORY,
            f"Event {entry.seq}: its link to the previous event of {entry.subject} ({entry.prev}) is wrong.",
        )


def verify(
    connection: Connection, *, expected: Head | None = None, progress: Callable[[int], None] | None = None
) -> Report:
    """Walk the whole journal on a read connection, in one snapshot; returns what was found.

    ``expected`` is a head noted down earlier: the event of that number must still have that hash.
    ``progress`` is told the number reached, every thousand events.
    """
    connection.begin_reading()
    if isinstance(connection, SqliteConnection):
        connection.raw.text_factory = any_text
    try:
        purged: tuple[Purge, ...] = ()
        with suppress(*DAMAGED):
            purged = tuple(purges(connection))
        walk = _Walk(purged)
        recent: dict[int, str] = {}

        def subject_at(seq: int) -> str | None:
            if seq in recent:
                return recent[seq]
            try:
                row = connection.one("SELECT subject FROM event WHERE seq = ?", (seq,))
            except DAMAGED:
                return None
            return row[0] if row else None

        chunk = CHUNK
        while True:
            try:
                entries = journal.after(connection, walk.head.seq, chunk)
            except DAMAGED as problem:
                if chunk == 1:
                    return Report(walk.head.seq, walk.head, _unreadable(walk.head.seq + 1, problem))
                chunk = 1  # once more, one at a time: everything before the damage is proven
                continue
            if not entries:
                break
            recent = {entry.seq: entry.subject for entry in entries}
            for entry in entries:
                if broken := walk.check(entry, subject_at):
                    return Report(walk.head.seq, walk.head, broken)
                if expected is not None and entry.seq == expected.seq and entry.hash != expected.hash:
                    sentence = f"Event {entry.seq} is not the one that was noted: its hash differs."
                    return Report(walk.head.seq, walk.head, Broken(entry.seq, Fault.HEAD, sentence))
            if progress is not None:
                progress(walk.head.seq)
        try:
            broken = _check_end(connection, walk, expected)
        except DAMAGED as problem:
            broken = _unreadable(walk.head.seq + 1, problem)
        return Report(walk.head.seq, walk.head, broken, purged)
    finally:
        connection.rollback()


def _unreadable(seq: int, problem: Exception) -> Broken:
    sentence = f"The database file is damaged at event {seq} or in the tables beside it: {problem}."
    return Broken(seq, Fault.FILE, sentence)


def any_text(data: bytes) -> str:
    """Text of a column even where somebody put bytes that are no text."""
    return data.decode("utf-8", "surrogateescape")


_HEADS = (
    ("consignment", "'consignment:' || ref", "last_seq"),
    ("visit", "'visit:' || id", "last_seq"),
    ("unit", "'unit:' || coalesce(label, CAST(id AS TEXT))", "last_seq"),
    ("equipment", "'equipment:' || id", "last_seq"),
    ("seizure", "'seizure:' || case_no", "last_seq"),
    ("stock_count", "'count:' || id", "last_seq"),
    ("announcement", "'announcement:' || id", "last_seq"),
    ("organisation", "'organisation:' || name", "last_seq"),
    ("standing", "'standing:' || name", "last_seq"),
    ("complaint", "'complaint:' || ref", "last_seq"),
    ("message", "'message:' || no", "last_seq"),
    ("subject_head", "subject", "last_seq"),
    ("nonce", "'an answered request'", "seq"),
)

#: tables that came with a later schema, and that schema
_CAME_WITH = {
    "equipment": "0002",
    "seizure": "0002",
    "stock_count": "0005",
    "announcement": "0003",
    "organisation": "0003",
    "standing": "0003",
    "complaint": "0007",
    "message": "0007",
}


def _check_end(connection: Connection, walk: _Walk, expected: Head | None) -> Broken | None:
    end = walk.head.seq
    if expected is not None and expected.seq > end:
        return Broken(
            end + 1,
            Fault.CUT_OFF,
            f"The journal ends at event {end}, but event {expected.seq} was noted: the end was cut off.",
        )
    heads = 0
    schema = connection.revision() or ""
    for table, name, column in _HEADS:
        if schema < _CAME_WITH.get(table, ""):
            continue  # a copy made before these tables came; its journal cannot speak of them
        sql = f"SELECT {column}, {name} FROM {table} WHERE {column} > ? ORDER BY {column} DESC LIMIT 1"  # noqa: S608
        if row := connection.one(sql, (end,)):
            return Broken(
                end + 1,
                Fault.CUT_OFF,
                f"The journal ends at event {end}, but {row[1]} knows of event {row[0]}: the end was cut off.",
            )
        if table != "nonce":
            (rows,) = connection.one(f"SELECT count(*) FROM {table}") or (0,)  # noqa: S608 - own constants
            heads += rows
    if heads != walk.chains:
        return Broken(
            end,
            Fault.HISTORY,
            f"The journal tells {walk.chains} histories and the tables know {heads} subjects: "
            "a link was cut, or rows were added or removed.",
        )
    return None
