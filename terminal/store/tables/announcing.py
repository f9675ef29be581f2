"""Rows of announcements, recognised organisations, standing orders, tracking codes and time windows."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class AnnouncementRow(SQLModel, table=True):
    """An announcement, from draft to submitted; ``body`` the snapshot as JSON."""

    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_organisation", "organisation", "id"),)

    id: str = Field(sa_type=Ordered, primary_key=True)
    organisation: str
    standing: str
    consignment_ref: str | None = Field(default=None, index=True)
    body: str
    last_seq: int = Field(sa_type=Big)


class OrganisationRow(SQLModel, table=True):
    """A sender on the list of those the terminal recognises."""

    __tablename__ = "organisation"

    name: str = Field(sa_type=Ordered, primary_key=True)
    body: str
    last_seq: int = Field(sa_type=Big)


class StandingRow(SQLModel, table=True):
    """A standing order by its name: what goes ahead in an emergency."""

    __tablename__ = "standing"

    name: str = Field(sa_type=Ordered, primary_key=True)
    body: str
    last_seq: int = Field(sa_type=Big)


class TrackingRow(SQLModel, table=True):
    """A tracking code and the subject it belongs to."""

    __tablename__ = "tracking"

    code: str = Field(sa_type=Ordered, primary_key=True)
    subject: str


class SlotRow(SQLModel, table=True):
    """The time window of an expected or arrived vehicle."""

    __tablename__ = "slot"

    visit_id: str = Field(sa_type=Ordered, primary_key=True)
    starts_at: str = Field(sa_type=Ordered, index=True)
