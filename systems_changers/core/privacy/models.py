"""What people agreed to, in the words that they were shown, what they asked for and complained of, and who is gone."""

from datetime import date, datetime
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
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.isolation import APPEND_ONLY
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_

COMPLAINT: dict[str, Any] = {
    "purpose": N_("Answering complaints about how we use personal data"),
    "basis": "legal obligation",
    "keep": Keep.after("closed", years=2),
}


class ConsentWording(PartnerOwned, Base):
    """Words that somebody agreed to, as shown; never changed. `number` counts a purpose's wordings in one language."""

    __tablename__ = "consent_wording"
    __table_args__ = (unique_live("uq_consent_wording_hash", "purpose", "locale", "hash"),)

    purpose: Mapped[str] = plain(sa.String(40))
    locale: Mapped[str] = plain(sa.String(40))
    number: Mapped[int] = plain()
    hash: Mapped[str] = plain(sa.String(71))
    text: Mapped[str] = plain(sa.Text)


class Consent(PartnerOwned, Base):
    """That a person agreed: to what, shown where, by which organisation, in which words, when and entered by whom.

    Withdrawing sets `withdrawn_at`, and nothing else ever changes; who agrees again is a new row.
    """

    __tablename__ = "consent"
    __table_args__ = (
        owned_by("person_id", "person"),
        owned_by("wording_id", "consent_wording"),
        sa.Index("ix_consent_person", "partner_id", "person_id", "purpose"),
    )

    person_id: Mapped[UUID] = plain()
    purpose: Mapped[str] = plain(sa.String(40))
    channel: Mapped[str] = plain(sa.String(20))
    organisation: Mapped[str] = plain(sa.String(200))
    wording_id: Mapped[UUID] = plain()
    given_at: Mapped[datetime] = plain()
    given_by: Mapped[UUID | None] = plain()
    withdrawn_at: Mapped[datetime | None] = plain()
    withdrawn_by: Mapped[UUID | None] = plain()


class Complaint(PartnerOwned, Base):
    """A complaint about how personal data is used here, from anybody; the law's clock runs from `received_at`.

    That there was one, and what came of it, outlasts whoever complained.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        sa.Index("ix_complaint_received", "partner_id", "received_at"),
        {"info": {SUBJECT: "contact", ON_ERASURE: {"outcome": STAYS}, TITLE: N_("Complaints")}},
    )

    name: Mapped[str] = personal(sa.String(120), label=N_("Name"), **COMPLAINT)
    contact: Mapped[str] = personal(sa.String(320), label=N_("How to reach them"), **COMPLAINT)
    words: Mapped[str] = personal(sa.Text, label=N_("What the complaint is about"), **COMPLAINT)
    received_at: Mapped[datetime] = plain()
    acknowledged_at: Mapped[datetime | None] = plain()
    closed_at: Mapped[datetime | None] = plain()
    outcome: Mapped[str | None] = personal(sa.Text, label=N_("What was done about it"), **COMPLAINT)


class SubjectRequest(PartnerOwned, Base):
    """Somebody asked for what is held about them, or to be erased: `kind` is access or erasure.

    `due_on` follows rules.answer_by, also once it is `extended`.
    """

    __tablename__ = "subject_request"
    __table_args__ = (
        owned_by("person_id", "person"),
        sa.Index("ix_subject_request_due", "partner_id", "answered_at", "due_on"),
        sa.Index("ix_subject_request_person", "partner_id", "person_id"),
        {"info": {ON_ERASURE: {}, TITLE: N_("Requests about one's own data")}},
    )

    kind: Mapped[str] = plain(sa.String(10))
    person_id: Mapped[UUID] = plain()
    received_on: Mapped[date] = plain()
    due_on: Mapped[date] = plain()
    extended: Mapped[bool] = plain(default=False)
    answered_at: Mapped[datetime | None] = plain()
    note: Mapped[str | None] = personal(
        sa.String(500),
        purpose=N_("Answering what people ask for about their data"),
        basis="legal obligation",
        keep=Keep.after("closed", years=3, column="answered_at"),
        label=N_("What was noted on a request"),
    )


class Tombstone(PartnerOwned, Base):
    """That somebody was erased, so that restores and imports erase again: a keyed hash, no readable person.

    `kind` says of what the hash is: person, email or source; of a hash the row that came last counts, and one that is
    `lifted` lets the person in again.
    """

    __tablename__ = "tombstone"
    __table_args__ = (
        sa.Index("ix_tombstone_digest", "partner_id", "digest"),
        {"info": {APPEND_ONLY: True}},
    )

    kind: Mapped[str] = plain(sa.String(10))
    salt: Mapped[str] = plain(sa.String(32))
    digest: Mapped[str] = plain(sa.String(64))
    at: Mapped[datetime] = plain()
    lifted: Mapped[bool] = plain(default=False)
