"""Inspections, the equipment behind them, and seizures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Three tables; nothing of what is there changes."""
    op.create_table(
        "inspection",
        sa.Column("id", ORDERED, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=True),
        sa.Column("visit_id", sa.String(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("ordered_at", ORDERED, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("equipment", sa.String(), nullable=True),
        sa.Column("operation", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("inspection_by_state", "inspection", ["is_open", "ordered_at", "id"], unique=False)
    op.create_index("inspection_by_time", "inspection", ["ordered_at", "id"], unique=False)
    for column in ("consignment_ref", "visit_id", "equipment", "operation"):
        op.create_index(f"ix_inspection_{column}", "inspection", [column], unique=False)
    op.create_table(
        "equipment",
        sa.Column("id", ORDERED, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_equipment_kind", "equipment", ["kind"], unique=False)
    op.create_table(
        "seizure",
        sa.Column("case_no", ORDERED, nullable=False),
        sa.Column("at", ORDERED, nullable=False),
        sa.Column("handling", sa.String(), nullable=False),
        sa.Column("commodity_group", sa.String(), nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=True),
        sa.Column("inspection", sa.String(), nullable=True),
        sa.Column("operation", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("case_no"),
    )
    op.create_index("seizure_by_time", "seizure", ["at", "case_no"], unique=False)
    for column in ("consignment_ref", "inspection", "operation"):
        op.create_index(f"ix_seizure_{column}", "seizure", [column], unique=False)
