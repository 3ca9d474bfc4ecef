"""The ledger's pages and JSON behind the real edge, with somebody chosen by the session cookie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pluggy
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

import systems_changers
from systems_changers.core.experiments import api as experiments_api
from systems_changers.core.experiments import views
from systems_changers.hooks import specs
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.view import Views
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.db import PartnerSession
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.paths import translations_dir
from systems_changers.infra.settings import Settings
from systems_changers.web import api_edge, csrf, edge, errors, i18n
from systems_changers.web.addresses import PLACE, Place
from systems_changers.web.arrival import AccountFacts, Arrival
from systems_changers.web.cookies import Cookies
from systems_changers.web.house import House
from systems_changers.web.layers import Templates, core_template_dirs
from tests.core.experiments.conftest import World
from tests.layers import in_layers

KEY = "a key for tests that is long enough to be one"
SHELL = (
    "home.front",
    "home.choose_language",
    "people.account",
    "people.sign_out",
    "people.sign_in",
    "privacy.notice",
)


@dataclass
class Site:
    """A browser at a partner; `get` and `post` go as whoever is named."""

    app: Flask
    world: World

    def get(self, who: str, path: str, **query: str) -> TestResponse:
        """A page."""
        found: TestResponse = self._client(who).get(path, query_string=query or None, **self._place())
        return found

    def post(self, who: str, path: str, /, **data: Any) -> TestResponse:
        """A form, with its CSRF value."""
        data["csrf_token"] = csrf.token_for(KEY, who)
        found: TestResponse = self._client(who).post(path, data=data, **self._place())
        return found

    def _client(self, who: str) -> Any:
        client = self.app.test_client()
        client.set_cookie("sc-session", who)
        return client

    def _place(self) -> dict[str, Any]:
        return {"environ_overrides": {PLACE: Place("localhost", slug=self.world.partner.slug)}}


def text_of(response: TestResponse) -> str:
    """The page's text as a reader gets it, entities resolved."""
    return unescape(response.get_data(as_text=True))


def open_site(world: World, tmp_path: Path) -> Site:
    """The slice's pages and answers at this world's partner; every endpoint is open, so that only the door decides."""
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    registry = Registry(manager)
    catalogues = Catalogues(translations_dir(), {})
    kit = Kit(Settings(data=tmp_path), world.engine, registry, Views(registry), catalogues, world.clock, _no_faults)
    kit.settings = replace(kit.settings, secret_key=KEY)

    def arrive(_connection: sa.Connection, _place: Place, secret: str | None) -> Arrival:
        account = AccountFacts(id=_account(world, secret), session_id=new_id()) if secret else None
        return Arrival(partner=world.partner, account=account)

    def who_is(_db: PartnerSession, _partner: PartnerFacts, account: AccountFacts) -> ActorFacts:
        who = next(who for who in (*world.people, "nobody") if _account(world, who) == account.id)
        return replace(world.actor(who), account_id=account.id)

    endpoints = [*(rule.endpoint for rule in views.pages.rules), "api.experiments.index", "api.experiments.show"]
    house = House(
        kit=kit,
        templates=Templates(core_template_dirs(Path(systems_changers.__file__).parent), {}),
        cookies=Cookies(secure=False, key=KEY),
        arrive=arrive,
        who_is=who_is,
        permissions=dict.fromkeys(endpoints, frozenset({"signed_in"})),
        navigation=(),
        wake=lambda: None,
    )
    app = Flask("site", static_folder=None, template_folder=None)
    i18n.install(app)
    in_layers(app)
    errors.install(app, house)
    edge.install(app, house, [views.pages])
    api_edge.install(app, house, [experiments_api.answers], "0")
    for endpoint in SHELL:
        house.paths.add(endpoint, f"/{endpoint}", instance=False)
    return Site(app, world)


def _account(world: World, who: str | None) -> UUID:
    return world.people.get(who or "", world.cohort)


def _no_faults(*_said: object) -> None:
    """Plugins' faults are another test's matter."""
