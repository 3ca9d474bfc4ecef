"""What is read of the instance's working: plugins, faults, mail that could not be sent, files and their room."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    AuditEvent,
    AuditLink,
    Instance,
    KnownPlugin,
    OperatorAudit,
    OperatorAuditLink,
    PluginFault,
    PluginSetting,
    StoredFile,
    Token,
)
from systems_changers.core.operations.rules import Recorded, file_kind
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.db import read_columns
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.slices import Slice
from systems_changers.infra.spelt import SpeltId, SpeltMoment
from systems_changers.infra.text import Message, msg

INVENTED = msg("Invented people and figures")


@dataclass(frozen=True, slots=True)
class FaultLine:
    """What a plugin did wrong last in one hook, and how often it went wrong."""

    plugin: str
    hook: str
    why: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One plugin as the operator sees it; `state` is installed, quarantined or parked."""

    slug: str
    title: str
    release: str
    state: str
    why: Message | None = None
    faults: tuple[FaultLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ParkedLine:
    """Something that could not be told or sent after the last try."""

    id: UUID
    kind: str
    name: str
    at: datetime
    tries: int
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
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


EVERYTHING = Wanted()


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


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """A plugin's settings at this partner with the version that a form is made from."""

    values: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A kept file. `size` is in bytes; width and height are a picture's, in pixels."""

    id: UUID
    sha256: str
    name: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it was made anew here, and may be shown as it is."""
        return self.media_type.startswith("image/")

    @property
    def plain_name(self) -> str:
        """What it is called in addresses, which end up in logs: nobody's words."""
        return f"file{PurePath(self.name).suffix}"

    @property
    def kind(self) -> str:
        """What it is, as a msgid."""
        return file_kind(self.media_type)


FILE_COLUMNS = (
    StoredFile.id, StoredFile.sha256, StoredFile.name, StoredFile.size, StoredFile.media_type, StoredFile.width,
    StoredFile.height,
)  # fmt: skip
"""What FileFacts is made of, in its order."""


@dataclass(frozen=True, slots=True)
class FileRoom:
    """How much a partner's files hold and may hold, in bytes; content that several share counts once.

    `removed` is the part that can still be put back.
    """

    used: int
    quota: int
    removed: int = 0


def file_room(scope: Scope) -> FileRoom:
    """The room of this partner's files; one statement."""
    live = sa.func.max(sa.case((StoredFile.deleted_at.is_(None), 1), else_=0)).label("live")
    each = sa.select(StoredFile.sha256, StoredFile.size, live).group_by(StoredFile.sha256, StoredFile.size).subquery()
    removed = sa.func.sum(sa.case((each.c.live == 0, each.c.size), else_=0))
    used, gone = scope.db.execute(sa.select(sa.func.sum(each.c.size), removed)).one()
    return FileRoom(int(used or 0), scope.files.quota, int(gone or 0))


def latest_files(scope: Scope, most: int) -> list[FileFacts]:
    """This partner's files, the latest first; one statement."""
    wanted = sa.select(*FILE_COLUMNS).where(StoredFile.deleted_at.is_(None))
    rows = scope.db.execute(wanted.order_by(StoredFile.created_at.desc(), StoredFile.id.desc()).limit(most))
    return [FileFacts(*row) for row in rows]


def instance_is_demo(scope: Scope | OperatorScope) -> bool:
    """Whether everything here is invented, which a file must say too; one statement."""
    return scope.db.scalar(sa.select(Instance.kind).limit(1)) == "demo"


def plugin_lines(scope: OperatorScope, registry: Registry) -> list[PluginLine]:
    """Every plugin that is installed, kept out or parked, by slug, with its faults; two statements."""
    faults = faults_by_plugin(scope)
    lines = {
        slug: PluginLine(slug, each.title, each.version, "installed", None, faults.get(slug, ()))
        for slug, each in registry.manifests.items()
    }
    for out in registry.quarantined:
        lines[out.slug] = PluginLine(out.slug, out.slug, "", "quarantined", out.why, faults.get(out.slug, ()))
    for row in scope.db.scalars(sa.select(KnownPlugin)):
        if row.slug not in lines:
            lines[row.slug] = PluginLine(row.slug, row.title, row.release, "parked", None, faults.get(row.slug, ()))
    return [lines[slug] for slug in sorted(lines)]


def faults_by_plugin(scope: OperatorScope) -> dict[str, tuple[FaultLine, ...]]:
    """The latest faults, newest first."""
    found: dict[str, tuple[FaultLine, ...]] = {}
    for row in scope.db.scalars(sa.select(PluginFault).order_by(PluginFault.last_at.desc())):
        line = FaultLine(row.plugin, row.hook, row.why, row.times, row.last_at)
        found[row.plugin] = (*found.get(row.plugin, ()), line)
    return found


def parked(scope: OperatorScope, *, number: int = 1, size: int = 30) -> Slice[ParkedLine]:
    """What the outbox has given up on, newest first; two statements."""
    given_up = OutboxRow.state == "parked"
    total = scope.db.scalar(sa.select(sa.func.count()).select_from(OutboxRow).where(given_up)) or 0
    page = sa.select(OutboxRow).where(given_up).order_by(OutboxRow.at.desc(), OutboxRow.id)
    rows = scope.db.scalars(page.limit(size).offset((number - 1) * size))
    lines = [ParkedLine(row.id, row.kind, row.name, row.at, row.tries, row.trouble) for row in rows]
    return Slice(lines, total, number, size)


def plugin_settings(scope: Scope) -> dict[str, KeptSettings]:
    """What is kept of every plugin's settings at this partner, enabled or not; one statement."""
    rows = scope.db.scalars(sa.select(PluginSetting).where(PluginSetting.deleted_at.is_(None)))
    return {row.plugin: KeptSettings(row.values, row.version) for row in rows}


def open_tokens(scope: Scope, purpose: str, subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """Until when each of the subjects at this partner has a live token of this purpose. One statement."""
    found = (
        sa.select(Token.subject_ref, sa.func.max(Token.expires_at))
        .where(
            Token.purpose == purpose, Token.partner_ref == scope.partner.id, Token.subject_ref.in_(subjects),
            Token.used_at.is_(None), Token.expires_at > scope.clock.now(),
        )
        .group_by(Token.subject_ref)
    )  # fmt: skip
    return {subject: until for subject, until in scope.db.execute(found) if subject is not None}


def audit_trail(
    scope: Scope | OperatorScope, wanted: Wanted = EVERYTHING, *, number: int = 1, size: int = 30
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


def trail_after(scope: Scope | OperatorScope, wanted: Wanted, last: AuditLine | None, most: int) -> list[SealedLine]:
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


def _trail(tables: _Tables, wanted: Wanted) -> sa.Select[Any]:
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


def _tables(scope: Scope | OperatorScope) -> _Tables:
    if isinstance(scope, Scope):
        return _Tables(AuditEvent, AuditLink)
    return _Tables(OperatorAudit, OperatorAuditLink)


def _rows(scope: Scope | OperatorScope, statement: sa.Select[Any]) -> Sequence[Any]:
    return read_columns(scope.db, statement) if isinstance(scope, Scope) else scope.db.execute(statement).all()


def _head(tables: _Tables) -> sa.Select[Any]:
    event, link = tables
    newest = sa.select(link.number, link.hash, link.sealed_at, event.at)
    return newest.outerjoin(event, event.id == link.id).order_by(link.number.desc()).limit(1)


def chain_head(scope: Scope | OperatorScope) -> ChainHead | None:
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
    scope: Scope | OperatorScope, *, since: datetime | None = None, until: datetime | None = None, most: int
) -> list[Recorded]:
    """The oldest of what has no seal, not before `since` and before `until`; one statement."""
    event, link = _tables(scope)
    found = sa.select(*_covered(event)).outerjoin(link, link.id == event.id).where(link.id.is_(None))
    if since is not None:
        found = found.where(event.at >= since)
    if until is not None:
        found = found.where(event.at < until)
    return [Recorded(*row) for row in _rows(scope, found.order_by(event.at, event.id).limit(most))]


def chain_lines(scope: Scope | OperatorScope, *, after: int, most: int) -> list[ChainLine]:
    """The seals after a number, in order, each with its event; one statement."""
    event, link = _tables(scope)
    found = sa.select(link.number, link.hash, *_covered(event)).outerjoin(event, event.id == link.id)
    page = _rows(scope, found.where(link.number > after).order_by(link.number).limit(most))
    return [ChainLine(row[0], row[1], None if row[2] is None else Recorded(*row[2:])) for row in page]
