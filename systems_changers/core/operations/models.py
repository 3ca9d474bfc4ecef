"""What operations store: the instance, plugin registry and settings, audit events, one-time tokens, and files."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import (
    ON_ERASURE,
    STAYS,
    SUBJECT,
    TITLE,
    Base,
    OfPartner,
    PartnerOwned,
    Recorded,
    owned_by,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import APPEND_ONLY, EVERYBODY, READ_BY
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_


class Instance(Recorded, Base):
    """The one row that says what this installation is; `kind` is real or demo and never changes."""

    __tablename__ = "instance"
    __table_args__ = ({"info": {READ_BY: EVERYBODY}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    kind: Mapped[str] = plain(sa.String(10))
    name: Mapped[str] = plain(sa.String(120))


class KnownPlugin(Recorded, Base):
    """A plugin this instance has ever had: its tables stay known when its package is gone."""

    __tablename__ = "known_plugin"

    slug: Mapped[str] = plain(sa.String(40), primary_key=True)
    title: Mapped[str] = plain(sa.String(120))
    release: Mapped[str] = plain(sa.String(40))
    tables: Mapped[list[str]] = plain(default=list)
    personal_tables: Mapped[list[str]] = plain(default=list)
    state: Mapped[str] = plain(sa.String(12), default="installed")


class PluginFault(Base):
    """The latest thing a plugin did wrong in one hook, and how often."""

    __tablename__ = "plugin_fault"

    plugin: Mapped[str] = plain(sa.String(40), primary_key=True)
    hook: Mapped[str] = plain(sa.String(60), primary_key=True)
    why: Mapped[str] = plain(sa.String(500))
    times: Mapped[int] = plain(default=1)
    last_at: Mapped[datetime] = plain()


class PluginSetting(PartnerOwned, Base):
    """A plugin's validated settings at one partner; kept when the plugin is disabled."""

    __tablename__ = "plugin_setting"
    __table_args__ = (unique_live("uq_plugin_setting_plugin", "plugin"),)

    plugin: Mapped[str] = plain(sa.String(40))
    values: Mapped[dict[str, Any]] = plain(default=dict)


class Audited:
    """Who did what to which record and when. `changed` names fields, never their values."""

    at: Mapped[datetime] = plain()
    name: Mapped[str] = plain(sa.String(60))
    actor_account_id: Mapped[UUID | None] = personal(
        label=N_("Who did what and when"), purpose=N_("Being able to say who did what"), basis="legitimate interests",
        keep=Keep.with_the_trail(),
    )  # fmt: skip
    object_kind: Mapped[str | None] = plain(sa.String(40))
    object_id: Mapped[UUID | None] = plain()
    changed: Mapped[list[str]] = plain(default=list)


class AuditEvent(Audited, PartnerOwned, Base):
    """What was done at a partner; append-only, and goes with the partner."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_at", "partner_id", "at"),
        {"info": {APPEND_ONLY: True, SUBJECT: "actor_account_id", ON_ERASURE: STAYS, TITLE: N_("List of changes")}},
    )


class OperatorAudit(Audited, Base):
    """What was done outside any partner; append-only."""

    __tablename__ = "operator_audit"
    __table_args__ = (
        sa.Index("ix_operator_audit_at", "at"),
        {"info": {APPEND_ONLY: True, SUBJECT: "actor_account_id", ON_ERASURE: STAYS,
                  TITLE: N_("List of changes outside any partner")}},
    )  # fmt: skip

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)


class Sealed:
    """Place and hash of an event in its chain (rules.link_hash); `number` counts from 1 without gaps."""

    number: Mapped[int] = plain()
    hash: Mapped[str] = plain(sa.String(64))
    sealed_at: Mapped[datetime] = plain()


class AuditLink(Sealed, OfPartner, Base):
    """The seal of a partner's event, whose id it has.

    No foreign key says so: whoever took an event away would take its seal along, and nobody would miss either.
    """

    __tablename__ = "audit_link"
    __table_args__ = (sa.UniqueConstraint("partner_id", "number"), {"info": {APPEND_ONLY: True}})

    id: Mapped[UUID] = plain(primary_key=True, sort_order=-1)


class OperatorAuditLink(Sealed, Base):
    """The seal of an event outside any partner, whose id it has."""

    __tablename__ = "operator_audit_link"
    __table_args__ = (sa.UniqueConstraint("number"), {"info": {APPEND_ONLY: True}})

    id: Mapped[UUID] = plain(primary_key=True)


class StoredFile(PartnerOwned, Base):
    """A file that somebody gave: what its content is called and where it lies, which several may share.

    Who may read it is decided by the row that points here; one that nothing points at is cleared away.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        owned_by("uploaded_by", "person"),
        sa.Index("ix_stored_file_sha256", "partner_id", "sha256"),
        sa.Index("ix_stored_file_uploaded_by", "partner_id", "uploaded_by"),
    )

    sha256: Mapped[str] = plain(sa.String(64))
    size: Mapped[int] = plain(sa.BigInteger)
    media_type: Mapped[str] = plain(sa.String(100))
    name: Mapped[str] = personal(
        sa.String(150),
        purpose=N_("Saying what a file is"),
        basis="legitimate interests",
        keep=Keep.until_withdrawn(),
        label=N_("Name of a file"),
    )
    width: Mapped[int | None] = plain()
    height: Mapped[int | None] = plain()
    uploaded_by: Mapped[UUID | None] = plain()


class Token(Base):
    """A one-time secret, kept as a hash: what it is for, for whom, until when. Global: it is read before sign-in."""

    __tablename__ = "token"
    __table_args__ = ({"info": {READ_BY: "partner_ref"}},)

    hash: Mapped[str] = plain(sa.String(64), primary_key=True)
    purpose: Mapped[str] = plain(sa.String(20))
    account_id: Mapped[UUID | None] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"))
    partner_ref: Mapped[UUID | None] = plain()
    subject_ref: Mapped[UUID | None] = plain()
    data: Mapped[dict[str, Any]] = plain(default=dict)
    created_at: Mapped[datetime] = plain()
    expires_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class TakenForm(OfPartner, Base):
    """A form that was taken at a partner, and the path that it led to; `id` is the first half of its hash."""

    __tablename__ = "taken_form"
    id: Mapped[UUID] = plain(primary_key=True, sort_order=-1)
    led_to: Mapped[str] = plain(sa.Text)
    expires_at: Mapped[datetime] = plain()


class RateWindow(Base):
    """How often something was tried in a window; the storage of the rate limits."""

    __tablename__ = "rate_window"

    key: Mapped[str] = plain(sa.String(200), primary_key=True)
    times: Mapped[int] = plain()
    ends_at: Mapped[float] = plain(sa.Float())
