"""Who sees which cohort, and how much of it; and that a list costs the same at any length."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from systems_changers.core.cohorts import service
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.cohorts.queries import cohort_facts, cohort_row, cohort_view, cohorts_open_to, facts_of
from systems_changers.core.cohorts.rules import CohortDetails
from systems_changers.core.people.models import Person
from systems_changers.core.people.service import choose_room
from systems_changers.infra.errors import NotFound
from systems_changers.web.pagination import PageRequest
from tests.core.programme import World


def make(world: World, name: str = "Portlaggan", **values: object) -> UUID:
    details = CohortDetails(name, purpose="Homes", place="Shore", starts_on=date(2026, 4, 1), **values)  # type: ignore[arg-type]
    made: Cohort = world.do(service.make_cohort, details)
    return made.id


def seen(world: World, who: str) -> list[str]:
    return [line.name for line in world.see(cohorts_open_to, PageRequest(), who=who).rows]


def test_each_sees_what_is_theirs(world: World) -> None:
    mine, others = make(world, "Mine"), make(world, "Others")
    world.join(mine, "aileen", manager_id=world.people["ruth"], learning_partner_id=world.people["priya"])
    world.join(others, "calum", state="left")
    assert sorted(seen(world, "morag")) == ["Mine", "Others"]
    assert sorted(seen(world, "euan")) == ["Mine", "Others"]
    assert seen(world, "aileen") == ["Mine"]
    assert seen(world, "priya") == ["Mine"]
    assert seen(world, "ruth") == ["Mine"]
    assert seen(world, "calum") == []
    assert seen(world, "nobody") == []
    assert seen(world, "stranger") == []


@pytest.mark.parametrize("who", ["calum", "priya", "ruth", "nobody", "stranger"])
def test_a_cohort_of_others_is_not_found(world: World, who: str) -> None:
    id_ = make(world)
    world.join(id_, "aileen")
    with pytest.raises(NotFound):
        world.see(cohort_view, id_, who=who)


def test_a_line_manager_is_shown_the_name_and_dates_only(world: World) -> None:
    id_ = make(world, target_places=11)
    world.join(id_, "aileen", manager_id=world.people["ruth"], question="Why?")
    view = world.see(cohort_view, id_, who="ruth")
    assert (view.relation, view.line.name, view.line.starts_on) == ("manager", "Portlaggan", date(2026, 4, 1))
    assert (view.people, view.purpose, view.line.place, view.line.people) == ((), None, None, 0)
    line = world.see(cohorts_open_to, PageRequest(), who="ruth").rows[0]
    assert (line.whole, line.place, line.people, line.target_places) == (False, None, 0, None)


def test_a_line_manager_of_somebody_who_left_sees_nothing(world: World) -> None:
    id_ = make(world)
    world.join(id_, "aileen", manager_id=world.people["ruth"], state="left")
    assert seen(world, "ruth") == []


def test_the_room_shows_what_each_chose(world: World) -> None:
    id_ = make(world)
    for who in ("aileen", "calum"):
        world.join(id_, who, question="Private until shared")
    with world.scope(write=True) as scope:
        person = scope.db.get_one(Person, (world.partner.id, world.people["calum"]))
        person.asks, person.job, person.phone = "A van", "Driver", "01"
        choose_room(scope, person, ["asks"], ["phone"])
    room = {each.name: each for each in world.see(cohort_view, id_, who="aileen").people}
    assert (room["Calum"].shown, room["Calum"].contact) == ({"asks": "A van"}, {"phone": "01"})
    assert (room["Calum"].question, room["Calum"].manager) == (None, None)
    assert room["Aileen"].question == "Private until shared"
    for_staff = {each.name: each for each in world.see(cohort_view, id_, who="morag").people}
    assert for_staff["Calum"].contact == {"email": "calum@portlaggan.example", "phone": "01"}
    assert for_staff["Calum"].shown["job"] == "Driver"


def test_facts_are_the_same_by_row_and_by_view(world: World) -> None:
    id_ = make(world, local_name="The Shore Circle")
    world.join(id_, "aileen")
    row: Cohort = world.see(cohort_row, id_)
    facts = cohort_facts(row, people=1)
    assert facts == facts_of(world.see(cohort_view, id_))
    assert (facts.name, facts.starts_on, facts.people) == ("The Shore Circle", "2026-04-01", 1)


def test_pages_of_the_list(world: World) -> None:
    with world.scope(write=True) as scope:
        scope.db.add_all(
            Cohort(name=f"Cohort {n:03}", starts_on=date(2026, 1, 1) + timedelta(days=n)) for n in range(31)
        )
    page = world.see(cohorts_open_to, PageRequest(2, 30))
    assert (page.total, [line.name for line in page.rows]) == (31, ["Cohort 000"])
    assert world.see(cohorts_open_to, PageRequest(), states=("running",)).rows == []


@pytest.mark.parametrize("who", ["morag", "aileen", "ruth"])
def test_the_list_costs_one_statement_whatever_its_length(world: World, who: str) -> None:
    costs = []
    made = 0
    for length in (1, 30, 300):
        with world.scope(write=True) as scope:
            rows = [Cohort(name=f"Cohort {n}") for n in range(made, length)]
            scope.db.add_all(rows)
            scope.db.flush()
            scope.db.add_all(
                CohortPerson(
                    cohort_id=row.id,
                    person_id=world.people["aileen"],
                    manager_id=world.people["ruth"],
                    state="confirmed",
                )
                for row in rows
            )
        made = length
        with world.scope(who) as scope, world.counted() as sent:
            found = cohorts_open_to(scope, PageRequest(1, 100))
        assert (found.total, len(found.rows)) == (length, min(length, 100))
        costs.append(len(sent))
    assert costs == [1, 1, 1]


def test_a_cohort_with_its_people_costs_one_statement(world: World) -> None:
    id_ = make(world)
    for length in (1, 30, 300):
        with world.scope(write=True) as scope:
            people = [Person(name=f"Person {n}") for n in range(length)]
            scope.db.add_all(people)
            scope.db.flush()
            scope.db.add_all(CohortPerson(cohort_id=id_, person_id=each.id) for each in people)
        with world.scope() as scope, world.counted() as sent:
            cohort_view(scope, id_)
        assert len(sent) == 1
