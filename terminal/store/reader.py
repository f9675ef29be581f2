"""Looking things up: one moment of the store, as frozen snapshots.

What :meth:`terminal.store.engine.Store.reading` yields, and the reading half of
:class:`terminal.store.books.Books`. A reader on a snapshot never waits for the writer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from terminal.store import journal, snapshots
from terminal.store.announcing import Announcing
from terminal.store.codes import fold, sscc_number, storable
from terminal.store.data_loads import DataLoads
from terminal.store.deferred import NONCE_BY_KEY
from terminal.store.desk import Desk
from terminal.store.devices import Devices
from terminal.store.handling import Handling
from terminal.store.inspecting import Inspecting
from terminal.store.journal import Entry, Head
from terminal.store.letters import Letters
from terminal.store.lists import Lists
from terminal.store.people import People
from terminal.store.routing import Routings
from terminal.store.snapshots import UNIT_BY_LABEL, UNIT_BY_NUMBER, Caches, Stored, StoredUnit
from terminal.store.sql import Connection, Row
from workflows.state import Consignment, Hold, Unit, Visit


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was answered to a nonce before. ``same`` is False when something else was asked with it."""

    same: bool
    seq: int
    reply: Mapping[str, Any]


@lru_cache(maxsize=512)
def nonce_key(scope: str, nonce: str) -> bytes:
    """The stored key of a nonce within its scope (who may repeat it: a device, a person).

    UUIDs keep their bytes in front, so time-ordered ones append; any other text is hashed. The two kinds
    differ in length and cannot meet.
    """
    whose = _whose(scope)
    try:
        return UUID(nonce).bytes + whose if len(nonce) == 36 else _hashed(nonce) + whose
    except ValueError:
        return _hashed(nonce) + whose


@lru_cache(maxsize=1024)
def _whose(scope: str) -> bytes:
    return hashlib.sha256(scope.encode("utf-8", "surrogatepass")).digest()[:8]


#: events with which a consignment or a visit comes to a stage
STAGE_EVENTS = ("ConsignmentAnnounced", "StageChanged", "VisitAnnounced", "VisitEntered", "VisitSealed")


def _hashed(nonce: str) -> bytes:
    return hashlib.sha256(nonce.encode("utf-8", "surrogatepass")).digest()


