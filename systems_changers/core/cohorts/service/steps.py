"""Takes a cohort from state to state: the kit's rules first, then every plugin's, and all reasons together."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.cohorts.queries import cohort_facts, cohort_row
from systems_changers.core.cohorts.rules import EVENTS, Readiness, StepRefused, may_step, stands_against, type_by_key
from systems_changers.core.operations.service import record
from systems_changers.core.people.models import Person
from systems_changers.hooks.scope import Scope


def take_step(scope: Scope, cohort_id: UUID, to: str) -> Cohort:
    """Move a cohort to the state `to`.

    Raises StepRefused with every reason, from the rules and from sc_check_cohort_transition. After the commit plugins
    hear cohort.opened.v1 (recruiting), .confirmed, .started (running), .closing, .followed_up, .closed, .cancelled, or
    .planned where it goes back there.
    """
    cohort = cohort_row(scope, cohort_id)
    ready = readiness(scope, cohort)
    refusals = stands_against(ready, to)
    if may_step(cohort.state, to):
        refusals += scope.hooks.check_cohort_transition(scope, cohort_facts(cohort, ready.confirmed), to)
    if refusals:
        raise StepRefused(refusals)
    cohort.state = to
    if to == "recruiting" and cohort.opened_at is None:
        cohort.opened_at = scope.clock.now()
    cohort.closed_at = scope.clock.now() if to == "closed" else None
    name = EVENTS[to]
    record(scope, name.removesuffix(".v1"), kind="cohort", id=cohort.id, changed=["state"])
    scope.announce(name, cohort_id=cohort.id)
    scope.db.flush()
    return cohort


def readiness(scope: Scope, cohort: Cohort) -> Readiness:
    """What the rules need to know of a cohort. Two statements."""
    people = sa.select(CohortPerson.part, CohortPerson.state, Person.organisation, Person.team).join(
        Person, Person.id == CohortPerson.person_id
    )
    here = scope.db.execute(
        people.where(
            CohortPerson.cohort_id == cohort.id, CohortPerson.deleted_at.is_(None), CohortPerson.state != "left"
        )
    ).all()
    planned = sa.select(sa.func.count()).select_from(PlannedModule).where(
        PlannedModule.cohort_id == cohort.id, PlannedModule.deleted_at.is_(None)
    )  # fmt: skip
    kind = type_by_key(scope.hooks.offer_cohort_types(scope.partner), cohort.type_key) if cohort.type_key else None
    participants = [row for row in here if row.part == "participant"]
    return Readiness(
        cohort.id, cohort.state, cohort.target_places,
        bool(cohort.safeguarding_name and cohort.safeguarding_contact),
        sum(row.part == "facilitator" for row in here),
        sum(row.state == "confirmed" for row in participants),
        len({(row.organisation, row.team) for row in participants}),
        scope.db.scalar(planned) or 0, kind.least_teams if kind else 1,
    )  # fmt: skip
