"""Reads what the indicators count, for one cohort or for all of a partner's: nine statements, whatever their number.

Rehearsals, cancelled cohorts and those known from a register only are never read.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.curriculum.models import PartnerModule
from systems_changers.core.experiments.models import Experiment, ExperimentOwner, ExperimentStep
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionBlock
from systems_changers.core.summaries.rules.counting import Block, Came, CohortBook, Held, Participant
from systems_changers.hooks.scope import Scope

HELD = ("delivered", "written_up")
HAS_RUN = ("running", "reviewing", "grow", "adapt", "scaling", "embedded")


class Dated(NamedTuple):
    """A cohort's book and the day on which it counts as ended."""

    book: CohortBook
    ends_on: date | None


def counts_at_all() -> tuple[sa.ColumnElement[bool], ...]:
    """What makes a cohort one of those that are counted."""
    return (
        Cohort.rehearsal.is_(False),
        Cohort.deleted_at.is_(None),
        Cohort.state != "cancelled",
        sa.or_(Cohort.source.is_(None), Cohort.source != REGISTER),
    )


def books(scope: Scope, cohort_id: UUID | None = None) -> dict[UUID, Dated]:
    """The books of one cohort or of all, by cohort; one that is not counted is not among them."""
    wanted = [*counts_at_all(), *([Cohort.id == cohort_id] if cohort_id else [])]
    found = sa.select(Cohort.id, Cohort.state, Cohort.target_places, Cohort.ends_on, Cohort.closed_at).where(*wanted)
    made = {
        row.id: Dated(CohortBook(row.state, row.target_places), row.ends_on or (row.closed_at and row.closed_at.date()))
        for row in scope.db.execute(found)
    }
    if made:
        reader = _Reader(scope, {each: dated.book for each, dated in made.items()}, wanted)
        reader.people()
        reader.sessions()
        reader.modules()
        reader.experiments()
    return made


class _Reader:
    """Fills the books, one kind of record after another."""

    def __init__(self, scope: Scope, made: dict[UUID, CohortBook], wanted: list[sa.ColumnElement[bool]]) -> None:
        self.db, self.books = scope.db, made
        self.ids = sa.select(Cohort.id).where(*wanted)
        self.home: dict[UUID, UUID] = {}

    def people(self) -> None:
        found = sa.select(
            CohortPerson.cohort_id, CohortPerson.id, CohortPerson.person_id, CohortPerson.state,
            CohortPerson.confirmed_at,
        ).where(
            CohortPerson.part == "participant", CohortPerson.deleted_at.is_(None), CohortPerson.cohort_id.in_(self.ids)
        )  # fmt: skip
        for row in self.db.execute(found):
            confirmed = row.state == "confirmed" or row.confirmed_at is not None
            self.books[row.cohort_id].participants.append(Participant(row.id, row.person_id, confirmed))

    def sessions(self) -> None:
        held = (
            CohortSession.state.in_(HELD), CohortSession.deleted_at.is_(None), CohortSession.cohort_id.in_(self.ids)
        )  # fmt: skip
        found = sa.select(CohortSession.cohort_id, CohortSession.id, CohortSession.state).where(*held)
        for cohort_id, session_id, state in self.db.execute(found):
            self.books[cohort_id].held.append(Held(session_id, state == "written_up"))
            self.home[session_id] = cohort_id
        sessions = sa.select(CohortSession.id).where(*held)
        blocks = sa.select(
            SessionBlock.session_id, SessionBlock.planned_module_id, SessionBlock.keeps, SessionBlock.planned_minutes,
            SessionBlock.minutes, SessionBlock.outcome, SessionBlock.effect,
        ).where(SessionBlock.session_id.in_(sessions), SessionBlock.deleted_at.is_(None))  # fmt: skip
        for row in self.db.execute(blocks):
            block = Block(
                row.session_id, row.planned_module_id, tuple(row.keeps or ()), row.planned_minutes, row.minutes,
                row.outcome, row.effect,
            )  # fmt: skip
            self.books[self.home[row.session_id]].blocks.append(block)
        came = sa.select(
            Attendance.session_id, Attendance.cohort_person_id, Attendance.state, Attendance.minutes
        ).where(Attendance.session_id.in_(sessions), Attendance.deleted_at.is_(None))
        for session_id, participant_id, state, minutes in self.db.execute(came):
            self.books[self.home[session_id]].came.append(Came(session_id, participant_id, state, minutes))

    def modules(self) -> None:
        planned = (PlannedModule.deleted_at.is_(None), PlannedModule.cohort_id.in_(self.ids))
        store = sa.select(PartnerModule.hash, PartnerModule.content["must_keep"]).where(
            PartnerModule.hash.in_(sa.select(PlannedModule.hash).where(*planned))
        )
        keys = {hash_: _keys(must_keep) for hash_, must_keep in self.db.execute(store)}
        found = sa.select(
            PlannedModule.cohort_id, PlannedModule.id, PlannedModule.hash, PlannedModule.canonical_identity
        ).where(*planned)
        for row in self.db.execute(found):
            book = self.books[row.cohort_id]
            if row.canonical_identity is not None:
                book.core_modules.add(row.id)
                book.pinned[row.id] = keys.get(row.hash, frozenset())

    def experiments(self) -> None:
        step = sa.select(ExperimentStep.experiment_id).where(
            ExperimentStep.to_state == "running", ExperimentStep.deleted_at.is_(None)
        )
        ran = (
            Experiment.deleted_at.is_(None),
            Experiment.cohort_id.in_(self.ids),
            sa.or_(Experiment.state.in_(HAS_RUN), Experiment.id.in_(step)),
        )
        authors = sa.select(Experiment.cohort_id, Experiment.author_id).where(*ran)
        owners = (
            sa.select(Experiment.cohort_id, ExperimentOwner.person_id)
            .join(ExperimentOwner, ExperimentOwner.experiment_id == Experiment.id)
            .where(*ran, ExperimentOwner.deleted_at.is_(None))
        )
        for found in (authors, owners):
            for cohort_id, person_id in self.db.execute(found):
                if cohort_id is not None:
                    self.books[cohort_id].tried.add(person_id)


def _keys(must_keep: Any) -> frozenset[str]:
    return frozenset(each["key"] for each in must_keep or () if isinstance(each, dict) and "key" in each)
