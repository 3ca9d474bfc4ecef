"""Persons and roles: found or made at one partner, described by themselves, given roles and relieved of them."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Person
from systems_changers.core.people.service import ProfileAnswers
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance, fresh_email


def account(instance: Instance, email: str | None = None) -> UUID:
    made: UUID = instance.do(service.make_account, email or fresh_email(), "porridge rain kettle")
    return made


def test_a_person_is_found_by_address_or_made(instance: Instance) -> None:
    email = fresh_email()
    with instance.scope(write=True) as scope:
        made = service.find_or_make_person(scope, " Aileen  Reid ", f" {email.upper()}", job="Link worker")
    with instance.scope(write=True) as scope:
        found = service.find_or_make_person(scope, "A. Reid", email, job="Other", phone="01234")
    assert found.id == made.id
    assert (found.name, found.email, found.job, found.phone) == ("Aileen Reid", email, "Link worker", "01234")
    with instance.scope(write=True, at=instance.other) as scope:
        assert service.find_or_make_person(scope, "Aileen", email).id != made.id
    assert instance.audit() == ["person.made"]


def test_without_an_address_everybody_is_new_but_for_an_import(instance: Instance) -> None:
    def add(**options: Any) -> UUID:
        with instance.scope(write=True) as scope:
            return service.find_or_make_person(scope, "Calum", None, **options).id

    assert add() != add()
    assert add(source="csv", source_key="7") == add(source="csv", source_key="7")


@pytest.mark.parametrize(
    ("name", "email", "field"), [("  ", None, "name"), ("x" * 121, None, "name"), ("Calum", "no", "email")]
)
def test_what_is_wrong_is_said_by_field(instance: Instance, name: str, email: str | None, field: str) -> None:
    with pytest.raises(Invalid) as error:
        instance.do(service.find_or_make_person, name, email)
    assert set(error.value.fields) == {field}


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_takes_three_statements(instance: Instance, rows: int) -> None:
    with instance.scope(write=True) as scope:
        for number in range(rows):
            service.find_or_make_person(scope, f"P{number:02}", fresh_email())
    with instance.counted() as sent, instance.scope() as scope:
        page = queries.people_listed(scope)
    assert (page.total, len(sent)) == (rows, 3)


def test_a_list_is_searched_and_shows_roles(instance: Instance) -> None:
    id_ = account(instance)
    with instance.scope(write=True) as scope:
        person = service.find_or_make_person(scope, "Ruth", fresh_email(), organisation="Harbour Surgery")
        person.account_id = id_
        service.find_or_make_person(scope, "Calum", fresh_email())
        for role in ("participant", "facilitator"):
            service.grant_role(scope, id_, role)
    found = instance.see(queries.people_listed, search="harbour")
    assert [(line.name, line.has_account, line.roles) for line in found.rows] == [
        ("Ruth", True, ("facilitator", "participant"))
    ]
    assert instance.see(queries.people_listed, at=instance.other).total == 0
    assert instance.see(queries.person_sheet, person.id).roles == ("facilitator", "participant")
    with pytest.raises(NotFound):
        instance.see(queries.person_sheet, person.id, at=instance.other)


def test_one_account_belongs_to_several_partners(instance: Instance) -> None:
    id_ = account(instance)
    instance.do(service.grant_role, id_, "facilitator")
    instance.do(service.grant_role, id_, "facilitator")
    instance.do(service.grant_role, id_, "participant", at=instance.other)
    with instance.operator(ActorFacts(id_)) as scope:
        mine = queries.where_i_belong(scope)
    assert [(each.slug, each.roles) for each in mine] == [
        (instance.other.slug, ("participant",)),
        (instance.partner.slug, ("facilitator",)),
    ]
    with instance.operator(ActorFacts(new_id())) as scope:
        assert queries.where_i_belong(scope) == []


def test_the_last_administrator_stays(instance: Instance) -> None:
    first, second = account(instance), account(instance)
    instance.do(service.grant_role, first, "administrator")
    with pytest.raises(Refused) as error:
        instance.do(service.withdraw_role, first, "administrator")
    assert error.value.code == "last_administrator"
    instance.do(service.grant_role, second, "administrator")
    instance.do(service.withdraw_role, first, "administrator")
    instance.do(service.withdraw_role, first, "administrator")
    with instance.operator(ActorFacts(first)) as scope:
        assert queries.where_i_belong(scope) == []
    instance.do(service.grant_role, first, "administrator")
    with pytest.raises(ValueError, match="king"):
        instance.do(service.grant_role, first, "king")


def member(instance: Instance) -> ActorFacts:
    id_ = account(instance)
    with instance.scope(write=True) as scope:
        person = service.find_or_make_person(scope, "Aileen", fresh_email())
        person.account_id = id_
        return ActorFacts(id_, person.id, "Aileen", frozenset({"participant"}))


def test_a_person_says_what_to_show(instance: Instance) -> None:
    actor = member(instance)
    before = instance.see(queries.profile, actor=actor)
    answers = ProfileAnswers(
        name="Aileen R", locale="en_GB", time_zone="Europe/Paris", job="Link worker", asks="Who knows housing?",
        offers="Tea", shows=("asks", "job", "secret"), contact_by=("email", "fax"),
    )  # fmt: skip
    instance.do(service.save_profile, answers, before.version, actor=actor)
    after = instance.see(queries.profile, actor=actor)
    assert (after.name, after.time_zone, after.job, after.asks) == (
        "Aileen R",
        "Europe/Paris",
        "Link worker",
        "Who knows housing?",
    )
    assert (after.shows, after.contact_by) == (("name", "job", "asks"), ("email",))
    assert after.phone is None
    with pytest.raises(Conflict) as error:
        instance.do(service.save_profile, replace(answers, asks="Mine"), before.version, actor=actor)
    assert (error.value.mine["asks"], error.value.theirs["asks"]) == ("Mine", "Who knows housing?")


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("locale", "cy"), ("time_zone", "Mars"), ("about", "x" * 4001), ("job", "x" * 121)],
)
def test_a_profile_that_cannot_be(instance: Instance, field: str, value: Any) -> None:
    actor = member(instance)
    version = instance.see(queries.profile, actor=actor).version
    with pytest.raises(Invalid) as error:
        instance.do(service.save_profile, ProfileAnswers(**{"name": "Aileen", field: value}), version, actor=actor)
    assert set(error.value.fields) == {field}


def test_who_is_no_person_here_has_no_profile(instance: Instance) -> None:
    assert instance.see(queries.profile, actor=ActorFacts(account(instance))) is None
    with pytest.raises(NotFound):
        instance.do(service.save_profile, ProfileAnswers("X"), 1, actor=ActorFacts(account(instance)))


def test_an_address_is_put_right_until_there_is_an_account(instance: Instance) -> None:
    email = fresh_email()
    with instance.scope(write=True) as scope:
        id_ = service.find_or_make_person(scope, "Calum", "wrong@example.org").id
    instance.do(service.change_person, id_, "Calum M", email)
    assert instance.see(queries.person_sheet, id_).email == email
    made = account(instance)
    with instance.scope(write=True) as scope:
        scope.db.get_one(Person, (instance.partner.id, id_)).account_id = made
    instance.do(service.change_person, id_, "Calum", "else@example.org")
    sheet = instance.see(queries.person_sheet, id_)
    assert (sheet.name, sheet.email) == ("Calum", email)
    with pytest.raises(NotFound):
        instance.do(service.change_person, id_, "X", None, at=instance.other)
