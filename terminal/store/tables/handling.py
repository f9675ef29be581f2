"""Projections of what happens in the hall: losses and damage, stock counts."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class LossRow(SQLModel, table=True):
    """One unit that was lost, not seen, too many or damaged in one way (``kind``); ``seq`` is the last event that said so."""

    __tablename__ = "loss"
    __table_args__ = (
        Index("loss_by_time", "seq", "unit"),
        Index("loss_by_consignment", "consignment_ref", "seq"),
    )

    unit: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    seq: int = Field(sa_type=Big)
    consignment_ref: str
    at: str = Field(sa_type=Ordered)
    who: str
    place: str | None = None
    note: str


class StockCountRow(SQLModel, table=True):
    """One stock count; ``body`` is the snapshot as JSON."""

    __tablename__ = "stock_count"
    __table_args__ = (Index("stock_count_by_state", "state", "id"),)

    id: str = Field(sa_type=Ordered, primary_key=True)
    zone: str
    state: str
    opened_at: str = Field(sa_type=Ordered)
    last_seq: int = Field(sa_type=Big)
    body: str
