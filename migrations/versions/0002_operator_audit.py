"""What is done outside any partner is recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "operator_audit",
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("actor_account_id", Id(), nullable=True),
        sa.Column("object_kind", sa.String(length=40), nullable=True),
        sa.Column("object_id", Id(), nullable=True),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_audit")),
    )
    with op.batch_alter_table("operator_audit", schema=None) as batch_op:
        batch_op.create_index("ix_operator_audit_at", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("operator_audit")
