"""Projections of inspections, of the equipment behind them, and of seizures; ``body`` is the snapshot as JSON."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class InspectionRow(SQLModel, table=True):
    """One inspection order. ``is_open``: it stands in the way of a release."""

    __tablename__ = "inspection"
    __table_args__ = (
        Index("inspection_by_state", "is_open", "ordered_at", "id"),
        Index("inspection_by_time", "ordered_at", "id"),
    )

    id: str = Field(sa_type=Ordered, primary_key=True)
    subject: str
    consignment_ref: str | None = Field(default=None, index=True)
    visit_id: str | None = Field(default=None, index=True)
    method: str
    progress: str
    result: str | None = None
    ordered_at: str = Field(sa_type=Ordered)
    is_open: bool
    equipment: str | None = Field(default=None, index=True)
    operation: str | None = Field(default=None, index=True)
    body: str


class EquipmentRow(SQLModel, table=True):
    """One instrument, kit lot or dog of the inventory."""

    __tablename__ = "equipment"

    id: str = Field(sa_type=Ordered, primary_key=True)
    kind: str = Field(index=True)
    place: str
    state: str
    body: str
    last_seq: int = Field(sa_type=Big)


class SeizureRow(SQLModel, table=True):
    """One seizure record, by its case number."""

    __tablename__ = "seizure"
    __table_args__ = (Index("seizure_by_time", "at", "case_no"),)

    case_no: str = Field(sa_type=Ordered, primary_key=True)
    at: str = Field(sa_type=Ordered)
    handling: str
    commodity_group: str
    consignment_ref: str | None = Field(default=None, index=True)
    inspection: str | None = Field(default=None, index=True)
    operation: str | None = Field(default=None, index=True)
    body: str
    last_seq: int = Field(sa_type=Big)
