"""A partner's own figures, whole: by cohort and pooled over up to 24 months; and exactly what it shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, PlannedModule
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.summaries.models import SharingAgreement, SummaryFact
from systems_changers.core.summaries.queries.books import counts_at_all
from systems_changers.core.summaries.rules.counting import ENDED, Counted, pool
from systems_changers.core.summaries.rules.disclosure import NOT_SHARED, disclose, policy, window_start
from systems_changers.core.summaries.rules.indicators import Indicator, indicators
from systems_changers.core.summaries.rules.intervals import median_band, middle_half, wilson
from systems_changers.hooks.scope import Scope
from systems_changers.infra.keyholes import Keyhole

FOUNDATION = Keyhole(
    "foundation",
    sa.select(Partner.id, Partner.name)
    .where(Partner.kind == sa.literal("foundation", literal_execute=True))
    .order_by(Partner.name)
    .limit(sa.literal(1, literal_execute=True)),
)
"""Every partner knows by its name whom it may share figures with, and nothing else of it."""

Interval = tuple[float, float]
Band = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator's counts with what can be said of them. `interval` holds shares from 0 to 1, bands per cent."""

    indicator: Indicator
    counted: Counted
    confidentiality: str = "free"

    @property
    def interval(self) -> Interval | None:
        """None for minutes, which are no independent trials, and where nothing is known."""
        if self.indicator.reading != "share" or self.counted.numerator is None:
            return None
        return wilson(self.counted.numerator, self.counted.denominator or 0)

    @property
    def band(self) -> Band | None:
        """The band of the median, where there is one."""
        return self._band("median", median_band)

    @property
    def middle_half(self) -> Band | None:
        """The band of the middle half, where there is a median."""
        return self._band("middle_half", middle_half)

    def _band(self, name: str, read: Callable[[Sequence[int], Sequence[int]], Band | None]) -> Band | None:
        """What was told of the whole bins; of a partner's own, which lack nothing, it is read here."""
        parts = self.counted.parts
        if name in parts:
            told = parts[name]
            return (told[0], told[1]) if told else None
        return read(parts["bins"], self.indicator.edges) if parts.get("bins") else None


@dataclass(frozen=True, slots=True)
class CohortFigures:
    """One cohort's figures, in the order of the indicators; `pooled` where it is part of the pooled ones."""

    id: UUID
    name: str
    state: str
    ends_on: date | None
    pooled: bool
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """A partner's figures whole. `counted_at` is None before the first count; `register` counts imported deliveries."""

    pooled: tuple[Figure, ...]
    cohorts: tuple[CohortFigures, ...]
    register: int
    counted_at: datetime | None
    since: date


@dataclass(frozen=True, slots=True)
class Agreement:
    """With whom this partner shares its summaries, or may; `id` is None where nothing is agreed at present."""

    foundation_id: UUID
    foundation: str
    id: UUID | None
    indicators: tuple[str, ...]
    agreed_on: date | None
    policy_hash: str | None


def own_figures(scope: Scope) -> OwnFigures:
    """This partner's figures; two statements."""
    since = window_start(scope.clock.now().date(), policy().months)
    rows = _facts(scope)
    by_cohort: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        by_cohort[row.cohort_id].append(row)
    cohorts = tuple(_cohort(each, since) for each in by_cohort.values())
    register = scope.db.scalar(
        sa.select(sa.func.count(Cohort.id)).where(Cohort.source == REGISTER, Cohort.deleted_at.is_(None))
    )
    counted = max((row.counted_at for row in rows), default=None)
    return OwnFigures(tuple(_pooled(cohorts)), cohorts, register or 0, counted, since)


