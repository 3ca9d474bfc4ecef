"""A partner's own domain serves the partner's pages and nothing else: no prefixes, no operator, no neighbour."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from systems_changers.core.experiments.models import Experiment
from systems_changers.core.partners.models import PartnerDomain
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account
from systems_changers.core.people.rules import ROLES
from systems_changers.core.sessions.models import CohortSession
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.testing.instance import NOW, TOKEN, Instance, no_links, set_up_app

SLUG, HOST, OTHER_HOST = "corra-scotland", "circles.example.net", "their.example.net"
TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.DOTALL)
FIXED = {"digest": "sha256:" + "0" * 64, "key": "corra-community-update", "secret": "x", "slug": SLUG, "part": "frame",
         "label": "I7", "plugin": SLUG, "rest": "cohorts/"}  # fmt: skip


@pytest.fixture
def everyone(instance: Instance) -> ActorFacts:
    """Somebody with every role at the partner, who operates the instance too."""
    instance.add_partner("Corra", slug=SLUG, plugins=(SLUG,))
    theirs = instance.add_partner("Theirs", slug="theirs")
    actor = instance.add_person(SLUG, "Everyone Here", *ROLES)
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(PartnerDomain(host=HOST, partner_ref=instance.partners[SLUG].id))
        scope.db.add(PartnerDomain(host=OTHER_HOST, partner_ref=theirs.id))
        scope.db.get_one(Account, actor.account_id).is_operator = True
        scope.db.commit()
    return actor


@pytest.fixture
def ids(instance: Instance, everyone: ActorFacts) -> dict[str, UUID]:
    """Ids of rows at the partner, by the name that routes give them."""
    assert everyone.person_id is not None
    cohort = instance.add_cohort(SLUG, everyone, "Portlaggan")
    with instance.scope(SLUG, everyone, write=True) as scope:
        session = CohortSession(cohort_id=cohort.id, number=1, title="The walk", starts_at=NOW)
        trial = Experiment(author_id=everyone.person_id, cohort_id=cohort.id, title="A letter")
        scope.db.add_all([session, trial])
        scope.db.flush()
        return {"cohort_id": cohort.id, "session_id": session.id, "experiment_id": trial.id,
                "person_id": everyone.person_id}  # fmt: skip


def browser(instance: Instance, actor: ActorFacts | None, host: str) -> FlaskClient:
    """A browser, signed in at this host."""
    client = instance.app.test_client()
    if actor is not None:
        assert actor.account_id is not None
        with instance.kit.operator_scope(actor, links=no_links, write=True) as scope:
            if not people.has_second_factor(scope, actor.account_id):
                set_up_app(scope, instance.kit.settings.secret_key)
            secret = people.start_session(scope, actor.account_id, people.Browser(host))
            scope.db.commit()
        client.set_cookie("sc-session", secret, domain=host)
    return client


def get(client: FlaskClient, host: str, path: str) -> Any:
    return client.get(path, base_url=f"http://{host}")


def address(rule: Rule, ids: dict[str, UUID]) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = re.sub(rf"<(?:[a-z]+:)?{name}>", str(ids.get(name, FIXED.get(name, ids["session_id"]))), path)
    return path


def pages(instance: Instance) -> list[Rule]:
    return [rule for rule in instance.app.url_map.iter_rules() if "GET" in (rule.methods or ())]


def of_instance(instance: Instance, rule: Rule) -> bool:
    house = instance.app.extensions["systems_changers"]
    return rule.endpoint in house.paths and house.paths.is_instance(rule.endpoint)


@pytest.mark.parametrize("signed_in", [True, False], ids=["signed in", "signed out"])
def test_every_page_is_the_one_behind_the_prefix(
    instance: Instance, everyone: ActorFacts, ids: dict[str, UUID], *, signed_in: bool
) -> None:
    actor = everyone if signed_in else None
    here, there = browser(instance, actor, HOST), browser(instance, actor, "127.0.0.1")
    shown = 0
    for rule in pages(instance):
        path = address(rule, ids)
        own, prefixed = get(here, HOST, path), get(there, "127.0.0.1", f"/p/{SLUG}{path}")
        assert own.status_code == prefixed.status_code, path
        assert TITLE.findall(own.text) == TITLE.findall(prefixed.text), path
        assert own.headers.get("Location", "") == prefixed.headers.get("Location", "").replace(f"/p/{SLUG}", ""), path
        assert not re.search(r'(href|action)="/p/', own.text), path
        shown += own.status_code == 200
    assert shown > (40 if signed_in else 3)


def test_the_operators_pages_are_not_there(instance: Instance, everyone: ActorFacts, ids: dict[str, UUID]) -> None:
    client = browser(instance, everyone, HOST)
    found = [rule for rule in pages(instance) if of_instance(instance, rule)]
    assert {get(client, HOST, address(rule, ids)).status_code for rule in found} == {404}
    assert get(browser(instance, everyone, "127.0.0.1"), "127.0.0.1", "/operator/").status_code == 200
    assert len(found) >= 6


def test_prefixes_lead_nowhere(instance: Instance, everyone: ActorFacts) -> None:
    client = browser(instance, everyone, HOST)
    mine = [f"/p/{SLUG}", f"/p/{SLUG}/", f"/p/{SLUG}/home/", f"/p/{SLUG}/../{SLUG}/", f"/%70/{SLUG}/", f"/./p/{SLUG}/"]
    for path in [*mine, "/p/", "/p", "/p/theirs/", "/P/theirs/", "/p/nobody/", f"/cohorts/p/{SLUG}/"]:
        assert get(client, HOST, path).status_code == 404, path
    assert get(client, HOST, f"//p/{SLUG}/").status_code in {308, 404}  # a browser takes it for another host


def test_a_neighbours_domain_shows_the_neighbour(
    instance: Instance, everyone: ActorFacts, ids: dict[str, UUID]
) -> None:
    client = browser(instance, everyone, OTHER_HOST)
    assert get(client, OTHER_HOST, f"/cohorts/{ids['cohort_id']}/").status_code in {403, 404}
    assert "Theirs" in get(client, OTHER_HOST, "/").text


def test_whoever_is_signed_in_at_one_host_is_not_at_another(instance: Instance, everyone: ActorFacts) -> None:
    client = browser(instance, everyone, "127.0.0.1")
    found = client.get_cookie("sc-session", domain="127.0.0.1")
    assert found is not None
    client.set_cookie("sc-session", found.value, domain=HOST)
    assert get(client, HOST, "/account/").status_code == 303
    assert get(client, "127.0.0.1", f"/p/{SLUG}/account/").status_code == 200


def test_a_form_of_ones_own_domain_is_taken_and_leads_on_there(instance: Instance, everyone: ActorFacts) -> None:
    client = browser(instance, everyone, HOST)
    token = TOKEN.search(get(client, HOST, "/people/new").text)
    assert token is not None
    sent = {"csrf_token": token[1], "name": "Ruth Somebody", "email": "ruth@example.org"}
    answer = client.post("/people/new", data=sent, base_url=f"http://{HOST}")
    assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/people/")
    assert "Ruth Somebody" in get(client, HOST, answer.headers["Location"]).text


def test_a_host_that_nobody_claimed_is_nothing(instance: Instance, everyone: ActorFacts) -> None:
    assert get(browser(instance, None, "nobody.example.net"), "nobody.example.net", "/").status_code == 404
