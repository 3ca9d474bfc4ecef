"""Takes the register and what was really delivered. Everything starts as planned: only exceptions are written.

*Delivered* closes the register; until it is written up a session can be opened again.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.curriculum.rules import EFFECTS
from systems_changers.core.operations.service import record
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionBlock
from systems_changers.core.sessions.queries import session_row
from systems_changers.core.sessions.rules import (
    ATTENDANCE,
    CAME,
    DECIDERS,
    MODES,
    OPEN,
    OUTCOMES,
    REASONS,
    AddedBlock,
    Delivery,
    Departure,
    PresenceEntry,
    adaptation,
    minutes_delivered,
    minutes_problem,
    register_opens,
)
from systems_changers.core.sessions.service.steps import take_step
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.text import Message, msg, nmsg

LONGEST_REASON = 500


def deliver(scope: Scope, session_id: UUID, delivery: Delivery, version: int) -> CohortSession:
    """Write down who came and what departed from the plan, and close the register; who came is confirmed with it.

    Raises Invalid where somebody confirmed isn't marked, or a departure has no sentence or a length that can't be,
    Conflict, Refused once sealed, and StepRefused. After the commit plugins hear session.delivered.v1. A delivered
    session can be delivered again, with another register, until it is written up.
    """
    session = _write(scope, session_id, delivery, version, whole=True)
    _confirm_who_came(scope, session.cohort_id, delivery.register)
    if session.state == "delivered":
        record(scope, "session.register_saved", kind="session", id=session.id, changed=["register"])
    else:
        take_step(scope, session, "delivered")
        session.delivered_at = scope.clock.now()
    scope.db.flush()
    return session


def save_draft(scope: Scope, session_id: UUID, delivery: Delivery, version: int) -> CohortSession:
    """Keep what is filled in so far, without closing the register. Raises Refused before the session's day."""
    row = session_row(scope, session_id)
    if row.state in OPEN and not register_opens(row.starts_at, row.time_zone, scope.clock.now()):
        raise Refused(msg("The register opens on the day of the session."), code="register_shut")
    session = _write(scope, session_id, delivery, version, whole=False)
    record(scope, "session.register_saved", kind="session", id=session.id, changed=["register"])
    scope.db.flush()
    return session


def reopen(scope: Scope, session_id: UUID) -> CohortSession:
    """Take back that a session was delivered, while it isn't written up; register and blocks stay as they are."""
    session = session_row(scope, session_id)
    take_step(scope, session, "confirmed")
    session.delivered_at, session.reminders = None, 0
    session.extra = {name: value for name, value in session.extra.items() if name != "reminded_at"}
    scope.db.flush()
    return session


def _write(scope: Scope, session_id: UUID, delivery: Delivery, version: int, *, whole: bool) -> CohortSession:
    session = session_row(scope, session_id)
    if session.state not in OPEN | {"delivered"}:
        raise Refused(msg("This session is sealed. Put it right with a correction."), code="session_sealed")
    if session.version != version:
        raise Conflict(mine={}, theirs={}, version=session.version)  # the form itself holds what was typed and stored
    blocks = {row.id: row for row in scope.db.scalars(_blocks_of(session))}
    expected = set(scope.db.scalars(_expected(session)))
    _check(delivery, blocks, expected if whole else set())
    came = save_register(scope, session, delivery.register)
    session.head_count = came if delivery.register else session.head_count
    _save_blocks(blocks.values(), delivery.departures)
    _save_added(scope, session, blocks.values(), delivery.added)
    session.updated_at = scope.clock.now()
    # Lines and blocks are rows of their own: without this a register of as many people would leave the version.
    flag_modified(session, "updated_at")
    return session


def _blocks_of(session: CohortSession) -> sa.Select[SessionBlock]:
    return sa.select(SessionBlock).where(SessionBlock.session_id == session.id, SessionBlock.deleted_at.is_(None))


def _expected(session: CohortSession) -> sa.Select[UUID]:
    return sa.select(CohortPerson.id).where(
        CohortPerson.cohort_id == session.cohort_id, CohortPerson.part == "participant",
        CohortPerson.state == "confirmed", CohortPerson.deleted_at.is_(None),
    )  # fmt: skip


def _confirm_who_came(scope: Scope, cohort_id: UUID, register: Iterable[PresenceEntry]) -> None:
    came = {entry.cohort_person_id for entry in register if entry.state in CAME}
    waiting = sa.select(CohortPerson.id).where(CohortPerson.cohort_id == cohort_id, CohortPerson.state == "invited")
    for part_id in came & set(scope.db.scalars(waiting)):
        cohorts.confirm(scope, cohort_id, part_id)


