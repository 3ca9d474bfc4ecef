"""Signing in with an organisation's own accounts: where, who is who there, and which sessions began so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in_session", sa.Column("partner_ref", Id(), nullable=True))
    op.create_table(
        "sign_on_identity",
        sa.Column("id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("by_owner", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_on_identity_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_on_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_sign_on_identity_issuer_subject")),
    )
    op.create_index(op.f("ix_sign_on_identity_account_id"), "sign_on_identity", ["account_id"], unique=False)
    op.create_table(
        "sign_on_provider",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("boundary", sa.String(length=253), nullable=False),
        sa.Column("client_id", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.String(length=1000), nullable=False),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
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
            ["partner_id"], ["partner.id"], name=op.f("fk_sign_on_provider_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_sign_on_provider")),
    )


def downgrade() -> None:
    op.drop_table("sign_on_provider")
    op.drop_table("sign_on_identity")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_column("partner_ref")
