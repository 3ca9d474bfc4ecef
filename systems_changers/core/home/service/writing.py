"""Writes a batch of a register's rows at one partner; the caller commits.

What is known already is found by source_key; a row whose state has changed since it came in last is brought up to date.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.home.service.staging import Staged
from systems_changers.core.operations import service as operations
from systems_changers.core.partners.rules import REGISTER
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.scope import Scope
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.identifiers import new_id

STATE = "register_state"
NOON = time(12, tzinfo=UTC)  # a register knows days only, and noon is the same day from UTC-11 to UTC+11


class Written(NamedTuple):
    """How many rows of a batch were, or would be, created, changed, or left as they are."""

    created: int
    changed: int
    unchanged: int


def compare(scope: Scope, rows: Sequence[Staged], *, fresh: bool = False) -> Written:
    """What `write` would do; reads only."""
    known = {} if fresh else _known(scope, rows)
    changed = sum(row.key in known and known[row.key][1] != row.state for row in rows)
    new = sum(row.key not in known for row in rows)
    return Written(new, changed, len(rows) - new - changed)


def write(scope: Scope, rows: Sequence[Staged], *, fresh: bool = False) -> Written:
    """Bring a batch in; two statements for the new rows, whatever their number. A `fresh` partner has none yet."""
    known = {} if fresh else _known(scope, rows)
    new = [row for row in rows if row.key not in known]
    changed = {known[row.key][0]: row for row in rows if row.key in known and known[row.key][1] != row.state}
    if new:
        cohorts = [(new_id(), row) for row in new]
        insert_rows(scope.db, Cohort, [_cohort(scope, id_, row) for id_, row in cohorts])
        insert_rows(scope.db, CohortSession, [_session(scope, id_, row) for id_, row in cohorts])
    if changed:
        _change(scope, changed)
    if new or changed:
        operations.record(scope, "register.imported", kind="cohort")
        scope.db.flush()
    return Written(len(new), len(changed), len(rows) - len(new) - len(changed))


def _known(scope: Scope, rows: Sequence[Staged]) -> dict[str, tuple[UUID, str | None]]:
    found = sa.select(Cohort.source_key, Cohort.id, Cohort.extra[STATE].as_string()).where(
        Cohort.source == REGISTER, Cohort.deleted_at.is_(None), Cohort.source_key.in_([row.key for row in rows])
    )
    return {key or "": (id_, state) for key, id_, state in scope.db.execute(found)}


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON)


def _name(row: Staged) -> str:
    """A name that says what is known: the programme's tags, else the host, and the day."""
    tags = " + ".join(row.details.get("programme", ())) or row.host
    return f"{tags[:140]} {row.day.isoformat()}"


def _about(row: Staged) -> dict[str, Any]:
    """What a change of the row changes in its cohort."""
    return {
        "name": _name(row),
        "starts_on": row.day,
        "ends_on": row.day,
        "closed_at": _noon(row.day),
        "extra": {**row.details, STATE: row.state},
    }


def _held(row: Staged) -> dict[str, Any]:
    """What a change of the row changes in its session.

    No delivered_at: nobody closed a register here, so nobody is reminded to write it up and nothing is sealed.
    """
    return {"title": _name(row), "starts_at": _noon(row.day), "head_count": row.heads}


def _owned(scope: Scope, row: Staged) -> dict[str, Any]:
    return {"source": REGISTER, "source_key": row.key, "time_zone": scope.partner.time_zone}


def _cohort(scope: Scope, id_: UUID, row: Staged) -> dict[str, Any]:
    return {"id": id_, "state": "closed", **_owned(scope, row), **_about(row)}


def _session(scope: Scope, cohort_id: UUID, row: Staged) -> dict[str, Any]:
    own = {"id": new_id(), "cohort_id": cohort_id, "number": 1, "state": "delivered"}
    return {**own, **_owned(scope, row), **_held(row)}


def _change(scope: Scope, changed: dict[UUID, Staged]) -> None:
    for cohort in scope.db.scalars(sa.select(Cohort).where(Cohort.id.in_(changed))):
        for name, value in _about(changed[cohort.id]).items():
            setattr(cohort, name, value)
    sessions = sa.select(CohortSession).where(CohortSession.cohort_id.in_(changed), CohortSession.source == REGISTER)
    for session in scope.db.scalars(sessions):
        for name, value in _held(changed[session.cohort_id]).items():
            setattr(session, name, value)