def _facts(scope: Scope, *more: sa.ColumnElement[bool]) -> list[Any]:
    """This partner's counts by the present definitions, newest cohort first."""
    known = [each.hash for each in indicators().values()]
    found = (
        sa.select(
            SummaryFact.cohort_id, SummaryFact.indicator, SummaryFact.status, SummaryFact.numerator,
            SummaryFact.denominator, SummaryFact.people, SummaryFact.parts, SummaryFact.counted_at,
            sa.func.coalesce(Cohort.local_name, Cohort.name).label("name"), Cohort.state, SummaryFact.period_ends_on,
        )
        .join(Cohort, sa.and_(Cohort.partner_id == SummaryFact.partner_id, Cohort.id == SummaryFact.cohort_id))
        .where(SummaryFact.definition_hash.in_(known), SummaryFact.deleted_at.is_(None), *counts_at_all(), *more)
        .order_by(SummaryFact.period_ends_on.desc(), Cohort.name, Cohort.id)
    )  # fmt: skip
    return list(scope.db.execute(found))


def counted_from(row: Any) -> Counted:
    """A stored row's counts."""
    cohorts = 1 if row.status == "reported" else 0
    return Counted(row.status, row.numerator, row.denominator, row.people, row.parts or {}, cohorts)


def is_pooled(state: str, ends_on: date | None, since: date) -> bool:
    """Whether a cohort has ended within the window."""
    return state in ENDED and ends_on is not None and ends_on >= since


def _cohort(rows: list[Any], since: date) -> CohortFigures:
    known = {row.indicator: counted_from(row) for row in rows}
    figures = (Figure(each, known.get(each.id, Counted("not_recorded"))) for each in indicators().values())
    first = rows[0]
    pooled = is_pooled(first.state, first.period_ends_on, since)
    return CohortFigures(first.cohort_id, first.name, first.state, first.period_ends_on, pooled, tuple(figures))


def _pooled(cohorts: tuple[CohortFigures, ...]) -> list[Figure]:
    pooled = [each for each in cohorts if each.pooled]
    return [
        Figure(indicator, pool(each.figures[place].counted for each in pooled))
        for place, indicator in enumerate(indicators().values())
    ]


def shared_view(own: OwnFigures, chosen: tuple[str, ...]) -> list[Figure]:
    """What the foundation sees of these figures under an agreement over the `chosen` indicators."""
    seen = []
    for each in own.pooled:
        if each.indicator.id not in chosen:
            seen.append(Figure(each.indicator, Counted("not_recorded"), NOT_SHARED))
        else:
            seen.append(Figure(each.indicator, *disclose(each.counted, each.indicator, policy())))
    return seen


def agreement_of(scope: Scope) -> Agreement | None:
    """This partner's present agreement with the foundation, or that there is none; None without a foundation."""
    rows = FOUNDATION.joined(scope.db, _agreement_with)
    for id_, name, agreement_id, chosen, agreed_on, policy_hash in rows:
        return Agreement(id_, name, agreement_id, tuple(chosen or ()), agreed_on, policy_hash)
    return None


def _agreement_with(foundation: sa.FromClause) -> sa.Select[*tuple[Any, ...]]:
    id_, name = foundation.c
    live = sa.and_(
        SharingAgreement.with_partner == id_, SharingAgreement.ended_on.is_(None), SharingAgreement.deleted_at.is_(None)
    )
    columns = (
        SharingAgreement.id, SharingAgreement.indicators, SharingAgreement.agreed_on, SharingAgreement.policy_hash,
    )  # fmt: skip
    return sa.select(id_, name, *columns).outerjoin(SharingAgreement, live)


def module_mix(scope: Scope, own: OwnFigures) -> Mapping[str, int]:
    """How many planned modules of the pooled cohorts are canonical, variants and bespoke; one statement."""
    pooled = [each.id for each in own.cohorts if each.pooled]
    found = (
        sa.select(PlannedModule.origin, sa.func.count())
        .where(PlannedModule.cohort_id.in_(pooled), PlannedModule.deleted_at.is_(None))
        .group_by(PlannedModule.origin)
    )
    return {row[0]: row[1] for row in scope.db.execute(found)}
