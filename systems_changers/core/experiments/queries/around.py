"""What stands around one experiment: its evidence and steps, its owners and readers, its cohort.

Takes an `ExperimentView` that the door has already cut, and shows no more than its fields allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.queries import cohort_facts
from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import (
    Evidence,
    Experiment,
    ExperimentOwner,
    ExperimentShare,
    ExperimentStep,
)
from systems_changers.core.experiments.queries.door import evidence_readable_by
from systems_changers.core.experiments.queries.reading import AnySelect, ExperimentView, Seen
from systems_changers.core.operations.models import StoredFile
from systems_changers.core.operations.queries import FILE_COLUMNS, FileFacts
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ExperimentFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import read_columns
from systems_changers.infra.errors import NotFound

OWNER = "owner"
MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Step:
    """A move it made; `why` is the owner's reason, if one was given."""

    from_state: str
    to_state: str
    at: datetime
    why: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody it belongs to or was shared with: `audience` is one of the rules', person, or owner.

    `fields` is what a person was given.
    """

    audience: str
    person_id: UUID | None
    name: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """Somebody an author may pick; `parts` are participant, facilitator, learning_partner, manager."""

    id: UUID
    name: str
    parts: frozenset[str]

    @property
    def in_cohort(self) -> bool:
        """Whether she is in one of the author's cohorts herself, and so may be a co-owner."""
        return bool(self.parts - {MANAGER})


@dataclass(frozen=True, slots=True)
class OwnCohort:
    """The actor's own cohort, and the name and contact of who looks after safeguarding there."""

    id: UUID
    care: tuple[str | None, str | None]


def trail(scope: Scope, view: ExperimentView) -> tuple[list[Seen], list[Step]]:
    """Its evidence and its steps, each only where the view's reader may see them. One statement, or none."""
    wanted = [
        part for name, part in (("evidence", _seen(view.id)), ("history", _steps(view.id))) if name in view.fields
    ]
    if not wanted:
        return [], []
    rows: list[Any] = list(scope.db.execute(sa.union_all(*wanted).order_by("at", "id")))
    seen = [
        Seen(id_, text, link, tells, day, FileFacts(*file) if file[0] else None)
        for kind, id_, text, link, tells, day, _, *file in rows
        if kind == "seen"
    ]
    steps = [Step(start, to, at, why) for kind, _, start, why, to, _, at, *_ in rows if kind == "step"]
    return seen, steps


def _seen(experiment_id: UUID) -> AnySelect:
    found = sa.select(
        sa.literal("seen"), Evidence.id.label("id"), Evidence.text, Evidence.link, Evidence.tells, Evidence.seen_on,
        Evidence.created_at.label("at"), *FILE_COLUMNS,
    )  # fmt: skip
    file = sa.and_(StoredFile.partner_id == Evidence.partner_id, StoredFile.id == Evidence.file_id)
    return found.outerjoin(StoredFile, file).where(
        Evidence.experiment_id == experiment_id, Evidence.deleted_at.is_(None)
    )


def _steps(experiment_id: UUID) -> AnySelect:
    found = sa.select(
        sa.literal("step"), ExperimentStep.id.label("id"), ExperimentStep.from_state, ExperimentStep.why,
        ExperimentStep.to_state, sa.cast(sa.null(), sa.Date()), ExperimentStep.at.label("at"),
        *(sa.cast(sa.null(), column.type) for column in FILE_COLUMNS),
    )  # fmt: skip
    return found.where(ExperimentStep.experiment_id == experiment_id, ExperimentStep.deleted_at.is_(None))


def readers(scope: Scope, view: ExperimentView) -> list[Reader]:
    """Its co-owners and whom it is shared with, by name; nothing unless the actor owns it. One statement, or none."""
    if not view.mine:
        return []
    share, owner = aliased(ExperimentShare), aliased(ExperimentOwner)
    shares = (
        sa.select(share.audience, share.person_id, Person.name, sa.cast(share.fields, sa.Text))
        .outerjoin(Person, sa.and_(Person.partner_id == share.partner_id, Person.id == share.person_id))
        .where(share.experiment_id == view.id, share.deleted_at.is_(None))
    )
    owners = (
        sa.select(sa.literal(OWNER), owner.person_id, Person.name, sa.cast(sa.null(), sa.Text))
        .join(Person, sa.and_(Person.partner_id == owner.partner_id, Person.id == owner.person_id))
        .where(owner.experiment_id == view.id, owner.deleted_at.is_(None))
    )
    rows: list[Any] = list(scope.db.execute(sa.union_all(shares, owners)))
    found = [Reader(kind, person, name or "", _words(fields)) for kind, person, name, fields in rows]
    return sorted(found, key=lambda each: (each.audience, each.name))


