"""Lists and single experiments, cut to what their reader may see before anything leaves this module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import Evidence, Experiment
from systems_changers.core.experiments.queries.door import (
    Condition,
    chosen_for,
    owned_by_actor,
    readable_by,
    readable_whole_by,
    shared_whole,
    shared_with_person,
    writable_by,
)
from systems_changers.core.operations.queries import FileFacts
from systems_changers.core.people.models import Person
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import alias_for_good, read_columns
from systems_changers.infra.errors import NotFound
from systems_changers.infra.slices import Slice

MOST_FOUND = 50
AnySelect = sa.Select[*tuple[Any, ...]]
_found = alias_for_good(Evidence)


@dataclass(frozen=True, slots=True)
class ExperimentLine:
    """An experiment in a list: what every reader of it may see. `mine`: the actor may write it."""

    id: UUID
    title: str
    state: str
    author: str
    mine: bool


@dataclass(frozen=True, slots=True)
class ExperimentView:
    """One experiment as one reader may see it. `answers` holds the readable fields and no others."""

    id: UUID
    version: int
    state: str
    author_id: UUID
    mine: bool
    is_author: bool
    fields: frozenset[str]
    answers: Mapping[str, Any]
    cohort_id: UUID | None = None
    care: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of evidence."""

    id: UUID
    text: str
    link: str | None
    tells: str
    seen_on: date | None
    file: FileFacts | None = None


def _lines(*conditions: Condition) -> AnySelect:
    """Takes the readers' condition from its callers: each of them names one of the door's."""
    total = sa.func.count().over().label("total")
    return (
        sa.select(Experiment.id, Experiment.title, Experiment.state, Experiment.author_id, Person.name, total)
        .join(Person, sa.and_(Person.partner_id == Experiment.partner_id, Person.id == Experiment.author_id))
        .where(*conditions)
        .order_by(Experiment.updated_at.desc(), Experiment.id.desc())
    )


def _slice(
    scope: Scope, statement: AnySelect, page: tuple[int, int], *, mine: bool | None = None
) -> Slice[ExperimentLine]:
    number, size = page
    owned = sa.literal(mine) if mine is not None else owned_by_actor(scope)
    paged = statement.add_columns(owned.label("mine")).limit(size).offset((number - 1) * size)
    rows = read_columns(scope.db, paged)
    lines = [ExperimentLine(row.id, row.title, row.state, row.name, mine=bool(row.mine)) for row in rows]
    return Slice(lines, _total(scope, rows, statement, number), number, size)


def _total(scope: Scope, rows: Sequence[Any], statement: AnySelect, number: int) -> int:
    """How many there are in all; beyond the last page no row tells it, so one more statement asks."""
    if rows:
        return int(rows[0].total)
    if number == 1:
        return 0
    counted = statement.order_by(None).with_only_columns(sa.func.count(Experiment.id), maintain_column_froms=True)
    return scope.db.scalar(counted) or 0


def ledger(scope: Scope, *, mine: bool, number: int = 1, size: int = 30) -> Slice[ExperimentLine]:
    """The actor's own experiments, or those that others share with her; newest change first.

    One statement, and one more beyond the last page.
    """
    if mine:
        return _slice(scope, _lines(writable_by(scope)), (number, size), mine=True)
    shared = sa.or_(shared_whole(scope), shared_with_person(scope))
    conditions = (Experiment.deleted_at.is_(None), sa.not_(owned_by_actor(scope)), shared)
    return _slice(scope, _lines(*conditions), (number, size), mine=False)


def search(scope: Scope, text: str, *, number: int = 1, size: int = MOST_FOUND) -> Slice[ExperimentLine]:
    """Experiments with `text` in a field that the actor may read; a hit never tells of a field she may not."""
    wanted = text.strip()
    if not wanted:
        return Slice([], 0, number, size)
    title = sa.and_(_says(Experiment.title, wanted), readable_by(scope))
    hits = [(name, _says(getattr(Experiment, name), wanted)) for name in rules.TEXTS]
    evidence = sa.exists().where(
        _found.experiment_id == Experiment.id, _found.deleted_at.is_(None), _says(_found.text, wanted)
    )
    hits.append(("evidence", evidence))
    anywhere = sa.and_(readable_whole_by(scope), sa.or_(*(hit for _, hit in hits)))
    chosen = sa.and_(Experiment.deleted_at.is_(None), shared_with_person(scope, hits))
    return _slice(scope, _lines(sa.or_(title, anywhere, chosen)), (number, size))


