"""The plugin's own table: what the safeguarding lead was told, and what was decided. Roles, never names."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.toolkit import (
    N_,
    ON_ERASURE,
    TITLE,
    Base,
    Keep,
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)

TOLD: dict[str, Any] = {
    "purpose": N_("Keeping young people safe"),
    "basis": "legitimate interests",
    "special": "substantial public interest",
    "keep": Keep.after("decided", years=6),
}


class SafeguardingReview(PartnerOwned, Base):
    """About one experiment or one session. `decision`: waiting, held, cleared. `young_people`: None until answered."""

    __tablename__ = "childrens_society_safeguarding_review"
    __table_args__ = (
        sa.ForeignKeyConstraint(  # named by hand: PostgreSQL cuts names at 63 characters
            ["partner_id", "experiment_id"],
            ["experiment.partner_id", "experiment.id"],
            name="fk_childrens_society_review_experiment",
            ondelete="CASCADE",
        ),
        owned_by("session_id", "cohort_session"),
        sa.CheckConstraint("(experiment_id IS NULL) <> (session_id IS NULL)", name="about_one"),
        unique_live("uq_childrens_society_review_experiment", "experiment_id"),
        unique_live("uq_childrens_society_review_session", "session_id"),
        sa.Index("ix_childrens_society_review_decision", "partner_id", "decision", "created_at"),
        {"info": {ON_ERASURE: {}, TITLE: N_("Safeguarding reviews")}},
    )

    experiment_id: Mapped[UUID | None] = plain()
    session_id: Mapped[UUID | None] = plain()
    young_people: Mapped[bool | None] = plain()
    what: Mapped[str | None] = personal(sa.String(200), label=N_("What it is about"), **TOLD)
    who: Mapped[str | None] = personal(sa.Text, label=N_("Who is affected, as roles"), **TOLD)
    keep_safe: Mapped[str | None] = personal(sa.Text, label=N_("What keeps them safe"), **TOLD)
    decision: Mapped[str] = plain(sa.String(10), default="waiting")
    reason: Mapped[str | None] = personal(sa.Text, label=N_("Why it was decided so"), **TOLD)
    decided_as: Mapped[str | None] = plain(sa.String(120))
    decided_at: Mapped[datetime | None] = plain()
