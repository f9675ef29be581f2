"""Losses and damage, stock counts, and units inside units."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Two tables and an index; nothing of what is there changes."""
    op.create_table(
        "loss",
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=False),
        sa.Column("at", ORDERED, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "kind"),
    )
    op.create_index("loss_by_time", "loss", ["seq", "unit"], unique=False)
    op.create_index("loss_by_consignment", "loss", ["consignment_ref", "seq"], unique=False)
    op.create_table(
        "stock_count",
        sa.Column("id", ORDERED, nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", ORDERED, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stock_count_by_state", "stock_count", ["state", "id"], unique=False)
    op.create_index(
        "unit_by_parent",
        "unit",
        ["parent", "id"],
        unique=False,
        sqlite_where=sa.text("parent IS NOT NULL"),
        postgresql_where=sa.text("parent IS NOT NULL"),
    )