def _says(column: sa.ColumnElement[str] | InstrumentedAttribute[str], wanted: str) -> Condition:
    return column.icontains(wanted, autoescape=True)


def _views(scope: Scope, condition: Condition) -> AnySelect:
    person = sa.and_(Person.partner_id == Experiment.partner_id, Person.id == Experiment.author_id)
    cohort = sa.and_(Cohort.partner_id == Experiment.partner_id, Cohort.id == Experiment.cohort_id)
    return (
        sa.select(
            Experiment,
            Person.name.label("author"),
            sa.func.coalesce(Cohort.local_name, Cohort.name).label("cohort"),
            Cohort.safeguarding_name,
            Cohort.safeguarding_contact,
            owned_by_actor(scope).label("mine"),
            shared_whole(scope).label("whole"),
            chosen_for(scope).label("chosen"),
            sa.func.count().over().label("total"),
        )
        .join(Person, person)
        .outerjoin(Cohort, cohort)
        .where(Experiment.deleted_at.is_(None), condition)
        .order_by(Experiment.updated_at.desc(), Experiment.id.desc())
    )


def _cut(scope: Scope, row: sa.Row[*tuple[Any, ...]]) -> ExperimentView:
    it: Experiment = row[0]
    mine = bool(row.mine)
    fields = rules.fields_readable(whole=mine or bool(row.whole), chosen=row.chosen)
    every = {name: getattr(it, name) for name in (*rules.TEXTS, "state", "condition", "scaling")}
    every |= {"author": row.author, "cohort": row.cohort, "dates": (it.started_on, it.ended_on)}
    care = (row.safeguarding_name, row.safeguarding_contact or "") if mine and row.safeguarding_name else None
    return ExperimentView(
        id=it.id,
        version=it.version,
        state=it.state,
        author_id=it.author_id,
        mine=mine,
        is_author=it.author_id == scope.actor.person_id,
        fields=fields,
        answers={name: value for name, value in every.items() if name in fields},
        cohort_id=it.cohort_id if "cohort" in fields else None,
        care=care,
    )


def experiment(scope: Scope, experiment_id: UUID) -> ExperimentView:
    """One experiment, cut to what the actor may see; NotFound where that is nothing. One statement."""
    row = scope.db.execute(_views(scope, Experiment.id == experiment_id)).one_or_none()
    # `readable_by` in other words: the three reasons are columns here, and asking twice would cost twice.
    if row is None or not (row.mine or row.whole or row.chosen is not None):
        raise NotFound
    return _cut(scope, row)


def experiments(scope: Scope, *, number: int = 1, size: int = 30) -> Slice[ExperimentView]:
    """Everything the actor may see something of, cut, with the total: what the API lists.

    One statement, and one more beyond the last page.
    """
    found = _views(scope, readable_by(scope))
    rows = scope.db.execute(found.limit(size).offset((number - 1) * size)).all()
    return Slice([_cut(scope, row) for row in rows], _total(scope, rows, found, number), number, size)


def own_experiments(scope: Scope) -> list[tuple[ExperimentView, list[Seen]]]:
    """Everything of the actor's own with its evidence: what an export holds. Two statements."""
    views = [_cut(scope, row) for row in scope.db.execute(_views(scope, writable_by(scope))).all()]
    seen: dict[UUID, list[Seen]] = {view.id: [] for view in views}
    pieces = (
        sa.select(Evidence)
        .join(
            Experiment, sa.and_(Experiment.partner_id == Evidence.partner_id, Experiment.id == Evidence.experiment_id)
        )
        .where(writable_by(scope), Evidence.deleted_at.is_(None))
        .order_by(Evidence.seen_on, Evidence.id)
    )
    for each in scope.db.scalars(pieces):
        seen[each.experiment_id].append(Seen(each.id, each.text, each.link, each.tells, each.seen_on))
    return [(view, seen[view.id]) for view in views]
