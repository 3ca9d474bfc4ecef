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
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_

SIGN_IN: dict[str, Any] = {"purpose": N_("Signing in"), "basis": "contract", "keep": Keep.while_account()}
CONTACT: dict[str, Any] = {
    "purpose": N_("Reaching people about the programme"),
    "basis": "legitimate interests",
    "keep": Keep.after_last_cohort(years=2),
}
ROOM: dict[str, Any] = {
    "purpose": N_("Letting people in a cohort meet"),
    "basis": "consent",
    "keep": Keep.until_withdrawn(),
}
ERASED = "(erased)"
"""The name of a person of whom only places in figures are left."""


class Account(Recorded, Base):
    """How somebody signs in, at every partner. `email` is kept in lower case.

    `email_proven_at`: when a link that was mailed to it was first used; until then its password came by another way.
    """

    __tablename__ = "account"
    __table_args__ = ({"info": {TITLE: N_("Account")}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    email: Mapped[str] = personal(sa.String(320), unique=True, label=N_("E-mail address"), **SIGN_IN)
    password_hash: Mapped[str | None] = personal(sa.String(200), label=N_("Password, as a hash"), **SIGN_IN)
    is_operator: Mapped[bool] = plain(default=False)
    email_proven_at: Mapped[datetime | None] = plain()
    locale: Mapped[str | None] = plain(sa.String(40))
    disabled_at: Mapped[datetime | None] = plain()


class SignInSession(Base):
    """A browser that is signed in at one host; the cookie holds the secret, this row its hash.

    `partner_ref` is the partner whose sign-on it began with: it counts there alone.
    """

    __tablename__ = "sign_in_session"
    __table_args__ = ({"info": {TITLE: N_("Devices that are signed in")}},)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    secret_hash: Mapped[str] = plain(sa.String(64), unique=True)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = plain(sa.String(253))
    partner_ref: Mapped[UUID | None] = plain()
    device: Mapped[str] = personal(
        sa.String(200), label=N_("Device and browser"), purpose=N_("Showing people where they are signed in"),
        basis="legitimate interests", keep=Keep.after("used", days=90, rows=True),
    )  # fmt: skip
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
    secret: Mapped[str] = personal(sa.String(300), label=N_("Secret of the authenticator app, sealed"), **SIGN_IN)
    confirmed_at: Mapped[datetime] = plain()
    last_step: Mapped[int] = plain()


class RecoveryCode(Base):
    """One of ten codes on paper, for whoever lost the app or the passkey; of the code only a hash is kept."""

    __tablename__ = "recovery_code"

    hash: Mapped[str] = personal(sa.String(64), primary_key=True, label=N_("Recovery codes, as hashes"), **SIGN_IN)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class Passkey(Base):
    """A key pair of a phone, a computer or a stick, at one host; the private half never leaves it."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    host: Mapped[str] = plain(sa.String(253))
    name: Mapped[str] = personal(sa.String(80), label=N_("Name of a passkey"), **SIGN_IN)
    credential: Mapped[str] = personal(sa.String(1400), unique=True, label=N_("Passkey"), **SIGN_IN)
    public_key: Mapped[str] = personal(sa.Text, label=N_("Public key of a passkey"), **SIGN_IN)
    sign_count: Mapped[int] = plain(sa.BigInteger)
    created_at: Mapped[datetime] = plain()
    used_at: Mapped[datetime | None] = plain()


class SignOnIdentity(Base):
    """Who an account is at an organisation's sign-in service. `subject` is that service's own name for the person.

    `by_owner`: the account's owner made it, signed in; else it came about with the account, and opens it only while
    the account is nobody's at any other partner.
    """

    __tablename__ = "sign_on_identity"
    __table_args__ = (sa.UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = plain(sa.String(500))
    subject: Mapped[str] = personal(sa.String(300), label=N_("Name at an organisation's sign-in service"), **SIGN_IN)
    by_owner: Mapped[bool] = plain()
    created_at: Mapped[datetime] = plain()
    last_used_at: Mapped[datetime | None] = plain()


class SignOnProvider(PartnerOwned, Base):
    """Where a partner's own people sign in: one a partner. `secret` is sealed; `boundary` is the tenant or the domain.

    `kind`: entra, google or other. `mode`: off, offered, or required of staff.
    """

    __tablename__ = "sign_on_provider"

    kind: Mapped[str] = plain(sa.String(10))
    name: Mapped[str] = plain(sa.String(60))
    issuer: Mapped[str] = plain(sa.String(500))
    boundary: Mapped[str] = plain(sa.String(253))
    client_id: Mapped[str] = plain(sa.String(300))
    secret: Mapped[str] = plain(sa.String(1000))
    domains: Mapped[list[str]] = plain(default=list)
    mode: Mapped[str] = plain(sa.String(10))


class Person(PartnerOwned, Base):
    """Somebody as one partner knows them; may have no account. What others in a cohort see, the person chooses.

    `shows` and `contact_by` are what was ticked; it is shown while a consent to it is in force (see core/privacy).
    """

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("ix_person_account", "partner_id", "account_id"),
        unique_live("uq_person_account", "account_id"),
        unique_live("uq_person_source", "source", "source_key"),
        {"info": {ON_ERASURE: {"name": ERASED, "account_id": None}, TITLE: N_("Name, contact and profile")}},
    )

    account_id: Mapped[UUID | None] = plain(sa.ForeignKey("account.id", ondelete="SET NULL"))
    name: Mapped[str] = personal(sa.String(120), label=N_("Name"), **CONTACT)
    email: Mapped[str | None] = personal(sa.String(320), label=N_("E-mail address"), **CONTACT)
    phone: Mapped[str | None] = personal(sa.String(40), label=N_("Phone"), **CONTACT)
    job: Mapped[str | None] = personal(sa.String(120), label=N_("What I do"), **CONTACT)
    organisation: Mapped[str | None] = personal(sa.String(120), label=N_("Where I work"), **CONTACT)
    team: Mapped[str | None] = personal(sa.String(120), label=N_("My team"), **CONTACT)
    locale: Mapped[str | None] = personal(sa.String(40), label=N_("Language"), **CONTACT)
    time_zone: Mapped[str | None] = personal(sa.String(60), label=N_("Time zone"), **CONTACT)
    access_needs: Mapped[str | None] = personal(
        sa.Text, label=N_("What would help me take part"), purpose=N_("Making sessions work for everybody"),
        basis="consent", special="explicit consent", keep=Keep.after_last_cohort(),
    )  # fmt: skip
    about: Mapped[str | None] = personal(sa.Text, label=N_("About me"), **ROOM)
    asks: Mapped[str | None] = personal(sa.Text, label=N_("What I ask for"), **ROOM)
    offers: Mapped[str | None] = personal(sa.Text, label=N_("What I offer"), **ROOM)
    shows: Mapped[list[str]] = personal(default=lambda: ["name"], label=N_("What the others in my cohort see"), **ROOM)
    contact_by: Mapped[list[str]] = personal(default=list, label=N_("How the others in my cohort may reach me"), **ROOM)


class Membership(PartnerOwned, Base):
    """A role at a partner: administrator, facilitator, participant, line_manager or analyst."""

    __tablename__ = "membership"
    __table_args__ = (
        unique_live("uq_membership_role", "account_id", "role"),
        {"info": {BY_ACCOUNT: True, TITLE: N_("Roles")}},
    )

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = plain(sa.String(20))
