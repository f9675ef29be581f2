"""Projections of the three things that move, and of what stands across them."""

from __future__ import annotations

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from terminal.store.tables.kinds import Big, Ordered


class ConsignmentRow(SQLModel, table=True):
    """A consignment: columns for boards and search, ``state`` the snapshot as JSON without its papers."""

    __tablename__ = "consignment"
    __table_args__ = (Index("consignment_by_stage", "stage", "since", "key"),)

    key: int | None = Field(default=None, sa_type=Big, primary_key=True)
    ref: str = Field(unique=True)
    ref_folded: str = Field(sa_type=Ordered, index=True)
    stage: int
    since: str = Field(sa_type=Ordered)
    lane: str | None = None
    open_holds: int = 0
    sender: str
    consignee: str
    sender_folded: str = Field(index=True)  # an agency sees what it sent
    search: str  # folded reference, parties, container, plates
    state: str
    version: int = Field(sa_type=Big)  # grows by one with each change of the snapshot
    last_seq: int = Field(sa_type=Big)


class PapersRow(SQLModel, table=True):
    """The papers of a consignment as JSON: large, and rewritten only when a declared fact changes."""

    __tablename__ = "papers"

    consignment_key: int = Field(sa_type=Big, primary_key=True, foreign_key="consignment.key")
    body: str
    version: int = Field(sa_type=Big)


class VisitRow(SQLModel, table=True):
    """A vehicle at the terminal; ``state`` is the whole snapshot as JSON."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("visit_by_stage", "stage", "since", "key"),
        Index("visit_by_plate", "plate"),
        Index("visit_by_expected_plate", "expected_plate"),
    )

    key: int | None = Field(default=None, sa_type=Big, primary_key=True)
    id: str = Field(unique=True)
    stage: int
    since: str = Field(sa_type=Ordered)
    mode: str
    plate: str | None = None
    expected_plate: str | None = None
    trailer: str | None = None
    point: str | None = None
    state: str
    version: int = Field(sa_type=Big)
    last_seq: int = Field(sa_type=Big)


class AboardRow(SQLModel, table=True):
    """Which consignments are or were on which visit. ``units``: loaded here, 0 when it brought them."""

    __tablename__ = "aboard"
    __table_args__ = (
        Index("aboard_by_consignment", "consignment_ref", "visit_key"),
        {"sqlite_with_rowid": False},
    )

    visit_key: int = Field(sa_type=Big, primary_key=True, foreign_key="visit.key")
    consignment_ref: str = Field(primary_key=True)
    units: int
    is_aboard: bool  # False: it was once, and a story still tells it


class UnitRow(SQLModel, table=True):
    """A handling unit: the narrow row that every scan touches.

    ``id`` is the SSCC as a number (18 digits fit into 64 bits); units with one of our own labels get
    numbers from 10**18 upward and keep the text in ``label``.
    """

    __tablename__ = "unit"
    __table_args__ = (
        Index("unit_by_consignment", "consignment_key", "id"),
        Index(
            "unit_by_label",
            "label",
            unique=True,
            sqlite_where=text("label IS NOT NULL"),
            postgresql_where=text("label IS NOT NULL"),
        ),
        Index(
            "unit_by_visit",
            "visit_key",
            "id",
            sqlite_where=text("visit_key IS NOT NULL"),
            postgresql_where=text("visit_key IS NOT NULL"),
        ),
        Index(
            "unit_by_parent",
            "parent",
            "id",
            sqlite_where=text("parent IS NOT NULL"),
            postgresql_where=text("parent IS NOT NULL"),
        ),
        Index(
            "unit_by_place",
            "place",
            "id",
            sqlite_where=text("place IS NOT NULL"),
            postgresql_where=text("place IS NOT NULL"),
        ),
    )

    id: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    consignment_key: int = Field(sa_type=Big, foreign_key="consignment.key")
    stage: int
    open_holds: int = 0
    visit_key: int | None = Field(default=None, sa_type=Big)
    parent: str | None = None  # label of the unit it stands in
    place: str | None = None
    gross_kg: str | None = None  # decimal text, exact
    condition: str
    line: int | None = None
    label: str | None = None
    version: int = Field(sa_type=Big)
    last_seq: int = Field(sa_type=Big)


class HoldRow(SQLModel, table=True):
    """One hold, open or lifted; ``body`` is the snapshot as JSON."""

    __tablename__ = "hold"
    __table_args__ = (
        Index("hold_by_state", "is_open", "placed_at", "id"),
        Index("hold_by_subject", "subject"),
    )

    id: str = Field(sa_type=Ordered, primary_key=True)
    subject: str
    consignment_ref: str | None = Field(default=None, index=True)
    authority: str
    reason: str
    severity: str
    placed_at: str = Field(sa_type=Ordered)
    is_open: bool
    body: str


class PermissionRow(SQLModel, table=True):
    """One grant, in force until ``dropped_seq`` is set. ``seq`` is the event that granted it."""

    __tablename__ = "permission"

    seq: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    consignment_ref: str = Field(index=True)
    kind: str
    given_by: str
    given_at: str
    digest: str
    dropped_seq: int | None = Field(default=None, sa_type=Big)


class WeighingRow(SQLModel, table=True):
    """One accepted weight of a visit or a unit; ``body`` carries the evidence. ``seq`` is its event."""

    __tablename__ = "weighing"
    __table_args__ = (
        Index("weighing_by_subject", "subject", "seq"),
        Index("weighing_by_scale", "scale", "seq"),
    )

    seq: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    subject: str
    scale: str
    what: str
    kg: str  # decimal text, exact
    at: str
    typed: bool
    body: str
