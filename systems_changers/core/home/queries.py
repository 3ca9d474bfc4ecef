"""What needs doing next: one statement over cohorts and sessions, as far as the reader may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.queries import open_to
from systems_changers.core.partners.models import Partner
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.rules import OPEN
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.db import read_columns

AHEAD = timedelta(days=42)
TODAY = timedelta(hours=12)
MOST = 8
STAFF = frozenset({"administrator", "facilitator"})
LIVE = ("recruiting", "confirmed", "running", "closing", "follow_up")


@dataclass(frozen=True, slots=True)
class Doing:
    """A session that asks for something: `what` is write_up, register, soon or later."""

    session_id: UUID
    cohort_id: UUID
    cohort: str
    number: int
    title: str
    starts_at: datetime | None
    minutes: int
    place: str | None
    time_zone: str
    what: str


def doing(scope: Scope) -> list[Doing]:
    """Sessions to write up, to take the register of, and coming up, the most pressing first."""
    now = scope.clock.now()
    staff = not scope.actor.roles.isdisjoint(STAFF)
    found = _DOING[staff] if staff else _DOING[staff].where(open_to(scope))
    given = {"since": now - TODAY, "until": now + AHEAD}
    return [_doing(row, now, staff=staff) for row in read_columns(scope.db, found, given)]


def _sessions(*, staff: bool) -> Any:
    since, until = (sa.bindparam(name, type_=CohortSession.starts_at.type) for name in ("since", "until"))
    coming = sa.and_(
        CohortSession.state.in_(OPEN), CohortSession.starts_at.is_not(None), CohortSession.starts_at < until
    )
    ahead = sa.and_(coming, CohortSession.starts_at >= since)
    wanted = sa.or_(coming, CohortSession.state == "delivered") if staff else ahead
    return (
        sa.select(
            CohortSession.id, CohortSession.cohort_id, sa.func.coalesce(Cohort.local_name, Cohort.name).label("cohort"),
            CohortSession.number, CohortSession.title, CohortSession.starts_at, CohortSession.minutes,
            CohortSession.place, CohortSession.time_zone, CohortSession.state,
        )
        .join(Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id))
        .where(wanted, Cohort.state.in_(LIVE), CohortSession.deleted_at.is_(None), Cohort.deleted_at.is_(None))
        .order_by(CohortSession.state != "delivered", CohortSession.starts_at)
        .limit(MOST)
    )  # fmt: skip


_DOING = {staff: _sessions(staff=staff) for staff in (True, False)}  # made once: making one costs more than running it


def _doing(row: Any, now: datetime, *, staff: bool) -> Doing:
    starts_at: datetime | None = row.starts_at
    if row.state == "delivered":
        what = "write_up"
    elif staff and starts_at is not None and starts_at <= now:
        what = "register"
    else:
        what = "soon" if starts_at is not None and starts_at < now + timedelta(days=7) else "later"
    return Doing(
        row.id, row.cohort_id, row.cohort, row.number, row.title, starts_at, row.minutes, row.place, row.time_zone, what
    )


@dataclass(frozen=True, slots=True)
class Host:
    """A partner as the chooser shows it."""

    slug: str
    name: str


def hosts(scope: OperatorScope) -> list[Host]:
    """The hosting partners and the foundation, alphabetically."""
    found = sa.select(Partner.slug, Partner.name).where(Partner.kind != "listed").order_by(Partner.name).limit(60)
    return [Host(*row) for row in scope.db.execute(found)]


_RECRUITING = (
    sa.select(sa.func.coalesce(Cohort.local_name, Cohort.name), Cohort.place, Cohort.form)
    .where(Cohort.state == "recruiting", Cohort.rehearsal.is_(False), Cohort.deleted_at.is_(None))
    .order_by(Cohort.starts_on)
    .limit(30)
)


def recruiting(scope: Scope) -> list[tuple[str, str | None, str]]:
    """Cohorts that are looking for people, for the partner's public front page: name, place and form."""
    return [(name, place, form) for name, place, form in read_columns(scope.db, _RECRUITING)]
