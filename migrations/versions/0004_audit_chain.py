"""What is recorded is sealed: a chain of hashes for each partner, and one for what is outside any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_link",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_audit_link_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_audit_link")),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_audit_link_partner_id_number")),
    )
    op.create_table(
        "operator_audit_link",
        sa.Column("id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_audit_link")),
        sa.UniqueConstraint("number", name=op.f("uq_operator_audit_link_number")),
    )


def downgrade() -> None:
    op.drop_table("operator_audit_link")
    op.drop_table("audit_link")
