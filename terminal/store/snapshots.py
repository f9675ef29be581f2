"""Rows to frozen snapshots and back, with a cache of the large ones.

A consignment's snapshot is parsed once per version, not once per scan: the row says its version, and a
cache that knows it answers. Versions are unique among committed states; the writer keeps a cache of its
own and forgets what a failed work has touched.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar, get_type_hints

from terminal.store.codes import STAGE_OF, label_of
from terminal.store.sql import Connection, Row
from workflows.papers import Papers
from workflows.plain import from_plain, to_plain
from workflows.state import Consignment, Hold, Unit, Visit, Weighing

T = TypeVar("T")
V = TypeVar("V")
KEPT = 512
#: lines and units of papers that are kept in all; a list of a hundred thousand is worth as much memory as all others
LINES_KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A snapshot with what its row adds: key, version, last event of its own chain."""

    key: int
    version: int
    last_seq: int
    value: T


@dataclass(frozen=True, slots=True)
class StoredUnit:
    """A unit with what its row adds: number, key of its consignment, count of open holds."""

    id: int
    consignment_key: int
    open_holds: int
    version: int
    last_seq: int
    value: Unit


class Cache(Generic[V]):
    """Least recently used values of one version each, the newest always among them. Safe from any thread.

    ``weigh`` tells how much of ``most`` a value takes, for those that can be large.
    """

    def __init__(
        self, kept: int = KEPT, weigh: Callable[[V], int] = lambda _: 0, most: int = LINES_KEPT
    ) -> None:
        self._kept = kept
        self._weigh = weigh
        self._most = most
        self._weight = 0
        self._values: OrderedDict[int, tuple[int, V]] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, key: int, version: int) -> V | None:
        """The value if exactly this version of it is known."""
        with self._mutex:
            found = self._values.get(key)
            if found is None or found[0] != version:
                return None
            self._values.move_to_end(key)
            return found[1]

    def put(self, key: int, version: int, value: V) -> None:
        """Know this version from now on."""
        with self._mutex:
            self._drop(key)
            self._values[key] = (version, value)
            self._weight += self._weigh(value)
            while len(self._values) > 1 and (len(self._values) > self._kept or self._weight > self._most):
                self._drop(next(iter(self._values)))

    def _drop(self, key: int) -> None:
        known = self._values.pop(key, None)
        if known is not None:
            self._weight -= self._weigh(known[1])

    def forget(self, key: int) -> None:
        """Know no version of it any more."""
        with self._mutex:
            self._drop(key)

    def clear(self) -> None:
        """Know nothing any more."""
        with self._mutex:
            self._values.clear()
            self._weight = 0


def lines_of(papers: Papers) -> int:
    """How long papers are: their lines and units."""
    return len(papers.lines) + len(papers.units)


class Caches:
    """The caches of one side: the writer's, or the readers'."""

    def __init__(self) -> None:
        self.consignments: Cache[Consignment] = Cache(weigh=lambda value: lines_of(value.papers))
        self.papers: Cache[Papers] = Cache(weigh=lines_of)
        self.visits: Cache[Visit] = Cache()

    def clear(self) -> None:
        """Know nothing any more."""
        self.consignments.clear()
        self.papers.clear()
        self.visits.clear()


def dump(value: Any) -> str:
    """Any snapshot as JSON text."""
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


def dump_state(value: Consignment) -> str:
    """A consignment as JSON text without its papers, which have a row of their own."""
    plain = {name: to_plain(getattr(value, name)) for name in value.__slots__ if name != "papers"}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def load_hold(body: str) -> Hold:
    """The hold of a ``hold`` row."""
    hold: Hold = from_plain(Hold, json.loads(body))
    return hold


def load_weighing(body: str) -> Weighing:
    """The weighing of a ``weighing`` row."""
    weighing: Weighing = from_plain(Weighing, json.loads(body))
    return weighing


