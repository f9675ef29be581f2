"""The first tables: journal, projections, people and devices, the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from terminal.store.migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attachment_by_subject", "attachment", ["subject", "id"], unique=False)
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"], unique=False)
    op.create_table(
        "consignment",
        sa.Column("key", BIG, nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("ref_folded", ORDERED, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("since", ORDERED, nullable=False),
        sa.Column("lane", sa.String(), nullable=True),
        sa.Column("open_holds", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("consignee", sa.String(), nullable=False),
        sa.Column("sender_folded", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("ref"),
    )
    op.create_index("consignment_by_stage", "consignment", ["stage", "since", "key"], unique=False)
    op.create_index("ix_consignment_ref_folded", "consignment", ["ref_folded"], unique=False)
    op.create_index("ix_consignment_sender_folded", "consignment", ["sender_folded"], unique=False)
    op.create_table(
        "counter",
        sa.Column("board", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("n", BIG, nullable=False),
        sa.PrimaryKeyConstraint("board", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("point", sa.String(), nullable=True),
        sa.Column("steps", sa.String(), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "enrolment",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("used_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_index("ix_enrolment_subject", "enrolment", ["subject"], unique=False)
    op.create_table(
        "event",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("prev", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "hold",
        sa.Column("id", ORDERED, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=True),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("placed_at", ORDERED, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hold_by_state", "hold", ["is_open", "placed_at", "id"], unique=False)
    op.create_index("hold_by_subject", "hold", ["subject"], unique=False)
    op.create_index("ix_hold_consignment_ref", "hold", ["consignment_ref"], unique=False)
    op.create_table(
        "import_file",
        sa.Column("key", BIG, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", BIG, nullable=False),
        sa.Column("received_at", sa.String(), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_import_file_consignment_ref", "import_file", ["consignment_ref"], unique=False)
    op.create_table(
        "nonce",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("reply", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "permission",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("given_at", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("dropped_seq", BIG, nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_permission_consignment_ref", "permission", ["consignment_ref"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=True),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "review",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("scan", sa.String(), nullable=False),
        sa.Column("other", sa.String(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("review_by_state", "review", ["is_open", "seq"], unique=False)
    op.create_table(
        "subject_head",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visit",
        sa.Column("key", BIG, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("since", ORDERED, nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("plate", sa.String(), nullable=True),
        sa.Column("expected_plate", sa.String(), nullable=True),
        sa.Column("trailer", sa.String(), nullable=True),
        sa.Column("point", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("visit_by_expected_plate", "visit", ["expected_plate"], unique=False)
    op.create_index("visit_by_plate", "visit", ["plate"], unique=False)
    op.create_index("visit_by_stage", "visit", ["stage", "since", "key"], unique=False)
    op.create_table(
        "weighing",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("scale", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("kg", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("weighing_by_scale", "weighing", ["scale", "seq"], unique=False)
    op.create_index("weighing_by_subject", "weighing", ["subject", "seq"], unique=False)
    op.create_table(
        "aboard",
        sa.Column("visit_key", BIG, nullable=False),
        sa.Column("consignment_ref", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("is_aboard", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_key"],
            ["visit.key"],
        ),
        sa.PrimaryKeyConstraint("visit_key", "consignment_ref"),
        sqlite_with_rowid=False,
    )
    op.create_index("aboard_by_consignment", "aboard", ["consignment_ref", "visit_key"], unique=False)
    op.create_table(
        "papers",
        sa.Column("consignment_key", BIG, nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_key"],
            ["consignment.key"],
        ),
        sa.PrimaryKeyConstraint("consignment_key"),
    )
    op.create_table(
        "person_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
        ),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_person_session_expires_at", "person_session", ["expires_at"], unique=False)
    op.create_index("ix_person_session_person_id", "person_session", ["person_id"], unique=False)
    op.create_table(
        "unit",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("consignment_key", BIG, nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("open_holds", sa.Integer(), nullable=False),
        sa.Column("visit_key", BIG, nullable=True),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("gross_kg", sa.String(), nullable=True),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("version", BIG, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_key"],
            ["consignment.key"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("unit_by_consignment", "unit", ["consignment_key", "id"], unique=False)
    op.create_index(
        "unit_by_label",
        "unit",
        ["label"],
        unique=True,
        sqlite_where=sa.text("label IS NOT NULL"),
        postgresql_where=sa.text("label IS NOT NULL"),
    )
    op.create_index(
        "unit_by_place",
        "unit",
        ["place", "id"],
        unique=False,
        sqlite_where=sa.text("place IS NOT NULL"),
        postgresql_where=sa.text("place IS NOT NULL"),
    )
    op.create_index(
        "unit_by_visit",
        "unit",
        ["visit_key", "id"],
        unique=False,
        sqlite_where=sa.text("visit_key IS NOT NULL"),
        postgresql_where=sa.text("visit_key IS NOT NULL"),
    )
    op.create_table(
        "waiting_row",
        sa.Column("key", BIG, nullable=False),
        sa.Column("file_key", BIG, nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("raw", sa.String(), nullable=False),
        sa.Column("problems", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_key"],
            ["import_file.key"],
        ),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_waiting_row_file_key", "waiting_row", ["file_key"], unique=False)
    op.create_index("waiting_row_by_state", "waiting_row", ["state", "key"], unique=False)

    for statement in guards.SQLITE if op.get_bind().dialect.name == "sqlite" else guards.POSTGRESQL:
        op.execute(statement)
