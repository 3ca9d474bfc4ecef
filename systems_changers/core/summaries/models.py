"""Counts that can be added up, the agreements that let them travel, and what the foundation has received."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from systems_changers.infra.db import Base, PartnerOwned, owned_by, plain, unique_live
from systems_changers.infra.isolation import ROLLUP


class SummaryFact(PartnerOwned, Base):
    """One indicator's counts for one cohort, by one definition (its hash). Rates are never stored.

    `status`: reported, not_recorded, not_due. `parts` holds what a count is made of (histogram, keeps/changes/unclear).
    """

    __tablename__ = "summary_fact"
    __table_args__ = (
        owned_by("cohort_id", "cohort"),
        unique_live("uq_summary_fact_definition", "cohort_id", "indicator", "definition_hash"),
        {"info": {ROLLUP: True}},
    )

    cohort_id: Mapped[UUID] = plain()
    indicator: Mapped[str] = plain(sa.String(60))
    definition_hash: Mapped[str] = plain(sa.String(71))
    status: Mapped[str] = plain(sa.String(14))
    numerator: Mapped[int | None] = plain()
    denominator: Mapped[int | None] = plain()
    people: Mapped[int | None] = plain()
    parts: Mapped[dict[str, Any]] = plain(default=dict)
    period_ends_on: Mapped[date | None] = plain()
    counted_at: Mapped[datetime] = plain()


class SharingAgreement(PartnerOwned, Base):
    """That a partner shares its summaries with another: with whom, under which policy, since when, agreed by whom."""

    __tablename__ = "sharing_agreement"
    __table_args__ = (
        sa.Index("ix_sharing_agreement_with", "partner_id", "with_partner"),
        {"info": {ROLLUP: True}},
    )

    with_partner: Mapped[UUID] = plain(sa.ForeignKey("partner.id", ondelete="CASCADE"))
    policy: Mapped[str] = plain(sa.String(20), default="sck-1")
    policy_hash: Mapped[str] = plain(sa.String(71))
    indicators: Mapped[list[str]] = plain(default=list)
    agreed_on: Mapped[date] = plain()
    ended_on: Mapped[date | None] = plain()
    agreed_by_role: Mapped[str] = plain(sa.String(40), default="administrator")


class ReceivedSummary(PartnerOwned, Base):
    """What the foundation knows of one partner and one indicator: already disclosed, kept in the foundation's own rows.

    `confidentiality`: free, suppressed or not_shared. Where a count is hidden, so are its n and its interval.
    `about_order` is the name as the alphabet sorts it, without case and accents.
    """

    __tablename__ = "received_summary"
    __table_args__ = (
        unique_live("uq_received_summary_about", "about_partner", "indicator"),
        sa.Index("ix_received_summary_name", "partner_id", "about_kind", "about_order"),
    )

    about_partner: Mapped[UUID] = plain(sa.ForeignKey("partner.id", ondelete="CASCADE"))
    about_name: Mapped[str] = plain(sa.String(200))
    about_order: Mapped[str] = plain(sa.String(200))
    about_kind: Mapped[str] = plain(sa.String(12))
    indicator: Mapped[str] = plain(sa.String(60))
    definition_hash: Mapped[str] = plain(sa.String(71))
    status: Mapped[str] = plain(sa.String(14))
    confidentiality: Mapped[str] = plain(sa.String(12), default="free")
    numerator: Mapped[int | None] = plain()
    denominator: Mapped[int | None] = plain()
    people: Mapped[int | None] = plain()
    cohorts: Mapped[int | None] = plain()
    parts: Mapped[dict[str, Any]] = plain(default=dict)
    module_mix: Mapped[dict[str, Any]] = plain(default=dict)
    from_on: Mapped[date | None] = plain()
    to_on: Mapped[date | None] = plain()
    received_at: Mapped[datetime] = plain()
