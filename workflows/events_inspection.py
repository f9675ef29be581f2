"""What can have happened to inspections, their files, the equipment behind them, and what was seized."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from workflows.equipment_state import Equipment
from workflows.event_base import Event
from workflows.inspection_state import Inspection, Result
from workflows.seizure_state import Custody, Handling, Seized, Seizure
from workflows.stages import Stage


# --- inspections: kept on the consignment (for its units too) or on the visit ----------------------
@dataclass(frozen=True, slots=True)
class InspectionOrdered(Event):
    """An inspection was ordered; with ``inspection.instead_of`` it replaces one that was not possible."""

    shared: ClassVar[bool] = False

    inspection: Inspection


@dataclass(frozen=True, slots=True)
class InspectionStarted(Event):
    """Somebody began, with this instrument, kit lot or dog."""

    shared: ClassVar[bool] = False

    inspection: str
    by: str
    at: datetime
    equipment: str | None = None
    kit_lot: str | None = None
    kit_expires: date | None = None


@dataclass(frozen=True, slots=True)
class InspectionDone(Event):
    """What came of it. ``hold`` is the hold that it opened; ``red`` says that it forces the red lane.

    ``second_look``: its picture waits for another person's reading (:class:`InspectionLookedAt`).
    """

    shared: ClassVar[bool] = False

    inspection: str
    result: Result
    by: str
    at: datetime
    minutes: int
    found_at: tuple[str, ...] = ()
    note: str = ""
    agrees: bool | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    hold: str | None = None
    red: bool = False
    second_look: bool = False


@dataclass(frozen=True, slots=True)
class InspectionLookedAt(Event):
    """Another person read its picture: ``agrees`` with the first reading, or doubts it. ``hold`` is what a doubt opened."""

    shared: ClassVar[bool] = False

    inspection: str
    by: str
    at: datetime
    agrees: bool
    note: str = ""
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class InspectionCancelled(Event):
    """The order was taken back, with a reason."""

    shared: ClassVar[bool] = False

    inspection: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class InspectionWaived(Event):
    """Customs let an inspection that was not possible rest, with a reason."""

    shared: ClassVar[bool] = False

    inspection: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmConfirmed(Event):
    """What came of an alarm in the end: something was there (``confirmed``), or nothing. Said again, the last one counts."""

    shared: ClassVar[bool] = False

    inspection: str
    confirmed: bool
    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileAttached(Event):
    """A photo, picture or paper was attached to ``to`` ("inspection:ID", "seizure:NO"); its bytes lie under their hash."""

    shared: ClassVar[bool] = False

    to: str
    attachment: str
    sha256: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class UnitWrittenOff(Event):
    """A sampled unit is used up: it does not exist any more (EPCIS: action DELETE after bizStep sampling)."""

    start: Stage
    inspection: str
    note: str = ""


# --- equipment -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class EquipmentAdded(Event):
    """An instrument, kit lot or dog came into the inventory."""

    shared: ClassVar[bool] = False

    equipment: Equipment


@dataclass(frozen=True, slots=True)
class EquipmentChanged(Event):
    """Its facts changed: ``equipment`` as it is now, ``changes`` field -> {"from", "to"} for people."""

    shared: ClassVar[bool] = False

    equipment: Equipment
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class EquipmentTaken(Event):
    """An inspection began to use it."""

    shared: ClassVar[bool] = False

    inspection: str


@dataclass(frozen=True, slots=True)
class EquipmentReturned(Event):
    """The inspection ended; it worked from ``start`` until ``end`` (UTC)."""

    shared: ClassVar[bool] = False

    inspection: str
    start: datetime
    end: datetime


# --- seizures --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SeizureRecorded(Event):
    """Something was taken away from its owner: the whole record as first written."""

    shared: ClassVar[bool] = False

    seizure: Seizure


@dataclass(frozen=True, slots=True)
class SeizureAmended(Event):
    """Facts came later: laboratory, value, criminal case. ``changes``: field -> {"from", "to"}."""

    shared: ClassVar[bool] = False

    facts: Seized
    handling: Handling
    changes: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class CustodyPassed(Event):
    """What was seized went from one hand to the next."""

    shared: ClassVar[bool] = False

    custody: Custody


KINDS: tuple[type[Event], ...] = (
    InspectionOrdered,
    InspectionStarted,
    InspectionDone,
    InspectionLookedAt,
    InspectionCancelled,
    InspectionWaived,
    AlarmConfirmed,
    FileAttached,
    UnitWrittenOff,
    EquipmentAdded,
    EquipmentChanged,
    EquipmentTaken,
    EquipmentReturned,
    SeizureRecorded,
    SeizureAmended,
    CustodyPassed,
)
