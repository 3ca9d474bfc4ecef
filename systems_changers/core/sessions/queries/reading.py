"""Sessions to read: a cohort's, all of them, one with its blocks, its register and its sealed record.

Whoever may see a cohort whole may see its sessions; the register, the notes and reasons are for facilitators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.cohorts.queries import cohort_facts, open_to
from systems_changers.core.curriculum.rules import HEAD
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import (
    Attendance,
    CohortSession,
    RecordCorrection,
    SessionBlock,
    SessionRecord,
)
from systems_changers.core.sessions.rules import chain_holds, corrected
from systems_changers.hooks.facts import CohortFacts, SessionFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import live_row, read_columns
from systems_changers.infra.errors import NotFound
from systems_changers.infra.slices import Slice

if TYPE_CHECKING:
    from systems_changers.web.pagination import PageRequest


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in a list; `starts_at` is UTC, shown in the reader's zone."""

    id: UUID
    cohort_id: UUID
    number: int
    title: str
    kind: str
    state: str
    starts_at: datetime | None
    minutes: int
    time_zone: str
    place: str | None
    link: str | None
    head_count: int | None
    delivered_at: datetime | None
    source: str | None = None
    cohort_name: str = ""
    departures: int = 0

    @property
    def day_only(self) -> bool:
        """Whether nobody knows at what hour it was: a register knows days."""
        return self.source == REGISTER

    @property
    def day(self) -> date | None:
        """The session's own day, by its own clock wherever the reader is; the one that its register names."""
        if self.starts_at is None or self.day_only:
            return self.starts_at.date() if self.starts_at else None
        return self.starts_at.astimezone(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block of a session as planned and as it went; `renewed` is False where the plan has moved on since."""

    id: UUID
    planned_module_id: UUID | None
    module_title: str | None
    module_number: int | None
    module_hash: str | None
    position: int
    block_key: str
    title: str
    tier: str
    keeps: tuple[str, ...]
    planned_minutes: int
    outcome: str
    minutes: int | None
    reason: str | None
    effect: str | None
    adaptation: Mapping[str, Any]
    translations: Mapping[str, Mapping[str, str]]
    renewed: bool = True


@dataclass(frozen=True, slots=True)
class Presence:
    """One line of the register."""

    cohort_person_id: UUID
    name: str
    state: str
    minutes: int | None = None
    mode: str = "room"
    reason: str | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """The sealed record as it stands, with the corrections appended since, and whether the chain holds."""

    id: UUID
    hash: str
    sealed_at: datetime
    sealed_by: str
    content: Mapping[str, Any]
    corrections: tuple[tuple[int, str, Mapping[str, Any], datetime], ...]
    holds: bool
    corrected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session with what the page needs of its cohort."""

    line: SessionLine
    cohort: CohortFacts
    version: int
    notes: str | None
    bring: str | None
    reminders: int
    written_up_at: datetime | None
    safeguarding_name: str | None
    safeguarding_contact: str | None
    blocks: tuple[BlockLine, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.line.id

    @property
    def stale_modules(self) -> list[str]:
        """Titles of modules that the plan has swapped since the session was planned."""
        return list(dict.fromkeys(b.module_title for b in self.blocks if not b.renewed and b.module_title))


_LINE = (
    CohortSession.id, CohortSession.cohort_id, CohortSession.number, CohortSession.title, CohortSession.kind,
    CohortSession.state, CohortSession.starts_at, CohortSession.minutes, CohortSession.time_zone, CohortSession.place,
    CohortSession.link, CohortSession.head_count, CohortSession.delivered_at, CohortSession.source,
)  # fmt: skip
_NAME = sa.func.coalesce(Cohort.local_name, Cohort.name)


def _lines(rows: Iterable[Any]) -> list[SessionLine]:
    return [SessionLine(**row._mapping) for row in rows]  # noqa: SLF001 - a row's documented name for its columns


def sessions_of(scope: Scope, cohort_id: UUID) -> list[SessionLine]:
    """A cohort's sessions in order, if the actor may see the cohort whole. One statement."""
    departed = sa.select(sa.func.count()).select_from(SessionBlock).where(
        SessionBlock.session_id == CohortSession.id, SessionBlock.outcome != "as_planned"
    ).correlate(CohortSession).scalar_subquery()  # fmt: skip
    found = (
        sa.select(*_LINE, _NAME.label("cohort_name"), departed.label("departures"))
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(CohortSession.cohort_id == cohort_id, CohortSession.deleted_at.is_(None), open_to(scope))
        .order_by(CohortSession.number, CohortSession.id)
    )
    return _lines(read_columns(scope.db, found))


def sessions_open_to(scope: Scope, page: PageRequest, *, cohort_id: UUID | None = None) -> Slice[SessionLine]:
    """All sessions that the actor may see, the earliest first. One statement, and one more beyond the end."""
    shown = [CohortSession.deleted_at.is_(None), Cohort.deleted_at.is_(None), open_to(scope)]
    if cohort_id is not None:
        shown.append(CohortSession.cohort_id == cohort_id)
    columns = (*_LINE, _NAME.label("cohort_name"), sa.func.count().over().label("total"))
    ordered = (
        sa.select(*columns)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(*shown)
        .order_by(CohortSession.starts_at, CohortSession.number, CohortSession.id)
    )
    rows = read_columns(scope.db, ordered.limit(page.size).offset(page.offset))
    if rows or page.number == 1:
        return Slice([SessionLine(*row[:-1]) for row in rows], rows[0].total if rows else 0, *page)
    counted = sa.select(sa.func.count()).select_from(CohortSession).join(Cohort, Cohort.id == CohortSession.cohort_id)
    return Slice([], scope.db.scalar(counted.where(*shown)) or 0, *page)


def session_view(scope: Scope, session_id: UUID) -> SessionView:
    """One session with its blocks, if the actor may see its cohort whole. Two statements; raises NotFound."""
    found = (
        sa.select(CohortSession, Cohort)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(
            CohortSession.id == session_id, CohortSession.deleted_at.is_(None), Cohort.deleted_at.is_(None),
            open_to(scope),
        )
    )  # fmt: skip
    row = scope.db.execute(found).one_or_none()
    if row is None:
        raise NotFound
    session, cohort = row
    values = {column.key: getattr(session, column.key) for column in _LINE}
    line = SessionLine(**values, cohort_name=cohort.local_name or cohort.name)
    return SessionView(
        line, cohort_facts(cohort), session.version, session.notes, session.extra.get("bring"),
        session.reminders, session.written_up_at, cohort.safeguarding_name, cohort.safeguarding_contact,
        tuple(blocks_of(scope, session_id)), dict(session.extra),
    )  # fmt: skip


def blocks_of(scope: Scope, session_id: UUID) -> list[BlockLine]:
    """A session's blocks in order, each with the module it came from. One statement."""
    found = (
        sa.select(SessionBlock, PlannedModule)
        .outerjoin(PlannedModule, PlannedModule.id == SessionBlock.planned_module_id)
        .where(SessionBlock.session_id == session_id, SessionBlock.deleted_at.is_(None))
        .order_by(SessionBlock.position, SessionBlock.id)
    )
    return [_block_line(block, module) for block, module in scope.db.execute(found)]


def _block_line(block: SessionBlock, module: PlannedModule | None) -> BlockLine:
    words = {
        locale: {key: digest for key, digest in hashes.items() if key in (block.block_key, HEAD)}
        for locale, hashes in (module.translations if module else {}).items()
    }
    return BlockLine(
        block.id, block.planned_module_id, module.title if module else None, module.number if module else None,
        module.hash if module else None, block.position, block.block_key, block.title, block.tier, tuple(block.keeps),
        block.planned_minutes, block.outcome, block.minutes, block.reason, block.effect, dict(block.adaptation), words,
        module is None or module.deleted_at is None,
    )  # fmt: skip


def modules_in(scope: Scope, session_id: UUID) -> list[UUID]:
    """The lines of the plan that a session's blocks come from, in the order of the blocks. One statement."""
    found = sa.select(SessionBlock.planned_module_id).where(
        SessionBlock.session_id == session_id, SessionBlock.planned_module_id.is_not(None),
        SessionBlock.deleted_at.is_(None),
    ).order_by(SessionBlock.position)  # fmt: skip
    return [id_ for id_ in dict.fromkeys(scope.db.scalars(found)) if id_ is not None]


def delivered_modules(scope: Scope, cohort_id: UUID) -> set[UUID]:
    """The lines of a cohort's plan of which a session was delivered. One statement."""
    found = (
        sa.select(SessionBlock.planned_module_id)
        .join(CohortSession, CohortSession.id == SessionBlock.session_id)
        .where(
            CohortSession.cohort_id == cohort_id, CohortSession.state.in_(("delivered", "written_up")),
            CohortSession.deleted_at.is_(None), SessionBlock.deleted_at.is_(None),
            SessionBlock.planned_module_id.is_not(None),
        )
    )  # fmt: skip
    return {id_ for id_ in scope.db.scalars(found) if id_ is not None}


def register_of(scope: Scope, session: CohortSession | SessionView) -> list[Presence]:
    """Everybody who may come, with what the register says: expected until it is taken. One statement.

    Those who have left the cohort are on it only where they were on the register; `confirmed` tells who must be marked.
    """
    cohort_id = session.line.cohort_id if isinstance(session, SessionView) else session.cohort_id
    here = sa.and_(
        Attendance.cohort_person_id == CohortPerson.id,
        Attendance.session_id == session.id,
        Attendance.deleted_at.is_(None),
    )
    found = (
        sa.select(
            CohortPerson.id, Person.name, Attendance.state, Attendance.minutes, Attendance.mode, Attendance.reason,
            (CohortPerson.state != "invited").label("confirmed"),
        )
        .join(Person, Person.id == CohortPerson.person_id)
        .outerjoin(Attendance, here)
        .where(
            CohortPerson.cohort_id == cohort_id, CohortPerson.part == "participant", CohortPerson.deleted_at.is_(None),
            sa.or_(CohortPerson.state != "left", Attendance.state.is_not(None)),
        )
        .order_by(Person.name, CohortPerson.id)
    )  # fmt: skip
    return [
        Presence(row.id, row.name, row.state or "expected", row.minutes, row.mode or "room", row.reason, row.confirmed)
        for row in scope.db.execute(found)
    ]


def record_of(scope: Scope, session_id: UUID) -> SealedRecord | None:
    """The sealed record with its corrections, or None before sealing. One statement."""
    found = (
        sa.select(SessionRecord, RecordCorrection)
        .outerjoin(RecordCorrection, RecordCorrection.record_id == SessionRecord.id)
        .where(SessionRecord.session_id == session_id, SessionRecord.deleted_at.is_(None))
        .order_by(RecordCorrection.number)
    )
    rows: list[Any] = list(scope.db.execute(found))
    if not rows:
        return None
    record = rows[0][0]
    made: list[RecordCorrection] = [row[1] for row in rows if row[1] is not None]
    holds = chain_holds(record.hash, record.content, [(c.follows, c.hash, c.number, c.content) for c in made])
    return SealedRecord(
        record.id, record.hash, record.sealed_at, record.sealed_by, record.content,
        tuple((each.number, each.why, each.content, each.made_at) for each in made), holds,
        corrected(record.content, [each.content for each in made]),
    )  # fmt: skip


def session_row(scope: Scope, session_id: UUID) -> CohortSession:
    """The session's row, for services; raises NotFound."""
    return live_row(scope.db, CohortSession, session_id)


def session_facts(scope: Scope, session: CohortSession) -> SessionFacts:
    """What plugins may know of a session. Two statements."""
    cohort = scope.db.get_one(Cohort, (scope.partner.id, session.cohort_id))
    found = (
        sa.select(PlannedModule.canonical_identity, PlannedModule.identity)
        .join(SessionBlock, SessionBlock.planned_module_id == PlannedModule.id)
        .where(SessionBlock.session_id == session.id, SessionBlock.deleted_at.is_(None))
        .order_by(PlannedModule.position)
    )
    modules = tuple(dict.fromkeys(row.canonical_identity or row.identity for row in scope.db.execute(found)))
    return SessionFacts(
        session.id, cohort_facts(cohort), session.number, session.title, session.kind, session.state,
        session.starts_at, session.minutes, modules, dict(session.extra),
    )  # fmt: skip
