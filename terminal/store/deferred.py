"""Rows of a batch that are written together: the events, nonces and moved units of many scans in three statements.

A scan touches three tables and reads a few. Its reads are asked once a batch; what it writes waits here in memory, where
its neighbours see it, until the commit (or until somebody asks the database anything else, and must find it there).
While a work has asked nothing else, the database holds nothing of it: no savepoint is needed, and undoing it means to
forget its rows. Every other statement goes through :meth:`Deferred.run` and its sisters, which write what waits first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psycopg

from terminal.store.codes import STAGE_NUMBER
from terminal.store.errors import StoreUnavailable
from terminal.store.snapshots import (
    CONSIGNMENT_BY_REF,
    REF_OF_UNIT,
    UNIT_BY_NUMBER,
    UNIT_COLUMNS,
    UNIT_FROM,
    StoredUnit,
)
from terminal.store.sql import Connection, Row, Values

NONCE_BY_KEY = "SELECT digest, seq, reply FROM nonce WHERE key = ?"

_EVENTS = "INSERT INTO event (seq, type, subject, prev, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
_NONCES = "INSERT INTO nonce (key, digest, seq, reply) VALUES (?, ?, ?, ?)"
_UNITS = (
    "UPDATE unit SET stage = ?, parent = ?, place = ?, gross_kg = ?, condition = ?, line = ?, version = ?, "
    "last_seq = ? WHERE id = ?"
)
#: the same for a server: whole columns instead of rows, so that a batch costs one exchange a table
_EVENTS_AT_ONCE = (
    "INSERT INTO event (seq, type, subject, prev, body, hash) "
    "SELECT * FROM unnest(?::bigint[], ?::text[], ?::text[], ?::bigint[], ?::bytea[], ?::bytea[])"
)
_NONCES_AT_ONCE = (
    "INSERT INTO nonce (key, digest, seq, reply) "
    "SELECT * FROM unnest(?::bytea[], ?::bytea[], ?::bigint[], ?::text[])"
)
_UNITS_AT_ONCE = (
    "UPDATE unit SET stage = n.stage, parent = n.parent, place = n.place, gross_kg = n.gross_kg, "
    "condition = n.condition, line = n.line, version = n.version, last_seq = n.last_seq "
    "FROM unnest(?::int[], ?::text[], ?::text[], ?::text[], ?::text[], ?::int[], ?::bigint[], ?::bigint[], "
    "?::bigint[]) AS n (stage, parent, place, gross_kg, condition, line, version, last_seq, id) "
    "WHERE unit.id = n.id"
)


#: the same questions for a whole batch, where a question costs a way over the network
_NONCES_OF = "SELECT key, digest, seq, reply FROM nonce WHERE key = ANY(?)"
_UNITS_OF = f"SELECT {UNIT_COLUMNS} FROM {UNIT_FROM} WHERE u.id = ANY(?)"  # noqa: S608 - own constants
_CONSIGNMENTS_OF = "SELECT key, version, last_seq, ref FROM consignment WHERE ref = ANY(?)"


@dataclass(frozen=True, slots=True)
class Soon:
    """What a work is going to look up, as far as it can be told beforehand; a wrong guess costs nothing but time."""

    nonce: bytes  # as :func:`terminal.store.reader.nonce_key` gives it
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows of each kind waited when a work began."""

    events: int
    nonces: int
    units: int


