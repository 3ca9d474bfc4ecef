"""What is due to be let go at a partner: rows whose time is over as their columns declare, and that hold something.

Tables of higher slices and of plugins are reached by name: a `Keep` says what counts, foreign keys lead to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.privacy.queries.declared import kits_tables, plugin_tables
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import APPEND_ONLY, Base, PartnerOwned, is_partner_table
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import JobRow
from systems_changers.infra.personal import Keep, emptied

JOB = "retention"
RUNS_THINGS = ("administrator", "facilitator", "analyst")
SEATS = ("person_id", "manager_id", "learning_partner_id")
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Holding:
    """Columns of one table that are kept for the same time: what the retention run does at once."""

    model: type[PartnerOwned]
    keep: Keep
    columns: tuple[sa.Column[Any], ...]
    plugin: str = ""

    @property
    def table(self) -> str:
        """The table's name."""
        return str(sa.inspect(self.model).local_table)

    @property
    def labels(self) -> tuple[str, ...]:
        """What the columns are, as msgids."""
        return tuple(each.info.get("label") or each.name.replace("_", " ").capitalize() for each in self.columns)


@dataclass(frozen=True, slots=True)
class Due:
    """How many rows of a holding are due."""

    holding: Holding
    rows: int


def holdings(scope: Scope) -> list[Holding]:
    """Everything here that is kept for a time: the kit's, and that of every plugin that is loaded, on here or not.

    An append-only table is left out, because nobody may change it.
    """
    tables = [("", table) for table in kits_tables()]
    tables += plugin_tables(scope, sorted(scope.hooks.views.registry.manifests))
    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return [
        Holding(models[table], keep, tuple(columns), plugin)
        for plugin, table in tables
        if table in models and is_partner_table(table) and not table.info.get(APPEND_ONLY)
        for keep, columns in _by_keep(table).items()
    ]


def _by_keep(table: sa.Table) -> dict[Keep, list[sa.Column[Any]]]:
    found: dict[Keep, list[sa.Column[Any]]] = {}
    for column in table.columns:
        if column.info.get("personal") and column.info["keep"].by_time:
            found.setdefault(column.info["keep"], []).append(column)
    return found


def due(scope: Scope) -> list[Due]:
    """What would be let go now. One statement."""
    found, now = holdings(scope), scope.clock.now()
    counts = [
        sa.select(sa.func.count()).select_from(each.model).where(*_is_due(each, now)).scalar_subquery()
        for each in found
    ]
    rows = scope.db.execute(sa.select(*counts)).one()
    return [Due(holding, count) for holding, count in zip(found, rows, strict=True) if count]


def due_ids(scope: Scope, holding: Holding) -> Sequence[UUID]:
    """Ids of a holding's rows that are due."""
    wanted = sa.select(holding.model.id).where(*_is_due(holding, scope.clock.now()))
    return scope.db.scalars(wanted.order_by(holding.model.id)).all()


def last_run(scope: Scope) -> datetime | None:
    """When the run last came to its end on this instance; None before the first."""
    with as_the_kit(scope.db):
        found: datetime | None = scope.db.scalar(sa.select(JobRow.last_finished_at).where(JobRow.name == JOB))
    return found


def _is_due(holding: Holding, now: datetime) -> Iterator[Condition]:
    yield _over(holding, now)
    if not holding.keep.rows:
        yield sa.or_(*(_holds(holding.model, column) for column in holding.columns))


def _holds(model: type[PartnerOwned], column: sa.Column[Any]) -> Condition:
    """Whether there is anything left in it: a run that finds nothing changes nothing."""
    here, left = getattr(model, column.key), emptied(column)
    if left is None:
        return sa.cast(here, sa.Text) != "null" if isinstance(column.type, sa.JSON) else here.is_not(None)
    if isinstance(column.type, sa.JSON):  # PostgreSQL has no equality of JSON
        return sa.cast(here, sa.Text) != sa.cast(sa.literal(left, column.type), sa.Text)
    return sa.and_(here.is_not(None), here != left)


def _over(holding: Holding, now: datetime) -> Condition:
    keep, model = holding.keep, holding.model
    before = keep.before(now)
    if keep.column:
        over: Condition = getattr(model, keep.column) <= before
        return over
    if keep.since == "cohort":
        return _leads_to(model, holding.table, "cohort", lambda cohort: _ended(cohort) <= before)
    return _leads_to(model, holding.table, "person", lambda person: _long_gone(person, before))


def _leads_to(here: Any, table: str, target: str, of: Callable[[Any], Condition]) -> Condition:
    """Whether `of` is true of what the row is, or of what its foreign keys lead to by the shortest way."""
    if table == target:
        return of(here)
    step = _first_step(table, target)
    if step is None:
        return sa.false()  # nothing leads there, so nothing is ever due
    column, onward = step
    there = aliased(_model(onward))
    return sa.exists().where(there.id == getattr(here, column), _leads_to(there, onward, target, of))


def _first_step(table: str, target: str) -> tuple[str, str] | None:
    """The first step of the shortest way by foreign keys: the column, and the table it names."""
    ways, seen = [(key, key[1]) for key in _keys(table)], {table}
    while ways:
        for first, reached in ways:
            if reached == target:
                return first
        seen |= {reached for _, reached in ways}
        ways = [(first, onward) for first, reached in ways for _, onward in _keys(reached) if onward not in seen]
    return None


def _keys(table: str) -> list[tuple[str, str]]:
    """The foreign keys to partners' rows: the column that is not the partner's, and the table it names."""
    keys = sorted(Base.metadata.tables[table].foreign_key_constraints, key=lambda each: list(each.column_keys))
    return [(key.column_keys[-1], key.referred_table.name) for key in keys if is_partner_table(key.referred_table)]


def _model(table: str) -> Any:
    return next(each.class_ for each in Base.registry.mappers if each.class_.__tablename__ == table)


def _ended(cohort: Any) -> sa.ColumnElement[datetime]:
    """When a cohort ended: closed, or never held; NULL while it goes on."""
    never_held = sa.case((cohort.state == "cancelled", cohort.updated_at))
    return sa.func.coalesce(cohort.closed_at, never_held, cohort.deleted_at)


def _long_gone(person: Any, before: datetime) -> Condition:
    """Was in cohorts, which have all ended before, runs nothing here, and did nothing here since."""
    part, cohort = aliased(_model("cohort_person")), aliased(_model("cohort"))
    member, done = aliased(_model("membership")), aliased(_model("audit_event"))
    seated = sa.or_(*(getattr(part, seat) == person.id for seat in SEATS))
    ended = _ended(cohort)
    return sa.and_(
        sa.exists().where(seated),
        ~sa.exists().where(seated, cohort.id == part.cohort_id, sa.or_(ended.is_(None), ended > before)),
        ~sa.exists().where(
            member.account_id == person.account_id, member.role.in_(RUNS_THINGS), member.deleted_at.is_(None)
        ),
        ~sa.exists().where(done.actor_account_id == person.account_id, done.at > before),
    )
