"""Rows of losses and damage, of stock counts, and what stands in which place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from terminal.store.codes import STAGE_NUMBER, storable
from terminal.store.journal import moment, stamp
from terminal.store.snapshots import UNIT_COLUMNS, UNIT_FROM, load_unit
from terminal.store.sql import Connection, Row
from workflows import events as e
from workflows import events_handling as eh
from workflows import evolve_handling
from workflows.counting import HERE
from workflows.handling_state import Count, CountState
from workflows.plain import from_plain, to_plain
from workflows.stages import Stage
from workflows.state import Unit

#: kinds of the register that are no condition of a unit
LOST, NOT_SEEN = "LOST", "NOT_SEEN"
_HERE = tuple(sorted(STAGE_NUMBER[stage] for stage in HERE))


@dataclass(frozen=True, slots=True)
class Loss:
    """One line of the register of losses and damage; ``kind`` is a condition, LOST or NOT_SEEN."""

    unit: str
    kind: str
    seq: int
    consignment: str
    at: datetime
    who: str
    place: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How many units of one line of a consignment stand in one place."""

    place: str
    consignment: str
    line: int | None
    units: int


def load_count(body: str) -> Count:
    """The stock count of a ``stock_count`` row."""
    value: Count = from_plain(Count, json.loads(body))
    return value


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


