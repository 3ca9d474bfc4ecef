"""The safeguarding review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.toolkit import Id, Moment

revision = "childrens_society_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "childrens_society_safeguarding_review",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=True),
        sa.Column("session_id", Id(), nullable=True),
        sa.Column("young_people", sa.Boolean(), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=True),
        sa.Column("who", sa.Text(), nullable=True),
        sa.Column("keep_safe", sa.Text(), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_as", sa.String(length=120), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.CheckConstraint(
            "(experiment_id IS NULL) <> (session_id IS NULL)",
            name=op.f("ck_childrens_society_safeguarding_review_about_one"),
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name="fk_childrens_society_review_experiment",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "session_id"],
            ["cohort_session.partner_id", "cohort_session.id"],
            name=op.f("fk_childrens_society_safeguarding_review_partner_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"],
            ["partner.id"],
            name=op.f("fk_childrens_society_safeguarding_review_partner_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_childrens_society_safeguarding_review")),
    )
    with op.batch_alter_table("childrens_society_safeguarding_review", schema=None) as batch_op:
        batch_op.create_index(
            "ix_childrens_society_review_decision", ["partner_id", "decision", "created_at"], unique=False
        )
        batch_op.create_index(
            "uq_childrens_society_review_experiment",
            ["partner_id", "experiment_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "uq_childrens_society_review_session",
            ["partner_id", "session_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("childrens_society_safeguarding_review", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_childrens_society_review_session",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_childrens_society_review_experiment",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_childrens_society_review_decision")

    op.drop_table("childrens_society_safeguarding_review")
