"""What people need to take part: for the facilitators of their cohort and for administrators, while the cohort lasts.

Asked for by pages only: no list, export or answer of the API holds it.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.rules import OVER
from systems_changers.core.people.models import Person
from systems_changers.hooks.scope import Scope


def access_needs(scope: Scope, cohort_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Name and needs of those in the cohort who told any, by their part in it; empty for who may not know.

    One statement, or none.
    """
    if scope.actor.person_id is None and "administrator" not in scope.actor.roles:
        return {}
    found = (
        sa.select(CohortPerson.id, Person.name, Person.access_needs)
        .join(Person, Person.id == CohortPerson.person_id)
        .join(Cohort, Cohort.id == CohortPerson.cohort_id)
        .where(
            CohortPerson.cohort_id == cohort_id, CohortPerson.state != "left", CohortPerson.deleted_at.is_(None),
            Cohort.state.not_in(OVER), Cohort.deleted_at.is_(None), Person.access_needs != "", _may_know(scope),
        )
        .order_by(Person.name, CohortPerson.id)
    )  # fmt: skip
    return {id_: (name, needs or "") for id_, name, needs in scope.db.execute(found)}


def _may_know(scope: Scope) -> sa.ColumnElement[bool]:
    if "administrator" in scope.actor.roles:
        return sa.true()
    theirs = aliased(CohortPerson)
    facilitates = sa.select(theirs.id).where(
        theirs.cohort_id == CohortPerson.cohort_id, theirs.person_id == scope.actor.person_id,
        theirs.part == "facilitator", theirs.state != "left", theirs.deleted_at.is_(None),
    )  # fmt: skip
    return facilitates.exists()
