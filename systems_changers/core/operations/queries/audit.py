"""What was recorded and how far it is sealed, at a partner or outside any."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    AuditEvent,
    AuditLink,
    OperatorAudit,
    OperatorAuditLink,
)
from systems_changers.core.operations.rules import Recorded
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.db import read_columns
from systems_changers.infra.slices import Slice
from systems_changers.infra.spelt import SpeltId, SpeltMoment


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which of what was recorded: from a moment, before another, by these accounts, of a kind, by name.

    `accounts` selects ids; somebody who signs in is nobody yet, so then it is the account itself that acted.
    """

    since: datetime | None = None
    until: datetime | None = None
    accounts: sa.Select[Any] | None = None
    kinds: Collection[str] = ()
    other_kinds: Collection[str] = ()
    name: str | None = None

    def of(self, event: Any) -> list[sa.ColumnElement[bool]]:
        """What a row must fulfil; `other_kinds` are those that it may not be of."""
        found: list[sa.ColumnElement[bool]] = []
        if self.since is not None:
            found.append(event.at >= self.since)
        if self.until is not None:
            found.append(event.at < self.until)
        if self.accounts is not None:
            itself = sa.and_(event.actor_account_id.is_(None), event.object_kind == "account")
            by_itself = sa.and_(itself, event.object_id.in_(self.accounts))
            found.append(sa.or_(event.actor_account_id.in_(self.accounts), by_itself))
        if self.kinds:
            found.append(event.object_kind.in_(self.kinds))
        if self.other_kinds:
            found.append(sa.or_(event.object_kind.is_(None), event.object_kind.not_in(self.other_kinds)))
        if self.name:
            found.append(event.name == self.name)
        return found


EVERYTHING = TrailFilter()


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One recorded change."""

    id: UUID
    at: datetime
    name: str
    account_id: UUID | None
    object_kind: str | None
    object_id: UUID | None
    changed: tuple[str, ...]


class SealedLine(NamedTuple):
    """One recorded change with its seal's number and hash, once it has one."""

    line: AuditLine
    number: int | None
    hash: str | None


def audit_trail(
    scope: AnyScope, wanted: TrailFilter = EVERYTHING, *, number: int = 1, size: int = 30
) -> tuple[Slice[AuditLine], SealedUpTo]:
    """What was done at this partner, or outside any, newest first, and how far it is sealed; two statements."""
    tables = _tables(scope)
    head = _head(tables).subquery()
    count = sa.select(sa.func.count(tables.event.id)).where(*wanted.of(tables.event)).scalar_subquery()
    one = sa.select(sa.true().label("one")).subquery()
    columns = (count.label("total"), head.c.number, head.c.at, head.c.sealed_at)
    total, sealed, at, sealed_at = _rows(
        scope, sa.select(*columns).select_from(one).outerjoin(head, sa.true())
    )[0]  # fmt: skip
    page = _trail(tables, wanted).limit(size).offset((number - 1) * size)
    lines = [_audit_line(row) for row in _rows(scope, page)]
    return Slice(lines, total, number, size), SealedUpTo(sealed or 0, at or sealed_at)


def trail_after(scope: AnyScope, wanted: TrailFilter, last: AuditLine | None, most: int) -> list[SealedLine]:
    """The next lines after the last one, newest first, each with its seal's number and hash; one statement."""
    tables = _tables(scope)
    event, link = tables
    page = _trail(tables, wanted).add_columns(link.number, link.hash).outerjoin(link, link.id == event.id).limit(most)
    if last is not None:
        page = page.where(sa.or_(event.at < last.at, sa.and_(event.at == last.at, event.id < last.id)))
    found = _rows(scope, page)
    return [SealedLine(_audit_line(row), row[7], row[8]) for row in found]


def _audit_line(row: Any) -> AuditLine:
    id_, at, name, actor, kind, object_id, changed = row[:7]
    return AuditLine(id_, at, name, actor, kind, object_id, tuple(changed))


def _trail(tables: _Tables, wanted: TrailFilter) -> sa.Select[Any]:
    row = tables.event
    columns = (row.id, row.at, row.name, row.actor_account_id, row.object_kind, row.object_id, row.changed)
    return sa.select(*columns).where(*wanted.of(row)).order_by(row.at.desc(), row.id.desc())


# --- the chain of seals ---


class ChainLine(NamedTuple):
    """One seal with what it covers; `event` is None where that is gone."""

    number: int
    hash: str
    event: Recorded | None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest seal; `at` is the moment of its event."""

    number: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SealedUpTo:
    """How many entries are sealed, and when the newest of them was made."""

    number: int
    at: datetime | None


class _Tables(NamedTuple):
    event: Any
    link: Any


def _tables(scope: AnyScope) -> _Tables:
    if isinstance(scope, Scope):
        return _Tables(AuditEvent, AuditLink)
    return _Tables(OperatorAudit, OperatorAuditLink)


def _rows(scope: AnyScope, statement: sa.Select[Any]) -> Sequence[Any]:
    return read_columns(scope.db, statement) if isinstance(scope, Scope) else scope.db.execute(statement).all()


def _head(tables: _Tables) -> sa.Select[Any]:
    event, link = tables
    newest = sa.select(link.number, link.hash, link.sealed_at, event.at)
    return newest.outerjoin(event, event.id == link.id).order_by(link.number.desc()).limit(1)


def chain_head(scope: AnyScope) -> ChainHead | None:
    """The newest seal of the scope's chain; one statement."""
    found = _rows(scope, _head(_tables(scope)))
    return ChainHead(found[0].number, found[0].hash, found[0].at or found[0].sealed_at) if found else None


def _covered(event: Any) -> tuple[Any, ...]:
    id_, actor, object_id = (
        sa.type_coerce(each, SpeltId()) for each in (event.id, event.actor_account_id, event.object_id)
    )
    at = sa.type_coerce(event.at, SpeltMoment())
    return (id_, at, event.name, actor, event.object_kind, object_id, sa.cast(event.changed, sa.Text))


def unsealed(
    scope: AnyScope, *, since: datetime | None = None, until: datetime | None = None, most: int
) -> list[Recorded]:
    """The oldest of what has no seal, not before `since` and before `until`; one statement."""
    event, link = _tables(scope)
    found = sa.select(*_covered(event)).outerjoin(link, link.id == event.id).where(link.id.is_(None))
    if since is not None:
        found = found.where(event.at >= since)
    if until is not None:
        found = found.where(event.at < until)
    return [Recorded(*row) for row in _rows(scope, found.order_by(event.at, event.id).limit(most))]


def count_unsealed(scope: AnyScope, *, until: datetime | None) -> int:
    """How many entries from before `until` have no seal; one statement."""
    event, link = _tables(scope)
    found = sa.select(sa.func.count()).select_from(event).outerjoin(link, link.id == event.id)
    return int(_rows(scope, found.where(link.id.is_(None), event.at < until))[0][0])


def chain_lines(scope: AnyScope, *, after: int, most: int) -> list[ChainLine]:
    """The seals after a number, in order, each with its event; one statement."""
    event, link = _tables(scope)
    found = sa.select(link.number, link.hash, *_covered(event)).outerjoin(event, event.id == link.id)
    page = _rows(scope, found.where(link.number > after).order_by(link.number).limit(most))
    return [ChainLine(row[0], row[1], None if row[2] is None else Recorded(*row[2:])) for row in page]
