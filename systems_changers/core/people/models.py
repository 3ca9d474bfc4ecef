"""Accounts hold credentials only and are global; persons and memberships belong to a partner each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import (
    ON_ERASURE,
    TITLE,
    Base,
    PartnerOwned,
    Recorded,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import BY_ACCOUNT
from systems_changers.infra.text import N_

CONTACT: dict[str, Any] = {"purpose": "reach the person about the programme", "keep": "2 years after the last cohort"}
ERASED = "(erased)"
"""The name of a person of whom only places in figures are left."""
ROOM: dict[str, Any] = {"purpose": "let people in a cohort meet", "keep": "until the person takes it back"}


class Account(Recorded, Base):
    """How somebody signs in, at every partner. `email` is kept in lower case.

    `email_proven_at`: when a link that was mailed to it was first used; until then its password came by another way.
    """

    __tablename__ = "account"
    __table_args__ = ({"info": {TITLE: N_("Account")}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    email: Mapped[str] = personal(sa.String(320), unique=True, purpose="sign in", keep="while the account exists")
    password_hash: Mapped[str | None] = personal(sa.String(200), purpose="sign in", keep="while the account exists")
    is_operator: Mapped[bool] = plain(default=False)
    email_proven_at: Mapped[datetime | None] = plain()
    locale: Mapped[str | None] = plain(sa.String(40))
    disabled_at: Mapped[datetime | None] = plain()


class SignInSession(Base):
    """A browser that is signed in at one host; the cookie holds the secret, this row its hash."""

    __tablename__ = "sign_in_session"
    __table_args__ = ({"info": {TITLE: N_("Devices that are signed in")}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    secret_hash: Mapped[str] = plain(sa.String(64), unique=True)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = plain(sa.String(253))
    device: Mapped[str] = personal(sa.String(200), purpose="show where one is signed in", keep="90 days")
    locale: Mapped[str | None] = plain(sa.String(40))
    created_at: Mapped[datetime] = plain()
    seen_at: Mapped[datetime] = plain()
    expires_at: Mapped[datetime] = plain()
    revoked_at: Mapped[datetime | None] = plain()


class Person(PartnerOwned, Base):
    """Somebody as one partner knows them; may have no account. What others in a cohort see, the person chooses."""

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("ix_person_account", "partner_id", "account_id"),
        unique_live("uq_person_account", "account_id"),
        unique_live("uq_person_source", "source", "source_key"),
        {"info": {ON_ERASURE: {"name": ERASED, "account_id": None}, TITLE: N_("Name, contact and profile")}},
    )

    account_id: Mapped[UUID | None] = plain(sa.ForeignKey("account.id", ondelete="SET NULL"))
    name: Mapped[str] = personal(sa.String(120), **CONTACT)
    email: Mapped[str | None] = personal(sa.String(320), **CONTACT)
    phone: Mapped[str | None] = personal(sa.String(40), **CONTACT)
    job: Mapped[str | None] = personal(sa.String(120), **CONTACT)
    organisation: Mapped[str | None] = personal(sa.String(120), **CONTACT)
    team: Mapped[str | None] = personal(sa.String(120), **CONTACT)
    locale: Mapped[str | None] = personal(sa.String(40), **CONTACT)
    time_zone: Mapped[str | None] = personal(sa.String(60), **CONTACT)
    access_needs: Mapped[str | None] = personal(
        sa.Text, purpose="make sessions work for the person", keep="until the cohort closes", special=True
    )
    about: Mapped[str | None] = personal(sa.Text, **ROOM)
    asks: Mapped[str | None] = personal(sa.Text, **ROOM)
    offers: Mapped[str | None] = personal(sa.Text, **ROOM)
    shows: Mapped[list[str]] = personal(default=lambda: ["name"], **ROOM)
    contact_by: Mapped[list[str]] = personal(default=list, **ROOM)


class Membership(PartnerOwned, Base):
    """A role at a partner: administrator, facilitator, participant, line_manager or analyst."""

    __tablename__ = "membership"
    __table_args__ = (
        unique_live("uq_membership_role", "account_id", "role"),
        {"info": {BY_ACCOUNT: True, TITLE: N_("Roles")}},
    )

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = plain(sa.String(20))
