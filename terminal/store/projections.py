"""Carrying events into the rows: the same fold as ``workflows.evolve``, written down.

For each event the snapshot before is looked up, :mod:`workflows.evolve` gives the one after, and the rows
take what differs. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from terminal.store import permissions, snapshots
from terminal.store.codes import HOUSE_UNITS, STAGE_NUMBER, fold, sscc_number
from terminal.store.columns import aboard, consignment_columns, papers_columns, visit_columns
from terminal.store.deferred import Deferred
from terminal.store.desk import ReviewItem
from terminal.store.errors import Vanished
from terminal.store.holding import INSERT_HOLD, hold_row
from terminal.store.journal import stamp
from terminal.store.letters import KEYS as LETTERS
from terminal.store.prepared import Prepared
from terminal.store.snapshots import Caches, Stored, StoredUnit
from terminal.store.touched import Place, Touched
from workflows import events as e
from workflows import (
    events_cameras,
    events_devices,
    events_retention,
    events_shift,
    evolve,
    evolve_inspection,
)
from workflows.equipment_state import Equipment
from workflows.events_data import ReferenceDataLoaded
from workflows.events_exemption import ExemptionStated
from workflows.events_handling import ScanUndone, TallyClosed
from workflows.events_routing import RiskProfileChanged
from workflows.events_weights import TareRegistered
from workflows.evolve_inspection import InspectionEvent
from workflows.inspection_state import Inspection
from workflows.seizure_state import Seizure
from workflows.state import Consignment, Hold, Unit, Visit, Weighing

if TYPE_CHECKING:
    from terminal.store.reader import Reader

HoldEvent = e.HoldPlaced | e.HoldLiftProposed | e.HoldLifted | ExemptionStated


#: Events that may speak of something that has no row: a refused scan of an unknown label, a device, a person.
_NOTED = (e.StepRefused, e.ScanNoted, e.ScanSetAside, e.ReviewClosed)
_FREE = (
    *_NOTED,
    e.FileImported,
    e.SecurityEvent,
    e.DeviceChanged,
    e.WeightSeen,
    ReferenceDataLoaded,
    RiskProfileChanged,
    TareRegistered,
    *(k for of in (events_devices, events_shift, events_cameras, events_retention) for k in of.KINDS),
)


#: Kinds of subjects whose rows are written as their events say.
_ANNOUNCED = frozenset({"announcement", "organisation", "standing"})


class Projector:
    """Writes projections inside one transaction."""

    def __init__(self, reader: Reader, connection: Deferred, caches: Caches, touched: Touched) -> None:
        self._reader = reader
        self._connection = connection
        self._caches = caches
        self._touched = touched
        self.prepared: Prepared | None = None

    def locate(self, subject: str) -> Place:
        """The subject's snapshot and last event number, before the next event."""
        kind, _, name = subject.partition(":")
        if kind == "unit" and (unit := self._reader.stored_unit(name)):
            return Place(kind, name, unit.last_seq, unit=unit)
        if kind == "consignment" and (consignment := self._reader.stored_consignment(name)):
            return Place(kind, name, consignment.last_seq, consignment=consignment)
        if kind == "visit" and (visit := self._reader.stored_visit(name)):
            return Place(kind, name, visit.last_seq, visit=visit)
        if kind == "equipment" and (equipment := self._reader.inspecting.stored_equipment(name)):
            return Place(kind, name, equipment[1], equipment=equipment[0])
        if kind == "seizure" and (seizure := self._reader.inspecting.stored_seizure(name)):
            return Place(kind, name, seizure[1], seizure=seizure[0])
        if kind == "count" and (count := self._reader.handling.stored_count(name)):
            return Place(kind, name, count[1], count=count[0])
        if kind in _ANNOUNCED and (last := self._reader.announcing.last_seq(kind, name)) is not None:
            return Place(kind, name, last, kept=True)
        if kind in LETTERS and (last := self._reader.letters.last_seq(kind, name)) is not None:
            return Place(kind, name, last, kept=True)
        row = self._connection.one("SELECT last_seq FROM subject_head WHERE subject = ?", (subject,))
        return Place(kind, name, int(row[0]) if row else 0)

    def project(self, event: e.Event, context: e.Context, seq: int, place: Place) -> None:
        """Carry one appended event into the rows. Raises :class:`Vanished` when it speaks of what is not there."""
        match place.kind:
            case "unit":
                has_row = self._unit(event, context, seq, place)
            case "consignment":
                has_row = self._consignment(place.name, event, context, place.consignment, seq)
            case "visit":
                has_row = self._visit(place.name, event, context, place.visit, seq)
            case "equipment":
                has_row = self._equipment(event, seq, place.equipment)
            case "seizure":
                has_row = self._seizure(event, seq, place.seizure)
            case "count":
                has_row = self._reader.handling.fold_count(event, context.at, seq, place.count)
            case kind if kind in _ANNOUNCED:
                has_row = self._reader.announcing.keep(kind, place.name, event, seq, kept=place.kept)
            case kind if kind in LETTERS:
                has_row = self._reader.letters.keep(kind, place.name, event, context.at, seq)
            case _:
                has_row = False
        if not has_row:
            if not isinstance(event, _FREE):
                raise Vanished(f"{event.subject} does not exist, so {event.type} cannot be recorded for it")
            self._chain(event.subject, seq)
        elif place.last_seq and not place.has_row:
            # It was spoken of before it had a row; its chain goes on in the row.
            self._connection.run("DELETE FROM subject_head WHERE subject = ?", (event.subject,))
        self._beside(event, context, seq)

    def _chain(self, subject: str, seq: int) -> None:
        self._connection.run(
            "INSERT INTO subject_head (subject, last_seq) VALUES (?, ?) "
            "ON CONFLICT (subject) DO UPDATE SET last_seq = excluded.last_seq",
            (subject, seq),
        )

    # --- units ----------------------------------------------------------------------------------
    def _unit(self, event: e.Event, context: e.Context, seq: int, place: Place) -> bool:
        stored = place.unit
        after = evolve.unit(stored.value if stored else None, event)
        if after is None:
            return False
        if stored is None:
            self._add_unit(after, seq)
        elif after == stored.value:
            self._connection.move_unit(replace(stored, last_seq=seq))
        else:
            self._change_unit(stored, after, seq)
        if isinstance(event, HoldEvent):
            owner = self._reader.stored_consignment(after.consignment)
            self._consignment(after.consignment, event, context, owner, None)
        self._reader.handling.keep_losses(event, context.who, context.at, seq, after)
        if isinstance(event, e.UnitLoaded | e.UnitUnloaded | ScanUndone) and event.visit is not None:
            visit = self._reader.stored_visit(event.visit)
            if not self._visit(event.visit, event, context, visit, None):
                raise Vanished(f"visit {event.visit} does not exist")
        return True

    def _add_unit(self, unit: Unit, seq: int) -> None:
        owner = self._connection.one("SELECT key FROM consignment WHERE ref = ?", (unit.consignment,))
        if owner is None:
            raise Vanished(f"consignment {unit.consignment} does not exist")
        number, label = sscc_number(unit.label), None
        if number is None:
            row = self._connection.one("SELECT max(id) FROM unit WHERE id >= ?", (HOUSE_UNITS,))
            number, label = (HOUSE_UNITS if row is None or row[0] is None else row[0] + 1), unit.label
        self._connection.run(
            "INSERT INTO unit (id, consignment_key, stage, open_holds, visit_key, parent, place, gross_kg, "
            "condition, line, label, version, last_seq) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            (number, owner[0], *self._unit_columns(unit), label, seq),
        )
        self._touched.move("unit.stage", None, unit.stage)

    def _change_unit(self, stored: StoredUnit, after: Unit, seq: int) -> None:
        if after.visit == stored.value.visit:
            self._connection.move_unit(
                StoredUnit(
                    stored.id, stored.consignment_key, stored.open_holds, stored.version + 1, seq, after
                )
            )
        else:
            self._connection.run(
                "UPDATE unit SET stage = ?, visit_key = ?, parent = ?, place = ?, gross_kg = ?, condition = ?, "
                "line = ?, version = version + 1, last_seq = ? WHERE id = ?",
                (*self._unit_columns(after), seq, stored.id),
            )
        self._touched.move("unit.stage", stored.value.stage, after.stage)

    def _unit_columns(self, unit: Unit) -> tuple[object, ...]:
        visit_key = None
        if unit.visit is not None:
            row = self._connection.one("SELECT key FROM visit WHERE id = ?", (unit.visit,))
            if row is None:
                raise Vanished(f"visit {unit.visit} does not exist")
            (visit_key,) = row
        gross = None if unit.gross_kg is None else format(unit.gross_kg, "f")
        return (
            STAGE_NUMBER[unit.stage],
            visit_key,
            unit.parent,
            unit.place,
            gross,
            unit.condition,
            unit.line,
        )

    # --- consignments ---------------------------------------------------------------------------
    def _consignment(
        self,
        ref: str,
        event: e.Event,
        context: e.Context,
        stored: Stored[Consignment] | None,
        seq: int | None,
    ) -> bool:
        """``seq`` is None when the event belongs to the chain of another subject (a unit's hold)."""
        before = stored.value if stored else None
        after = evolve.consignment(before, event, context.who, context.at)
        if after is None:
            return False
        if stored is None:
            assert seq is not None
            key, version = self._add_consignment(after, seq), 1
        elif after is before:
            self._connection.run("UPDATE consignment SET last_seq = ? WHERE key = ?", (seq, stored.key))
            return True
        else:
            key, version = stored.key, stored.version + 1
            self._change_consignment(stored, after, seq)
        self._caches.consignments.put(key, version, after)
        self._touched.consignments.add(key)
        self._touched.move("consignment.stage", before.stage if before else None, after.stage)
        self._touched.move("consignment.lane", before.lane if before else None, after.lane)
        if isinstance(event, TallyClosed):
            self._reader.handling.keep_losses(event, context.who, context.at, seq or 0, None)
        if after.routing is not None:
            self._reader.routing.keep(key, after, context.at)
        if isinstance(event, HoldEvent):
            self._hold(event, after.holds, ref)
        elif isinstance(event, InspectionEvent):
            self._inspections(before.inspections if before else (), after.inspections, ref, None)
        elif isinstance(event, e.PermissionGranted | e.PermissionDropped):
            permissions.keep(self._connection, event, ref, seq, before)
        return True

    def place_holds(
        self, events: Sequence[e.HoldPlaced], context: e.Context, stored: Stored[Consignment], seq: int
    ) -> None:
        """Carry holds that were placed on one consignment, one after the other, into the rows; ``seq`` is the last."""
        after = stored.value
        for event in events:
            after = evolve.consignment(after, event, context.who, context.at) or after
        self._change_consignment(stored, after, seq)
        self._caches.consignments.put(stored.key, stored.version + 1, after)
        self._touched.consignments.add(stored.key)
        if after.routing is not None:
            self._reader.routing.keep(stored.key, after, context.at)
        self._connection.many(INSERT_HOLD, [hold_row(event.hold, after.ref) for event in events])
        for event in events:
            self._count_hold(event.hold, 1 if event.hold.open else 0)

    def _add_consignment(self, new: Consignment, seq: int) -> int:
        row = self._connection.one(
            "INSERT INTO consignment (ref, ref_folded, stage, since, lane, open_holds, sender, consignee, "
            "sender_folded, search, state, version, last_seq) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING key",
            (
                new.ref,
                fold(new.ref),
                *consignment_columns(new),
                *papers_columns(new),
                snapshots.dump_state(new),
                seq,
            ),
        )
        assert row is not None
        key = int(row[0])
        self._connection.run(
            "INSERT INTO papers (consignment_key, body, version) VALUES (?, ?, 1)",
            (key, self._papers(new)),
        )
        return key

    def _papers(self, new: Consignment) -> str:
        written = self.prepared
        return (
            written.stored
            if written is not None and written.papers is new.papers
            else snapshots.dump(new.papers)
        )

    def _change_consignment(self, stored: Stored[Consignment], after: Consignment, seq: int | None) -> None:
        last_seq = stored.last_seq if seq is None else seq
        self._connection.run(
            "UPDATE consignment SET stage = ?, since = ?, lane = ?, open_holds = ?, state = ?, "
            "version = version + 1, last_seq = ? WHERE key = ?",
            (*consignment_columns(after), snapshots.dump_state(after), last_seq, stored.key),
        )
        if after.papers is not stored.value.papers:
            self._connection.run(
                "UPDATE consignment SET sender = ?, consignee = ?, sender_folded = ?, search = ? WHERE key = ?",
                (*papers_columns(after), stored.key),
            )
            self._connection.run(
                "UPDATE papers SET body = ?, version = version + 1 WHERE consignment_key = ?",
                (snapshots.dump(after.papers), stored.key),
            )

    # --- visits ---------------------------------------------------------------------------------
    def _visit(
        self, identity: str, event: e.Event, context: e.Context, stored: Stored[Visit] | None, seq: int | None
    ) -> bool:
        """``seq`` is None when the event belongs to the chain of another subject (a unit that was loaded)."""
        before = stored.value if stored else None
        after = evolve.visit(before, event, context.at)
        if after is None:
            return False
        if stored is None:
            assert seq is not None
            row = self._connection.one(
                "INSERT INTO visit (id, stage, since, mode, plate, expected_plate, trailer, point, state, "
                "version, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) RETURNING key",
                (after.id, *visit_columns(after), seq),
            )
            assert row is not None
            key, version = int(row[0]), 1
        elif after is before:
            self._connection.run("UPDATE visit SET last_seq = ? WHERE key = ?", (seq, stored.key))
            return True
        else:
            key, version = stored.key, stored.version + 1
            self._connection.run(
                "UPDATE visit SET stage = ?, since = ?, mode = ?, plate = ?, expected_plate = ?, trailer = ?, "
                "point = ?, state = ?, version = version + 1, last_seq = ? WHERE key = ?",
                (*visit_columns(after), stored.last_seq if seq is None else seq, key),
            )
        self._caches.visits.put(key, version, after)
        self._touched.visits.add(key)
        self._touched.move("visit.stage", before.stage if before else None, after.stage)
        self._aboard(key, aboard(before), aboard(after))
        self._reader.announcing.keep_slot(before, after)
        if isinstance(event, HoldEvent):
            self._hold(event, after.holds, None)
        elif isinstance(event, InspectionEvent):
            self._inspections(before.inspections if before else (), after.inspections, None, identity)
        return True

    def _aboard(self, key: int, before: dict[str, int], after: dict[str, int]) -> None:
        for ref in before.keys() - after.keys():
            self._connection.run(
                "UPDATE aboard SET units = 0, is_aboard = ? WHERE visit_key = ? AND consignment_ref = ?",
                (False, key, ref),
            )
        for ref, units in after.items():
            if before.get(ref) != units:
                self._connection.run(
                    "INSERT INTO aboard (visit_key, consignment_ref, units, is_aboard) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (visit_key, consignment_ref) "
                    "DO UPDATE SET units = excluded.units, is_aboard = excluded.is_aboard",
                    (key, ref, units, True),
                )

    # --- inspections, equipment, seizures -------------------------------------------------------
    def _inspections(
        self,
        before: tuple[Inspection, ...],
        after: tuple[Inspection, ...],
        ref: str | None,
        visit: str | None,
    ) -> None:
        known = {one.id: one for one in before}
        for one in after:
            if known.get(one.id) != one:
                old = known.get(one.id)
                self._reader.inspecting.keep_inspection(one, ref, visit, old, self._touched.deltas)

    def _equipment(self, event: e.Event, seq: int, before: Equipment | None) -> bool:
        after = evolve_inspection.equipment(before, event)
        if after is not None:
            self._reader.inspecting.keep_equipment(after, seq)
        return after is not None

    def _seizure(self, event: e.Event, seq: int, before: Seizure | None) -> bool:
        after = evolve_inspection.seizure(before, event)
        if after is not None:
            self._reader.inspecting.keep_seizure(after, seq)
        return after is not None

    # --- what stands across ---------------------------------------------------------------------
    def _hold(self, event: HoldEvent, holds: tuple[Hold, ...], ref: str | None) -> None:
        identity = event.hold.id if isinstance(event, e.HoldPlaced) else event.hold_id
        hold = next((hold for hold in holds if hold.id == identity), None)
        if hold is None:
            raise Vanished(f"hold {identity} does not exist on {event.subject}")
        if isinstance(event, e.HoldPlaced):
            self._connection.run(INSERT_HOLD, hold_row(hold, ref))
            self._count_hold(hold, 1 if hold.open else 0)
            return
        row = self._connection.one("SELECT is_open FROM hold WHERE id = ?", (identity,))
        self._connection.run(
            "UPDATE hold SET is_open = ?, body = ? WHERE id = ?", (hold.open, snapshots.dump(hold), identity)
        )
        self._count_hold(hold, int(hold.open) - int(bool(row and row[0])))

    def _count_hold(self, hold: Hold, change: int) -> None:
        if not change:
            return
        self._touched.deltas["hold.open", hold.authority.value] += change
        kind, _, label = hold.subject.partition(":")
        if kind == "unit" and (number := self._reader.unit_number(label)) is not None:
            self._connection.run(
                "UPDATE unit SET open_holds = open_holds + ?, version = version + 1 WHERE id = ?",
                (change, number),
            )

    def _beside(self, event: e.Event, context: e.Context, seq: int) -> None:
        self._reader.announcing.keep_code_of(event)
        match event:
            case (
                e.VisitWeighed(weighing=weighing)
                | e.UnitWeighed(weighing=weighing)
                | TareRegistered(weighing=weighing)
            ):
                self._weighing(event.subject, weighing, seq)
            case e.ScanSetAside(why=why, scan=scan, other=other):
                self._reader.desk.add_review(ReviewItem(seq, event.subject, why, context.at, scan, other))
            case e.ReviewClosed(review=review, resolution=how, note=note):
                self._reader.desk.close_review(review, how, context.who, context.at, note)

    def _weighing(self, subject: str, weighing: Weighing, seq: int) -> None:
        self._connection.run(
            "INSERT INTO weighing (seq, subject, scale, what, kg, at, typed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seq,
                subject,
                weighing.scale,
                weighing.what,
                format(weighing.kg, "f"),
                stamp(weighing.at),
                weighing.typed,
                snapshots.dump(weighing),
            ),
        )