class Handling:
    """What happens in the hall, on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- places ---------------------------------------------------------------------------------------
    def standing(self, places: Iterable[str] | None = None) -> list[Standing]:
        """What stands in these places (None: in any place), by consignment and line; units inside others count with them."""
        wanted = None if places is None else [place for place in dict.fromkeys(places) if storable(place)]
        if wanted is not None and not wanted:
            return []
        where = "u.place IS NOT NULL" if wanted is None else f"u.place IN ({_marks(wanted)})"
        rows = self._connection.all(
            "SELECT u.place, c.ref, u.line, sum(CASE WHEN u.parent IS NULL THEN 1 ELSE 0 END) "  # noqa: S608 - own text
            f"FROM unit u JOIN consignment c ON c.key = u.consignment_key WHERE {where} AND "
            f"u.stage IN ({_marks(_HERE)}) GROUP BY u.place, c.ref, u.line ORDER BY u.place, c.ref, u.line",
            (*(wanted or ()), *_HERE),
        )
        return [Standing(place, ref, line, int(count)) for place, ref, line, count in rows]

    def places_of(self, ref: str) -> list[tuple[str, int | None]]:
        """Where the units of a consignment stand: places with the lines that stand there."""
        rows = self._connection.all(
            "SELECT DISTINCT u.place, u.line FROM unit u JOIN consignment c ON c.key = u.consignment_key "  # noqa: S608
            f"WHERE c.ref = ? AND u.place IS NOT NULL AND u.stage IN ({_marks(_HERE)}) ORDER BY u.place, u.line",
            (ref, *_HERE),
        )
        return [(place, line) for place, line in rows]

    def inside(self, label: str) -> list[Unit]:
        """Units that stand directly inside another one."""
        if not storable(label):
            return []
        rows = self._connection.all(
            f"SELECT {UNIT_COLUMNS} FROM {UNIT_FROM} WHERE u.parent = ? ORDER BY u.id",  # noqa: S608 - own constants
            (label,),
        )
        return [load_unit(row).value for row in rows]

    def last_number(self, first: int, last: int) -> int | None:
        """The highest unit number from ``first`` to ``last``: what was numbered there already."""
        row = self._connection.one("SELECT max(id) FROM unit WHERE id >= ? AND id <= ?", (first, last))
        return int(row[0]) if row and row[0] is not None else None

    # --- losses and damage ------------------------------------------------------------------------------
    def losses(
        self, *, kind: str = "", ref: str = "", before: int | None = None, limit: int = 100
    ) -> list[Loss]:
        """The register, newest first; of one kind or consignment if given, from before an event number."""
        if not (storable(ref) and storable(kind)):
            return []
        wanted = {"kind": kind, "consignment_ref": ref}
        filters = {column: value for column, value in wanted.items() if value}
        where = " AND ".join(("seq < ?", *(f"{column} = ?" for column in filters)))
        rows = self._connection.all(
            "SELECT unit, kind, seq, consignment_ref, at, who, place, note FROM loss "  # noqa: S608 - own text
            f"WHERE {where} ORDER BY seq DESC, unit LIMIT ?",
            (before if before is not None else 2**62, *filters.values(), limit),
        )
        return [_loss(row) for row in rows]

    def keep_losses(self, event: e.Event, who: str, at: datetime, seq: int, unit: Unit | None) -> None:
        """Write what an event says of a loss or of damage; nothing for any other event. ``unit`` is its subject after it."""
        match event:
            case e.UnitTallied(condition=condition) if unit is not None and condition != "GOOD":
                self._keep(unit, condition, who, at, seq, event.place or event.visit, "")
            case eh.UnitFound(condition=condition) if unit is not None and condition != "GOOD":
                self._keep(unit, condition, who, at, seq, event.place, event.note)
            case eh.ScanUndone(undone=undone) if unit is not None:
                self._connection.run("DELETE FROM loss WHERE unit = ? AND seq = ?", (unit.label, undone))
            case eh.DamageNoted(condition=condition) if unit is not None:
                self._keep(unit, condition, who, at, seq, event.place, event.note)
            case e.StageChanged(stage=Stage.LOST) if unit is not None:
                self._keep(unit, LOST, who, at, seq, unit.place, event.note)
            case eh.TallyClosed():
                ref = event.subject.partition(":")[2]
                for label in event.missing:
                    self._keep(Unit(label, ref), NOT_SEEN, who, at, seq, None, event.note)
            case _:
                pass

    def _keep(
        self, unit: Unit, kind: str, who: str, at: datetime, seq: int, place: str | None, note: str
    ) -> None:
        self._connection.run(
            "INSERT INTO loss (unit, kind, seq, consignment_ref, at, who, place, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (unit, kind) DO UPDATE SET seq = excluded.seq, consignment_ref = excluded.consignment_ref, "
            "at = excluded.at, who = excluded.who, place = excluded.place, note = excluded.note",
            (unit.label, kind, seq, unit.consignment, stamp(at), who, place, note),
        )

    # --- stock counts --------------------------------------------------------------------------------------
    def stored_count(self, identity: str) -> tuple[Count, int] | None:
        """The stock count with that id and the number of its last event."""
        if not storable(identity):
            return None
        row = self._connection.one("SELECT body, last_seq FROM stock_count WHERE id = ?", (identity,))
        return (load_count(row[0]), int(row[1])) if row else None

    def count(self, identity: str) -> Count | None:
        """The stock count with that id."""
        stored = self.stored_count(identity)
        return stored[0] if stored else None

    def counts(self, *, state: CountState | None = None, limit: int = 50) -> list[Count]:
        """Stock counts, newest first; of one state if given."""
        where, values = ("WHERE state = ?", (state.value, limit)) if state is not None else ("", (limit,))
        rows = self._connection.all(
            f"SELECT body FROM stock_count {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - own text
            values,
        )
        return [load_count(body) for (body,) in rows]

    def running(self, zone: str) -> Count | None:
        """The count of a zone that is being made."""
        return next((one for one in self.counts(state=CountState.OPEN, limit=500) if one.zone == zone), None)

    def fold_count(self, event: e.Event, at: datetime, seq: int, before: Count | None) -> bool:
        """Write a stock count as ``event`` leaves it; False when there is none."""
        after = evolve_handling.count(before, event, at)
        if after is not None:
            self.keep_count(after, seq)
        return after is not None

    def keep_count(self, one: Count, seq: int) -> None:
        """Write a stock count as its last event left it."""
        body = json.dumps(to_plain(one), ensure_ascii=False, separators=(",", ":"))
        self._connection.run(
            "INSERT INTO stock_count (id, zone, state, opened_at, last_seq, body) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, last_seq = excluded.last_seq, body = excluded.body",
            (one.id, one.zone, one.state.value, stamp(one.opened_at), seq, body),
        )


def _loss(row: Row) -> Loss:
    unit, kind, seq, ref, at, who, place, note = row
    return Loss(unit, kind, int(seq), ref, moment(at), who, place, note)
