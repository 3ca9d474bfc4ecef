"""Counts a partner's cohorts and keeps the counts; a row is written only where a count has changed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.summaries.models import SummaryFact
from systems_changers.core.summaries.queries.books import Dated, books
from systems_changers.core.summaries.rules.counting import Counted, count
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.scope import Scope

Key = tuple[UUID, str, str]


def count_cohort(scope: Scope, cohort_id: UUID) -> int:
    """Count one cohort again; answers how many rows changed.

    Rehearsals and cancelled cohorts lose their counts. A cohort from a register has none: it says dates and heads only.
    """
    return _keep(scope, books(scope, cohort_id), SummaryFact.cohort_id == cohort_id)


def roll_up(scope: Scope) -> int:
    """Count every cohort of this partner again; answers how many rows changed."""
    return _keep(scope, books(scope))


def _keep(scope: Scope, dated: Mapping[UUID, Dated], *which: sa.ColumnElement[bool]) -> int:
    kept = scope.db.scalars(sa.select(SummaryFact).where(SummaryFact.deleted_at.is_(None), *which))
    known: dict[Key, SummaryFact] = {(row.cohort_id, row.indicator, row.definition_hash): row for row in kept}
    changed = 0
    for cohort_id, (book, ends_on) in dated.items():
        for name, counted in count(book).items():
            key = (cohort_id, name, indicators()[name].hash)
            fact = known.pop(key, None)
            if fact is None:
                fact = SummaryFact(cohort_id=cohort_id, indicator=name, definition_hash=key[2], status="")
                scope.db.add(fact)
            changed += _set(scope, fact, {**_columns(counted), "period_ends_on": ends_on})
    gone = [row for key, row in known.items() if key[0] not in dated]
    for row in gone:
        row.deleted_at = scope.clock.now()
    if changed or gone:
        operations.record(scope, "figures.counted", kind="summary_fact")
    scope.db.flush()
    return changed + len(gone)


def _columns(counted: Counted) -> dict[str, object]:
    return {
        "status": counted.status,
        "numerator": counted.numerator,
        "denominator": counted.denominator,
        "people": counted.people,
        "parts": counted.parts,
    }


def _set(scope: Scope, fact: SummaryFact, values: Mapping[str, object]) -> bool:
    if fact.status and all(getattr(fact, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(fact, name, value)
    fact.counted_at = scope.clock.now()
    return True
