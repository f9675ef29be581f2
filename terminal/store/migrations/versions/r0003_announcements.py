"""Announcements, recognised organisations, standing orders, tracking codes, and the time windows of vehicles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Five tables; nothing of what is there changes."""
    op.create_table(
        "announcement",
        sa.Column("id", ORDERED, nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_announcement_organisation", "announcement", ["organisation", "id"], unique=False)
    op.create_index("ix_announcement_consignment_ref", "announcement", ["consignment_ref"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("name", ORDERED, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "standing",
        sa.Column("name", ORDERED, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "tracking",
        sa.Column("code", ORDERED, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "slot",
        sa.Column("visit_id", ORDERED, nullable=False),
        sa.Column("starts_at", ORDERED, nullable=False),
        sa.PrimaryKeyConstraint("visit_id"),
    )
    op.create_index("ix_slot_starts_at", "slot", ["starts_at"], unique=False)
