"""How consignments were routed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """One table; nothing of what is there changes."""
    op.create_table(
        "routing",
        sa.Column("consignment_key", BIG, autoincrement=False, nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("chosen", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("drawn", "capped", "inspected", "found", "audit_open")
        ),
        sa.Column("first_at", ORDERED, nullable=False),
        sa.Column("carrier_folded", sa.String(), nullable=False),
        sa.Column("chapters", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_key"], ["consignment.key"]),
        sa.PrimaryKeyConstraint("consignment_key"),
    )
    op.create_index("routing_by_office", "routing", ["office", "consignment_key"], unique=False)
    op.create_index("routing_by_time", "routing", ["first_at", "consignment_key"], unique=False)
    op.create_index("routing_by_carrier", "routing", ["carrier_folded", "consignment_key"], unique=False)
    op.create_index("routing_by_audit", "routing", ["audit_open", "consignment_key"], unique=False)
    op.create_index("routing_by_found", "routing", ["found", "first_at"], unique=False)
