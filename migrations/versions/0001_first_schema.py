"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from systems_changers.infra.db import Id, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", Id(), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("email_proven_at", Moment(), nullable=True),
        sa.Column("locale", sa.String(length=40), nullable=True),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "canonical_block",
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_canonical_block")),
    )
    op.create_table(
        "canonical_module",
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("identity", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_canonical_module")),
    )
    with op.batch_alter_table("canonical_module", schema=None) as batch_op:
        batch_op.create_index("ix_canonical_module_identity", ["identity", "loaded_at"], unique=False)

    op.create_table(
        "canonical_translation",
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("block_hash", sa.String(length=71), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_canonical_translation")),
    )
    with op.batch_alter_table("canonical_translation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_canonical_translation_block_hash"), ["block_hash"], unique=False)

    op.create_table(
        "instance",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("last_started_at", Moment(), nullable=True),
        sa.Column("last_finished_at", Moment(), nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job")),
    )
    op.create_table(
        "known_plugin",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("release", sa.String(length=40), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("personal_tables", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_known_plugin")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("partner_ref", Id(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("listener", sa.String(length=40), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=500), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_due", ["state", "due_at"], unique=False)

    op.create_table(
        "partner",
        sa.Column("id", Id(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("locales", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("brand", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("plugins", sa.JSON(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("slug", name=op.f("uq_partner_slug")),
        sa.UniqueConstraint("source_key", name=op.f("uq_partner_source_key")),
    )
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_name"), ["name"], unique=False)

    op.create_table(
        "plugin_fault",
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("hook", sa.String(length=60), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "hook", name=op.f("pk_plugin_fault")),
    )
    op.create_table(
        "rate_window",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_window")),
    )
    op.create_table(
        "audit_event",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("actor_account_id", Id(), nullable=True),
        sa.Column("object_kind", sa.String(length=40), nullable=True),
        sa.Column("object_id", Id(), nullable=True),
        sa.Column("changed", sa.JSON(), nullable=False),
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
            ["partner_id"], ["partner.id"], name=op.f("fk_audit_event_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index("ix_audit_event_at", ["partner_id", "at"], unique=False)

    op.create_table(
        "cohort",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("form", sa.String(length=12), nullable=False),
        sa.Column("type_key", sa.String(length=60), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rehearsal", sa.Boolean(), nullable=False),
        sa.Column("place", sa.String(length=160), nullable=True),
        sa.Column("host_organisation", sa.String(length=160), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("criteria", sa.Text(), nullable=True),
        sa.Column("target_places", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("local_name", sa.String(length=160), nullable=True),
        sa.Column("local_mark", sa.String(length=12), nullable=True),
        sa.Column("co_host", sa.String(length=160), nullable=True),
        sa.Column("safeguarding_name", sa.String(length=120), nullable=True),
        sa.Column("safeguarding_contact", sa.String(length=200), nullable=True),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_cohort_partner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_cohort")),
        info={"rollup": True},
    )
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.create_index("ix_cohort_source", ["partner_id", "source", "source_key"], unique=False)
        batch_op.create_index("ix_cohort_state", ["partner_id", "state", "starts_on"], unique=False)

    op.create_table(
        "membership",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
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
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_membership_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_membership")),
        info={"by_account": True},
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_membership_role",
            ["partner_id", "account_id", "role"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "outbox_mail",
        sa.Column("id", Id(), nullable=False),
        sa.Column("outbox_id", Id(), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_mail_outbox_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_mail_outbox_id"), ["outbox_id"], unique=False)

    op.create_table(
        "partner_domain",
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("partner_ref", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_ref"], ["partner.id"], name=op.f("fk_partner_domain_partner_ref"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_partner_domain")),
    )
    with op.batch_alter_table("partner_domain", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partner_domain_partner_ref"), ["partner_ref"], unique=False)

    op.create_table(
        "partner_module",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("identity", sa.String(length=120), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("base_hash", sa.String(length=71), nullable=True),
        sa.Column("base_content", sa.JSON(), nullable=True),
        sa.Column("patch", sa.JSON(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("plugin", sa.String(length=40), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_module_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "hash", name=op.f("pk_partner_module")),
    )
    with op.batch_alter_table("partner_module", schema=None) as batch_op:
        batch_op.create_index("ix_partner_module_identity", ["partner_id", "identity"], unique=False)

    op.create_table(
        "partner_translation",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("block_hash", sa.String(length=71), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_partner_translation_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "hash", name=op.f("pk_partner_translation")),
    )
    with op.batch_alter_table("partner_translation", schema=None) as batch_op:
        batch_op.create_index("ix_partner_translation_block", ["partner_id", "block_hash"], unique=False)

    op.create_table(
        "person",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("account_id", Id(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("job", sa.String(length=120), nullable=True),
        sa.Column("organisation", sa.String(length=120), nullable=True),
        sa.Column("team", sa.String(length=120), nullable=True),
        sa.Column("locale", sa.String(length=40), nullable=True),
        sa.Column("time_zone", sa.String(length=60), nullable=True),
        sa.Column("access_needs", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("asks", sa.Text(), nullable=True),
        sa.Column("offers", sa.Text(), nullable=True),
        sa.Column("shows", sa.JSON(), nullable=False),
        sa.Column("contact_by", sa.JSON(), nullable=False),
        sa.Column("deleted_at", Moment(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("source_key", sa.String(length=200), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by", Id(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("updated_by", Id(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_person_account_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_person_partner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_person")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_account", ["partner_id", "account_id"], unique=False)
        batch_op.create_index(
            "uq_person_account",
            ["partner_id", "account_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.create_index(
            "uq_person_source",
            ["partner_id", "source", "source_key"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "plugin_setting",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
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
            ["partner_id"], ["partner.id"], name=op.f("fk_plugin_setting_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_plugin_setting")),
    )
    with op.batch_alter_table("plugin_setting", schema=None) as batch_op:
        batch_op.create_index(
            "uq_plugin_setting_plugin",
            ["partner_id", "plugin"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "received_summary",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("about_partner", Id(), nullable=False),
        sa.Column("about_name", sa.String(length=200), nullable=False),
        sa.Column("about_order", sa.String(length=200), nullable=False),
        sa.Column("about_kind", sa.String(length=12), nullable=False),
        sa.Column("indicator", sa.String(length=60), nullable=False),
        sa.Column("definition_hash", sa.String(length=71), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("confidentiality", sa.String(length=12), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=True),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("cohorts", sa.Integer(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("module_mix", sa.JSON(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
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
            ["about_partner"], ["partner.id"], name=op.f("fk_received_summary_about_partner"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_received_summary_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_received_summary")),
    )
    with op.batch_alter_table("received_summary", schema=None) as batch_op:
        batch_op.create_index("ix_received_summary_name", ["partner_id", "about_kind", "about_order"], unique=False)
        batch_op.create_index(
            "uq_received_summary_about",
            ["partner_id", "about_partner", "indicator"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "sharing_agreement",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("with_partner", Id(), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("policy_hash", sa.String(length=71), nullable=False),
        sa.Column("indicators", sa.JSON(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("agreed_by_role", sa.String(length=40), nullable=False),
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
            ["partner_id"], ["partner.id"], name=op.f("fk_sharing_agreement_partner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["with_partner"], ["partner.id"], name=op.f("fk_sharing_agreement_with_partner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_sharing_agreement")),
        info={"rollup": True},
    )
    with op.batch_alter_table("sharing_agreement", schema=None) as batch_op:
        batch_op.create_index("ix_sharing_agreement_with", ["partner_id", "with_partner"], unique=False)

    op.create_table(
        "sign_in_session",
        sa.Column("id", Id(), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_sign_in_session_secret_hash")),
    )
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_account_id"), ["account_id"], unique=False)

    op.create_table(
        "token",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("account_id", Id(), nullable=True),
        sa.Column("partner_ref", Id(), nullable=True),
        sa.Column("subject_ref", Id(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_token_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_token")),
    )
    op.create_table(
        "cohort_person",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("manager_id", Id(), nullable=True),
        sa.Column("learning_partner_id", Id(), nullable=True),
        sa.Column("learning_partner_since", Moment(), nullable=True),
        sa.Column("front_line_share", sa.Integer(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("left_at", Moment(), nullable=True),
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
            name=op.f("fk_cohort_person_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "learning_partner_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_cohort_person_partner_id_learning_partner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "manager_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_cohort_person_partner_id_manager_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_cohort_person_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_cohort_person_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_cohort_person")),
    )
    with op.batch_alter_table("cohort_person", schema=None) as batch_op:
        batch_op.create_index("ix_cohort_person_learning_partner", ["partner_id", "learning_partner_id"], unique=False)
        batch_op.create_index("ix_cohort_person_manager", ["partner_id", "manager_id"], unique=False)
        batch_op.create_index("ix_cohort_person_person", ["partner_id", "person_id"], unique=False)
        batch_op.create_index(
            "uq_cohort_person_part",
            ["partner_id", "cohort_id", "person_id", "part"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "cohort_session",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("starts_at", Moment(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("head_count", sa.Integer(), nullable=True),
        sa.Column("delivered_at", Moment(), nullable=True),
        sa.Column("written_up_at", Moment(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
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
            name=op.f("fk_cohort_session_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_cohort_session_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_cohort_session")),
        info={"rollup": True},
    )
    with op.batch_alter_table("cohort_session", schema=None) as batch_op:
        batch_op.create_index("ix_cohort_session_cohort", ["partner_id", "cohort_id", "number"], unique=False)
        batch_op.create_index("ix_cohort_session_source", ["partner_id", "source", "source_key"], unique=False)
        batch_op.create_index("ix_cohort_session_starts", ["partner_id", "starts_at"], unique=False)

    op.create_table(
        "experiment",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("author_id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("insight", sa.Text(), nullable=True),
        sa.Column("hypothesis", sa.Text(), nullable=True),
        sa.Column("prediction", sa.Text(), nullable=True),
        sa.Column("smallest_test", sa.Text(), nullable=True),
        sa.Column("harm_check", sa.Text(), nullable=True),
        sa.Column("permission_holder", sa.String(length=200), nullable=True),
        sa.Column("signal_grow", sa.Text(), nullable=True),
        sa.Column("signal_stop", sa.Text(), nullable=True),
        sa.Column("learning", sa.Text(), nullable=True),
        sa.Column("condition", sa.String(length=20), nullable=True),
        sa.Column("scaling", sa.JSON(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("embedded_in", sa.Text(), nullable=True),
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
            ["partner_id", "author_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_experiment_partner_id_author_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "cohort_id"],
            ["cohort.partner_id", "cohort.id"],
            name=op.f("fk_experiment_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_experiment_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_experiment")),
    )
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_author", ["partner_id", "author_id"], unique=False)
        batch_op.create_index("ix_experiment_cohort", ["partner_id", "cohort_id", "state"], unique=False)

    op.create_table(
        "planned_module",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("identity", sa.String(length=120), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("canonical_identity", sa.String(length=120), nullable=True),
        sa.Column("canonical_hash", sa.String(length=71), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
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
            name=op.f("fk_planned_module_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_planned_module_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_planned_module")),
        info={"rollup": True},
    )
    with op.batch_alter_table("planned_module", schema=None) as batch_op:
        batch_op.create_index("ix_planned_module_cohort", ["partner_id", "cohort_id", "position"], unique=False)

    op.create_table(
        "summary_fact",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("cohort_id", Id(), nullable=False),
        sa.Column("indicator", sa.String(length=60), nullable=False),
        sa.Column("definition_hash", sa.String(length=71), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=True),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=True),
        sa.Column("counted_at", Moment(), nullable=False),
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
            name=op.f("fk_summary_fact_partner_id_cohort_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_summary_fact_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_summary_fact")),
        info={"rollup": True},
    )
    with op.batch_alter_table("summary_fact", schema=None) as batch_op:
        batch_op.create_index(
            "uq_summary_fact_definition",
            ["partner_id", "cohort_id", "indicator", "definition_hash"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "attendance",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("cohort_person_id", Id(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
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
            ["partner_id", "cohort_person_id"],
            ["cohort_person.partner_id", "cohort_person.id"],
            name=op.f("fk_attendance_partner_id_cohort_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "session_id"],
            ["cohort_session.partner_id", "cohort_session.id"],
            name=op.f("fk_attendance_partner_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_attendance_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(
            "uq_attendance_person",
            ["partner_id", "session_id", "cohort_person_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "evidence",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("tells", sa.String(length=10), nullable=False),
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
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name=op.f("fk_evidence_partner_id_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_evidence_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_evidence_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index("ix_evidence_experiment", ["partner_id", "experiment_id", "seen_on"], unique=False)

    op.create_table(
        "experiment_owner",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("person_id", Id(), nullable=False),
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
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name=op.f("fk_experiment_owner_partner_id_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_experiment_owner_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_experiment_owner_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_experiment_owner")),
    )
    with op.batch_alter_table("experiment_owner", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_owner_person", ["partner_id", "person_id"], unique=False)
        batch_op.create_index(
            "uq_experiment_owner_person",
            ["partner_id", "experiment_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "experiment_share",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("person_id", Id(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("granted_at", Moment(), nullable=False),
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
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name=op.f("fk_experiment_share_partner_id_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "person_id"],
            ["person.partner_id", "person.id"],
            name=op.f("fk_experiment_share_partner_id_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_experiment_share_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_experiment_share")),
    )
    with op.batch_alter_table("experiment_share", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_share_person", ["partner_id", "person_id"], unique=False)
        batch_op.create_index(
            "uq_experiment_share_audience",
            ["partner_id", "experiment_id", "audience", "person_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "experiment_step",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("experiment_id", Id(), nullable=False),
        sa.Column("from_state", sa.String(length=12), nullable=False),
        sa.Column("to_state", sa.String(length=12), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
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
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name=op.f("fk_experiment_step_partner_id_experiment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_experiment_step_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_experiment_step")),
    )
    with op.batch_alter_table("experiment_step", schema=None) as batch_op:
        batch_op.create_index("ix_experiment_step_experiment", ["partner_id", "experiment_id", "at"], unique=False)

    op.create_table(
        "session_block",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("planned_module_id", Id(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("block_key", sa.String(length=80), nullable=False),
        sa.Column("block_hash", sa.String(length=71), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("keeps", sa.JSON(), nullable=False),
        sa.Column("planned_minutes", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("effect", sa.String(length=10), nullable=True),
        sa.Column("adaptation", sa.JSON(), nullable=False),
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
            ["partner_id", "planned_module_id"],
            ["planned_module.partner_id", "planned_module.id"],
            name=op.f("fk_session_block_partner_id_planned_module_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id", "session_id"],
            ["cohort_session.partner_id", "cohort_session.id"],
            name=op.f("fk_session_block_partner_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_session_block_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_session_block")),
    )
    with op.batch_alter_table("session_block", schema=None) as batch_op:
        batch_op.create_index("ix_session_block_session", ["partner_id", "session_id", "position"], unique=False)

    op.create_table(
        "session_record",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("session_id", Id(), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("sealed_by", sa.String(length=12), nullable=False),
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
            ["partner_id", "session_id"],
            ["cohort_session.partner_id", "cohort_session.id"],
            name=op.f("fk_session_record_partner_id_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_session_record_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_session_record")),
    )
    with op.batch_alter_table("session_record", schema=None) as batch_op:
        batch_op.create_index(
            "uq_session_record_session",
            ["partner_id", "session_id"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.create_table(
        "record_correction",
        sa.Column("partner_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("record_id", Id(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("follows", sa.String(length=71), nullable=False),
        sa.Column("hash", sa.String(length=71), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
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
            ["partner_id", "record_id"],
            ["session_record.partner_id", "session_record.id"],
            name=op.f("fk_record_correction_partner_id_record_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partner.id"], name=op.f("fk_record_correction_partner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_record_correction")),
    )
    with op.batch_alter_table("record_correction", schema=None) as batch_op:
        batch_op.create_index(
            "uq_record_correction_number",
            ["partner_id", "record_id", "number"],
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("record_correction", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_record_correction_number",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("record_correction")
    with op.batch_alter_table("session_record", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_session_record_session",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("session_record")
    with op.batch_alter_table("session_block", schema=None) as batch_op:
        batch_op.drop_index("ix_session_block_session")

    op.drop_table("session_block")
    with op.batch_alter_table("experiment_step", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_step_experiment")

    op.drop_table("experiment_step")
    with op.batch_alter_table("experiment_share", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_experiment_share_audience",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_experiment_share_person")

    op.drop_table("experiment_share")
    with op.batch_alter_table("experiment_owner", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_experiment_owner_person",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_experiment_owner_person")

    op.drop_table("experiment_owner")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_experiment")

    op.drop_table("evidence")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_attendance_person",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("attendance")
    with op.batch_alter_table("summary_fact", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_summary_fact_definition",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("summary_fact")
    with op.batch_alter_table("planned_module", schema=None) as batch_op:
        batch_op.drop_index("ix_planned_module_cohort")

    op.drop_table("planned_module")
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.drop_index("ix_experiment_cohort")
        batch_op.drop_index("ix_experiment_author")

    op.drop_table("experiment")
    with op.batch_alter_table("cohort_session", schema=None) as batch_op:
        batch_op.drop_index("ix_cohort_session_starts")
        batch_op.drop_index("ix_cohort_session_source")
        batch_op.drop_index("ix_cohort_session_cohort")

    op.drop_table("cohort_session")
    with op.batch_alter_table("cohort_person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_cohort_person_part",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_cohort_person_person")
        batch_op.drop_index("ix_cohort_person_manager")
        batch_op.drop_index("ix_cohort_person_learning_partner")

    op.drop_table("cohort_person")
    op.drop_table("token")
    with op.batch_alter_table("sign_in_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_account_id"))

    op.drop_table("sign_in_session")
    with op.batch_alter_table("sharing_agreement", schema=None) as batch_op:
        batch_op.drop_index("ix_sharing_agreement_with")

    op.drop_table("sharing_agreement")
    with op.batch_alter_table("received_summary", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_received_summary_about",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_received_summary_name")

    op.drop_table("received_summary")
    with op.batch_alter_table("plugin_setting", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_plugin_setting_plugin",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )

    op.drop_table("plugin_setting")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_person_source",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_person_account",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index("ix_person_account")

    op.drop_table("person")
    with op.batch_alter_table("partner_translation", schema=None) as batch_op:
        batch_op.drop_index("ix_partner_translation_block")

    op.drop_table("partner_translation")
    with op.batch_alter_table("partner_module", schema=None) as batch_op:
        batch_op.drop_index("ix_partner_module_identity")

    op.drop_table("partner_module")
    with op.batch_alter_table("partner_domain", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_domain_partner_ref"))

    op.drop_table("partner_domain")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_outbox_id"))

    op.drop_table("outbox_mail")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_membership_role",
            sqlite_where=sa.text("deleted_at IS NULL"),
            postgresql_where=sa.text("deleted_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_membership_account_id"))

    op.drop_table("membership")
    with op.batch_alter_table("cohort", schema=None) as batch_op:
        batch_op.drop_index("ix_cohort_state")
        batch_op.drop_index("ix_cohort_source")

    op.drop_table("cohort")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_event_at")

    op.drop_table("audit_event")
    op.drop_table("rate_window")
    op.drop_table("plugin_fault")
    with op.batch_alter_table("partner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partner_name"))

    op.drop_table("partner")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_due")

    op.drop_table("outbox")
    op.drop_table("known_plugin")
    op.drop_table("job")
    op.drop_table("instance")
    with op.batch_alter_table("canonical_translation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_canonical_translation_block_hash"))

    op.drop_table("canonical_translation")
    with op.batch_alter_table("canonical_module", schema=None) as batch_op:
        batch_op.drop_index("ix_canonical_module_identity")

    op.drop_table("canonical_module")
    op.drop_table("canonical_block")
    op.drop_table("account")
