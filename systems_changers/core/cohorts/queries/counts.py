"""How many people a cohort has: its confirmed participants, or the heads that a register of past deliveries told.

Sessions stand a slice higher, so their table goes by name here, as in a foreign key; the database keeps partners apart.
"""

from __future__ import annotations

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.partners.rules import REGISTER

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


def head_count() -> sa.ColumnElement[int | None]:
    """The heads that a delivery brought in with a register counted, for the statement's cohort; None for others."""
    counted = sa.select(sa.func.max(_SESSIONS.c.head_count)).where(
        _SESSIONS.c.cohort_id == Cohort.id, _SESSIONS.c.deleted_at.is_(None)
    )
    return sa.case((Cohort.source == REGISTER, counted.correlate(Cohort).scalar_subquery()))
