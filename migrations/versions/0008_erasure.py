"""Requests about one's own data, and what is left of somebody who was erased."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subject_request",
        *_keys(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_subject_request_partner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_subject_request_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_subject_request")),
    )
    with op.batch_alter_table("subject_request", schema=None) as batch_op:
        batch_op.create_index("ix_subject_request_due", ["partner_id", "answered_at", "due_on"], unique=False)
        batch_op.create_index("ix_subject_request_person", ["partner_id", "person_id"], unique=False)

    op.create_table(
        "tombstone",
        *_keys(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_tombstone_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.create_index("ix_tombstone_digest", ["partner_id", "digest"], unique=False)


def _keys() -> list[sa.Column[Any]]:
    return [sa.Column("partner_id", Id(), nullable=False), sa.Column("id", Id(), nullable=False)]


def _recorded() -> list[sa.Column[Any]]:
    return [
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
    ]


def downgrade() -> None:
    op.drop_table("tombstone")
    op.drop_table("subject_request")
