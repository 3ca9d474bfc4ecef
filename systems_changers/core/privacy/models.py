"""What people agreed to, in the words that they were shown, and what they complained of."""

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
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)
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
