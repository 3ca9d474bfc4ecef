"""Whoever was erased is not brought back by a restore, a list or a page, unless an administrator lets them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Experiment, ExperimentStep
from systems_changers.core.home.service import coming_back, data_subjects, erasing, own_data
from systems_changers.core.operations.models import AuditEvent, KnownPlugin
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.models import Complaint
from systems_changers.core.privacy.rules import keys_of
from systems_changers.hooks.manifest import Manifest
from systems_changers.infra.db import Base
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
        privacy.bury(scope, keys_of(None, [], ("sheet", "7")))
    assert own_data.reerase(place.instance.kit, carried) == {"harbour": 3}
    assert sorted(place.all(Person.name)) == ["(erased)", "Ada Admin", "Calum Beag"]
    told = [row for row in place.all(AuditEvent) if row.name == "person.erased_again"]
    assert [row.object_kind for row in told] == ["person"] * 3
    assert id_of(place.morag) in {row.object_id for row in told}
    count = len(tombstones(place))
    assert own_data.reerase(place.instance.kit, carried) == {}
    assert len(tombstones(place)) == count


@contextmanager
def away(*names: str) -> Iterator[None]:
    """Tables that nobody has loaded, as those of a plugin whose package is gone."""
    tables = [Base.metadata.tables[name] for name in names]
    for table in tables:
        Base.metadata.remove(table)
    try:
        yield
    finally:
        for table in tables:
            Base.metadata._add_table(table.name, None, table)


OF_PLUGIN = ("experiment_step", "complaint")
"""They stand for a plugin's tables: of the first a row leads to an account, of the second to an address."""


def remembered(place: Place) -> None:
    place.add_outside(KnownPlugin(slug="harbour-trust", title="Harbour notes", release="1", state="parked",
                                  tables=list(OF_PLUGIN), personal_tables=list(OF_PLUGIN)))  # fmt: skip


def with_rows(place: Place) -> None:
    """A step that Morag took in Calum's experiment, and one of Calum's; a complaint of hers that is closed."""
    step: dict[str, Any] = {"from_state": "a", "to_state": "b", "at": NOW}
    with place.instance.scope("harbour", write=True) as scope:
        theirs = Experiment(author_id=id_of(place.calum), title="Calum's")
        scope.db.add(theirs)
        scope.db.flush()
        for who, why in ((place.morag, "Morag's"), (place.calum, "Calum's")):
            scope.db.add(ExperimentStep(experiment_id=theirs.id, why=why, created_by=who.account_id, **step))
        scope.db.add(Complaint(name="Morag", contact=EMAIL, words="hers", received_at=NOW, closed_at=NOW))


def run_job(place: Place) -> int:
    with place.instance.scope("harbour", write=True) as scope:
        return coming_back.erase_what_came_back(scope)


def test_what_a_plugin_that_was_away_holds_is_erased_when_it_is_back(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rows(place)
    remembered(place)
    with away(*OF_PLUGIN):
        said = str(own_data.plan_for(place.instance.kit, "harbour", EMAIL).unreached)
        assert said.endswith("kept out just now: Harbour notes. It is erased once they are back.")
        done = place.erase()
        assert [each.slug for each in done.away] == ["harbour-trust"]
        assert {each.unreached for each in tombstones(place)} == {("harbour-trust",)}
        assert run_job(place) == 0, "it is still away"
    assert sorted(place.all(ExperimentStep.why)) == ["Calum's", "Morag's"]
    assert run_job(place) == 0, "its package isn't there yet"
    manifest = Manifest("harbour-trust", "Harbour notes", "1", ">=0", "harbour", Path(), tables=OF_PLUGIN)
    monkeypatch.setitem(place.instance.kit.registry.manifests, "harbour-trust", manifest)
    assert run_job(place) == 2, "by the account and by the address"
    assert sorted(str(why) for why in place.all(ExperimentStep.why)) == ["Calum's", "None"]
    assert place.all(Complaint.words) == ["–"]
    assert place.all(AuditEvent.name).count("person.erased_again") == 2
    count = len(tombstones(place))
    assert run_job(place) == 0
    assert len(tombstones(place)) == count


def test_who_is_erased_while_all_plugins_are_there_waits_for_none(place: Place) -> None:
    remembered(place)
    assert place.erase().unreached is None
    assert {each.unreached for each in tombstones(place)} == {()}
    assert run_job(place) == 0


def test_what_is_let_in_again_stays(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rows(place)
    remembered(place)
    with away(*OF_PLUGIN):
        place.erase()
    with place.instance.scope("harbour", place.ada, write=True) as scope:
        people.find_or_make_person(scope, "Morag Fraser", EMAIL, again=True)
    manifest = Manifest("harbour-trust", "Harbour notes", "1", ">=0", "harbour", Path(), tables=OF_PLUGIN)
    monkeypatch.setitem(place.instance.kit.registry.manifests, "harbour-trust", manifest)
    run_job(place)
    assert place.all(Complaint.words) == ["hers"], "the address is hers again"


def test_a_restore_while_a_plugin_is_away_says_so_on_the_tombstones(place: Place) -> None:
    place.erase()
    remembered(place)
    carried = own_data.carry_tombstones(place.instance.kit)
    place.add(Person(name="Morag Fraser", email=EMAIL))
    with away(*OF_PLUGIN):
        assert own_data.reerase(place.instance.kit, carried) == {"harbour": 1}
        with place.instance.scope("harbour") as scope:
            assert {each.unreached for each in privacy.unreached(scope)} == {("harbour-trust",)}


def tombstones(place: Place) -> list[Any]:
    return list(own_data.carry_tombstones(place.instance.kit)[place.instance.partners["harbour"].id])


def test_tombstones_of_an_older_database_are_carried_over(place: Place) -> None:
    """The database that is restored doesn't know yet who was erased."""
    harbour = place.instance.partners["harbour"].id
    place.instance.add_partner("Haven", slug="haven")
    with place.instance.scope("haven", write=True) as scope:
        privacy.bury(scope, keys_of(None, [EMAIL]))
        there = privacy.carry(scope)
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
    count = len(tombstones(place))
    with place.instance.scope("harbour", write=True) as scope:
        erasing.erase(scope, data_subjects.subject_of(scope, id_of(place.morag)))
    assert len(tombstones(place)) == count
    assert place.all(CohortPerson.person_id) == [id_of(place.morag)]
