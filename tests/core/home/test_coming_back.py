"""Whoever was erased is not brought back by a restore, a list or a page, unless an administrator lets them in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.home.service import erasing, own_data, subjects
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.operations.rules import keys_of
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.infra.errors import Invalid
from systems_changers.testing.instance import NOW
from tests.core.home.erased import EMAIL, Place, id_of


def test_who_comes_back_with_a_restore_is_erased_again(place: Place) -> None:
    with place.instance.scope("harbour", write=True) as scope:
        cohort = Cohort(name="C")
        scope.db.add(cohort)
        scope.db.flush()
        scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=id_of(place.morag), question="mine"))
    place.erase()
    carried = own_data.carry_tombstones(place.instance.kit)
    assert own_data.reerase(place.instance.kit) == {}
    with place.instance.scope("harbour", write=True) as scope:  # as an older database has it
        row = scope.db.get_one(Person, (scope.partner.id, id_of(place.morag)))
        row.name, row.email, row.deleted_at = "Morag Fraser", EMAIL, None
        scope.db.add(Person(name="Again By Address", email=EMAIL.title()))
        scope.db.add(Person(name="By Source", source="sheet", source_key="7"))
        operations.bury(scope, keys_of(None, [], ("sheet", "7")))
    assert own_data.reerase(place.instance.kit, carried) == {"harbour": 3}
    assert sorted(place.all(Person.name)) == ["(erased)", "Ada Admin", "Calum Beag"]
    told = [row for row in place.all(AuditEvent) if row.name == "person.erased_again"]
    assert [row.object_kind for row in told] == ["person"] * 3
    assert id_of(place.morag) in {row.object_id for row in told}
    count = len(operations_tombstones(place))
    assert own_data.reerase(place.instance.kit, carried) == {}
    assert len(operations_tombstones(place)) == count


def operations_tombstones(place: Place) -> list[Any]:
    return list(own_data.carry_tombstones(place.instance.kit)[place.instance.partners["harbour"].id])


def test_tombstones_of_an_older_database_are_carried_over(place: Place) -> None:
    """The database that is restored doesn't know yet who was erased."""
    harbour = place.instance.partners["harbour"].id
    place.instance.add_partner("Haven", slug="haven")
    with place.instance.scope("haven", write=True) as scope:
        operations.bury(scope, keys_of(None, [EMAIL]))
        there = operations.carry(scope)
    assert own_data.reerase(place.instance.kit, {harbour: there}) == {"harbour": 1}
    assert "Morag Fraser" not in place.all(Person.name)


def test_an_import_does_not_bring_back_and_an_administrator_may(place: Place) -> None:
    place.erase()
    with place.instance.scope("harbour", place.calum, write=True) as scope:
        given: list[people.PersonOptions] = [{}, {"again": True}]
        for options in given:
            with pytest.raises(Invalid, match="asked to be erased") as refused:
                people.find_or_make_person(scope, "Morag", EMAIL.upper(), **options)
            assert refused.value.code == "erased"
        assert people.erased_here(scope, [EMAIL, "calum@harbour.example"]) == {EMAIL}
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        made = people.find_or_make_person(scope, "Morag", EMAIL, again=True)
        assert people.erased_here(scope, [EMAIL]) == set()
    assert own_data.reerase(place.instance.kit) == {}
    assert made.id in place.all(Person.id)
    assert "person.let_in_again" in place.all(AuditEvent.name)
    place.instance.kit.clock = type(place.instance.kit.clock)(NOW + timedelta(seconds=5))  # type: ignore[call-arg]  # a FixedClock
    place.erase()
    with place.instance.scope("harbour") as scope:
        assert people.erased_here(scope, [EMAIL]) == {EMAIL}


def test_erasing_twice_does_no_harm(place: Place) -> None:
    with place.instance.scope("harbour", write=True) as scope:
        cohort = Cohort(name="C")
        scope.db.add(cohort)
        scope.db.flush()
        scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=id_of(place.morag)))
    place.erase()
    count = len(operations_tombstones(place))
    with place.instance.scope("harbour", write=True) as scope:
        erasing.erase(scope, subjects.subject_of(scope, id_of(place.morag)))
    assert len(operations_tombstones(place)) == count
    assert place.all(CohortPerson.person_id) == [id_of(place.morag)]
