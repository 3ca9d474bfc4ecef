"""The whole application on the programme's ground, and browsers that are signed in as its people."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pluggy
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from systems_changers.app import ANSWERS, SLICES, open_house
from systems_changers.core.operations import service as operations
from systems_changers.core.people import service as people
from systems_changers.core.people.rules import FACTOR_ROLES
from systems_changers.hooks import specs
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.view import PartnerView, Views
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.settings import Settings
from systems_changers.testing.instance import set_up_app
from systems_changers.web import api_edge, edge, errors
from tests.core.programme import World
from tests.layers import in_layers

ORIGIN = "http://127.0.0.1"
KEY = "for-tests-only-" + "k" * 40
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')
VERSION = re.compile(r'name="version" value="(\d+)"')


@dataclass
class Browser:
    """One person's browser at the partner; a form is filled in from the page where it stands."""

    client: FlaskClient
    root: str

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(self.root + path, base_url=ORIGIN, **options)

    def send(self, path: str, values: dict[str, Any] | None = None, *, seen_at: str, to: str = "") -> Any:
        """Post to `path` with the token and version that the page `seen_at` holds."""
        page = self.get(seen_at).text
        token, version = TOKEN.search(page), VERSION.search(page)
        assert token is not None
        made = {"csrf_token": token[1]} | ({"version": version[1]} if version else {})
        return self.client.post(self.root + path, data=made | (values or {}), base_url=ORIGIN)


@dataclass
class Doors:
    """The application and ways in."""

    world: World
    app: Flask

    def come_in(self, who: str) -> Browser:
        """A browser of one of the people."""
        browser = Browser(self.app.test_client(), f"/p/{self.world.partner.slug}")
        began = people.Browser("127.0.0.1", "", "Firefox")
        with self.world.scope(who, write=True) as scope:
            owing = not FACTOR_ROLES.isdisjoint(scope.actor.roles) or scope.actor.is_operator
            if owing and not people.has_second_factor(scope, self.world.accounts[who]):
                set_up_app(replace(scope, actor=ActorFacts(self.world.accounts[who])), KEY)
        secret = self.world.do(people.start_session, self.world.accounts[who], began)
        browser.client.set_cookie("sc-session", secret, domain="127.0.0.1")
        return browser


class _Ground:
    """The world of the running test: one application serves a whole run, because it compiles every page once."""

    world: World

    def now(self) -> datetime:
        return self.world.clock.now()


class _Offering(Views):
    """Views in which every partner has the world's plugin."""

    def __init__(self, ground: _Ground, registry: Registry) -> None:
        super().__init__(registry)
        self.ground = ground

    def of(self, plugins: tuple[str, ...]) -> PartnerView:
        view = super().of(())
        return replace(view, implementations=view.implementations | self.ground.world.implementations())


@pytest.fixture(scope="session")
def ground() -> _Ground:
    """Which world the application serves."""
    return _Ground()


@pytest.fixture(scope="session")
def app(engine: sa.Engine, ground: _Ground, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Every slice behind the real edge."""
    folder = tmp_path_factory.mktemp("doors")
    settings = replace(Settings(data=folder), secret_key=KEY, public_url=ORIGIN)
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    registry = Registry(manager)
    views, catalogues = _Offering(ground, registry), Catalogues(folder)
    house = open_house(Kit(settings, engine, registry, views, catalogues, ground, operations.FaultBook()))
    made = Flask("doors", static_folder=None, template_folder=None)
    made.extensions["systems_changers"] = house
    made.config["PROPAGATE_EXCEPTIONS"] = False
    errors.install(made, house)
    edge.install(made, house, [slice_.pages for slice_ in SLICES])
    api_edge.install(made, house, [slice_.answers for slice_ in ANSWERS], "0")
    in_layers(made, settings.hosts)
    return made


@pytest.fixture
def doors(world: World, app: Flask, ground: _Ground) -> Doors:
    """The application, with the world's people to come in as."""
    ground.world = world
    return Doors(world, app)
