"""Makes sessions from the modules that a plan pins: their blocks are copied, so that nothing moves under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, PlannedModule
from systems_changers.core.cohorts.queries import cohort_row, planned_rows
from systems_changers.core.curriculum.queries import kept_modules
from systems_changers.core.curriculum.rules import block_hash
from systems_changers.core.operations.service import record
from systems_changers.core.partners.rules import time_zone_problem
from systems_changers.core.sessions.models import CohortSession, SessionBlock
from systems_changers.core.sessions.queries import modules_in, session_row
from systems_changers.core.sessions.rules import (
    KINDS,
    MOST_DAYS_APART,
    MOST_SESSIONS,
    OPEN,
    FirstMeeting,
    Portion,
    SessionDetails,
    months_after,
    session_title,
    sessions_for,
    spread,
    successors,
)
from systems_changers.core.sessions.service.numbering import number_by_date
from systems_changers.core.sessions.service.steps import take_step
from systems_changers.hooks.facts import CohortType
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.text import Message, msg

FOLLOW_UP_MONTHS = (3, 6, 12)


def plan_sessions(scope: Scope, cohort_id: UUID, first: FirstMeeting) -> list[CohortSession]:
    """Spread the planned modules over sessions, and follow-ups at 3, 6 and 12 months after the last.

    Sessions stay at the same local hour when the clocks change. Raises Refused where there is no plan, or where the
    cohort has sessions already.
    """
    cohort = cohort_row(scope, cohort_id)
    portions = _portions(scope, planned_rows(scope, cohort_id))
    if not portions:
        raise Refused(msg("Choose the modules this cohort follows first."), code="no_plan")
    if _last_number(scope, cohort_id):
        raise Refused(msg("This cohort has sessions already."), code="sessions_exist")
    if not 1 <= first.sessions <= MOST_SESSIONS or not 1 <= first.days_apart <= MOST_DAYS_APART:
        raise Invalid(fields={"sessions": [msg("Plan between 1 and 60 sessions.")]})
    made = spread(portions, first.sessions, first.longest)
    zone = ZoneInfo(cohort.time_zone)
    rows = []
    for place, portion in enumerate(made.sessions):
        when = _local_step(first.starts_at, zone, timedelta(days=first.days_apart * place))
        details = SessionDetails(
            _title(portion), "led", when, first.minutes or sum(each.minutes for each in portion), cohort.time_zone,
            first.place,
        )  # fmt: skip
        rows.append(_make(scope, cohort, place + 1, details, portion))
    rows += _follow_ups(scope, cohort, made.follow_ups, rows[-1])
    record(scope, "sessions.planned", kind="cohort", id=cohort.id)
    scope.db.flush()
    return rows


def sessions_to_offer(scope: Scope, cohort_id: UUID, kind: CohortType | None) -> int:
    """How many sessions a cohort of this kind usually needs for its plan, so that none is longer than the kind's."""
    if kind is None:
        return FirstMeeting(None).sessions
    portions = _portions(scope, planned_rows(scope, cohort_id))
    longest = kind.longest_block_minutes or kind.session_minutes
    return sessions_for(portions, kind.sessions, longest, kind.session_minutes)


def _follow_ups(scope: Scope, cohort: Cohort, portions: Sequence[Portion], last: CohortSession) -> list[CohortSession]:
    zone, rows = ZoneInfo(cohort.time_zone), []
    for place, portion in enumerate(portions):
        when = None
        if last.starts_at is not None and place < len(FOLLOW_UP_MONTHS):
            when = months_after(last.starts_at.astimezone(zone), FOLLOW_UP_MONTHS[place])
        minutes = sum(block["minutes"] for block in portion.blocks)
        details = SessionDetails(str(portion.blocks[0]["title"]), "follow_up", when, minutes, cohort.time_zone)
        rows.append(_make(scope, cohort, last.number + place + 1, details, [portion]))
    return rows


def _local_step(start: datetime | None, zone: ZoneInfo, step: timedelta) -> datetime | None:
    if start is None:
        return None
    return (start.astimezone(zone).replace(tzinfo=None) + step).replace(tzinfo=zone)


