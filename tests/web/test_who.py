"""For whom a page is, in words, and the same decision as the edge makes."""

from systems_changers.core.people.rules import ROLES
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.infra.identifiers import new_id
from systems_changers.web.who import MANY, ONE, allowed, audience, role_words, standing


def test_every_role_has_its_words() -> None:
    assert ONE.keys() == ROLES.keys()
    assert MANY.keys() == ROLES.keys() | {"operator"}


def test_a_page_is_for_those_named() -> None:
    assert str(audience({"anyone"})) == "This page is open to everybody."
    assert str(audience({"signed_in"})) == "This page is for everybody who has signed in."
    assert str(audience({"administrator"})) == "This page is for administrators."
    said = "This page is for administrators, facilitators and participants."
    assert str(audience({"participant", "facilitator", "administrator"})) == said
    assert str(audience(())) == "This page is for nobody."


def test_somebody_is_what_their_roles_say() -> None:
    assert str(standing(())) == "You have no role here at present."
    assert str(standing({"line_manager"})) == "Here you are a line manager."
    assert str(role_words({"facilitator", "administrator"})) == "an administrator and a facilitator"


def test_nobody_is_let_in_who_is_not_named() -> None:
    analyst = ActorFacts(new_id(), new_id(), "Somebody", frozenset({"analyst"}))
    assert allowed(analyst, {"analyst", "operator"})
    assert allowed(analyst, {"signed_in"})
    assert not allowed(analyst, {"administrator", "operator"})
    assert allowed(ANYONE, {"anyone"})
    assert not allowed(ANYONE, {"signed_in"})
