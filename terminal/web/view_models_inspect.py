"""What the pages of inspections, equipment and seizures show. Codes are those of workflows; times are UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from terminal.cases.inspecting import DeclaredLine


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One inspection in a list; ``mine`` when the reader does that kind of work."""

    id: str
    method: str
    progress: str
    result: str
    subject_name: str
    subject_href: str
    age_minutes: int
    target_minutes: int | None
    mine: bool
    open: bool
    operation: str = ""
    waits_for_look: bool = False


@dataclass(frozen=True, slots=True)
class MethodQueue:
    """Open orders of one method, the oldest first."""

    method: str
    orders: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """Something of the inventory that may be chosen: id, what to call it, and words of warning."""

    id: str
    name: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileView:
    """One attached file; ``picture`` when a browser can show it."""

    id: str
    name: str
    size_kb: int
    picture: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InspectionView:
    """One inspection: the order, what came of it, and what the reader may do now."""

    row: OrderRow
    why: str
    places: tuple[str, ...]
    ordered_by: str
    ordered_at: datetime
    templates: tuple[tuple[str, tuple[str, ...]], ...] = ()
    declared: tuple[DeclaredLine, ...] = ()
    tools: tuple[Tool, ...] = ()
    files: tuple[FileView, ...] = ()
    started_by: str = ""
    started_at: datetime | None = None
    equipment: str = ""
    kit: str = ""
    done_by: str = ""
    done_at: datetime | None = None
    minutes: int | None = None
    found_at: tuple[str, ...] = ()
    note: str = ""
    agrees: bool | None = None
    details: tuple[tuple[str, str], ...] = ()
    hold: str = ""
    ended_by: str = ""  # who cancelled or waived
    ended_at: datetime | None = None
    end_reason: str = ""
    replaced_by: str = ""
    looked_by: str = ""
    looked_at: datetime | None = None
    looked_agrees: bool | None = None
    looked_note: str = ""
    may_look: bool = False
    alarmed: bool = False  # an anomaly or indication, of which somebody says what came
    confirmed: bool | None = None
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    confirm_note: str = ""
    may_confirm: bool = False
    may_start: bool = False
    may_finish: bool = False
    may_cancel: bool = False
    may_waive: bool = False
    may_attach: bool = False
    may_seize: bool = False
    seize_link: str = ""
    may_sheet: bool = False  # the result sheet of its joint operation
    kept: str = ""  # what it is kept on: "consignment:REF", "visit:ID"


@dataclass(frozen=True, slots=True)
class EquipmentRow:
    """One thing of the inventory with its warnings."""

    id: str
    kind: str
    name: str
    place: str
    state: str
    warnings: tuple[str, ...]
    serial: str = ""
    good_until: date | None = None  # last day of its calibration, or of the kit
    lot: str = ""
    busy: tuple[str, ...] = ()
    uses: int = 0
    minutes_in_shift: int | None = None
    limit_minutes: int | None = None
    resting_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeizureRow:
    """One seizure in a list."""

    case_no: str
    at: datetime
    commodity: str
    item: str
    quantity: str
    handling: str
    subject_name: str = ""
    subject_href: str = ""


@dataclass(frozen=True, slots=True)
class CustodyView:
    """One link of the chain of custody."""

    at: datetime
    released_by: str
    received_by: str
    organisation: str
    place: str
    seal_no: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeizureView:
    """One record: facts as (field, value) in words, units, files and custody."""

    row: SeizureRow
    recorded_by: str
    facts: tuple[tuple[str, str], ...]
    units: tuple[str, ...] = ()
    files: tuple[FileView, ...] = ()
    custody: tuple[CustodyView, ...] = ()
    inspection: str = ""
    may_change: bool = False
