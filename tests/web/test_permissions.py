"""One table says who may use which route: it and the routes that exist are the same, and it holds."""

from flask import Flask

from systems_changers.app import house_of
from systems_changers.core.people.rules import ROLES, ROUTE_PERMISSIONS
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Instance
from systems_changers.web import edge

BEYOND = {"x", "api.x", "api.description"}
WHO = {"anyone", "signed_in", "operator", *ROLES}


def endpoints(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules()} - BEYOND


def test_the_table_and_the_routes_are_the_same(instance: Instance) -> None:
    routes = endpoints(instance.app)
    assert sorted(routes - ROUTE_PERMISSIONS.keys()) == []
    assert sorted(ROUTE_PERMISSIONS.keys() - routes) == []


def test_the_table_names_roles_that_exist() -> None:
    assert {who for allowed in ROUTE_PERMISSIONS.values() for who in allowed} <= WHO
    assert all(ROUTE_PERMISSIONS.values())


def test_every_route_asks_the_table(instance: Instance) -> None:
    house = house_of(instance.app)
    actors = {role: ActorFacts(new_id(), new_id(), "Somebody", frozenset({role})) for role in ROLES}
    actors["operator"] = ActorFacts(new_id(), None, "Somebody", is_operator=True)
    for endpoint, allowed in ROUTE_PERMISSIONS.items():
        assert edge.may(house, ANYONE, endpoint) is ("anyone" in allowed), endpoint
        for who, actor in actors.items():
            expected = who in allowed or bool(allowed & {"anyone", "signed_in"})
            assert edge.may(house, actor, endpoint) is expected, (endpoint, who)


def test_what_is_not_in_the_table_is_nobodys(instance: Instance) -> None:
    everything = ActorFacts(new_id(), new_id(), "Somebody", frozenset(ROLES), is_operator=True)
    assert edge.may(house_of(instance.app), everything, "cohorts.forgotten") is False
