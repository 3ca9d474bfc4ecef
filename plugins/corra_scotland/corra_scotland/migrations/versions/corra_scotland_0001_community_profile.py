"""The community profile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.toolkit import Id, Moment

revision = "corra_scotland_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corra_scotland_community_profile",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=False),
        sa.Column("people_heard", sa.Integer(), nullable=True),
        sa.Column("read_back", sa.Boolean(), nullable=False),
        sa.Column("listening", sa.Text(), nullable=True),
        sa.Column("assets", sa.Text(), nullable=True),
        sa.Column("hopes", sa.Text(), nullable=True),
        sa.Column("area_context", sa.Text(), nullable=True),
        sa.Column("themes", sa.JSON(), nullable=False),
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
            ["partner_id", "cohort_id"],
            ["cohort.partner_id", "cohort.id"],
            name=op.f("fk_corra_scotland_community_profile_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partner.id"],
            name=op.f("fk_corra_scotland_community_profile_partner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_corra_scotland_community_profile")),
    )
    with op.batch_alter_table("corra_scotland_community_profile", schema=None) as batch_op:
        batch_op.create_index(
            "uq_corra_scotland_community_profile_cohort",
            ["partner_id", "cohort_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("corra_scotland_community_profile", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_corra_scotland_community_profile_cohort",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("corra_scotland_community_profile")