class Reader(Lists):
    """Lookups on one connection. Not for two threads at once."""

    def __init__(self, connection: Connection, caches: Caches) -> None:
        self.connection = connection
        self._caches = caches
        self.people = People(connection)
        self.devices = Devices(connection)
        self.desk = Desk(connection)
        self.inspecting = Inspecting(connection)
        self.routing = Routings(connection)
        self.announcing = Announcing(connection)
        self.handling = Handling(connection)
        self.letters = Letters(connection)
        self.data = DataLoads(connection)

    # --- the three things ---------------------------------------------------------------------------
    def consignment(self, ref: str) -> Consignment | None:
        """The consignment with that reference, as written; see :meth:`reference_of` for what people type."""
        stored = self.stored_consignment(ref)
        return stored.value if stored else None

    def unit(self, label: str) -> Unit | None:
        """The unit with that label: 18 digits of an SSCC, or the text of a house label."""
        stored = self.stored_unit(label)
        return stored.value if stored else None

    def visit(self, identity: str) -> Visit | None:
        """The visit with that id."""
        stored = self.stored_visit(identity)
        return stored.value if stored else None

    def hold(self, identity: str) -> Hold | None:
        """The hold with that id, open or lifted."""
        if not storable(identity):
            return None
        row = self.connection.one("SELECT body FROM hold WHERE id = ?", (identity,))
        return snapshots.load_hold(row[0]) if row else None

    def reference_of(self, typed: str) -> str | None:
        """The reference a person meant: any letter case, spaces around; None when nothing or two things match."""
        rows = self.connection.all(
            "SELECT ref FROM consignment WHERE ref_folded = ? ORDER BY (ref = ?) DESC LIMIT 2",
            (fold(typed), typed if storable(typed) else ""),
        )
        exact = [ref for (ref,) in rows if ref == typed]
        return exact[0] if exact else rows[0][0] if len(rows) == 1 else None

    def stored_consignment(self, ref: str) -> Stored[Consignment] | None:
        """The consignment with its key, version and last event number."""
        return snapshots.consignment(self.connection, self._caches, ref) if storable(ref) else None

    def stored_visit(self, identity: str) -> Stored[Visit] | None:
        """The visit with its key, version and last event number."""
        return snapshots.visit(self.connection, self._caches, identity) if storable(identity) else None

    def stored_unit(self, label: str) -> StoredUnit | None:
        """The unit with its number, count of open holds, version and last event number."""
        number = sscc_number(label)
        if number is None and not storable(label):
            return None
        row = (
            self.connection.glance(UNIT_BY_LABEL, (label,))
            if number is None
            else self.connection.glance(UNIT_BY_NUMBER, (number,))
        )
        return snapshots.load_unit(row) if row else None

    # --- the journal ----------------------------------------------------------------------------
    def head(self) -> Head:
        """Number and hash of the last event."""
        return journal.tail(self.connection)

    def entry(self, seq: int) -> Entry | None:
        """The event with that number."""
        return journal.entry(self.connection, seq)

    def entries_after(self, seq: int, limit: int = 200) -> list[Entry]:
        """Events that follow number ``seq``, oldest first: what a follower of the journal asks for."""
        return journal.after(self.connection, seq, limit)

    def latest_entries(
        self, before: int | None = None, limit: int = 50, *, types: tuple[str, ...] = ()
    ) -> list[Entry]:
        """Events, newest first, of the given types if any."""
        return journal.latest(self.connection, before, limit, types)

    def history(self, subject: str, before: int | None = None, limit: int = 100) -> list[Entry]:
        """Events of exactly one subject ("unit:LABEL" ...), newest first; ``before`` is the last number seen."""
        if before is None:
            return journal.chain(self.connection, self.last_seq(subject), limit)
        seen = self.entry(before)
        if seen is None or seen.subject != subject:
            return []
        return journal.chain(self.connection, seen.prev, limit)

    def stages_of(self, subject: str) -> list[Entry]:
        """Events with which one consignment or visit came to its stages, newest first."""
        return journal.chain_of(self.connection, self.last_seq(subject), STAGE_EVENTS)

    def story(self, ref: str, before: int | None = None, limit: int = 100) -> list[Entry]:
        """Events of a consignment, its units and every visit it was aboard of, newest first.

        The visits may have carried other consignments too: the caller decides who may see what.
        """
        if not storable(ref):
            return []
        rows = self.connection.all(
            "SELECT last_seq FROM consignment WHERE ref = ? UNION ALL "
            "SELECT u.last_seq FROM unit u JOIN consignment c ON c.key = u.consignment_key WHERE c.ref = ? "
            "UNION ALL SELECT v.last_seq FROM visit v JOIN aboard a ON a.visit_key = v.key "
            "WHERE a.consignment_ref = ?",
            (ref, ref, ref),
        )
        return journal.stories(self.connection, [seq for (seq,) in rows], before, limit)

    def last_seq(self, subject: str) -> int:
        """Number of the subject's last event, 0 when it never had one."""
        if not storable(subject):
            return 0
        kind, _, name = subject.partition(":")
        row = None
        match kind:
            case "consignment":
                row = self.connection.one("SELECT last_seq FROM consignment WHERE ref = ?", (name,))
            case "visit":
                row = self.connection.one("SELECT last_seq FROM visit WHERE id = ?", (name,))
            case "unit" if (number := sscc_number(name)) is not None:
                row = self.connection.one("SELECT last_seq FROM unit WHERE id = ?", (number,))
            case "unit":
                row = self.connection.one("SELECT last_seq FROM unit WHERE label = ?", (name,))
            case "equipment":
                row = self.connection.one("SELECT last_seq FROM equipment WHERE id = ?", (name,))
            case "seizure":
                row = self.connection.one("SELECT last_seq FROM seizure WHERE case_no = ?", (name,))
            case "announcement" | "organisation" | "standing":
                last = self.announcing.last_seq(kind, name)
                row = (last,) if last is not None else None
            case "complaint" | "message":
                last = self.letters.last_seq(kind, name)
                row = (last,) if last is not None else None
        if row is None:
            row = self.connection.one("SELECT last_seq FROM subject_head WHERE subject = ?", (subject,))
        return int(row[0]) if row else 0

    # --- nonces -----------------------------------------------------------------------------------
    def recall(self, scope: str, nonce: str, asked: bytes) -> Recalled | None:
        """What this nonce was answered, or None when it is new. ``asked`` is the body of the request, as bytes."""
        row = self.kept_under(nonce_key(scope, nonce))
        if row is None:
            return None
        digest, seq, reply = row
        return Recalled(bytes(digest) == hashlib.sha256(asked).digest(), seq, json.loads(reply))

    def kept_under(self, key: bytes) -> Row | None:
        """What is kept under the key of a nonce: digest, event number, reply."""
        return self.connection.one(NONCE_BY_KEY, (key,))
