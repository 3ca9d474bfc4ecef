"""How many people a cohort has: its confirmed participants, and the heads that its sessions counted.

Sessions stand a slice higher, so their table goes by name here, as in a foreign key; the database keeps partners apart.
"""

from __future__ import annotations

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson

_SESSIONS = sa.table(
    "cohort_session",
    sa.column("cohort_id", Cohort.id.type),
    sa.column("head_count", sa.Integer),
    sa.column("deleted_at", Cohort.deleted_at.type),
)


def people_count() -> sa.ScalarSelect[int]:
    """The confirmed participants of the statement's cohort."""
    counted = sa.select(sa.func.count()).select_from(CohortPerson).where(
        CohortPerson.cohort_id == Cohort.id, CohortPerson.part == "participant",
        CohortPerson.state == "confirmed", CohortPerson.deleted_at.is_(None),
    )  # fmt: skip
    return counted.correlate(Cohort).scalar_subquery()


def head_count() -> sa.ScalarSelect[int | None]:
    """The most heads that a session of the statement's cohort counted; None where none was counted."""
    counted = sa.select(sa.func.max(_SESSIONS.c.head_count)).where(
        _SESSIONS.c.cohort_id == Cohort.id, _SESSIONS.c.deleted_at.is_(None)
    )
    return counted.correlate(Cohort).scalar_subquery()
