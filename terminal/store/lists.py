"""Pages of rows for boards and tables: keyset paging only, so page one thousand costs what page one costs.

Every list takes ``after``, the ``cursor`` of the last line seen (None: from the start), and ``limit``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from terminal.store.codes import STAGE_NUMBER, STAGE_OF, fold, label_of, sscc_number, storable
from terminal.store.journal import moment, stamp
from terminal.store.snapshots import UNIT_COLUMNS, UNIT_FROM, load_hold, load_unit, load_weighing
from terminal.store.sql import Connection, Row, Values
from workflows.stages import Stage
from workflows.state import INSIDE, Hold, Unit, Weighing

Cursor = tuple[str, int]
_START: Cursor = ("", -1)
_LAST = 2**62
#: how many values one question may list
_MANY = 500


@dataclass(frozen=True, slots=True)
class ConsignmentLine:
    """One line of a consignment list. ``lane`` is for officers only; the screens decide who sees it."""

    key: int
    ref: str
    stage: Stage
    since: datetime
    lane: str | None
    open_holds: int
    sender: str
    consignee: str
    version: int
    last_seq: int

    @property
    def cursor(self) -> Cursor:
        """Hand this to the next page as ``after``."""
        return stamp(self.since), self.key


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One line of a visit list."""

    key: int
    id: str
    stage: Stage
    since: datetime
    mode: str
    plate: str | None
    expected_plate: str | None
    trailer: str | None
    point: str | None
    version: int
    last_seq: int

    @property
    def cursor(self) -> Cursor:
        """Hand this to the next page as ``after``."""
        return stamp(self.since), self.key


