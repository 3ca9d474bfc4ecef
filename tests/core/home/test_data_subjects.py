"""Who somebody is at a partner, and by which words others may be asked about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.home.service.data_subjects import (
    DataSubject,
    alone_called,
    as_staff_know,
    person_with,
    subject_of,
)
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Account, Person
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.redaction import names
from systems_changers.infra.subjects import Subject
from systems_changers.testing.instance import NOW
from tests.core.home.erased import EMAIL, Place, id_of


def known(place: Place) -> DataSubject:
    with place.instance.scope("harbour") as scope:
        return subject_of(scope, id_of(place.morag))


def changed(place: Place, **said: Any) -> AuditEvent:
    """Morag's name, changed by herself, unless it is said otherwise."""
    told: dict[str, Any] = {
        "at": NOW, "name": "person.changed", "object_kind": "person", "object_id": place.morag.person_id,
        "actor_account_id": place.morag.account_id, "changed": ["name", "phone"],
    }  # fmt: skip
    return AuditEvent(**told | said)


@pytest.mark.parametrize(
    ("more", "by_name"),
    [
        ([], False),
        ([{"at": NOW + timedelta(days=1), "actor": "ada"}], True),
        ([{"at": NOW - timedelta(days=1), "actor": "ada"}], False),
        ([{"at": NOW + timedelta(days=1), "actor": "ada", "changed": ["email"]}], False),
        ([{"at": NOW + timedelta(days=1), "actor": "ada", "object_id": new_id()}], False),
        ([{"at": NOW + timedelta(days=1), "actor": "ada", "object_kind": "account"}], False),
        ([{"at": NOW + timedelta(days=1), "actor": "ada", "name": "person.erased"}], False),
    ],
)
def test_a_name_that_somebody_gave_themselves_last_is_not_looked_for(
    place: Place, more: list[dict[str, Any]], by_name: bool
) -> None:
    place.add(changed(place))
    for said in more:
        given = {**said}
        if given.pop("actor", None):
            given["actor_account_id"] = place.ada.account_id
        place.add(changed(place, **given))
    with place.instance.scope("harbour") as scope:
        told = as_staff_know(scope, known(place))
    assert (told.by_name, told.by_phone) == (by_name, False)


def test_what_a_profile_page_saved_counts_as_given_by_oneself(place: Place) -> None:
    place.add(changed(place, name="person.profile_saved"))
    with place.instance.scope("harbour") as scope:
        assert not as_staff_know(scope, known(place)).by_name


def test_a_name_that_nobody_ever_changed_is_looked_for(place: Place) -> None:
    with place.instance.scope("harbour") as scope:
        assert as_staff_know(scope, known(place)).by_name


@pytest.mark.parametrize(
    ("source", "key", "told"),
    [("sheet", "7", ("sheet", "7")), ("sheet", None, None), (None, "7", None), ("", "7", None)],
)
def test_a_row_of_a_list_is_named_by_list_and_key_together(
    place: Place, source: str | None, key: str | None, told: tuple[str, str] | None
) -> None:
    row = Person(name="From A List", source=source, source_key=key)
    place.add(row)
    with place.instance.scope("harbour") as scope:
        assert subject_of(scope, row.id).source == told


def test_both_addresses_are_the_persons(place: Place) -> None:
    row = Person(name="Two Addresses", email="Zoe@Work.example", account_id=new_id(), phone="01463 123 456")
    place.add_outside(Account(id=row.account_id, email="zoe@home.example"))
    place.add(row)
    with place.instance.scope("harbour") as scope:
        found = subject_of(scope, row.id)
    assert found.subject == Subject(
        place.instance.partners["harbour"].id, row.id, row.account_id, ("zoe@home.example", "zoe@work.example")
    )
    assert (found.name, found.phone) == ("Two Addresses", "01463 123 456")
    assert found.facts.emails == found.subject.emails


@pytest.mark.parametrize(
    ("by_name", "by_phone", "found"),
    [(True, True, [True, True, True]), (False, True, [False, True, True]), (True, False, [True, False, True])],
)
def test_what_is_looked_for_is_what_they_are_known_by(by_name: bool, by_phone: bool, found: list[bool]) -> None:
    subject = Subject(new_id(), new_id(), None, (EMAIL,))
    wanted = DataSubject(subject, "Morag Fraser", "01463 123 456", by_name=by_name, by_phone=by_phone).wanted
    assert [names(text, wanted) for text in ("Morag Fraser", "ring 01463123456", f"to {EMAIL}")] == found


@pytest.mark.parametrize(
    ("other", "alone"),
    [
        ({"name": "Calum Mor"}, (True, True)),
        ({"name": "Morag  FRASER"}, (False, True)),
        ({"name": "Morag Fraser", "deleted_at": NOW}, (True, True)),
        ({"name": "Calum Mor", "phone": "(01463) 123456"}, (True, False)),
        ({"name": "Calum Mor", "phone": "01463 123 457"}, (True, True)),
    ],
)
def test_what_is_somebody_elses_too_is_not_theirs_alone(
    place: Place, other: dict[str, Any], alone: tuple[bool, bool]
) -> None:
    place.add(Person(**other))
    asked = DataSubject(known(place).subject, "Morag Fraser", "01463 123 456")
    with place.instance.scope("harbour") as scope:
        told = alone_called(scope, asked)
    assert (told.by_name, told.by_phone) == alone


@pytest.mark.parametrize("field", ["safeguarding_name", "safeguarding_contact"])
def test_whom_to_turn_to_is_not_theirs_alone(place: Place, field: str) -> None:
    place.add(Cohort(name="C", **{field: "Morag Fraser, 01463 123456"}))
    asked = DataSubject(known(place).subject, "Morag Fraser", "01463 123 456")
    with place.instance.scope("harbour") as scope:
        told = alone_called(scope, asked)
    assert (told.by_name, told.by_phone) == (False, False)


def test_an_address_finds_who_is_here_before_who_is_gone_and_who_came_first(place: Place) -> None:
    for name, days, gone in (("Later", 1, NOW), ("Earlier", 3, NOW)):
        place.add(
            Person(name=name, email="two@harbour.example", deleted_at=gone, created_at=NOW - timedelta(days=days))
        )
    with place.instance.scope("harbour") as scope:
        assert person_with(scope, "two@harbour.example").name == "Earlier"
    place.add(Person(name="Here", email="TWO@harbour.example", created_at=NOW))
    with place.instance.scope("harbour") as scope:
        assert person_with(scope, " Two@Harbour.example ").name == "Here"
        with pytest.raises(NotFound) as refused:
            person_with(scope, "Nobody@Harbour.example")
    assert refused.value.code == "unknown_person"
    assert str(refused.value.message) == "Nobody at Harbour has the address nobody@harbour.example."