def _title(portions: Iterable[Portion]) -> str:
    return session_title([portion.title for portion in portions])


def add_session(
    scope: Scope, cohort_id: UUID, details: SessionDetails, planned_ids: Sequence[UUID] = ()
) -> CohortSession:
    """Add one session made from these lines of the plan, in the plan's order; from none, it is a local session."""
    cohort = cohort_row(scope, cohort_id)
    _check(details)
    rows = [row for row in planned_rows(scope, cohort_id) if row.id in set(planned_ids)]
    if len(rows) != len(set(planned_ids)):
        raise NotFound
    portions = _portions(scope, rows)
    session = _make(scope, cohort, _last_number(scope, cohort_id) + 1, details, portions)
    record(scope, "session.planned", kind="session", id=session.id)
    number_by_date(scope, cohort_id)
    return session


def change_session(
    scope: Scope, session_id: UUID, details: SessionDetails, version: int, planned_ids: Sequence[UUID] | None = None
) -> CohortSession:
    """Change what is said of a session that has not been delivered; a confirmed one with a new time or place is moved.

    `planned_ids` are the modules it is made from; None leaves them. Sessions still to come are numbered by their day.
    Raises Conflict with both texts, Refused once it is delivered, StepRefused where a plugin's check forbids the move.
    """
    session = session_row(scope, session_id)
    _check(details)
    if session.state not in OPEN:
        raise Refused(msg("Only a session that is still to come can be changed."), code="session_shut")
    values = _values(details, session.time_zone)
    before = {name: getattr(session, name) for name in values} | {"bring": session.extra.get("bring")}
    now = values | {"bring": details.bring}
    if planned_ids is not None:
        before["modules"] = now["modules"] = modules_in(scope, session.id)
        if set(planned_ids) != set(before["modules"]):
            now["modules"] = list(planned_ids)
    if session.version != version:
        raise Conflict(mine=now, theirs=before, version=session.version)
    changed = [name for name, value in now.items() if before[name] != value]
    for name, value in values.items():
        setattr(session, name, value)
    session.extra = {**session.extra, "bring": details.bring}
    if "modules" in changed:
        _choose_modules(scope, session, now["modules"])
    if changed:
        session.updated_at = scope.clock.now()  # other modules alone are a change of the session too
        record(scope, "session.changed", kind="session", id=session.id, changed=changed)
    if session.state == "confirmed" and {"starts_at", "place", "link"} & set(changed):
        take_step(scope, session, "moved")
    number_by_date(scope, session.cohort_id)
    return session


def _choose_modules(scope: Scope, session: CohortSession, planned_ids: Sequence[UUID]) -> None:
    """Take out the blocks of modules that were left out, and add those of modules that are new, in the plan's order."""
    found = sa.select(SessionBlock).where(SessionBlock.session_id == session.id, SessionBlock.deleted_at.is_(None))
    blocks = list(scope.db.scalars(found))
    here = {block.planned_module_id for block in blocks}
    added = [row for row in planned_rows(scope, session.cohort_id) if row.id in set(planned_ids) - here]
    if not set(planned_ids) <= here | {row.id for row in added}:
        raise NotFound
    for block in blocks:
        if block.planned_module_id is not None and block.planned_module_id not in planned_ids:
            scope.db.delete(block)
    last = max((block.position for block in blocks), default=0)
    scope.db.add_all(_blocks(session.id, _portions(scope, added), last))


def _values(details: SessionDetails, zone: str) -> dict[str, Any]:
    return {
        "title": details.title, "kind": details.kind, "starts_at": details.starts_at, "minutes": details.minutes,
        "time_zone": details.time_zone or zone, "place": details.place, "link": details.link,
    }  # fmt: skip


