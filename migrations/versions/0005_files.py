"""Files that people give, and evidence that is one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("uploaded_by", Id(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(
            ["partner_id", "uploaded_by"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_stored_file_partner_id_uploaded_by"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_stored_file_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_stored_file")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index("ix_stored_file_sha256", ["partner_id", "sha256"], unique=False)
        batch_op.create_index("ix_stored_file_uploaded_by", ["partner_id", "uploaded_by"], unique=False)
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("file_id", Id(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_evidence_partner_id_file_id"),
            "stored_file",
            ["partner_id", "file_id"],
            ["partner_id", "id"],
            ondelete="CASCADE",
        )
        batch_op.create_index("ix_evidence_file", ["partner_id", "file_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_file")
        batch_op.drop_constraint(op.f("fk_evidence_partner_id_file_id"), type_="foreignkey")
        batch_op.drop_column("file_id")
    op.drop_table("stored_file")
