"""The one place that looks across partners: reads every partner's counts through the door, in five statements.

Nothing here is shown to anyone: the service applies each partner's agreement and the policy before a row is kept.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, PlannedModule
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.summaries.models import SharingAgreement, SummaryFact
from systems_changers.core.summaries.queries.books import counts_at_all
from systems_changers.core.summaries.queries.figures import counted_from
from systems_changers.core.summaries.rules.counting import ENDED, Counted
from systems_changers.core.summaries.rules.disclosure import policy
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.scope import Scope
from systems_changers.infra.isolation import across_all_partners_for

REASON = "gather what partners share with the foundation"


@dataclass(frozen=True, slots=True)
class RegisterCounts:
    """What a register says of one partner: `recorded` deliveries have a head count, `zeros` of them a count of 0."""

    deliveries: int
    recorded: int
    heads: int
    zeros: int
    first: date | None
    last: date | None


@dataclass(slots=True)
class PartnerCounts:
    """One partner's counts before its agreement and the policy are applied."""

    id: UUID
    name: str
    kind: str
    agreed: tuple[str, ...] | None = None
    figures: dict[str, list[Counted]] = field(default_factory=lambda: defaultdict(list))
    mix: dict[str, int] = field(default_factory=dict)
    from_on: date | None = None
    to_on: date | None = None
    register: RegisterCounts | None = None


def known_partners(scope: Scope, since: date) -> list[PartnerCounts]:
    """Every hosting and listed partner with what is counted of cohorts that ended in the window from `since` on.

    `scope` is the foundation's; the door is opened with its database and closed again.
    """
    found = sa.select(Partner.id, Partner.name, Partner.kind).where(Partner.kind != "foundation")
    bind = scope.db.get_bind()
    engine = bind if isinstance(bind, sa.Engine) else bind.engine
    with across_all_partners_for(engine, REASON) as door:
        known = {row.id: PartnerCounts(row.id, row.name, row.kind) for row in door.execute(found)}
        _agreements(door, known, scope.partner.id)
        _modules(door, known, _figures(door, known, since))
        _registers(door, known)
    return list(known.values())


def _agreements(door: sa.Connection, known: dict[UUID, PartnerCounts], foundation: UUID) -> None:
    found = sa.select(SharingAgreement.partner_id, SharingAgreement.indicators).where(
        SharingAgreement.with_partner == foundation,
        SharingAgreement.policy_hash == policy().hash,
        SharingAgreement.ended_on.is_(None),
        SharingAgreement.deleted_at.is_(None),
    )
    for partner_id, chosen in door.execute(found):
        if partner_id in known:
            known[partner_id].agreed = tuple(chosen)


def _figures(door: sa.Connection, known: dict[UUID, PartnerCounts], since: date) -> set[UUID]:
    """Takes the counts of the cohorts that ended in the window; answers which cohorts those are."""
    found = (
        sa.select(
            SummaryFact.partner_id, SummaryFact.indicator, SummaryFact.status, SummaryFact.numerator,
            SummaryFact.denominator, SummaryFact.people, SummaryFact.parts, SummaryFact.period_ends_on,
            SummaryFact.cohort_id,
        )
        .join(Cohort, sa.and_(Cohort.partner_id == SummaryFact.partner_id, Cohort.id == SummaryFact.cohort_id))
        .where(
            SummaryFact.definition_hash.in_([each.hash for each in indicators().values()]),
            SummaryFact.deleted_at.is_(None), SummaryFact.period_ends_on >= since, *counts_at_all(),
            Cohort.state.in_(ENDED),
        )
    )  # fmt: skip
    pooled = set()
    for row in door.execute(found):
        partner = known.get(row.partner_id)
        if partner is None:
            continue
        pooled.add(row.cohort_id)
        partner.figures[row.indicator].append(counted_from(row))
        day = row.period_ends_on or since
        partner.from_on = min(partner.from_on or day, day)
        partner.to_on = max(partner.to_on or day, day)
    return pooled


def _modules(door: sa.Connection, known: dict[UUID, PartnerCounts], pooled: set[UUID]) -> None:
    found = (
        sa.select(PlannedModule.partner_id, PlannedModule.cohort_id, PlannedModule.origin, sa.func.count())
        .join(Cohort, sa.and_(Cohort.partner_id == PlannedModule.partner_id, Cohort.id == PlannedModule.cohort_id))
        .where(PlannedModule.deleted_at.is_(None), Cohort.state.in_(ENDED), *counts_at_all())
        .group_by(PlannedModule.partner_id, PlannedModule.cohort_id, PlannedModule.origin)
    )
    for partner_id, cohort_id, origin, number in door.execute(found):
        if partner_id in known and cohort_id in pooled:
            mix = known[partner_id].mix
            mix[origin] = mix.get(origin, 0) + number


def _registers(door: sa.Connection, known: dict[UUID, PartnerCounts]) -> None:
    heads = CohortSession.head_count
    found = (
        sa.select(
            CohortSession.partner_id, sa.func.count(), sa.func.count(heads), sa.func.coalesce(sa.func.sum(heads), 0),
            sa.func.sum(sa.case((heads == 0, 1), else_=0)), sa.func.min(CohortSession.starts_at),
            sa.func.max(CohortSession.starts_at),
        )
        .where(CohortSession.source == REGISTER, CohortSession.deleted_at.is_(None))
        .group_by(CohortSession.partner_id)
    )  # fmt: skip
    for partner_id, deliveries, recorded, total, zeros, first, last in door.execute(found):
        if partner_id in known:
            counts = RegisterCounts(deliveries, recorded, int(total), int(zeros), _day(first), _day(last))
            known[partner_id].register = counts


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