class Deferred(Connection):
    """A write connection whose rows of scans wait until they are needed. One for each write transaction."""

    def __init__(self, raw: Connection) -> None:
        self._raw = raw
        self.dialect = raw.dialect
        self._events: list[Row] = []
        self._nonces: list[Row] = []
        self._units: list[StoredUnit] = []
        self._nonce: dict[bytes, Row] = {}
        self._unit: dict[str, StoredUnit] = {}
        self._known: dict[tuple[str, Values], list[Row]] = {}
        self._began = Waiting(0, 0, 0)
        self._inside = False  # a work is running
        self._guarded = False  # and the database holds something of it, behind a savepoint
        self._open = False  # a savepoint is open, of this work or of one before

    # --- rows that wait -----------------------------------------------------------------------------
    def add_event(self, row: Row) -> None:
        """A row of the journal."""
        self._events.append(row)

    def add_nonce(self, key: bytes, digest: bytes, seq: int, reply: str) -> None:
        """An answer that is kept."""
        self._nonces.append((key, digest, seq, reply))
        self._nonce[key] = (digest, seq, reply)

    def nonce(self, key: bytes) -> Row | None:
        """What is kept under a nonce: digest, event number, reply."""
        found = self._nonce.get(key)
        return found if found is not None else self.glance(NONCE_BY_KEY, (key,))

    def move_unit(self, unit: StoredUnit) -> None:
        """A unit as it is from now on. The vehicle it stands on is not among what waits."""
        self._units.append(unit)
        self._unit[unit.value.label] = unit

    def unit(self, label: str) -> StoredUnit | None:
        """The unit of that label if it waits to be written."""
        return self._unit.get(label)

    def flush(self) -> None:
        """Write what waits. Raises :class:`StoreUnavailable`: a part of it may be of others than the caller."""
        if not (self._events or self._nonces or self._units):
            return
        self._write(Waiting(len(self._events), len(self._nonces), len(self._units)))
        self._nonce.clear()
        self._unit.clear()
        self._known.clear()

    def _write(self, first: Waiting) -> None:
        try:
            self._insert(_EVENTS, _EVENTS_AT_ONCE, self._events[: first.events])
            self._insert(_NONCES, _NONCES_AT_ONCE, self._nonces[: first.nonces])
            self._update_units(self._units[: first.units])
        except Exception as error:
            raise StoreUnavailable(f"rows could not be written: {error}") from error
        del self._events[: first.events], self._nonces[: first.nonces], self._units[: first.units]
        self._began = Waiting(0, 0, 0)

    def _insert(self, row_by_row: str, at_once: str, rows: list[Row]) -> None:
        if not rows:
            return
        if self.dialect == "postgresql":
            self._raw.run(at_once, _columns(rows))
        else:
            self._raw.many(row_by_row, rows)

    def _update_units(self, units: list[StoredUnit]) -> None:
        last = {unit.id: unit for unit in units}  # only where each stands at the end
        if not last:
            return
        rows = [_unit_row(last[number]) for number in sorted(last)]
        if self.dialect == "postgresql":
            self._raw.run(_UNITS_AT_ONCE, _columns(rows))
        else:
            self._raw.many(_UNITS, rows)

    # --- works --------------------------------------------------------------------------------------
    def begin_work(self) -> None:
        """A work begins; what the one before did is kept."""
        self._began = Waiting(len(self._events), len(self._nonces), len(self._units))
        self._inside, self._guarded = True, False

    def end_work(self) -> None:
        """No work is running: what comes now belongs to the batch."""
        self._inside = False

    def undo_work(self, error: Exception) -> None:
        """Forget all that the running work did. Raises ``error`` when the database cannot go back."""
        self._inside = False
        if self._guarded:
            self._events.clear()
            self._nonces.clear()
            self._units.clear()
            self._raw.undo()
            self._open = False
        else:
            if isinstance(
                error, psycopg.Error
            ):  # a server gives the transaction up, and there is no savepoint
                raise error
            began = self._began
            del self._events[began.events :], self._nonces[began.nonces :], self._units[began.units :]
        self._nonce = {key: (digest, seq, reply) for key, digest, seq, reply in self._nonces}
        self._unit = {unit.value.label: unit for unit in self._units}
        self._known.clear()

    def _ready(self) -> None:
        """Before any statement whose tables are not known here: the database must hold what waits."""
        if self._inside and not self._guarded:
            if self._began != Waiting(0, 0, 0):
                self._write(self._began)
            if self._open:
                self._raw.release_and_savepoint()
            else:
                self._raw.savepoint()
            self._guarded = self._open = True
        self.flush()
        self._known.clear()

    # --- a connection like others ---------------------------------------------------------------------
    def glance(self, sql: str, values: Values = ()) -> Row | None:
        """As :meth:`one`, of a table that no waiting row belongs to (or is looked for here before)."""
        rows = self.glance_all(sql, values)
        return rows[0] if rows else None

    def glance_all(self, sql: str, values: Values = ()) -> list[Row]:
        """As :meth:`all`, of such a table. Asked once: until something else is written it stays what it is."""
        found = self._known.get((sql, values))
        if found is None:
            found = self._known[sql, values] = self._raw.all(sql, values)
        return found

    def foresee(self, soon: Sequence[Soon]) -> None:
        """Ask at once what the works of a batch are going to ask one after the other."""
        keys = list({one.nonce for one in soon})
        numbers = list({one.unit for one in soon if one.unit is not None})
        nonces = {bytes(row[0]): row[1:] for row in self._raw.all(_NONCES_OF, (keys,))}
        for key in keys:
            self._known[NONCE_BY_KEY, (key,)] = [nonces[key]] if key in nonces else []
        units = {row[0]: row for row in self._raw.all(_UNITS_OF, (numbers,))}
        for number in numbers:
            self._known[UNIT_BY_NUMBER, (number,)] = [units[number]] if number in units else []
        refs = list({row[REF_OF_UNIT] for row in units.values()})
        for *row, ref in self._raw.all(_CONSIGNMENTS_OF, (refs,)):
            self._known[CONSIGNMENT_BY_REF, (ref,)] = [tuple(row)]

    def run(self, sql: str, values: Values = ()) -> int:
        self._ready()
        return self._raw.run(sql, values)

    def one(self, sql: str, values: Values = ()) -> Row | None:
        self._ready()
        return self._raw.one(sql, values)

    def all(self, sql: str, values: Values = ()) -> list[Row]:
        self._ready()
        return self._raw.all(sql, values)

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        self._ready()
        self._raw.many(sql, rows)

    def begin_writing(self) -> None:
        self._raw.begin_writing()

    def begin_reading(self) -> None:
        self._raw.begin_reading()

    def commit(self) -> None:
        self._raw.commit()

    def rollback(self) -> None:
        self._raw.rollback()

    def close(self) -> None:
        self._raw.close()

    def revision(self) -> str | None:
        return self._raw.revision()

    @property
    def in_transaction(self) -> bool:
        return self._raw.in_transaction

    @property
    def usable(self) -> bool:
        return self._raw.usable


def _columns(rows: Sequence[Row]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _unit_row(stored: StoredUnit) -> Row:
    unit = stored.value
    return (
        STAGE_NUMBER[unit.stage],
        unit.parent,
        unit.place,
        None if unit.gross_kg is None else format(unit.gross_kg, "f"),
        unit.condition,
        unit.line,
        stored.version,
        stored.last_seq,
        stored.id,
    )
