"""A session of a cohort, its blocks, who came, and the record that is sealed when it is written up."""

from datetime import datetime
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


class CohortSession(PartnerOwned, Base):
    """One meeting. `state`: planned, confirmed, delivered, written_up, moved, cancelled. `starts_at` is UTC.

    `time_zone` is where it takes place; `head_count` is what a register or the attendance says, None if not recorded.
    """

    __tablename__ = "cohort_session"
    __table_args__ = (
        owned_by("cohort_id", "cohort"),
        sa.Index("ix_cohort_session_cohort", "partner_id", "cohort_id", "number"),
        sa.Index("ix_cohort_session_starts", "partner_id", "starts_at"),
        sa.Index("ix_cohort_session_source", "partner_id", "source", "source_key"),
        {"info": {ROLLUP: True, TITLE: N_("Sessions"), SUBJECT: Nobody("notes are the work's, and may name anybody")}},
    )

    cohort_id: Mapped[UUID] = plain()
    number: Mapped[int] = plain()
    title: Mapped[str] = plain(sa.String(200))
    kind: Mapped[str] = plain(sa.String(20), default="led")
    state: Mapped[str] = plain(sa.String(12), default="planned")
    starts_at: Mapped[datetime | None] = plain()
    minutes: Mapped[int] = plain(default=0)
    time_zone: Mapped[str] = plain(sa.String(60), default="Europe/London")
    place: Mapped[str | None] = plain(sa.String(200))
    link: Mapped[str | None] = plain(sa.String(500))
    notes: Mapped[str | None] = personal(
        sa.Text, label=N_("Notes on a session"), purpose=N_("Remembering what the next session needs"),
        basis="legitimate interests", keep=Keep.after_cohort(years=2),
    )  # fmt: skip
    head_count: Mapped[int | None] = plain()
    delivered_at: Mapped[datetime | None] = plain()
    written_up_at: Mapped[datetime | None] = plain()
    reminders: Mapped[int] = plain(default=0)


class SessionBlock(PartnerOwned, Base):
    """A block as planned and as it went. `outcome`: as_planned, shortened, lengthened, skipped, replaced, added.

    A departure carries one adaptation record in the shape of FRAME (Wiltsey Stirman and others, 2019): when, planned or
    reactive, who decided, what, level, nature, effect on the core element, reason.
    """

    __tablename__ = "session_block"
    __table_args__ = (
        owned_by("session_id", "cohort_session"),
        owned_by("planned_module_id", "planned_module"),
        sa.Index("ix_session_block_session", "partner_id", "session_id", "position"),
    )

    session_id: Mapped[UUID] = plain()
    planned_module_id: Mapped[UUID | None] = plain()
    position: Mapped[int] = plain()
    block_key: Mapped[str] = plain(sa.String(80))
    block_hash: Mapped[str | None] = plain(sa.String(71))
    title: Mapped[str] = plain(sa.String(200))
    tier: Mapped[str] = plain(sa.String(12), default="free")
    keeps: Mapped[list[str]] = plain(default=list)
    planned_minutes: Mapped[int] = plain(default=0)
    outcome: Mapped[str] = plain(sa.String(12), default="as_planned")
    minutes: Mapped[int | None] = plain()
    reason: Mapped[str | None] = plain(sa.String(500))
    effect: Mapped[str | None] = plain(sa.String(10))
    adaptation: Mapped[dict[str, Any]] = plain(default=dict)


class Attendance(PartnerOwned, Base):
    """One person at one session. `state`: expected, present, part, absent, excused. Minutes are whole."""

    __tablename__ = "attendance"
    __table_args__ = (
        owned_by("session_id", "cohort_session"),
        owned_by("cohort_person_id", "cohort_person"),
        unique_live("uq_attendance_person", "session_id", "cohort_person_id"),
        {"info": {ON_ERASURE: {}, TITLE: N_("Registers")}},
    )

    session_id: Mapped[UUID] = plain()
    cohort_person_id: Mapped[UUID] = plain()
    state: Mapped[str] = plain(sa.String(10), default="expected")
    minutes: Mapped[int | None] = plain()
    mode: Mapped[str] = plain(sa.String(10), default="room")
    reason: Mapped[str | None] = personal(
        sa.String(20), label=N_("Why somebody could not come"), purpose=N_("Seeing what keeps people away"),
        basis="legitimate interests", special="explicit consent", keep=Keep.after_cohort(years=2),
    )  # fmt: skip


class SessionRecord(PartnerOwned, Base):
    """The sealed record: canonical JSON and its hash. It holds hashes, outcomes, minutes, a head count, no person."""

    __tablename__ = "session_record"
    __table_args__ = (
        owned_by("session_id", "cohort_session"),
        unique_live("uq_session_record_session", "session_id"),
    )

    session_id: Mapped[UUID] = plain()
    hash: Mapped[str] = plain(sa.String(71))
    content: Mapped[dict[str, Any]] = plain()
    sealed_at: Mapped[datetime] = plain()
    sealed_by: Mapped[str] = plain(sa.String(12))


class RecordCorrection(PartnerOwned, Base):
    """What was put right after sealing: appended, chained to what it follows, never an edit."""

    __tablename__ = "record_correction"
    __table_args__ = (
        owned_by("record_id", "session_record"),
        unique_live("uq_record_correction_number", "record_id", "number"),
    )

    record_id: Mapped[UUID] = plain()
    number: Mapped[int] = plain()
    follows: Mapped[str] = plain(sa.String(71))
    hash: Mapped[str] = plain(sa.String(71))
    content: Mapped[dict[str, Any]] = plain()
    why: Mapped[str] = plain(sa.String(500))
    made_at: Mapped[datetime] = plain()
