"""A cohort, the people in it, and its plan: the exact module versions it follows."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import (
    ON_ERASURE,
    SUBJECT,
    TITLE,
    Base,
    Nobody,
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.isolation import ROLLUP
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_

LEAD: dict[str, Any] = {
    "purpose": N_("Saying whom to turn to when somebody may not be safe"),
    "basis": "legitimate interests",
    "keep": Keep.after_cohort(),
}


class Cohort(PartnerOwned, Base):
    """People learning together. `form`: place, organisation, mixed. `state`: see rules.py. Minutes are whole."""

    __tablename__ = "cohort"
    __table_args__ = (
        sa.Index("ix_cohort_state", "partner_id", "state", "starts_on"),
        sa.Index("ix_cohort_source", "partner_id", "source", "source_key"),
        {"info": {ROLLUP: True, TITLE: N_("Cohorts"), SUBJECT: Nobody("whom to turn to is a name that anybody wrote")}},
    )

    name: Mapped[str] = plain(sa.String(160))
    form: Mapped[str] = plain(sa.String(12), default="place")
    type_key: Mapped[str | None] = plain(sa.String(60))
    state: Mapped[str] = plain(sa.String(12), default="planned")
    rehearsal: Mapped[bool] = plain(default=False)
    place: Mapped[str | None] = plain(sa.String(160))
    host_organisation: Mapped[str | None] = plain(sa.String(160))
    purpose: Mapped[str | None] = plain(sa.Text)
    criteria: Mapped[str | None] = plain(sa.Text)
    target_places: Mapped[int | None] = plain()
    starts_on: Mapped[date | None] = plain()
    ends_on: Mapped[date | None] = plain()
    time_zone: Mapped[str] = plain(sa.String(60), default="Europe/London")
    locale: Mapped[str] = plain(sa.String(40), default="en_GB")
    local_name: Mapped[str | None] = plain(sa.String(160))
    local_mark: Mapped[str | None] = plain(sa.String(12))
    co_host: Mapped[str | None] = plain(sa.String(160))
    safeguarding_name: Mapped[str | None] = personal(sa.String(120), label=N_("Who looks after safeguarding"), **LEAD)
    safeguarding_contact: Mapped[str | None] = personal(sa.String(200), label=N_("How to reach them"), **LEAD)
    opened_at: Mapped[datetime | None] = plain()
    closed_at: Mapped[datetime | None] = plain()


class CohortPerson(PartnerOwned, Base):
    """Somebody's part in a cohort: participant, facilitator or learning_partner, with who supports them.

    `state`: invited, confirmed, left. `learning_partner_since` is when the present one was assigned: who comes later is
    not shown what was shared with the one before. `front_line_share` is the percentage of paid time in direct contact.
    """

    __tablename__ = "cohort_person"
    __table_args__ = (
        owned_by("cohort_id", "cohort"),
        owned_by("person_id", "person"),
        owned_by("manager_id", "person", ondelete="RESTRICT"),
        owned_by("learning_partner_id", "person", ondelete="RESTRICT"),
        unique_live("uq_cohort_person_part", "cohort_id", "person_id", "part"),
        sa.Index("ix_cohort_person_person", "partner_id", "person_id"),
        sa.Index("ix_cohort_person_manager", "partner_id", "manager_id"),
        sa.Index("ix_cohort_person_learning_partner", "partner_id", "learning_partner_id"),
        {"info": {ON_ERASURE: {}, TITLE: N_("Places in cohorts")}},
    )

    cohort_id: Mapped[UUID] = plain()
    person_id: Mapped[UUID] = plain()
    part: Mapped[str] = plain(sa.String(20), default="participant")
    state: Mapped[str] = plain(sa.String(12), default="invited")
    manager_id: Mapped[UUID | None] = plain()
    learning_partner_id: Mapped[UUID | None] = plain()
    learning_partner_since: Mapped[datetime | None] = plain()
    front_line_share: Mapped[int | None] = plain()
    question: Mapped[str | None] = personal(
        sa.Text, label=N_("The question a person brings"), purpose=N_("Learning together in a cohort"),
        basis="legitimate interests", keep=Keep.after_cohort(years=2),
    )  # fmt: skip
    confirmed_at: Mapped[datetime | None] = plain()
    left_at: Mapped[datetime | None] = plain()


class PlannedModule(PartnerOwned, Base):
    """One line of the plan: which exact module version, in which place. `hash` points into the partner's own store.

    `canonical_hash` is what it was made from, so that what was core is never lost.
    """

    __tablename__ = "planned_module"
    __table_args__ = (
        owned_by("cohort_id", "cohort"),
        sa.Index("ix_planned_module_cohort", "partner_id", "cohort_id", "position"),
        {"info": {ROLLUP: True}},
    )

    cohort_id: Mapped[UUID] = plain()
    position: Mapped[int] = plain()
    origin: Mapped[str] = plain(sa.String(12))
    identity: Mapped[str] = plain(sa.String(120))
    hash: Mapped[str] = plain(sa.String(71))
    canonical_identity: Mapped[str | None] = plain(sa.String(120))
    canonical_hash: Mapped[str | None] = plain(sa.String(71))
    number: Mapped[int | None] = plain()
    title: Mapped[str] = plain(sa.String(200))
    minutes: Mapped[int] = plain(default=0)
    translations: Mapped[dict[str, Any]] = plain(default=dict)