def _words(fields: str | None) -> tuple[str, ...]:
    """The chosen fields out of their JSON text, in the order in which they are offered."""
    return tuple(name for name in rules.CHOOSABLE if f'"{name}"' in (fields or ""))


def people_around(scope: Scope, person_id: UUID) -> list[Around]:
    """People an author may pick as reader: those of her cohorts, her learning partners and managers; by name."""
    own, other = aliased(CohortPerson), aliased(CohortPerson)
    live = (own.person_id == person_id, own.deleted_at.is_(None), own.state != "left")
    together = (
        sa.select(other.person_id.label("person_id"), other.part.label("part"))
        .join(own, sa.and_(own.partner_id == other.partner_id, own.cohort_id == other.cohort_id))
        .where(*live, other.deleted_at.is_(None), other.state == "confirmed")
    )
    partners = sa.select(own.learning_partner_id, sa.literal("learning_partner")).where(*live)
    managers = sa.select(own.manager_id, sa.literal(MANAGER)).where(*live)
    around = sa.union(together, partners, managers).subquery()
    found = (
        sa.select(Person.id, Person.name, around.c.part)
        .join(around, around.c.person_id == Person.id)
        .where(Person.id != person_id, Person.deleted_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    people: dict[UUID, Around] = {}
    for id_, name, part in scope.db.execute(found):
        known = people.get(id_)
        people[id_] = Around(id_, name, (known.parts if known else frozenset()) | {part})
    return list(people.values())


def _own_cohort() -> AnySelect:
    found = (
        sa.select(Cohort.id, Cohort.safeguarding_name, Cohort.safeguarding_contact)
        .join(CohortPerson, sa.and_(Cohort.partner_id == CohortPerson.partner_id, Cohort.id == CohortPerson.cohort_id))
        .where(
            CohortPerson.person_id == sa.bindparam("me", type_=CohortPerson.person_id.type),
            CohortPerson.part == "participant",
            CohortPerson.state == "confirmed",
            CohortPerson.deleted_at.is_(None),
            Cohort.deleted_at.is_(None),
            Cohort.state != "cancelled",
        )
    )
    return found.order_by(Cohort.starts_on.desc().nulls_last(), Cohort.id.desc()).limit(1)


_OWN_COHORT = _own_cohort()  # made once: making it costs more than running it


def own_cohort(scope: Scope) -> OwnCohort | None:
    """The cohort that a new idea of this actor belongs to: the latest one she takes part in. One statement."""
    if scope.actor.person_id is None:
        return None
    found = read_columns(scope.db, _OWN_COHORT, {"me": scope.actor.person_id})
    return OwnCohort(found[0].id, (found[0].safeguarding_name, found[0].safeguarding_contact)) if found else None


def experiment_facts(scope: Scope, row: Experiment) -> ExperimentFacts:
    """What plugins may know of an experiment: never its author's name. At most two statements."""
    owners = scope.db.scalars(
        sa.select(ExperimentOwner.person_id).where(
            ExperimentOwner.experiment_id == row.id, ExperimentOwner.deleted_at.is_(None)
        )
    )
    cohort = scope.db.scalars(sa.select(Cohort).where(Cohort.id == row.cohort_id)).one() if row.cohort_id else None
    return ExperimentFacts(
        id=row.id,
        cohort=cohort_facts(cohort) if cohort else None,
        title=row.title,
        state=row.state,
        hypothesis=row.hypothesis or "",
        harm_check=row.harm_check or "",
        permission_holder=row.permission_holder or "",
        owner_ids=(row.author_id, *owners),
        extra=row.extra,
    )


def evidence_file(scope: Scope, file_id: UUID) -> FileFacts:
    """A file that is evidence of something the actor may read; NotFound for every other. One statement."""
    found = (
        sa.select(*FILE_COLUMNS)
        .join(Evidence, sa.and_(Evidence.partner_id == StoredFile.partner_id, Evidence.file_id == StoredFile.id))
        .join(
            Experiment, sa.and_(Experiment.partner_id == Evidence.partner_id, Experiment.id == Evidence.experiment_id)
        )
        .where(StoredFile.id == file_id, StoredFile.deleted_at.is_(None), Evidence.deleted_at.is_(None))
        .where(evidence_readable_by(scope))
        .limit(1)
    )
    row = scope.db.execute(found).one_or_none()
    if row is None:
        raise NotFound
    return FileFacts(*row)


def evidence_count(scope: Scope, experiment_id: UUID) -> int:
    """How many pieces of evidence an experiment has; for the guards, not for readers."""
    counted = sa.select(sa.func.count()).select_from(Evidence)
    live = counted.where(Evidence.experiment_id == experiment_id, Evidence.deleted_at.is_(None))
    return scope.db.scalar(live) or 0
