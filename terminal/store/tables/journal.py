"""The journal and what hangs on it: events, heads of subject chains, nonces, counters."""

from __future__ import annotations

from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big


class EventRow(SQLModel, table=True):
    """One journal entry. ``body`` is the truth, the other columns repeat parts of it for lookups.

    No index but the key: history of a subject walks ``prev`` by key, so an append touches the right edge
    of one tree only.
    """

    __tablename__ = "event"

    seq: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    type: str
    subject: str
    prev: int = Field(sa_type=Big)  # previous event of the same subject, 0 for the first
    body: bytes  # exact canonical JSON, see terminal.store.journal
    hash: bytes  # SHA-256(0x00 || body): an RFC 6962 leaf


class SubjectHeadRow(SQLModel, table=True):
    """Last event of a subject that has no row of its own: devices, persons, files, unknown labels."""

    __tablename__ = "subject_head"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subject: str = Field(primary_key=True)
    last_seq: int = Field(sa_type=Big)


class NonceRow(SQLModel, table=True):
    """One write that was asked for: its key, what was asked (digest), what was answered. Kept for ever."""

    __tablename__ = "nonce"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: bytes = Field(primary_key=True)  # nonce first, so time-ordered nonces land at the right edge
    digest: bytes
    seq: int = Field(sa_type=Big)  # journal length when it was answered
    reply: str  # JSON


class CounterRow(SQLModel, table=True):
    """One figure of a board, kept in the transaction that changes it."""

    __tablename__ = "counter"
    __table_args__ = ({"sqlite_with_rowid": False},)

    board: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    n: int = Field(sa_type=Big)
