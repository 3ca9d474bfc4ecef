"""What plugins may read of the programme: frozen facts, through the same doors as the kit's own pages.

A plugin that could read rows would have to repeat every rule on who may see what, and one day would not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.rules import may_see_all
from systems_changers.core.experiments import queries as experiments
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.people.models import Person
from systems_changers.core.sessions import queries as sessions
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionBlock
from systems_changers.hooks.facts import (
    Care,
    CohortCounts,
    CohortFacts,
    Departed,
    ExperimentFacts,
    SessionFacts,
    care_of,
)
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound

T = TypeVar("T")
AnySelect = sa.Select[*tuple[Any, ...]]
HELD = ("delivered", "written_up")
FOLLOW_UP = "follow_up"
MOST_DEPARTURES = 200


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """Facts, whether they are the actor's own to write, and whom to turn to about anybody's safety."""

    facts: T
    mine: bool = False
    care: Care | None = None


def read_cohort(scope: Scope, cohort_id: UUID) -> Reading[CohortFacts]:
    """A cohort that the actor may see whole; NotFound otherwise, for line managers too. One statement."""
    view = cohorts.cohort_view(scope, cohort_id)
    if view.relation == "manager":
        raise NotFound
    care = care_of(view.safeguarding_name, view.safeguarding_contact)
    return Reading(cohorts.facts_of(view), view.relation == "staff", care)


def read_session(scope: Scope, session_id: UUID) -> Reading[SessionFacts]:
    """A session of a cohort that the actor may see whole; raises NotFound. Two statements."""
    found = sa.select(CohortSession, Cohort).join(Cohort, Cohort.id == CohortSession.cohort_id)
    live = found.where(
        CohortSession.id == session_id, CohortSession.deleted_at.is_(None), Cohort.deleted_at.is_(None),
        cohorts.open_to(scope),
    )  # fmt: skip
    row = scope.db.execute(live).one_or_none()
    if row is None:
        raise NotFound
    session, cohort = row
    care = care_of(cohort.safeguarding_name, cohort.safeguarding_contact)
    return Reading(sessions.session_facts(scope, session), may_see_all(scope.actor), care)


def read_experiment(scope: Scope, experiment_id: UUID) -> Reading[ExperimentFacts]:
    """An experiment, cut to the fields that the actor may see; raises NotFound where that is nothing. One statement."""
    view = experiments.experiment(scope, experiment_id)
    facts = ExperimentFacts(
        id=view.id, cohort=None, title=view.answers["title"], state=view.state,
        hypothesis=view.answers.get("hypothesis") or "", harm_check=view.answers.get("harm_check") or "",
        permission_holder=view.answers.get("permission_holder") or "",
    )  # fmt: skip
    return Reading(facts, view.mine, care_of(*view.care) if view.care else None)


def read_titles(
    scope: Scope, *, experiment_ids: Collection[UUID] = (), session_ids: Collection[UUID] = ()
) -> dict[UUID, str]:
    """Titles of those experiments and sessions that the actor may see; the others are left out. One statement."""
    tried = sa.select(Experiment.id, Experiment.title).where(
        Experiment.id.in_(experiment_ids), experiments.readable_by(scope)
    )
    met = (
        sa.select(CohortSession.id, CohortSession.title)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(CohortSession.id.in_(session_ids), CohortSession.deleted_at.is_(None), cohorts.open_to(scope))
    )
    wanted = [found for ids, found in ((experiment_ids, tried), (session_ids, met)) if ids]
    if not wanted:
        return {}
    statement: Any = sa.union_all(*wanted) if len(wanted) > 1 else wanted[0]
    return {row.id: row.title for row in scope.db.execute(statement)}


def count_cohort(scope: Scope, cohort_id: UUID) -> CohortCounts:
    """A cohort's counts for its reports; the caller has read the cohort, so that it may be seen. Three statements."""
    totals = scope.db.execute(_totals(cohort_id)).one()
    tried = scope.db.execute(
        sa.select(Experiment.state, Experiment.condition, Experiment.scaling).where(
            Experiment.cohort_id == cohort_id, Experiment.deleted_at.is_(None)
        )
    ).all()
    return CohortCounts(
        **totals._asdict(),
        experiments=_tally([row.state for row in tried]),
        conditions=_tally([row.condition for row in tried if row.condition]),
        scaling=_tally([each for row in tried for each in row.scaling]),
        departures=tuple(Departed(*row) for row in scope.db.execute(_departures(cohort_id))),
    )


def _tally(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}


def _totals(cohort_id: UUID) -> AnySelect:
    here = (CohortPerson.cohort_id == cohort_id, CohortPerson.deleted_at.is_(None), CohortPerson.state == "confirmed")
    people = sa.select(sa.func.count()).where(*here, CohortPerson.part == "participant")
    employers = sa.select(sa.func.count(sa.distinct(Person.organisation))).select_from(CohortPerson)
    employers = employers.join(Person, Person.id == CohortPerson.person_id)
    led = (CohortSession.cohort_id == cohort_id, CohortSession.kind != FOLLOW_UP, CohortSession.deleted_at.is_(None))
    planned = sa.select(sa.func.count()).where(*led, CohortSession.state != "cancelled")
    held = sa.select(sa.func.count()).where(*led, CohortSession.state.in_(HELD))
    on_register = (
        sa.select(sa.func.count())
        .select_from(Attendance)
        .join(CohortSession, CohortSession.id == Attendance.session_id)
        .where(*led, CohortSession.state.in_(HELD), Attendance.deleted_at.is_(None))
    )
    came = on_register.where(Attendance.state.in_(("present", "part")))
    return sa.select(
        people.scalar_subquery().label("people"),
        employers.where(*here, CohortPerson.part == "participant").scalar_subquery().label("organisations"),
        planned.scalar_subquery().label("sessions"),
        held.scalar_subquery().label("held"),
        on_register.scalar_subquery().label("expected"),
        came.scalar_subquery().label("came"),
    )


def _departures(cohort_id: UUID) -> AnySelect:
    """What went another way in sessions that were held, in order."""
    found = sa.select(CohortSession.number, SessionBlock.title, SessionBlock.outcome, SessionBlock.reason)
    return (
        found.join(CohortSession, CohortSession.id == SessionBlock.session_id)
        .where(
            CohortSession.cohort_id == cohort_id, CohortSession.deleted_at.is_(None), CohortSession.state.in_(HELD),
            SessionBlock.outcome != "as_planned", SessionBlock.deleted_at.is_(None),
        )
        .order_by(CohortSession.number, SessionBlock.position)
        .limit(MOST_DEPARTURES)
    )  # fmt: skip
