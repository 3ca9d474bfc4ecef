"""What people need to take part: read by the cohort's own facilitators and administrators, and by nobody else."""

from __future__ import annotations

from uuid import UUID

import pytest

from systems_changers.core.cohorts import service
from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.queries.needs import access_needs
from systems_changers.core.cohorts.rules import CohortDetails
from systems_changers.core.people.models import Person
from tests.core.doors import Doors
from tests.core.programme import World

NEEDS = "A quiet corner, and large print"


def make(world: World, who: str = "morag") -> UUID:
    """A cohort; whoever makes it facilitates it."""
    made: Cohort = world.do(service.make_cohort, CohortDetails("Portlaggan", place="Shore"), who=who)
    return made.id


@pytest.fixture
def cohort(world: World) -> UUID:
    """A cohort that morag facilitates, with aileen, who told what she needs, and calum, who told nothing."""
    id_ = make(world)
    with world.scope(write=True) as scope:
        scope.db.get_one(Person, (world.partner.id, world.people["aileen"])).access_needs = NEEDS
        scope.db.get_one(Person, (world.partner.id, world.people["calum"])).access_needs = ""
    return id_


def told(world: World, who: str, cohort: UUID) -> list[tuple[str, str]]:
    return list(world.see(access_needs, cohort, who=who).values())


def test_facilitators_of_the_cohort_and_administrators_are_told(world: World, cohort: UUID) -> None:
    part = world.join(cohort, "aileen", manager_id=world.people["ruth"], learning_partner_id=world.people["priya"])
    world.join(cohort, "calum")
    assert world.see(access_needs, cohort, who="morag") == {part: ("Aileen", NEEDS)}
    assert told(world, "euan", cohort) == [("Aileen", NEEDS)]
    for who in ("aileen", "calum", "ruth", "priya", "nobody", "stranger"):
        assert told(world, who, cohort) == []


def test_a_facilitator_of_another_cohort_is_not_told(world: World, cohort: UUID) -> None:
    elsewhere = make(world, "euan")
    world.join(elsewhere, "aileen")
    assert told(world, "morag", elsewhere) == []
    assert told(world, "euan", elsewhere) == [("Aileen", NEEDS)]


def test_nobody_is_told_of_those_who_left_or_once_the_cohort_is_over(world: World, cohort: UUID) -> None:
    world.join(cohort, "aileen", state="left")
    assert told(world, "morag", cohort) == []
    second = make(world)
    world.join(second, "aileen")
    assert told(world, "morag", second) == [("Aileen", NEEDS)]
    for state in ("closed", "cancelled"):
        with world.scope(write=True) as scope:
            scope.db.get_one(Cohort, (world.partner.id, second)).state = state
        assert told(world, "morag", second) == told(world, "euan", second) == []


def test_pages_tell_them_to_the_same_people(doors: Doors) -> None:
    world = doors.world
    mine, others = make(world), make(world, "euan")
    with world.scope(write=True) as scope:
        scope.db.get_one(Person, (world.partner.id, world.people["aileen"])).access_needs = NEEDS
    for id_ in (mine, others):
        world.join(id_, "aileen")
    morag, euan, aileen = (doors.come_in(who) for who in ("morag", "euan", "aileen"))
    for browser, id_, shown in ((morag, mine, True), (euan, mine, True), (morag, others, False), (euan, others, True)):
        page = browser.get(f"/cohorts/{id_}/people/")
        assert page.status_code == 200
        assert (NEEDS in page.text) is shown
        assert page.text.count(f'class="unprinted"><b>What helps them take part</b> {NEEDS}') == int(shown)
    assert NEEDS not in morag.get(f"/cohorts/{mine}/").text
    assert NEEDS not in morag.get(f"/api/v1/cohorts/{mine}").text
    assert NEEDS not in aileen.get(f"/cohorts/{mine}/").text
    assert aileen.get(f"/cohorts/{mine}/people/").status_code == 403
