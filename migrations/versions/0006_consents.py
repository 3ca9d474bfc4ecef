"""What people agreed to, in which words, and complaints about how their data is used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _table(
        "complaint",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.String(length=320), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("acknowledged_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
    )
    op.create_index("ix_complaint_received", "complaint", ["partner_id", "received_at"])
    _table(
        "consent_wording",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index(
        "uq_consent_wording_hash",
        "consent_wording",
        ["partner_id", "purpose", "locale", "hash"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    _table(
        "consent",
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("wording_id", Id(), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("given_by", Id(), nullable=True),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.Column("withdrawn_by", Id(), nullable=True),
        _to("consent", "person_id", "person"),
        _to("consent", "wording_id", "consent_wording"),
    )
    op.create_index("ix_consent_person", "consent", ["partner_id", "person_id", "purpose"])


def downgrade() -> None:
    for table in ("consent", "consent_wording", "complaint"):
        op.drop_table(table)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["partner_id", column],
        [f"{target}.partner_id", f"{target}.id"],
        name=op.f(f"fk_{table}_partner_id_{column}"),
        ondelete="CASCADE",
    )


def _table(name: str, *own: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        *own,
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f(f"fk_{name}_partner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f(f"pk_{name}")),
    )
