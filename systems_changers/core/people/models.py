"""Accounts hold credentials only and are global; persons and memberships belong to a partner each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import Base, PartnerOwned, Recorded, personal, plain, unique_live
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


class Account(Recorded, Base):
    """How somebody signs in, at every partner. `email` is kept in lower case.

    `email_proven_at`: when a link that was mailed to it was first used; until then its password came by another way.
    """

    __tablename__ = "account"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)
    email: Mapped[str] = personal(sa.String(320), unique=True, label=N_("E-mail address"), **SIGN_IN)
    password_hash: Mapped[str | None] = personal(sa.String(200), label=N_("Password, as a hash"), **SIGN_IN)
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
    device: Mapped[str] = personal(
        sa.String(200), label=N_("Device and browser"), purpose=N_("Showing people where they are signed in"),
        basis="legitimate interests", keep=Keep.after("used", days=90, rows=True),
    )  # fmt: skip
    locale: Mapped[str | None] = plain(sa.String(40))
    created_at: Mapped[datetime] = plain()
    seen_at: Mapped[datetime] = plain()
    expires_at: Mapped[datetime] = plain()
    revoked_at: Mapped[datetime | None] = plain()


class Person(PartnerOwned, Base):
    """Somebody as one partner knows them; may have no account. What others in a cohort see, the person chooses.

    `shows` and `contact_by` are what was ticked; it is shown while a consent to it is in force (see core/privacy).
    """

    __tablename__ = "person"
    __table_args__ = (
        sa.Index("ix_person_account", "partner_id", "account_id"),
        unique_live("uq_person_account", "account_id"),
        unique_live("uq_person_source", "source", "source_key"),
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
        {"info": {BY_ACCOUNT: True}},
    )

    account_id: Mapped[UUID] = plain(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = plain(sa.String(20))
