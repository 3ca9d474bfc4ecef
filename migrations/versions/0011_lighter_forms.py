"""A form that was taken needs no index by time: one partner's forms of two days are looked through once a day."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_taken_form_expires", table_name="taken_form")


def downgrade() -> None:
    op.create_index("ix_taken_form_expires", "taken_form", ["partner_id", "expires_at"])
