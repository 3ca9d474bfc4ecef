"""Who sees which session, and that lists cost the same at any length."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import CohortSession, SessionBlock
from systems_changers.core.sessions.queries import (
    record_of,
    register_of,
    session_view,
    sessions_of,
    sessions_open_to,
)
from systems_changers.infra.errors import NotFound
from systems_changers.web.pagination import PageRequest
from tests.core.programme import NOW, World


def cohort(world: World, *, sessions: int = 1, people: int = 0) -> tuple[UUID, list[UUID]]:
    with world.scope(write=True) as scope:
        row = Cohort(name="Portlaggan")
        scope.db.add(row)
        scope.db.flush()
        rows = [
            CohortSession(cohort_id=row.id, number=n + 1, title=f"Session {n + 1}", starts_at=NOW + timedelta(days=n))
            for n in range(sessions)
        ]
        persons = [Person(name=f"Person {n:03}") for n in range(people)]
        scope.db.add_all([*rows, *persons])
        scope.db.flush()
        scope.db.add_all(CohortPerson(cohort_id=row.id, person_id=each.id, state="confirmed") for each in persons)
        scope.db.add_all(
            SessionBlock(session_id=each.id, position=1, block_key="a", title="A", planned_minutes=30) for each in rows
        )
        return row.id, [each.id for each in rows]


def test_sessions_of_a_cohort_are_for_those_who_see_it_whole(world: World) -> None:
    mine, ids = cohort(world)
    world.join(mine, "aileen", manager_id=world.people["ruth"])
    for who in ("morag", "euan", "aileen"):
        assert [line.id for line in world.see(sessions_of, mine, who=who)] == ids
        assert world.see(session_view, ids[0], who=who).line.title == "Session 1"
        assert world.see(sessions_open_to, PageRequest(), who=who).total == 1
    for who in ("ruth", "calum", "nobody", "stranger"):
        assert world.see(sessions_of, mine, who=who) == []
        assert world.see(sessions_open_to, PageRequest(), who=who).total == 0
        with pytest.raises(NotFound):
            world.see(session_view, ids[0], who=who)


@pytest.mark.parametrize("who", ["morag", "aileen"])
def test_lists_cost_the_same_at_any_length(world: World, who: str) -> None:
    for length in (1, 30, 300):
        id_, _ids = cohort(world, sessions=length)
        world.join(id_, "aileen")
        with world.scope(who) as scope, world.counted() as sent:
            assert len(sessions_of(scope, id_)) == length
            assert sessions_open_to(scope, PageRequest(), cohort_id=id_).total == length
        assert len(sent) == 2


def test_a_register_costs_one_statement_and_a_session_two(world: World) -> None:
    for length in (1, 30, 300):
        _id, ids = cohort(world, people=length)
        with world.scope() as scope, world.counted() as sent:
            view = session_view(scope, ids[0])
            assert len(register_of(scope, view)) == length
            assert record_of(scope, view.id) is None
        assert len(sent) == 4
