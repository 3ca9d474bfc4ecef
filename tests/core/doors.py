"""The whole application on the programme's ground, and browsers that are signed in as its people."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pluggy
import pytest
from flask import Flask
from flask.testing import FlaskClient

from systems_changers.app import ANSWERS, SLICES, open_house
from systems_changers.core.operations import service as operations
from systems_changers.core.people import service as people
from systems_changers.hooks import specs
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.view import Views
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.settings import Settings
from systems_changers.web import api, edge, errors, safety
from systems_changers.web.addresses import Addresses
from tests.core.programme import World

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
        secret = self.world.do(people.start_session, self.world.accounts[who], began)
        browser.client.set_cookie("sc-session", secret, domain="127.0.0.1")
        return browser


class _Clock:
    """The world's clock, which a test moves on."""

    def __init__(self, world: World) -> None:
        self.world = world

    def now(self) -> Any:
        return self.world.clock.now()


def open_doors(world: World, folder: Path) -> Doors:
    """Every slice behind the real edge, with the world's one plugin in its hooks."""
    made = replace(Settings(data=folder), secret_key=KEY, public_url=ORIGIN)
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    registry = Registry(manager)
    kit = Kit(made, world.engine, registry, _Offering(world, registry), Catalogues(folder), _Clock(world),
              operations.FaultBook())  # fmt: skip
    house = open_house(kit)
    app = Flask("doors", static_folder=None, template_folder=None)
    app.extensions["systems_changers"] = house
    app.config["PROPAGATE_EXCEPTIONS"] = False
    safety.add_headers(app, secure=False)
    errors.install(app, house)
    edge.install(app, house, [slice_.pages for slice_ in SLICES])
    api.install(app, house, [slice_.answers for slice_ in ANSWERS], "0")
    app.wsgi_app = Addresses(app.wsgi_app, made.hosts)  # type: ignore[method-assign, arg-type]  # Flask's own way
    return Doors(world, app)


class _Offering(Views):
    """Views in which every partner has the world's plugin."""

    def __init__(self, world: World, registry: Registry) -> None:
        super().__init__(registry)
        self.world = world

    def of(self, plugins: tuple[str, ...]) -> Any:
        return replace(super().of(()), implementations=super().of(()).implementations | self.world.implementations())


@pytest.fixture
def doors(world: World, tmp_path: Path) -> Doors:
    """The application, with the world's people to come in as."""
    return open_doors(world, tmp_path)