UNIT_COLUMNS = (
    "u.id, u.consignment_key, u.stage, u.open_holds, u.parent, u.place, u.gross_kg, u.condition, u.line, "
    "u.label, u.version, u.last_seq, c.ref, v.id"
)
UNIT_FROM = "unit u JOIN consignment c ON c.key = u.consignment_key LEFT JOIN visit v ON v.key = u.visit_key"

UNIT_BY_NUMBER = f"SELECT {UNIT_COLUMNS} FROM {UNIT_FROM} WHERE u.id = ?"  # noqa: S608 - own constants
UNIT_BY_LABEL = f"SELECT {UNIT_COLUMNS} FROM {UNIT_FROM} WHERE u.label = ?"  # noqa: S608
#: where the reference of the consignment stands in such a row
REF_OF_UNIT = UNIT_COLUMNS.split(", ").index("c.ref")
CONSIGNMENT_BY_REF = "SELECT key, version, last_seq FROM consignment WHERE ref = ?"


def load_unit(row: Row) -> StoredUnit:
    """A unit from a row of ``UNIT_COLUMNS``."""
    (number, consignment_key, stage, open_holds, parent, place, gross, condition, line, label) = row[:10]
    version, last_seq, ref, visit = row[10:]
    unit = Unit(
        label=label_of(number, label),
        consignment=ref,
        stage=STAGE_OF[stage],
        place=place,
        visit=visit,
        parent=parent,
        gross_kg=None if gross is None else Decimal(gross),
        condition=condition,
        line=line,
    )
    return StoredUnit(number, consignment_key, open_holds, version, last_seq, unit)


def consignment(connection: Connection, caches: Caches, ref: str) -> Stored[Consignment] | None:
    """The consignment with that reference, exactly as written."""
    row = connection.glance(CONSIGNMENT_BY_REF, (ref,))
    if row is None:
        return None
    key, version, last_seq = row
    value = caches.consignments.get(key, version)
    if value is None:
        value = _parse_consignment(connection, caches, key)
        caches.consignments.put(key, version, value)
    return Stored(key, version, last_seq, value)


def _parse_consignment(connection: Connection, caches: Caches, key: int) -> Consignment:
    row = connection.one(
        "SELECT c.state, p.version FROM consignment c JOIN papers p ON p.consignment_key = c.key WHERE c.key = ?",
        (key,),
    )
    assert row is not None, "a consignment is written together with its papers"
    state, papers_version = row

    def read_papers() -> Papers:
        (body,) = connection.one("SELECT body FROM papers WHERE consignment_key = ?", (key,)) or ("{}",)
        return parse_papers(body)

    papers = _cached(caches.papers, key, papers_version, read_papers)
    # The papers go in as they are: parsing them again for each hold or grant would cost the most.
    return Consignment(papers=papers, **parse_state(state))


def parse_state(state: str) -> dict[str, Any]:
    """The fields of a consignment's snapshot, its papers aside."""
    plain = json.loads(state)
    return {name: from_plain(kind, plain[name]) for name, kind in _STATE_FIELDS.items() if name in plain}


def parse_papers(body: str) -> Papers:
    """The papers of a ``papers`` row."""
    papers: Papers = from_plain(Papers, json.loads(body))
    return papers


def parse_visit(state: str) -> Visit:
    """The visit of a ``visit`` row."""
    value: Visit = from_plain(Visit, json.loads(state))
    return value


_STATE_FIELDS = {name: kind for name, kind in get_type_hints(Consignment).items() if name != "papers"}


def _cached(cache: Cache[V], key: int, version: int, read: Callable[[], V]) -> V:
    value = cache.get(key, version)
    if value is None:
        value = read()
        cache.put(key, version, value)
    return value


def visit(connection: Connection, caches: Caches, identity: str) -> Stored[Visit] | None:
    """The visit with that id."""
    row = connection.glance("SELECT key, version, last_seq FROM visit WHERE id = ?", (identity,))
    if row is None:
        return None
    key, version, last_seq = row

    def read() -> Visit:
        (state,) = connection.one("SELECT state FROM visit WHERE key = ?", (key,)) or ("{}",)
        return parse_visit(state)

    return Stored(key, version, last_seq, _cached(caches.visits, key, version, read))
