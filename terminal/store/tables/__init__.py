"""The tables, split by subject. Rows have no behaviour; weights are decimal text, times UTC text.

A time column holds ``2026-03-01T08:15:00.000000Z``: one width, so text order is time order on both
databases. JSON columns hold text, because the journal, not the column, is what is proven.
"""

from terminal.store.tables.announcing import (
    AnnouncementRow,
    OrganisationRow,
    SlotRow,
    StandingRow,
    TrackingRow,
)
from terminal.store.tables.cargo import (
    AboardRow,
    ConsignmentRow,
    HoldRow,
    PapersRow,
    PermissionRow,
    UnitRow,
    VisitRow,
    WeighingRow,
)
from terminal.store.tables.desk import AttachmentRow, ImportFileRow, ReviewRow, WaitingRow
from terminal.store.tables.factors import BadgeRow, FactorRow, PinRow, StartedRow
from terminal.store.tables.handling import LossRow, StockCountRow
from terminal.store.tables.inspecting import EquipmentRow, InspectionRow, SeizureRow
from terminal.store.tables.journal import CounterRow, EventRow, NonceRow, SubjectHeadRow
from terminal.store.tables.letters import ComplaintRow, MessageRow
from terminal.store.tables.people import DeviceRow, EnrolmentRow, PersonRow, SessionRow
from terminal.store.tables.routing import RoutingRow

__all__ = [
    "AboardRow",
    "AnnouncementRow",
    "AttachmentRow",
    "BadgeRow",
    "ComplaintRow",
    "ConsignmentRow",
    "CounterRow",
    "DeviceRow",
    "EnrolmentRow",
    "EquipmentRow",
    "EventRow",
    "FactorRow",
    "HoldRow",
    "ImportFileRow",
    "InspectionRow",
    "LossRow",
    "MessageRow",
    "NonceRow",
    "OrganisationRow",
    "PapersRow",
    "PermissionRow",
    "PersonRow",
    "PinRow",
    "ReviewRow",
    "RoutingRow",
    "SeizureRow",
    "SessionRow",
    "SlotRow",
    "StandingRow",
    "StartedRow",
    "StockCountRow",
    "SubjectHeadRow",
    "TrackingRow",
    "UnitRow",
    "VisitRow",
    "WaitingRow",
    "WeighingRow",
]
