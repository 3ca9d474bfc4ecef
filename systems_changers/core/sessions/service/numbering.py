"""Numbers sessions by their day, so that the first on paper is the first that takes place.

Only sessions that are still to come change numbers, among themselves: what was delivered keeps its number, as its
sealed record does, and so does a session without a day.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.rules import OPEN
from systems_changers.hooks.scope import Scope


def number_by_date(scope: Scope, cohort_id: UUID) -> None:
    """Give a cohort's dated sessions that are still to come their numbers anew, the earliest the lowest.

    A number is on no form, so versions stay: a register that somebody is filling in meanwhile is kept all the same.
    """
    scope.db.flush()
    found = sa.select(CohortSession.id, CohortSession.number).where(
        CohortSession.cohort_id == cohort_id, CohortSession.state.in_(OPEN), CohortSession.starts_at.is_not(None),
        CohortSession.deleted_at.is_(None),
    )  # fmt: skip
    rows = scope.db.execute(found.order_by(CohortSession.starts_at, CohortSession.number, CohortSession.id)).all()
    for row, number in zip(rows, sorted(each.number for each in rows), strict=True):
        if row.number != number:
            scope.db.execute(sa.update(CohortSession).where(CohortSession.id == row.id).values(number=number))
