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
from systems_changers.core.people.models import Person
from systems_changers.core.people.rules import ROUTE_PERMISSIONS
from systems_changers.hooks.registry import Registry
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance, open_instance
from tests.core.home import filling
from tests.core.home.filling import House, make_house
from tests.instance import Template

PLUGINS = ("corra-scotland", "childrens-society")
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
        house.actors = {**house.actors, name: instance.add_person(house.slug, name, *roles)}  # type: ignore[misc]  # a test's own house
    guest = new_id()
    house.add(Person, {"id": guest, "name": "Gus Guest"})
    parts = filling.participants(house, range(1, 2))
    ids = {
        "cohort_id": house.cohort, "session_id": filling.one_session(house), "person_id": house.person("participant"),
        "experiment_id": filling.experiments(house, range(1, 2))[0], "part_id": parts[0], "file_id": new_id(),
        "planned_id": filling.planned_modules(house, range(1, 2))[0], "complaint_id": new_id(), "secret": NO_SECRET,
        "name": "a.png", "part": "frame", "slug": PLUGINS[0], "label": "I7", "key": "corra-community-update",
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