def _check(delivery: Delivery, blocks: dict[UUID, SessionBlock], expected: set[UUID]) -> None:
    wrong: dict[str, list[Message]] = {}
    for entry in delivery.register:
        if entry.state not in ATTENDANCE or entry.mode not in MODES or entry.reason not in {None, *REASONS}:
            wrong[f"here-{entry.cohort_person_id}"] = [msg("Choose one of the answers.")]
    unmarked = expected - {entry.cohort_person_id for entry in delivery.register}
    if unmarked:
        sentence = nmsg(
            "%(count)s person is not marked yet. “Everyone here” marks everybody.",
            "%(count)s people are not marked yet. “Everyone here” marks everybody.",
            len(unmarked),
        )
        wrong["register"] = [sentence]
    for departure in delivery.departures:
        if departure.block_id not in blocks:
            raise NotFound
        wrong |= _wrong_departure(departure, blocks[departure.block_id].planned_minutes)
    for place, added in enumerate(delivery.added):
        if not added.title.strip() or not added.reason.strip():
            wrong[f"added-{place}"] = [msg("Say what was added, and why.")]
    if wrong:
        raise Invalid(fields=wrong)


def _wrong_departure(departure: Departure, planned: int) -> dict[str, list[Message]]:
    known = departure.outcome in OUTCOMES and departure.decided_by in DECIDERS
    if not known or departure.effect not in {None, *EFFECTS}:
        return {f"block-{departure.block_id}": [msg("Choose one of the answers.")]}
    if departure.outcome != "as_planned" and not departure.reason.strip():
        return {f"why-{departure.block_id}": [msg("Say in one sentence why.")]}
    if len(departure.reason) > LONGEST_REASON:
        return {f"why-{departure.block_id}": [msg("One sentence is enough: at most 500 characters.")]}
    if departure.minutes is not None and not 0 <= departure.minutes <= 24 * 60:
        return {f"minutes-{departure.block_id}": [msg("Give the length in minutes.")]}
    problem = minutes_problem(departure.outcome, planned, departure.minutes)
    return {f"minutes-{departure.block_id}": [problem]} if problem is not None else {}


def save_register(scope: Scope, session: CohortSession, register: Iterable[PresenceEntry]) -> int:
    """Write the register's lines; answers how many came. Raises NotFound for somebody who isn't in the cohort."""
    entries = {entry.cohort_person_id: entry for entry in register}
    found = sa.select(Attendance).where(Attendance.session_id == session.id, Attendance.deleted_at.is_(None))
    known = {row.cohort_person_id: row for row in scope.db.scalars(found)}
    here = sa.select(CohortPerson.id).where(CohortPerson.cohort_id == session.cohort_id)
    if not set(entries) <= set(scope.db.scalars(here)):
        raise NotFound
    for person_id, entry in entries.items():
        row = known.get(person_id) or Attendance(session_id=session.id, cohort_person_id=person_id)
        row.state, row.mode, row.minutes = entry.state, entry.mode, entry.minutes
        row.reason = entry.reason if entry.state not in CAME else None
        known[person_id] = row
        scope.db.add(row)
    return sum(row.state in CAME for row in known.values())


def _save_blocks(blocks: Iterable[SessionBlock], departures: Iterable[Departure]) -> None:
    said = {each.block_id: each for each in departures}
    for block in blocks:
        if block.outcome == "added":
            continue
        departure = said.get(block.id, Departure(block.id, "as_planned"))
        record_ = adaptation(departure, block.keeps, block.tier)
        block.outcome, block.adaptation, block.effect = departure.outcome, record_, record_.get("effect")
        block.reason = departure.reason.strip() or None if departure.outcome != "as_planned" else None
        block.minutes = minutes_delivered(departure.outcome, block.planned_minutes, departure.minutes)


def _save_added(
    scope: Scope, session: CohortSession, blocks: Iterable[SessionBlock], added: Iterable[AddedBlock]
) -> None:
    present = list(blocks)
    for block in present:
        if block.outcome == "added":
            scope.db.delete(block)
    last = max((block.position for block in present if block.outcome != "added"), default=0)
    for place, each in enumerate(added, 1):
        extra = Departure(session.id, "added", each.reason)
        row = SessionBlock(
            session_id=session.id, position=last + place, block_key=f"added-{place}", title=each.title.strip()[:200],
            tier="free", keeps=[], planned_minutes=0, outcome="added", minutes=each.minutes,
            reason=each.reason.strip()[:LONGEST_REASON], effect="keeps", adaptation=adaptation(extra, [], "free"),
        )  # fmt: skip
        scope.db.add(row)