@dataclass(frozen=True, slots=True)
class WeighingLine:
    """One accepted weight; ``seq`` is its event and its cursor."""

    seq: int
    subject: str
    scale: str
    what: str
    kg: Decimal
    at: datetime
    typed: bool
    weighing: Weighing


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One hold with the consignment it concerns; ``cursor`` is (placed at, id)."""

    hold: Hold
    consignment: str | None
    cursor: tuple[str, str]


_EVERY_UNIT = (
    "SELECT u.consignment_key, u.id, u.label, c.ref, u.stage, u.place, v.id, u.parent, u.gross_kg, u.condition, u.line "  # noqa: S608 - own constants
    f"FROM {UNIT_FROM} WHERE (u.consignment_key, u.id) > (?, ?) ORDER BY u.consignment_key, u.id LIMIT ?"
)
_CONSIGNMENT = "key, ref, stage, since, lane, open_holds, sender, consignee, version, last_seq"
_VISIT = "key, id, stage, since, mode, plate, expected_plate, trailer, point, version, last_seq"


def _consignment(row: Row) -> ConsignmentLine:
    key, ref, stage, since, *rest = row
    return ConsignmentLine(key, ref, STAGE_OF[stage], moment(since), *rest)


def _visit(row: Row) -> VisitLine:
    key, identity, stage, since, *rest = row
    return VisitLine(key, identity, STAGE_OF[stage], moment(since), *rest)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


#: vehicles between the gates, and those of them at one point: asked for with every scan, so made once
_INSIDE = (
    f"WHERE stage IN ({_marks(INSIDE)}) ORDER BY since, key",
    tuple(STAGE_NUMBER[stage] for stage in INSIDE),
)
_INSIDE_AT = f"SELECT {_VISIT} FROM visit WHERE stage IN ({_marks(INSIDE)}) AND point = ? ORDER BY since, key"  # noqa: S608 - own constants


class Lists:
    """The list half of :class:`terminal.store.reader.Reader`."""

    connection: Connection

    # --- consignments ---------------------------------------------------------------------------
    def consignments_at(
        self, stage: Stage, after: Cursor | None = None, limit: int = 50, *, sender: str | None = None
    ) -> list[ConsignmentLine]:
        """Consignments at a stage, the one waiting longest first; of one sender if given."""
        since, key = after or _START
        own = "AND sender_folded = ?" if sender is not None else ""
        values: Values = (
            STAGE_NUMBER[stage],
            since,
            key,
            *([fold(sender)] if sender is not None else []),
            limit,
        )
        return self._consignments(
            f"WHERE stage = ? AND (since, key) > (?, ?) {own} ORDER BY since, key LIMIT ?", values
        )

    def consignments(
        self,
        after: Cursor | None = None,
        limit: int = 50,
        *,
        text: str | None = None,
        sender: str | None = None,
    ) -> list[ConsignmentLine]:
        """Consignments, newest first, whose reference, parties, container or plates contain every word of ``text``."""
        conditions, values = ["key < ?"], [after[1] if after else _LAST]  # type: list[str], list[object]
        for word in fold(text or "").split():
            conditions.append("search LIKE ? ESCAPE '!'")
            escaped = word.replace("!", "!!").replace("_", "!_").replace("%", "!%")
            values.append(f"%{escaped}%")
        if sender is not None:
            conditions.append("sender_folded = ?")
            values.append(fold(sender))
        where = " AND ".join(conditions)
        return self._consignments(f"WHERE {where} ORDER BY key DESC LIMIT ?", (*values, limit))

    def references_among(self, texts: Iterable[str]) -> set[str]:
        """Those of the texts that are references of consignments."""
        found: set[str] = set()
        wanted = sorted(text for text in texts if storable(text))
        for start in range(0, len(wanted), _MANY):
            some = wanted[start : start + _MANY]
            sql = f"SELECT ref FROM consignment WHERE ref IN ({_marks(some)})"  # noqa: S608 - marks only
            found |= {ref for (ref,) in self.connection.all(sql, tuple(some))}
        return found

    def consignments_starting(self, prefix: str, limit: int = 20) -> list[ConsignmentLine]:
        """Consignments whose reference starts so, in any letter case: what a search box completes."""
        start = fold(prefix)
        if not start:
            return []
        return self._consignments(
            "WHERE ref_folded >= ? AND ref_folded < ? ORDER BY ref_folded LIMIT ?",
            (start, start + "\U0010ffff", limit),
        )

    def _consignments(self, tail: str, values: Values) -> list[ConsignmentLine]:
        rows = self.connection.all(f"SELECT {_CONSIGNMENT} FROM consignment {tail}", values)  # noqa: S608 - own text
        return [_consignment(row) for row in rows]

    # --- visits ---------------------------------------------------------------------------------
    def visits_at(self, stage: Stage, after: Cursor | None = None, limit: int = 50) -> list[VisitLine]:
        """Visits at a stage, the one waiting longest first."""
        since, key = after or _START
        return self._visits(
            "WHERE stage = ? AND (since, key) > (?, ?) ORDER BY since, key LIMIT ?",
            (STAGE_NUMBER[stage], since, key, limit),
        )

    def visits_inside(self, *, point: str | None = None) -> list[VisitLine]:
        """Every visit between gate-in and gate-out, or those of them at one point."""
        if point is None:
            return self._visits(*_INSIDE)
        if not storable(point):
            return []
        found = self.connection.glance_all(_INSIDE_AT, (*_INSIDE[1], point))
        return [_visit(row) for row in found]

    def visits_with_plate(self, plate: str) -> list[VisitLine]:
        """Open visits of a plate, normalised as stored: those inside first, then those expected."""
        if not storable(plate):
            return []
        expected = STAGE_NUMBER[Stage.PRE_ADVICE]
        stages = [*(STAGE_NUMBER[stage] for stage in INSIDE), expected]
        found = self._visits(
            f"WHERE (plate = ? OR expected_plate = ?) AND stage IN ({_marks(stages)}) ORDER BY since, key",
            (plate, plate, *stages),
        )
        return sorted(found, key=lambda line: line.stage is Stage.PRE_ADVICE)

    def left_with_plate(self, plate: str) -> VisitLine | None:
        """The last visit of a plate that is over: gone through the gate, or closed; None when there was none."""
        if not storable(plate):
            return None
        over = (Stage.GATE_OUT, Stage.BORDER_EXIT, Stage.ARRIVED_AF, Stage.CLOSED)
        stages = [STAGE_NUMBER[stage] for stage in over]
        found = self._visits(
            f"WHERE plate = ? AND stage IN ({_marks(stages)}) ORDER BY since DESC, key DESC LIMIT 1",
            (plate, *stages),
        )
        return found[0] if found else None

    def visits_of(self, ref: str) -> dict[str, int]:
        """Visits that have a consignment aboard now: visit id -> units loaded here (0: it brought them)."""
        rows = self.connection.all(
            "SELECT v.id, a.units FROM aboard a JOIN visit v ON v.key = a.visit_key "
            "WHERE a.consignment_ref = ? AND a.is_aboard = ? ORDER BY v.key",
            (ref, True),
        )
        return dict(rows)

    def visits_ever_of(self, ref: str) -> list[str]:
        """Ids of every visit that has, or had, a consignment aboard, in the order they came."""
        rows = self.connection.all(
            "SELECT v.id FROM aboard a JOIN visit v ON v.key = a.visit_key "
            "WHERE a.consignment_ref = ? ORDER BY v.key",
            (ref,),
        )
        return [identity for (identity,) in rows]

    def visits_shared_by(self, ref: str) -> list[str]:
        """Ids of visits that have, or had, this consignment aboard and another one as well."""
        rows = self.connection.all(
            "SELECT v.id FROM aboard a JOIN visit v ON v.key = a.visit_key WHERE a.consignment_ref = ? AND EXISTS "
            "(SELECT 1 FROM aboard o WHERE o.visit_key = a.visit_key AND o.consignment_ref <> ?) ORDER BY v.key",
            (ref, ref),
        )
        return [identity for (identity,) in rows]

    def travelled_with(self, ref: str) -> list[str]:
        """References of other consignments that are, or were, aboard of the same visits."""
        rows = self.connection.all(
            "SELECT DISTINCT o.consignment_ref FROM aboard a JOIN aboard o ON o.visit_key = a.visit_key "
            "WHERE a.consignment_ref = ? AND o.consignment_ref <> ? ORDER BY o.consignment_ref",
            (ref, ref),
        )
        return [other for (other,) in rows]

    def _visits(self, tail: str, values: Values) -> list[VisitLine]:
        found = self.connection.glance_all(f"SELECT {_VISIT} FROM visit {tail}", values)  # noqa: S608
        return [_visit(row) for row in found]

    # --- units ----------------------------------------------------------------------------------
    def units_of(self, ref: str, after: str | None = None, limit: int = 1000) -> list[Unit]:
        """Units of a consignment in the order of their labels; ``after`` is the last label seen."""
        return self._units("c.ref = ?", ref, after, limit)

    def plain_units(self, chunk: int = 2000) -> Iterator[dict[str, Any]]:
        """Every unit there is, as ``to_plain`` gives it: consignment by consignment as they came, then by label."""
        owner, number = -1, -1
        while rows := self.connection.all(_EVERY_UNIT, (owner, number, chunk)):
            for _, number, label, ref, stage, place, visit, parent, kg, condition, line in rows:
                yield {
                    "label": label_of(number, label),
                    "consignment": ref,
                    "stage": STAGE_OF[stage].value,
                    "place": place,
                    "visit": visit,
                    "parent": parent,
                    "gross_kg": kg,
                    "condition": condition,
                    "line": line,
                }
            owner, number = rows[-1][:2]

    def units_on(self, visit: str, after: str | None = None, limit: int = 1000) -> list[Unit]:
        """Units that stand on a vehicle now."""
        return self._units("u.visit_key = (SELECT key FROM visit WHERE id = ?)", visit, after, limit)

    def units_in(self, place: str, after: str | None = None, limit: int = 1000) -> list[Unit]:
        """Units put away at a place now."""
        return self._units("u.place = ?", place, after, limit)

    def unit_stages(self, ref: str) -> dict[Stage, int]:
        """How many units of a consignment are at each stage."""
        rows = self.connection.all(
            "SELECT u.stage, count(*) FROM unit u JOIN consignment c ON c.key = u.consignment_key "
            "WHERE c.ref = ? GROUP BY u.stage ORDER BY u.stage",
            (ref,),
        )
        return {STAGE_OF[stage]: n for stage, n in rows}

    def owners_among(self, texts: Iterable[str]) -> dict[str, str]:
        """Those of the texts that are labels of units -> the reference of the consignment each belongs to."""
        found: dict[str, str] = {}
        numbers = {number: text for text in texts if (number := sscc_number(text)) is not None}
        wanted = sorted(numbers)
        for start in range(0, len(wanted), _MANY):
            some = wanted[start : start + _MANY]
            rows = self.connection.all(
                "SELECT u.id, c.ref FROM unit u JOIN consignment c ON c.key = u.consignment_key "  # noqa: S608
                f"WHERE u.id IN ({_marks(some)})",
                tuple(some),
            )
            found |= {numbers[number]: ref for number, ref in rows}
        labels = sorted(text for text in texts if text.startswith("KRV:") and storable(text))
        for start in range(0, len(labels), _MANY):
            some_labels = labels[start : start + _MANY]
            rows = self.connection.all(
                "SELECT u.label, c.ref FROM unit u JOIN consignment c ON c.key = u.consignment_key "  # noqa: S608
                f"WHERE u.label IN ({_marks(some_labels)})",
                tuple(some_labels),
            )
            found |= dict(rows)
        return found

    def unit_number(self, label: str) -> int | None:
        """The number of a known unit's row; an SSCC is its own number."""
        number = sscc_number(label)
        if number is not None:
            return number
        if not storable(label):
            return None
        row = self.connection.one("SELECT id FROM unit WHERE label = ?", (label,))
        return int(row[0]) if row else None

    def _units(self, where: str, value: str, after: str | None, limit: int) -> list[Unit]:
        if not storable(value):
            return []
        seen = -1 if after is None else self.unit_number(after)
        rows = self.connection.all(
            f"SELECT {UNIT_COLUMNS} FROM {UNIT_FROM} WHERE {where} AND u.id > ? ORDER BY u.id LIMIT ?",  # noqa: S608
            (value, _LAST if seen is None else seen, limit),
        )
        return [load_unit(row).value for row in rows]

    # --- holds, weights, figures ------------------------------------------------------------------
    def holds_open(
        self, after: tuple[str, str] | None = None, limit: int = 50, *, authority: str | None = None
    ) -> list[HoldLine]:
        """Open holds, the oldest first; of one authority if given."""
        placed, identity = after or ("", "")
        whose = "AND authority = ?" if authority is not None else ""
        values = (True, placed, identity, *([authority] if authority is not None else []), limit)
        rows = self.connection.all(
            "SELECT body, consignment_ref, placed_at, id FROM hold "  # noqa: S608 - own text
            f"WHERE is_open = ? AND (placed_at, id) > (?, ?) {whose} ORDER BY placed_at, id LIMIT ?",
            values,
        )
        return [HoldLine(load_hold(body), ref, (placed_at, key)) for body, ref, placed_at, key in rows]

    def holds_on(self, subject: str) -> list[Hold]:
        """Every hold of one subject, lifted ones too, in the order of placing."""
        rows = self.connection.all(
            "SELECT body FROM hold WHERE subject = ? ORDER BY placed_at, id", (subject,)
        )
        return [load_hold(body) for (body,) in rows]

    def weighings(
        self,
        before: int | None = None,
        limit: int = 50,
        *,
        subject: str | None = None,
        scale: str | None = None,
    ) -> list[WeighingLine]:
        """Accepted weights, newest first; ``before`` is the ``seq`` of the last line seen."""
        conditions, values = ["seq < ?"], [before or _LAST]  # type: list[str], list[object]
        for column, value in (("subject", subject), ("scale", scale)):
            if value is not None:
                conditions.append(f"{column} = ?")
                values.append(value)
        rows = self.connection.all(
            "SELECT seq, subject, scale, what, kg, at, typed, body FROM weighing "  # noqa: S608 - own text
            f"WHERE {' AND '.join(conditions)} ORDER BY seq DESC LIMIT ?",
            (*values, limit),
        )
        return [
            WeighingLine(seq, about, name, what, Decimal(kg), moment(at), bool(typed), load_weighing(body))
            for seq, about, name, what, kg, at, typed, body in rows
        ]

    def counters(self, board: str) -> dict[str, int]:
        """The figures of one board: "consignment.stage", "unit.stage", "visit.stage", "consignment.lane", "hold.open"."""
        rows = self.connection.all(
            "SELECT key, n FROM counter WHERE board = ? AND n <> 0 ORDER BY key", (board,)
        )
        return dict(rows)
