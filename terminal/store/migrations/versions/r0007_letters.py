"""Complaints, and messages between the terminal and liaison offices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Two tables; nothing of what is there changes."""
    op.create_table(
        "complaint",
        sa.Column("ref", ORDERED, nullable=False),
        sa.Column("at", ORDERED, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("ref"),
    )
    op.create_index("complaint_by_state", "complaint", ["is_open", "at", "ref"], unique=False)
    op.create_index("ix_complaint_subject", "complaint", ["subject"], unique=False)
    op.create_table(
        "message",
        sa.Column("no", ORDERED, nullable=False),
        sa.Column("at", ORDERED, nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("handling", sa.String(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("no"),
    )
    op.create_index("message_by_time", "message", ["at", "no"], unique=False)
    op.create_index("message_unread", "message", ["is_read", "side"], unique=False)
