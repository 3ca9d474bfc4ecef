"""Attendance by the million: a database as large as a programme gets, filled past the services in a minute or two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.rows import Row, Size, partner_rows
from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.partners.models import Partner
from systems_changers.core.sessions.models import Attendance, CohortSession
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id

SIZE = Size(cohorts=20, people=20, sessions=9, experiments=0)
"""Of one partner: 20 cohorts of 20 people and 9 sessions, so 3,600 rows of attendance."""
AT_ONCE = 20


def fill(owner_url: str, partners: int) -> int:
    """Add partners with attendance; answers how many rows of it there are."""
    owner, written = open_owner_engine(owner_url), 0
    for start in range(0, partners, AT_ONCE):
        with owner.begin() as connection:
            for number in range(start, min(partners, start + AT_ONCE)):
                written += _partner(connection, number)
    owner.dispose()
    return written


def _partner(connection: sa.Connection, number: int) -> int:
    partner_id = new_id()
    _insert(connection, Partner, [{"id": partner_id, "slug": f"large-{number}", "name": f"Large {number}"}])
    made = dict(partner_rows(partner_id, None, SIZE))
    for table, rows in made.items():
        if rows:
            connection.execute(table.insert(), list(rows))
    people = made[_table(CohortPerson)]
    rows = list(_attendance(partner_id, people, made[_table(CohortSession)]))
    _insert(connection, Attendance, rows)
    return len(rows)


def _attendance(partner_id: UUID, people: Any, sessions: Any) -> Iterator[Row]:
    present: dict[UUID, list[UUID]] = {}
    for person in people:
        present.setdefault(person["cohort_id"], []).append(person["id"])
    for session in sessions:
        for person_id in present[session["cohort_id"]]:
            yield {"partner_id": partner_id, "id": new_id(), "session_id": session["id"],
                   "cohort_person_id": person_id, "state": "present", "minutes": 180}  # fmt: skip


def _insert(connection: sa.Connection, model: type[Any], rows: list[Row]) -> None:
    connection.execute(_table(model).insert(), rows)


def _table(model: type[Any]) -> sa.Table:
    found: sa.Table = model.__table__
    return found
