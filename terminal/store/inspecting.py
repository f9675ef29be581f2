"""Rows of inspections, equipment and seizures: looked up by pages and use cases, written with their events."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from terminal.store.codes import storable
from terminal.store.journal import stamp
from terminal.store.sql import Connection
from workflows.equipment_state import Equipment, EquipmentKind
from workflows.inspection_state import Inspection, Method
from workflows.plain import from_plain, to_plain
from workflows.seizure_state import Seizure
from workflows.seizures import case_number

Deltas = Counter[tuple[str, str]]


def load_inspection(body: str) -> Inspection:
    """The inspection of an ``inspection`` row."""
    value: Inspection = from_plain(Inspection, json.loads(body))
    return value


def load_equipment(body: str) -> Equipment:
    """The instrument, kit or dog of an ``equipment`` row."""
    value: Equipment = from_plain(Equipment, json.loads(body))
    return value


def load_seizure(body: str) -> Seizure:
    """The record of a ``seizure`` row."""
    value: Seizure = from_plain(Seizure, json.loads(body))
    return value


def _dump(value: object) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False, separators=(",", ":"))


class Inspecting:
    """Inspections, equipment and seizures on one connection; writes need a write transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- inspections ----------------------------------------------------------------------------
    def inspection(self, identity: str) -> Inspection | None:
        """The inspection with that id."""
        if not storable(identity):
            return None
        row = self._connection.one("SELECT body FROM inspection WHERE id = ?", (identity,))
        return load_inspection(row[0]) if row else None

    def keeper(self, identity: str) -> tuple[str, str] | None:
        """Where an inspection is kept: ("consignment", REF) or ("visit", ID); None when there is no such one."""
        if not storable(identity):
            return None
        row = self._connection.one(
            "SELECT consignment_ref, visit_id FROM inspection WHERE id = ?", (identity,)
        )
        if row is None:
            return None
        return ("consignment", row[0]) if row[0] is not None else ("visit", row[1])

    def inspections_of(self, ref: str) -> list[Inspection]:
        """Inspections of a consignment and its units, oldest first (ids grow with time)."""
        if not storable(ref):
            return []
        rows = self._connection.all(
            "SELECT body FROM inspection WHERE consignment_ref = ? ORDER BY ordered_at, id", (ref,)
        )
        return [load_inspection(body) for (body,) in rows]

    def inspections_open(
        self, after: tuple[str, str] | None = None, limit: int = 200, *, method: Method | None = None
    ) -> list[Inspection]:
        """Open orders, oldest first; ``after`` is (ordered_at as stored, id) of the last one seen."""
        since, last = after or ("", "")
        among = "AND method = ?" if method is not None else ""
        rows = self._connection.all(
            f"SELECT body FROM inspection WHERE is_open = ? AND (ordered_at, id) > (?, ?) {among} "  # noqa: S608 - own constant
            "ORDER BY ordered_at, id LIMIT ?",
            (True, since, last, *([method.value] if method is not None else []), limit),
        )
        return [load_inspection(body) for (body,) in rows]

    def inspections_between(self, start: datetime, end: datetime, limit: int = 10_000) -> list[Inspection]:
        """Inspections ordered in a span of time (``end`` not included), for reports; oldest first."""
        rows = self._connection.all(
            "SELECT body FROM inspection WHERE ordered_at >= ? AND ordered_at < ? ORDER BY ordered_at, id LIMIT ?",
            (stamp(start), stamp(end), limit),
        )
        return [load_inspection(body) for (body,) in rows]

    def of_operation(self, operation: str) -> list[Inspection]:
        """Inspections with the tag of a joint operation, oldest first."""
        if not storable(operation):
            return []
        rows = self._connection.all(
            "SELECT body FROM inspection WHERE operation = ? ORDER BY ordered_at, id", (operation,)
        )
        return [load_inspection(body) for (body,) in rows]

    def operations(self, limit: int = 200) -> list[str]:
        """Tags of joint operations, the one of the newest order first."""
        rows = self._connection.all(
            "SELECT operation, max(ordered_at) FROM inspection WHERE operation IS NOT NULL "
            "GROUP BY operation ORDER BY 2 DESC, 1 LIMIT ?",
            (limit,),
        )
        return [str(tag) for tag, _ in rows]

    def keep_inspection(
        self, one: Inspection, ref: str | None, visit: str | None, before: Inspection | None, deltas: Deltas
    ) -> None:
        """Write an inspection as it is now."""
        self._connection.run(
            "INSERT INTO inspection (id, subject, consignment_ref, visit_id, method, progress, result, ordered_at, "
            "is_open, equipment, operation, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET progress = excluded.progress, result = excluded.result, "
            "is_open = excluded.is_open, equipment = excluded.equipment, body = excluded.body",
            (
                one.id,
                one.subject,
                ref,
                visit,
                one.method.value,
                one.progress.value,
                one.result.value if one.result else None,
                stamp(one.ordered_at),
                one.open,
                one.equipment,
                one.operation,
                _dump(one),
            ),
        )
        change = int(one.open) - int(before is not None and before.open)
        if change:
            deltas["inspection.open", one.method.value] += change

    # --- equipment ------------------------------------------------------------------------------
    def equipment(self, identity: str) -> Equipment | None:
        """The instrument, kit or dog with that id."""
        found = self.stored_equipment(identity)
        return found[0] if found else None

    def stored_equipment(self, identity: str) -> tuple[Equipment, int] | None:
        """The same with the number of its last event."""
        if not storable(identity):
            return None
        row = self._connection.one("SELECT body, last_seq FROM equipment WHERE id = ?", (identity,))
        return (load_equipment(row[0]), int(row[1])) if row else None

    def all_equipment(self, kind: EquipmentKind | None = None) -> list[Equipment]:
        """The inventory, in the order of ids; it fits on a page."""
        among = "WHERE kind = ?" if kind is not None else ""
        rows = self._connection.all(
            f"SELECT body FROM equipment {among} ORDER BY id",  # noqa: S608 - own constant
            (kind.value,) if kind is not None else (),
        )
        return [load_equipment(body) for (body,) in rows]

    def keep_equipment(self, one: Equipment, seq: int) -> None:
        """Write a thing of the inventory as it is after event ``seq``."""
        self._connection.run(
            "INSERT INTO equipment (id, kind, place, state, body, last_seq) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, place = excluded.place, state = excluded.state, "
            "body = excluded.body, last_seq = excluded.last_seq",
            (one.id, one.kind.value, one.place, one.state.value, _dump(one), seq),
        )

    # --- seizures -------------------------------------------------------------------------------
    def seizure(self, case_no: str) -> Seizure | None:
        """The record of that case."""
        found = self.stored_seizure(case_no)
        return found[0] if found else None

    def stored_seizure(self, case_no: str) -> tuple[Seizure, int] | None:
        """The same with the number of its last event."""
        if not storable(case_no):
            return None
        row = self._connection.one("SELECT body, last_seq FROM seizure WHERE case_no = ?", (case_no,))
        return (load_seizure(row[0]), int(row[1])) if row else None

    def seizures(self, before: str | None = None, limit: int = 100) -> list[Seizure]:
        """Records, newest first; ``before`` is the case number of the last one seen."""
        bound = ("9999", "")
        if before is not None:
            row = self._connection.one("SELECT at FROM seizure WHERE case_no = ?", (before,))
            if row is None:
                return []
            bound = (row[0], before)
        rows = self._connection.all(
            "SELECT body FROM seizure WHERE (at, case_no) < (?, ?) ORDER BY at DESC, case_no DESC LIMIT ?",
            (*bound, limit),
        )
        return [load_seizure(body) for (body,) in rows]

    def seizures_of_operation(self, operation: str) -> list[Seizure]:
        """Records with the tag of a joint operation, oldest first."""
        if not storable(operation):
            return []
        rows = self._connection.all(
            "SELECT body FROM seizure WHERE operation = ? ORDER BY at, case_no", (operation,)
        )
        return [load_seizure(body) for (body,) in rows]

    def next_case(self, year: int) -> str:
        """The next free case number of a year."""
        prefix = case_number(year, 0)[:-4]
        (count,) = self._connection.one(
            "SELECT count(*) FROM seizure WHERE case_no >= ? AND case_no < ?", (prefix, prefix + "~")
        ) or (0,)
        return case_number(year, int(count) + 1)

    def keep_seizure(self, one: Seizure, seq: int) -> None:
        """Write a record as it is after event ``seq``."""
        self._connection.run(
            "INSERT INTO seizure (case_no, at, handling, commodity_group, consignment_ref, inspection, operation, "
            "body, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (case_no) DO UPDATE SET "
            "handling = excluded.handling, commodity_group = excluded.commodity_group, body = excluded.body, "
            "last_seq = excluded.last_seq",
            (
                one.case_no,
                stamp(one.at),
                one.handling.value,
                one.facts.commodity_group.value,
                one.consignment,
                one.inspection,
                one.operation,
                _dump(one),
                seq,
            ),
        )
