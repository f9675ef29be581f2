"""The books: what a work is given inside a write. Looks up snapshots, records what happened.

:meth:`Books.record` appends events to the journal and carries them into the projections in the same
transaction, so state and history cannot differ. Works decide nothing here; they ask ``workflows``.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from terminal.store import declaring, journal
from terminal.store.codes import storable
from terminal.store.deferred import Deferred, Soon
from terminal.store.errors import JournalRefused
from terminal.store.ids import uuid7_text
from terminal.store.journal import Head
from terminal.store.prepared import Prepared
from terminal.store.projections import Projector
from terminal.store.reader import Reader, nonce_key
from terminal.store.snapshots import Caches, StoredUnit
from terminal.store.sql import Connection, Row
from terminal.store.touched import Touched
from terminal.store.written import in_order
from workflows import gatepass
from workflows.events import Context, Event, HoldPlaced, UnitDeclared


def _another_hold(event: Event, first: HoldPlaced) -> bool:
    """True for a hold on the very consignment that ``first`` speaks of."""
    return (
        isinstance(event, HoldPlaced)
        and event.subject == event.hold.subject == first.subject
        and event.subject.startswith("consignment:")
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """What the books knew at a savepoint."""

    head: Head
    deltas: Mapping[tuple[str, str], int]


class Books(Reader):
    """The store inside one write transaction. A work must not keep it after it has returned."""

    def __init__(self, connection: Connection, caches: Caches, clock: Callable[[], datetime]) -> None:
        self._deferred = Deferred(connection)
        super().__init__(self._deferred, caches)
        self._clock = clock
        self._head = journal.tail(connection)
        self._start = self._head.seq
        self._looked: tuple[str, StoredUnit | None] | None = None
        self._touched = Touched()
        self._projector = Projector(self, self._deferred, caches, self._touched)
        self._prepared: Prepared | None = None

    def stored_unit(self, label: str) -> StoredUnit | None:
        """As in :class:`Reader`; what a decision has just looked at is not fetched again to be recorded."""
        if self._looked is None or self._looked[0] != label:
            self._looked = (label, self._deferred.unit(label) or super().stored_unit(label))
        return self._looked[1]

    # --- writing ----------------------------------------------------------------------------------
    def prepare(self, prepared: Prepared | None) -> None:
        """Papers that this work is going to announce, written down before the transaction."""
        self._prepared = self._projector.prepared = prepared

    def record(self, events: Iterable[Event], context: Context) -> int:
        """Append events and carry them into the state; returns the number of the last one.

        With no events, the journal's present length. Raises :class:`JournalRefused` for what has no exact
        form and :class:`Vanished` when an event speaks of a consignment, unit, visit or hold that does not exist.
        """
        waiting = deque(events)
        while waiting:
            event = waiting.popleft()
            if isinstance(event, UnitDeclared) and len(waiting) >= declaring.MANY:
                waiting.appendleft(event)
                self._declare(waiting, context)
                continue
            if isinstance(event, HoldPlaced) and waiting and self._place(event, waiting, context):
                continue
            if not storable(event.subject):
                raise JournalRefused(f"subject {event.subject!r} holds characters that no database keeps")
            self._record(event, context)
            waiting.extendleft(self._passes_taken_back(event, context.at))
        return self._head.seq

    def _record(self, event: Event, context: Context) -> None:
        place = self._projector.locate(event.subject)
        self._head, row = journal.following(
            self._head,
            event,
            context,
            id=uuid7_text(),
            recorded_at=self._clock(),
            prev=place.last_seq,
            data=self._prepared.data_of(event) if self._prepared is not None else None,
        )
        self._deferred.add_event(row)
        self._projector.project(event, context, self._head.seq, place)
        self._looked = None

    def _place(self, first: HoldPlaced, waiting: deque[Event], context: Context) -> bool:
        """Many holds that checks open on one consignment: its row is written once. False when they go one by one."""
        ref = first.subject.removeprefix("consignment:")
        many = [first, *takewhile(lambda event: _another_hold(event, first), waiting)]
        stored = self.stored_consignment(ref) if _another_hold(first, first) else None
        if len(many) == 1 or stored is None or self.visits_of(ref):
            return False
        prev = stored.last_seq
        for event in many:
            self._head, row = journal.following(
                self._head, event, context, id=uuid7_text(), recorded_at=self._clock(), prev=prev
            )
            self._deferred.add_event(row)
            prev = self._head.seq
        self._projector.place_holds(many, context, stored, prev)  # type: ignore[arg-type]  # all are
        self._looked = None
        for _ in many[1:]:
            waiting.popleft()
        return True

    def _declare(self, waiting: deque[Event], context: Context) -> None:
        """The units at the head of what waits that belong to one consignment, as many as go together."""
        first, many = waiting[0], list[UnitDeclared]()
        while waiting and len(many) < declaring.CHUNK:
            event = waiting[0]
            if not isinstance(event, UnitDeclared) or event.consignment != getattr(
                first, "consignment", None
            ):
                break
            many.append(event)
            waiting.popleft()
        known = declaring.known_of(self._deferred, many)
        fresh: dict[int, UnitDeclared] = {}
        for event in many:
            number = known.new(event)
            if number is not None and number not in fresh:
                fresh[number] = event
                continue
            self._declare_fresh(fresh, context)
            self._record(event, context)
        self._declare_fresh(fresh, context)

    def _declare_fresh(self, fresh: dict[int, UnitDeclared], context: Context) -> None:
        if fresh:
            rows = list(fresh.items())
            self._head = declaring.declare(
                self._deferred, self._touched, self._head, rows, context, self._clock()
            )
            self._looked = None
            fresh.clear()

    def _passes_taken_back(self, event: Event, at: datetime) -> tuple[Event, ...]:
        """Gate passes that this event makes worthless: written with it, so that none can outlive its reason."""
        touched = gatepass.touches(event)
        if touched is None:
            return ()
        names = self.visits_of(touched.consignment) if touched.consignment else (touched.visit or "",)
        found = (self.visit(name) for name in names)
        visits = [visit for visit in found if visit is not None and touched.concerns(visit)]
        return gatepass.revocations(visits, touched.why, at)

    def remember(self, scope: str, nonce: str, asked: bytes, reply: Mapping[str, Any]) -> None:
        """Keep the answer to a nonce for ever; ask :meth:`recall` first, a nonce is answered once.

        ``asked`` is the body of the request as bytes, of which the digest is kept; ``reply`` JSON-able.
        """
        self._deferred.add_nonce(
            nonce_key(scope, nonce), hashlib.sha256(asked).digest(), self._head.seq, in_order(reply)
        )

    def kept_under(self, key: bytes) -> Row | None:
        """As in :class:`Reader`, with what this transaction is going to keep."""
        return self._deferred.nonce(key)

    def head(self) -> Head:
        """Number and hash of the last event, those of this transaction included."""
        return self._head

    # --- for the writer ---------------------------------------------------------------------------
    @property
    def grown(self) -> bool:
        """True when this transaction has appended events."""
        return self._head.seq > self._start

    def foresee(self, soon: Sequence[Soon]) -> None:
        """Before the works of a batch, where asking the database takes its time: ask for all of them at once."""
        self._deferred.foresee(soon)

    def mark(self) -> Mark:
        """A work begins: remember what is known now."""
        self._looked = None
        self._touched.begin()
        self._deferred.begin_work()
        return Mark(self._head, dict(self._touched.deltas))

    def revert(self, mark: Mark, error: Exception) -> None:
        """The work failed with ``error``: forget what it learnt and did. Raises what keeps the database from it."""
        self._looked = None
        self.devices.forget()
        self._head = mark.head
        self._touched.deltas = Counter(mark.deltas)
        self._touched.forget(self._caches)
        self._deferred.undo_work(error)

    def settle(self) -> None:
        """Before COMMIT: write what waits, and the figures of the boards, one statement a figure."""
        self._deferred.end_work()
        self._deferred.flush()
        for (board, key), change in sorted(self._touched.deltas.items()):
            if change:
                self.connection.run(
                    "INSERT INTO counter (board, key, n) VALUES (?, ?, ?) "
                    "ON CONFLICT (board, key) DO UPDATE SET n = counter.n + excluded.n",
                    (board, key, change),
                )
