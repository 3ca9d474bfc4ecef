"""Cohorts as JSON, read-only: the same cohorts that the pages show to the same account."""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.cohorts import queries
from systems_changers.core.cohorts.schemas import CohortItemSchema
from systems_changers.hooks.scope import Scope
from systems_changers.infra.slices import Slice
from systems_changers.web.api import Answers
from systems_changers.web.pagination import PageRequest

answers = Answers("cohorts", "Cohorts that the account may see.")


@answers.many("/", CohortItemSchema)
def listed(scope: Scope, page: PageRequest) -> Slice[queries.CohortLine]:
    """Cohorts, the newest start first."""
    return queries.cohorts_open_to(scope, page)


@answers.one("/<uuid:cohort_id>", CohortItemSchema)
def item(scope: Scope, cohort_id: UUID) -> queries.CohortLine:
    """One cohort."""
    return queries.cohort_view(scope, cohort_id).line
