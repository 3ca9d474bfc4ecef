"""Operations, partners and people behind the real edge, with two plain pages in the place of home."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient

from systems_changers.core.operations import service as operations
from systems_changers.core.operations import views as operations_views
from systems_changers.core.partners import views as partners_views
from systems_changers.core.people import queries, rules, service
from systems_changers.core.people import views as people_views
from systems_changers.core.people.models import Account
from systems_changers.core.privacy import views as privacy_views
from systems_changers.hooks.facts import ActorFacts, NavItem, Page
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.view import Views
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.settings import Settings
from systems_changers.testing.instance import set_up_app
from systems_changers.web import edge, errors
from systems_changers.web.cookies import Cookies
from systems_changers.web.edge import Pages
from systems_changers.web.house import House
from systems_changers.web.layers import Templates
from tests.core.instance import Instance, fresh_email
from tests.layers import in_layers

PACKAGE = Path(errors.__file__).parent.parent
ORIGIN = "http://127.0.0.1"
KEY = "for-tests-only-" + "k" * 40
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')
home = Pages("home")


@home.get("/", where="both")
def front(_scope: Any, _request: Request) -> Page:
    """Anybody's page."""
    return Page("plain.html", {"said": "front"})


@home.get("/home/")
def dashboard(_scope: Any, request: Request) -> Page:
    """A page for those who are in."""
    return Page("plain.html", {"said": f"dashboard {request.args.get('tab', '')}"})


@home.post("/language", where="both")
def choose_language(_scope: Any, _request: Request) -> Page:
    """The header's form needs its address."""
    return Page("plain.html", {"said": "language"})


def _elsewhere(_scope: Any, _request: Request, **_values: Any) -> Page:
    return Page("plain.html", {"said": "home"})


for path in ("account/data", "account/data/ask", "people/<uuid:person_id>/data",
             "people/<uuid:person_id>/erase", "people/<uuid:person_id>/why", "settings/requests"):  # fmt: skip
    names = {"account/data": "download_own", "account/data/ask": "ask_for_data", "settings/requests": "requests",
             "data": "download_person", "erase": "show_erasure", "why": "why"}  # fmt: skip
    name = names.get(path) or names[path.rpartition("/")[2]]
    home.get(f"/{path}", endpoint=f"home.{name}")(_elsewhere)  # links of people's pages lead there


@dataclass
class Browser:
    """A test client that stays at one place and fills in the form's token."""

    client: FlaskClient
    root: str

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path if path.startswith("/p/") else self.root + path, base_url=ORIGIN, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, *, seen_at: str = "/sign-in", **options: Any) -> Any:
        token = TOKEN.search(self.get(seen_at).text)
        assert token is not None
        values = {**(data or {}), "csrf_token": token[1]}
        target = path if path.startswith("/p/") else self.root + path
        return self.client.post(target, data=values, base_url=ORIGIN, **options)


@dataclass
class Site:
    """The application and short ways into it."""

    instance: Instance
    app: Flask
    settings: Settings
    kit: Kit
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, slug: str | None = "") -> Browser:
        """A fresh browser at the first partner, at another, or (None) outside any."""
        root = "" if slug is None else f"/p/{slug or self.instance.partner.slug}"
        return Browser(self.app.test_client(), root)

    def come_in(self, *roles: str, operator: bool = False, slug: str | None = "", name: str = "Morag") -> Browser:
        """A browser of a new person with these roles at the first partner."""
        browser = self.browser(slug)
        account_id = self.member(*roles, name=name, operator=operator)
        if "administrator" in roles or operator:
            self.instance.do(set_up_app, KEY, actor=ActorFacts(account_id))
        secret = self.instance.do(service.start_session, account_id, service.Browser("127.0.0.1", "", "Firefox"))
        browser.client.set_cookie("sc-session", secret, domain="127.0.0.1")
        return browser

    def member(self, *roles: str, name: str = "Morag", operator: bool = False) -> UUID:
        """A new account and its person with these roles at the first partner."""
        email = fresh_email()
        with self.instance.scope(write=True) as scope:
            account_id = service.make_account(scope, email, "porridge rain kettle", proven=True)
            person = service.find_or_make_person(scope, name, email)
            person.account_id = account_id
            for role in roles:
                service.grant_role(scope, account_id, role)
            if operator:
                with as_the_kit(scope.db):
                    scope.db.get_one(Account, account_id).is_operator = True
        return account_id


class _Clock:
    """The instance's clock, which a test moves on."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def now(self) -> Any:
        return self.instance.clock.now()


@lru_cache
def _templates() -> Templates:
    """One for the whole run: compiling them takes longer than most tests."""
    folders = [PACKAGE / "web" / "templates", *sorted((PACKAGE / "core").glob("*/templates"))]
    return Templates([*folders, Path(__file__).parent / "pages"], {})


def open_site(instance: Instance, folder: Path, **settings: Any) -> Site:
    """The application on the instance's database."""
    made = replace(Settings(data=folder), secret_key=KEY, public_url=ORIGIN, **settings)
    kit = Kit(made, instance.engine, instance.registry, Views(instance.registry), Catalogues(folder), _Clock(instance),
              operations.FaultBook())  # fmt: skip
    permissions = dict(rules.ROUTE_PERMISSIONS) | {
        "home.front": rules.ANYONE,
        "home.dashboard": rules.SIGNED_IN,
        "home.choose_language": rules.ANYONE,
    }
    house = House(
        kit=kit,
        templates=_templates(),
        cookies=Cookies(made.secure, KEY),
        arrive=partial(queries.arrive, now=kit.clock.now),
        who_is=queries.who_is,
        permissions=permissions,
        navigation=(NavItem("Home", "home.dashboard", frozenset({"participant"})),),
        wake=lambda: None,
        held_back=queries.held_back,
        owes_sign_on=queries.owes_sign_on,
        confirm=people_views.ask_to_confirm,
    )
    app = Flask("site", static_folder=None, template_folder=None)
    app.extensions["house"] = house
    app.config["PROPAGATE_EXCEPTIONS"] = False
    errors.install(app, house)
    edge.install(
        app, house, [home, operations_views.pages, partners_views.pages, privacy_views.pages, people_views.pages]
    )
    in_layers(app, made.hosts)
    return Site(instance, app, made, kit)


@pytest.fixture
def site(instance: Instance, tmp_path: Path) -> Site:
    """The application, without a mail server."""
    return open_site(instance, tmp_path)
