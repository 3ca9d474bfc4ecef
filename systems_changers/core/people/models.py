"""Accounts hold credentials only and are global; persons and memberships belong to a partner each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import Base, PartnerOwned, Recorded, personal, plain, unique_live
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import BY_ACCOUNT

CONTACT: dict[str, Any] = {"purpose": "reach the person about the programme", "keep": "2 years after the last cohort"}
FACTOR: dict[str, Any] = {"purpose": "prove who signs in", "keep": "until it is turned off"}
ROOM: dict[str, Any] = {"purpose": "let people in a cohort meet", "keep": "until the person takes it back"}


class Account(Recorded, Base):
    """How somebody signs in, at every partner. `email` is kept in lower case.

    `email_proven_at`: when a link that was mailed to it was first used; until then its password came by another way.
    """

    __tablename__ = "account"

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

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    secret_hash: Mapped[str] = plain(sa.String(64), unique=True)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = plain(sa.String(253))
    device: Mapped[str] = personal(sa.String(200), purpose="show where one is signed in", keep="90 days")
    locale: Mapped[str | None] = plain(sa.String(40))
    created_at: Mapped[datetime] = plain()
    seen_at: Mapped[datetime] = plain()
    expires_at: Mapped[datetime] = plain()
    confirmed_at: Mapped[datetime | None] = plain()
    revoked_at: Mapped[datetime | None] = plain()


class Totp(Base):
    """The authenticator app of an account. `secret` is sealed; `last_step` counts the half minutes since 1970.

    No code of that half minute or an earlier one is taken again.
    """

    __tablename__ = "totp"

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = personal(sa.String(300), **FACTOR)
    confirmed_at: Mapped[datetime] = plain()
    last_step: Mapped[int] = plain()


class RecoveryCode(Base):
    """One of ten codes on paper, for whoever lost the app or the passkey; of the code only a hash is kept."""

    __tablename__ = "recovery_code"

    hash: Mapped[str] = personal(sa.String(64), primary_key=True, **FACTOR)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class Passkey(Base):
    """A key pair of a phone, a computer or a stick, at one host; the private half never leaves it."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = plain(sa.String(253))
    name: Mapped[str] = personal(sa.String(80), **FACTOR)
    credential: Mapped[str] = personal(sa.String(1400), unique=True, **FACTOR)
    public_key: Mapped[str] = personal(sa.Text, **FACTOR)
    sign_count: Mapped[int] = plain(sa.BigInteger)
    created_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class Person(PartnerOwned, Base):
    """Somebody as one partner knows them; may have no account. What others in a cohort see, the person chooses."""

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("ix_person_account", "partner_id", "account_id"),
        unique_live("uq_person_account", "account_id"),
        unique_live("uq_person_source", "source", "source_key"),
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
        {"info": {BY_ACCOUNT: True}},
    )

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = plain(sa.String(20))
