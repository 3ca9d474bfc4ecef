"""What is said of who sees a page is what happens when they open it, for every page and everybody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from uuid import UUID

import pytest

from systems_changers.app import house_of
from systems_changers.core.home.service.why import explain
from systems_changers.core.people.models import Person
from systems_changers.core.people.rules import ROLES, ROUTE_PERMISSIONS, without_factor
from systems_changers.hooks.registry import Registry
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance, open_instance
from systems_changers.web import edge
from systems_changers.web.who import PageAsked
from tests.core.home import filling
from tests.core.home.filling import House, make_house
from tests.instance import Template

NO_SECRET = "0" * 43
HEADING, FIELDS = re.compile(r'<h2 id="answer">(.*?)</h2>', re.DOTALL), re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Ground:
    """A partner with everything that an address can name, and one person of every kind with a browser."""

    house: House
    ids: dict[str, Any]
    persons: dict[str, UUID]
    browsers: dict[str, Browser]
    asker: Browser

    def said(self, who: str, path: str) -> str:
        """Yes, No or That, as the page says of somebody and an address."""
        page = self.asker.get(f"/people/{self.persons[who]}/why", query_string={"page": path})
        assert page.status_code == 200
        found = HEADING.search(page.text)
        assert found is not None, f"{path} is no page"
        return re.split(r"\W", unescape(found[1]).strip())[0]

    def paths(self) -> Iterator[tuple[str, str]]:
        """Every page to be read: endpoint, and an address of it."""
        house = house_of(self.house.instance.app)
        for rule in self.house.instance.app.url_map.iter_rules():
            read = "GET" in (rule.methods or ()) and rule.endpoint in ROUTE_PERMISSIONS
            if read and not house.paths.is_instance(rule.endpoint):
                yield rule.endpoint, FIELDS.sub(lambda found: str(self.ids[found[1]]), rule.rule)
        for kind, prefix in (("x", "/x"), ("api.x", "/api/v1/x")):
            for slug, map_ in house.plugin_maps[kind].items():
                for rule in map_.iter_rules():
                    if "GET" in (rule.methods or ()) and not rule.arguments:
                        yield f"{kind}.{slug}", f"{prefix}/{slug}{rule.rule}"


@pytest.fixture(scope="module")
def ground(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("why")
    instance = open_instance(template.copy(folder), folder, registry)
    yield make_ground(instance)
    instance.kit.engine.dispose()


def make_ground(instance: Instance) -> Ground:
    house = make_house(instance)
    for name in ("Held Back", "Nobody Here", "Outside Cohort"):
        roles = {"Held": ("administrator",), "Nobody": (), "Outside": ("participant",)}[name.split()[0]]
        house.actors = {**house.actors, name: instance.add_person(house.slug, name, *roles)}
    guest = new_id()
    house.add(Person, {"id": guest, "name": "Gus Guest"})
    parts = filling.participants(house, range(1, 2))
    ids = {
        "cohort_id": house.cohort, "session_id": filling.one_session(house), "person_id": house.person("participant"),
        "experiment_id": filling.experiments(house, range(1, 2))[0], "part_id": parts[0], "file_id": new_id(),
        "planned_id": filling.planned_modules(house, range(1, 2))[0], "complaint_id": new_id(), "secret": NO_SECRET,
        "name": "a.png", "part": "frame", "slug": filling.PLUGIN, "label": "I7", "key": "corra-community-update",
        "digest": "sha256:" + "0" * 64,
    }  # fmt: skip
    persons = {who: actor.person_id for who, actor in house.actors.items() if actor.person_id} | {"guest": guest}
    browsers = {who: instance.client(house.slug, actor) for who, actor in house.actors.items() if who != "Held Back"}
    browsers["Held Back"] = instance.client(house.slug, replace(house.actors["Held Back"], roles=frozenset()))
    browsers["guest"] = instance.client(house.slug)
    return Ground(house, ids, persons, browsers, browsers["administrator"])


def opens(browser: Browser, path: str) -> bool:
    """Whether somebody sees a page, or is led on from it to anything but signing in or setting up a factor."""
    answer = browser.get(path)
    assert answer.status_code < 500, path
    where = answer.headers.get("Location", "")
    sent_away = "/sign-in" in where or "/account/second-factor" in where
    return answer.status_code < 400 and not sent_away


def test_what_is_said_of_every_page_and_everybody_is_what_happens(ground: Ground) -> None:
    wrong, counted = [], Counter[str]()
    for endpoint, path in ground.paths():
        for who, browser in ground.browsers.items():
            said = ground.said(who, path)
            counted[said] += 1
            if said != "That" and (said == "Yes") is not opens(browser, path):
                wrong.append(f"{endpoint} {who}: {said}")
    assert wrong == []
    assert counted["Yes"] > 150, counted
    assert counted["No"] > 150, counted
    assert counted["That"] < 200, counted


def test_the_tables_step_says_what_the_table_says(ground: Ground) -> None:
    house = house_of(ground.house.instance.app)
    for endpoint, who in ROUTE_PERMISSIONS.items():
        if endpoint.startswith("summaries.") or "operator" in who:
            continue
        for role in ROLES:
            actor = ground.house.actors[role]
            with ground.house.instance.scope(ground.house.slug, ground.house.actors["administrator"]) as scope:
                found = explain(scope, ground.persons[role], PageAsked("/", endpoint, {}, who), without_factor)
            assert (found.verdict is not False) is edge.may(house, actor, endpoint), (endpoint, role)


def forms(ground: Ground) -> Iterator[tuple[str, str]]:
    """Every form of a partner: endpoint, and an address of it."""
    house = house_of(ground.house.instance.app)
    ids = {**ground.ids, **{name: new_id() for name in ("agreement_id", "consent_id", "evidence_id", "passkey_id")},
           "request_id": new_id(), "role": "facilitator"}  # fmt: skip
    for rule in ground.house.instance.app.url_map.iter_rules():
        sent = "POST" in (rule.methods or ()) and rule.endpoint in ROUTE_PERMISSIONS
        if sent and not house.paths.is_instance(rule.endpoint):
            yield rule.endpoint, FIELDS.sub(lambda found: str(ids[found[1]]), rule.rule)


def asked_form(ground: Ground, who: str, path: str) -> str:
    """What the page says of somebody and the form at an address."""
    query = {"page": path, "form": "1"}
    page = ground.asker.get(f"/people/{ground.persons[who]}/why", query_string=query)
    found = HEADING.search(page.text)
    assert found is not None, f"{path} takes no form"
    return unescape(found[1]).strip()


def test_of_every_form_it_is_said_who_may_send_it(ground: Ground) -> None:
    house, counted = house_of(ground.house.instance.app), Counter[str]()
    for endpoint, path in forms(ground):
        for who in ("participant", "line_manager", "facilitator"):
            said, may = asked_form(ground, who, path), edge.may(house, ground.house.actors[who], endpoint)
            told = "operator" not in ROUTE_PERMISSIONS[endpoint]
            assert may or said.startswith("No, ") or not told, (endpoint, who, said)
            counted[said.partition(",")[0]] += 1
            if may and "experiment_id" not in path and "cohort" not in path and "session" not in path:
                assert not said.startswith("No, ") or endpoint.startswith("summaries."), (endpoint, who, said)
    assert counted["Yes"] > 90, counted
    assert counted["No"] > 100, counted


def test_a_form_is_named_and_told_from_the_page_at_the_same_address(ground: Ground) -> None:
    person = f"/people/{ground.persons['participant']}/"
    page = ground.asker.get(f"/people/{ground.persons['line_manager']}/why", query_string={"page": person}).text
    assert re.search(r"No, [^<]* can't open it", unescape(page))
    assert "The same address takes a form." in page
    form = f"{person}roles/facilitator/give"
    assert ground.said("facilitator", form) == "No", "a form is found without being asked for"
    assert asked_form(ground, "facilitator", form).endswith("can't send this form")
    assert asked_form(ground, "facilitator", person) == "That depends"
    assert asked_form(ground, "facilitator", "/people/new").startswith("Yes, ")
    said = steps(ground, "facilitator", form)
    assert "It takes the form “people: grant”" in unescape(said)
    refused = ground.browsers["facilitator"].post(form)
    assert refused.status_code == 403


def test_what_an_author_alone_decides_is_told_to_owners(ground: Ground) -> None:
    house, id_ = ground.house, ground.ids["experiment_id"]
    who = ROUTE_PERMISSIONS["experiments.share"]
    share = PageAsked("/", "experiments.share", {"experiment_id": id_}, who, form=True)
    with house.instance.scope(house.slug, house.actors["participant"]) as scope:
        assert explain(scope, ground.persons["participant"], share, None).verdict is True
        assert explain(scope, ground.persons["line_manager"], share, None).verdict is False
    with house.instance.scope(house.slug, house.actors["administrator"]) as scope:
        found = explain(scope, ground.persons["participant"], share, None)
    assert found.verdict is None
    assert found.decided is not None
    assert str(found.decided.words).startswith("Only its author decides this about an experiment. Whether ")


def steps(ground: Ground, who: str, path: str) -> str:
    """What the page says, without the address that was asked for."""
    text = ground.asker.get(f"/people/{ground.persons[who]}/why", query_string={"page": path}).text
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text.partition('id="answer"')[2].partition("</section")[0])


def test_a_foreign_record_a_private_one_and_none_are_not_told_apart(ground: Ground) -> None:
    other = make_house(ground.house.instance)
    session, noted = filling.one_session(other), filling.experiments(other, range(1, 2))[0]
    for path, foreign in (("/cohorts/{}/", other.cohort), ("/sessions/{}/", session), ("/experiments/{}/", noted)):
        unknown = steps(ground, "participant", path.format(new_id()))
        assert unknown
        assert steps(ground, "participant", path.format(foreign)) == unknown
    private = steps(ground, "participant", f"/experiments/{ground.ids['experiment_id']}/")
    assert private == steps(ground, "participant", f"/experiments/{new_id()}/")
    assert "theirs to know" in private
    assert ground.asker.get(f"/people/{other.person('participant')}/why").status_code == 404
    assert ground.asker.get(f"/people/{new_id()}/why?page=/home/").status_code == 404


def test_an_owner_is_told_who_reads_her_experiment(ground: Ground) -> None:
    house, id_ = ground.house, ground.ids["experiment_id"]
    path = PageAsked("/", "experiments.show", {"experiment_id": id_}, ROUTE_PERMISSIONS["experiments.show"])
    edit = replace(path, endpoint="experiments.edit")
    with house.instance.scope(house.slug, house.actors["participant"]) as scope:
        assert explain(scope, ground.persons["line_manager"], path, None).verdict is True
        assert explain(scope, ground.persons["Outside Cohort"], path, None).verdict is False
        assert explain(scope, ground.persons["line_manager"], edit, None).verdict is False
        with pytest.raises(NotFound):
            explain(scope, new_id(), path, None)


def test_who_is_held_back_is_told_so(ground: Ground) -> None:
    assert ground.said("Held Back", "/settings/changes") == "No"
    assert "there is none yet" in steps(ground, "Held Back", "/settings/changes").partition("<ol")[0]


def test_a_plugin_that_is_off_is_the_reason(ground: Ground) -> None:
    off = next(path for name, path in ground.paths() if name.startswith("x.") and filling.PLUGIN not in name)
    assert ground.said("administrator", off) == "No"
    assert "switched off at this partner" in steps(ground, "administrator", off)


@pytest.mark.parametrize(
    "address",
    ["/nowhere", "cohorts/", "//evil.example/cohorts/", "https://evil.example/p/{slug}/cohorts/", "/p/other/cohorts/",
     "http://127.0.0.1/cohorts/", "http://127.0.0.1/p/other/cohorts/", "javascript:/cohorts/", "http://[", "/operator/",
     "/cohorts/not-an-id/", "/x/no-such-plugin/", "/operator/forget"],
)  # fmt: skip
def test_only_this_partners_pages_are_looked_up(ground: Ground, address: str) -> None:
    query = {"page": address.format(slug=ground.house.slug)}
    page = ground.asker.get(f"/people/{ground.persons['participant']}/why", query_string=query)
    assert page.status_code == 200
    assert "That is no page here" in page.text


def test_the_address_is_taken_as_the_browser_shows_it(ground: Ground) -> None:
    slug = ground.house.slug
    for address in (f"http://127.0.0.1/p/{slug}/cohorts/?page=2#top", f"/p/{slug}/cohorts", " /cohorts/ "):
        assert ground.said("participant", address) == "Yes"
        assert ground.said("analyst", address) == "No"


def test_it_costs_six_statements_at_most(ground: Ground) -> None:
    for path in (f"/cohorts/{ground.house.cohort}/", f"/sessions/{ground.ids['session_id']}/", "/figures/sharing"):
        for who in ("administrator", "participant"):
            with ground.house.counted() as sent:
                ground.said(who, path)
            asked = [each for each in sent if not each.startswith("SET LOCAL")]  # asking as the kit, on PostgreSQL
            assert len(asked) <= 6, "\n".join(sent)


def test_only_administrators_ask(ground: Ground) -> None:
    for who, browser in ground.browsers.items():
        asked = browser.get(f"/people/{ground.persons['participant']}/why")
        assert asked.status_code == {"administrator": 200, "guest": 303, "Held Back": 303}.get(who, 403), who


def test_a_refusal_says_for_whom_the_page_is_and_what_one_is(ground: Ground) -> None:
    refused = ground.browsers["participant"].get("/people/")
    assert refused.status_code == 403
    text = unescape(refused.text)
    assert "Why can't I see this?" in text
    assert "This page is for administrators and facilitators. Here you are a participant." in text
    assert f"ask an administrator of {ground.house.slug}" in text
    assert "You have no role here at present." in ground.browsers["Nobody Here"].get("/people/").text
    missing = ground.browsers["participant"].get(f"/cohorts/{new_id()}/")
    assert missing.status_code == 404
    assert "Why can" not in missing.text
    assert "looks the same as one that doesn" in missing.text