def _check(details: SessionDetails) -> None:
    wrong: dict[str, list[Message]] = {}
    if not details.title.strip():
        wrong["title"] = [msg("Give the session a title.")]
    if details.kind not in KINDS:
        wrong["kind"] = [msg("Choose one of the answers.")]
    if not 0 <= details.minutes <= 7 * 24 * 60:
        wrong["minutes"] = [msg("Give the length in minutes.")]
    if details.link and not details.link.startswith(("https://", "http://")):
        wrong["link"] = [msg("A link begins with https://.")]
    zone = time_zone_problem(details.time_zone or "UTC")
    if zone is not None:
        wrong["time_zone"] = [zone]
    if wrong:
        raise Invalid(fields=wrong)


def renew_blocks(scope: Scope, session_id: UUID) -> CohortSession:
    """Take the plan's present modules in place of those swapped or dropped since; only in a session still to come.

    Of a module that is spread over several sessions each keeps its own blocks; a new block goes with the one before it.
    """
    session = session_row(scope, session_id)
    if session.state not in OPEN:
        raise Refused(msg("What was delivered stays as it was delivered."), code="session_shut")
    found = (
        sa.select(SessionBlock, PlannedModule)
        .join(PlannedModule, PlannedModule.id == SessionBlock.planned_module_id)
        .where(SessionBlock.session_id == session.id, SessionBlock.deleted_at.is_(None))
        .order_by(PlannedModule.position, SessionBlock.position)
    )
    here = scope.db.execute(found).all()
    swapped = {module.position: module for _, module in here if module.deleted_at is not None}
    present = {row.position: row for row in planned_rows(scope, session.cohort_id) if row.position in swapped}
    kept = kept_modules(scope, [row.hash for row in (*swapped.values(), *present.values())])
    for place, gone in swapped.items():
        old = [block for block, module in here if module.position == place]
        start, new = min(block.position for block in old), present.get(place)
        chosen: list[Mapping[str, Any]] = []
        if new is not None:
            before, after = (kept[row.hash].content["blocks"] for row in (gone, new))
            chosen = successors({block.block_key for block in old}, before, after)
            scope.db.add_all(_block(session.id, start + step, new.id, block) for step, block in enumerate(chosen))
        _make_room(here, place, start, len(chosen) - len(old))
        for block in old:
            scope.db.delete(block)
    record(scope, "session.renewed", kind="session", id=session.id, changed=["blocks"])
    scope.db.flush()
    return session


def _make_room(here: Sequence[Any], place: int, start: int, more: int) -> None:
    for block, module in here:
        if module.position != place and block.position > start:
            block.position += more


def _portions(scope: Scope, rows: Sequence[PlannedModule]) -> list[Portion]:
    kept = kept_modules(scope, [row.hash for row in rows]) if rows else {}
    return [Portion(row.id, row.title, row.number, tuple(kept[row.hash].content["blocks"])) for row in rows]


def _last_number(scope: Scope, cohort_id: UUID) -> int:
    found = sa.select(sa.func.max(CohortSession.number)).where(
        CohortSession.cohort_id == cohort_id, CohortSession.deleted_at.is_(None)
    )
    return scope.db.scalar(found) or 0


def _make(
    scope: Scope, cohort: Cohort, number: int, details: SessionDetails, portions: Sequence[Portion]
) -> CohortSession:
    extra: Mapping[str, Any] = {"bring": details.bring} if details.bring else {}
    session = CohortSession(
        cohort_id=cohort.id, number=number, state="planned", extra=dict(extra), **_values(details, cohort.time_zone)
    )
    scope.db.add(session)
    scope.db.flush()
    scope.db.add_all(_blocks(session.id, portions, 0))
    return session


def _blocks(session_id: UUID, portions: Iterable[Portion], after: int) -> list[SessionBlock]:
    pairs = [(portion.planned_id, block) for portion in portions for block in portion.blocks]
    return [_block(session_id, place, planned_id, block) for place, (planned_id, block) in enumerate(pairs, after + 1)]


def _block(session_id: UUID, position: int, planned_id: UUID, block: Mapping[str, Any]) -> SessionBlock:
    return SessionBlock(
        session_id=session_id, planned_module_id=planned_id, position=position, block_key=block["key"],
        block_hash=block_hash(block), title=block["title"], tier=block["tier"], keeps=list(block["keeps"]),
        planned_minutes=block["minutes"], outcome="as_planned",
    )  # fmt: skip
