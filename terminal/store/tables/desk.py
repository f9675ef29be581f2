"""Work that waits for people: imported files, rows to correct, scans set aside; and attached files."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big


class ImportFileRow(SQLModel, table=True):
    """A file that was read. Its digest stops a second import of the same bytes."""

    __tablename__ = "import_file"

    key: int | None = Field(default=None, sa_type=Big, primary_key=True)
    sha256: str = Field(unique=True)
    name: str
    size: int = Field(sa_type=Big)
    received_at: str
    received_by: str
    consignment_ref: str | None = Field(default=None, index=True)
    taken: int
    waiting: int
    report: str  # JSON


class WaitingRow(SQLModel, table=True):
    """A row of a file that waits for correction: as read, what is wrong, and how it ended."""

    __tablename__ = "waiting_row"
    __table_args__ = (Index("waiting_row_by_state", "state", "key"),)

    key: int | None = Field(default=None, sa_type=Big, primary_key=True)
    file_key: int = Field(sa_type=Big, foreign_key="import_file.key", index=True)
    sheet: str
    row_no: int
    raw: str  # JSON
    problems: str  # JSON
    state: str  # WAITING | CORRECTED | DROPPED
    closed_by: str | None = None
    closed_at: str | None = None


class ReviewRow(SQLModel, table=True):
    """A scan that could not be applied as it came; ``seq`` is the event that keeps both versions."""

    __tablename__ = "review"
    __table_args__ = (Index("review_by_state", "is_open", "seq"),)

    seq: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    subject: str
    why: str
    opened_at: str
    scan: str  # JSON
    other: str  # JSON
    is_open: bool
    closed_by: str | None = None
    closed_at: str | None = None
    resolution: str | None = None
    note: str | None = None


class AttachmentRow(SQLModel, table=True):
    """A stored file: photo, scanned paper, X-ray picture, raw trace. The bytes lie beside the database."""

    __tablename__ = "attachment"
    __table_args__ = (Index("attachment_by_subject", "subject", "id"),)

    id: str = Field(primary_key=True)
    sha256: str = Field(index=True)
    subject: str
    kind: str
    name: str
    media_type: str
    size: int = Field(sa_type=Big)
    added_by: str
    added_at: str
    facts: str  # JSON
