"""What operators and administrators read of the instance's working: plugins, faults, mail that could not be sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    AuditEvent,
    Instance,
    KnownPlugin,
    OperatorAudit,
    PluginFault,
    PluginSetting,
    SubjectRequest,
    Token,
)
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.slices import Slice
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
class AuditLine:
    """One recorded change."""

    at: datetime
    name: str
    account_id: UUID | None
    object_kind: str | None
    object_id: UUID | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """A plugin's settings at this partner with the version that a form is made from."""

    values: Mapping[str, Any]
    version: int | None


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What somebody asked for about their own data, and until when it has to be answered."""

    id: UUID
    kind: str
    person_id: UUID
    received_on: date
    due_on: date
    extended: bool
    answered_at: datetime | None
    note: str | None


def requests_listed(scope: Scope, *, number: int = 1, size: int = 30) -> Slice[RequestLine]:
    """Every request at this partner: what waits first, the most pressing on top; two statements."""
    row, live = SubjectRequest, SubjectRequest.deleted_at.is_(None)
    total = scope.db.scalar(sa.select(sa.func.count(row.id)).where(live)) or 0
    first = (row.answered_at.is_not(None), sa.case((row.answered_at.is_(None), row.due_on)), row.answered_at.desc())
    page = sa.select(row).where(live).order_by(*first, row.id).limit(size).offset((number - 1) * size)
    return Slice([_request(each) for each in scope.db.scalars(page)], total, number, size)


def requests_of(scope: Scope, person_id: UUID | None) -> list[RequestLine]:
    """What one person asked for, the latest first; one statement, or none for somebody who is nobody here."""
    if person_id is None:
        return []
    theirs = sa.select(SubjectRequest).where(SubjectRequest.person_id == person_id, SubjectRequest.deleted_at.is_(None))
    return [_request(row) for row in scope.db.scalars(theirs.order_by(SubjectRequest.created_at.desc()).limit(20))]


def _request(row: SubjectRequest) -> RequestLine:
    return RequestLine(row.id, row.kind, row.person_id, row.received_on, row.due_on, row.extended, row.answered_at,
                       row.note)  # fmt: skip


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


def operator_trail(scope: OperatorScope, *, number: int = 1, size: int = 30) -> Slice[AuditLine]:
    """What was done outside any partner, newest first; two statements."""
    row = OperatorAudit
    total = scope.db.scalar(sa.select(sa.func.count(row.id))) or 0
    page = sa.select(row).order_by(row.at.desc(), row.id.desc())
    return Slice(_audit_lines(scope.db.scalars(page.limit(size).offset((number - 1) * size))), total, number, size)


def _audit_lines(rows: Iterable[AuditEvent | OperatorAudit]) -> list[AuditLine]:
    return [
        AuditLine(row.at, row.name, row.actor_account_id, row.object_kind, row.object_id, tuple(row.changed))
        for row in rows
    ]


def audit_trail(
    scope: Scope, *, kind: str | None = None, id: UUID | None = None, number: int = 1, size: int = 30
) -> Slice[AuditLine]:
    """What was changed at this partner, newest first, all of it or one record's; two statements."""
    wanted: list[sa.ColumnElement[bool]] = []
    if kind is not None:
        wanted.append(AuditEvent.object_kind == kind)
    if id is not None:
        wanted.append(AuditEvent.object_id == id)
    total = scope.db.scalar(sa.select(sa.func.count(AuditEvent.id)).where(*wanted)) or 0
    page = sa.select(AuditEvent).where(*wanted).order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    rows = scope.db.scalars(page.limit(size).offset((number - 1) * size))
    return Slice(_audit_lines(rows), total, number, size)
