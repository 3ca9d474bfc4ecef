"""The experiment ledger: what is tried, who may see which field of it, what was found, and each step it took."""

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
    PartnerOwned,
    owned_by,
    personal,
    plain,
    unique_live,
)
from systems_changers.infra.personal import Keep
from systems_changers.infra.text import N_

WORDS: dict[str, Any] = {
    "purpose": N_("Thinking, testing and learning with experiments"),
    "basis": "legitimate interests",
    "keep": Keep.until_withdrawn(),
}


class Experiment(PartnerOwned, Base):
    """A small, reversible test of a guess about the system. `state`: see rules.py. Private until shared."""

    __tablename__ = "experiment"
    __table_args__ = (
        owned_by("author_id", "person"),
        owned_by("cohort_id", "cohort"),
        sa.Index("ix_experiment_author", "partner_id", "author_id"),
        sa.Index("ix_experiment_cohort", "partner_id", "cohort_id", "state"),
        {"info": {SUBJECT: ("author_id", "experiment_owner"), ON_ERASURE: {}, TITLE: N_("Experiments")}},
    )

    author_id: Mapped[UUID] = plain()
    cohort_id: Mapped[UUID | None] = plain()
    title: Mapped[str] = personal(sa.String(200), label=N_("Title"), **WORDS)
    state: Mapped[str] = plain(sa.String(12), default="noticing")
    insight: Mapped[str | None] = personal(sa.Text, label=N_("What was noticed"), **WORDS)
    hypothesis: Mapped[str | None] = personal(sa.Text, label=N_("The guess"), **WORDS)
    prediction: Mapped[str | None] = personal(sa.Text, label=N_("What is expected"), **WORDS)
    smallest_test: Mapped[str | None] = personal(sa.Text, label=N_("The smallest test"), **WORDS)
    harm_check: Mapped[str | None] = personal(sa.Text, label=N_("Who might be harmed"), **WORDS)
    permission_holder: Mapped[str | None] = personal(sa.String(200), label=N_("Who gives permission"), **WORDS)
    signal_grow: Mapped[str | None] = personal(sa.Text, label=N_("The sign to go on"), **WORDS)
    signal_stop: Mapped[str | None] = personal(sa.Text, label=N_("The sign to stop"), **WORDS)
    learning: Mapped[str | None] = personal(sa.Text, label=N_("What was learned"), **WORDS)
    condition: Mapped[str | None] = plain(sa.String(20))
    scaling: Mapped[list[str]] = plain(default=list)
    started_on: Mapped[date | None] = plain()
    ended_on: Mapped[date | None] = plain()
    embedded_in: Mapped[str | None] = personal(
        sa.Text, label=N_("Where it became part of how things are done"), **WORDS
    )


class ExperimentOwner(PartnerOwned, Base):
    """A co-owner, who may come from another organisation; sees and writes as the author does."""

    __tablename__ = "experiment_owner"
    __table_args__ = (
        owned_by("experiment_id", "experiment"),
        owned_by("person_id", "person"),
        unique_live("uq_experiment_owner_person", "experiment_id", "person_id"),
        sa.Index("ix_experiment_owner_person", "partner_id", "person_id"),
        {"info": {TITLE: N_("Experiments owned with others")}},
    )

    experiment_id: Mapped[UUID] = plain()
    person_id: Mapped[UUID] = plain()


class ExperimentShare(PartnerOwned, Base):
    """Who else may read it. `audience`: learning_partner, facilitators, cohort, partner, or person (with `person_id`).

    `fields` lists what a person is shown; empty means everything, which only the first four may be given.
    """

    __tablename__ = "experiment_share"
    __table_args__ = (
        owned_by("experiment_id", "experiment"),
        owned_by("person_id", "person"),
        unique_live("uq_experiment_share_audience", "experiment_id", "audience", "person_id"),
        sa.Index("ix_experiment_share_person", "partner_id", "person_id"),
        {"info": {SUBJECT: ("person_id", "experiment_id"), TITLE: N_("Who sees experiments")}},
    )

    experiment_id: Mapped[UUID] = plain()
    audience: Mapped[str] = plain(sa.String(20))
    person_id: Mapped[UUID | None] = plain()
    fields: Mapped[list[str]] = plain(default=list)
    granted_at: Mapped[datetime] = plain()


class Evidence(PartnerOwned, Base):
    """Something seen: `kind` is text, link or file; `tells` is grow, stop or neither."""

    __tablename__ = "evidence"
    __table_args__ = (
        owned_by("experiment_id", "experiment"),
        owned_by("person_id", "person"),
        owned_by("file_id", "stored_file"),
        sa.Index("ix_evidence_experiment", "partner_id", "experiment_id", "seen_on"),
        sa.Index("ix_evidence_file", "partner_id", "file_id"),
        {"info": {SUBJECT: ("person_id", "experiment_id"), TITLE: N_("What experiments showed")}},
    )

    experiment_id: Mapped[UUID] = plain()
    person_id: Mapped[UUID | None] = plain()
    kind: Mapped[str] = plain(sa.String(10), default="text")
    text: Mapped[str] = personal(sa.Text, label=N_("What was seen"), **WORDS)
    link: Mapped[str | None] = personal(sa.String(500), label=N_("Link"), **WORDS)
    seen_on: Mapped[date | None] = plain()
    tells: Mapped[str] = plain(sa.String(10), default="neither")
    file_id: Mapped[UUID | None] = plain()


class ExperimentStep(PartnerOwned, Base):
    """One move from state to state, with the reason where one was given; appended only."""

    __tablename__ = "experiment_step"
    __table_args__ = (
        owned_by("experiment_id", "experiment"),
        sa.Index("ix_experiment_step_experiment", "partner_id", "experiment_id", "at"),
        {"info": {SUBJECT: ("experiment_id", "created_by"), ON_ERASURE: {}, TITLE: N_("Steps of experiments")}},
    )

    experiment_id: Mapped[UUID] = plain()
    from_state: Mapped[str] = plain(sa.String(12))
    to_state: Mapped[str] = plain(sa.String(12))
    at: Mapped[datetime] = plain()
    why: Mapped[str | None] = personal(sa.Text, label=N_("Why a step was taken"), **WORDS)
    data: Mapped[dict[str, Any]] = plain(default=dict)
