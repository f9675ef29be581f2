"""Projection of lanes: one narrow row a consignment, for queues, the cap, history indicators and the hit-rate report."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class RoutingRow(SQLModel, table=True):
    """How a consignment was routed. ``lane`` counts, ``chosen`` is that of the rules; ``body`` the snapshot as JSON.

    ``first_at`` is when a lane was chosen first; ``chapters`` the tariff chapters of its lines, each between spaces;
    ``found`` says that an inspection of the goods or their vehicle found something.
    """

    __tablename__ = "routing"
    __table_args__ = (
        Index("routing_by_office", "office", "consignment_key"),
        Index("routing_by_time", "first_at", "consignment_key"),
        Index("routing_by_carrier", "carrier_folded", "consignment_key"),
        Index("routing_by_audit", "audit_open", "consignment_key"),
        Index("routing_by_found", "found", "first_at"),
    )

    consignment_key: int = Field(
        sa_type=Big,
        primary_key=True,
        foreign_key="consignment.key",
        sa_column_kwargs={"autoincrement": False},
    )
    office: str
    lane: str
    chosen: str
    score: int
    drawn: bool
    capped: bool
    inspected: bool
    found: bool
    audit_open: bool
    first_at: str = Field(sa_type=Ordered)
    carrier_folded: str
    chapters: str
    body: str
