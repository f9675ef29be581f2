"""Projections of complaints and of messages to liaison offices; ``body`` is the snapshot as JSON."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class ComplaintRow(SQLModel, table=True):
    """One complaint, by its reference. ``is_open``: it is not answered yet."""

    __tablename__ = "complaint"
    __table_args__ = (Index("complaint_by_state", "is_open", "at", "ref"),)

    ref: str = Field(sa_type=Ordered, primary_key=True)
    at: str = Field(sa_type=Ordered)
    is_open: bool
    subject: str = Field(index=True)
    body: str
    last_seq: int = Field(sa_type=Big)


class MessageRow(SQLModel, table=True):
    """One message, by its number. ``side`` wrote it; ``is_read``: somebody of the other side opened it."""

    __tablename__ = "message"
    __table_args__ = (Index("message_by_time", "at", "no"), Index("message_unread", "is_read", "side"))

    no: str = Field(sa_type=Ordered, primary_key=True)
    at: str = Field(sa_type=Ordered)
    side: str
    office: str
    handling: str
    is_read: bool
    body: str
    last_seq: int = Field(sa_type=Big)
