"""A small house around real plugins: the seam and the edges, and of the slices' own pages only the reports.

Who is signed in is said by the session cookie, so that a test needs no passwords.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

import systems_changers.core.curriculum.models  # noqa: F401 - foreign keys go by name, so every table must be known
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Person
from systems_changers.core.people.rules import ROUTE_PERMISSIONS
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.summaries import views as summaries
from systems_changers.hooks.calls import Fault
from systems_changers.hooks.facts import ANYONE, ActorFacts, Brand, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.manifest import Manifest, read_manifest
from systems_changers.hooks.registry import Registry, load, register
from systems_changers.hooks.scope import Scope
from systems_changers.hooks.specs import hookimpl
from systems_changers.hooks.view import Views
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import open_session
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.paths import PACKAGE, translations_dir
from systems_changers.infra.settings import Settings
from systems_changers.web import api_edge, csrf, edge, errors, extensions
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import AccountFacts, Arrival
from systems_changers.web.brand import DEFAULT_BRAND
from systems_changers.web.cookies import Cookies
from systems_changers.web.house import House
from systems_changers.web.layers import Templates, core_template_dirs
from tests.layers import in_layers
from tests.statements import statements

NOW = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
KEY = "for-tests-only-" + "k" * 40
SOURCES = PACKAGE.parent / "plugins"
PACKAGES = {"corra-scotland": "corra_scotland", "childrens-society": "childrens_society"}
CORE_PAGES = {
    "home.front": "/",
    "home.dashboard": "/home/",
    "home.choose_language": "/language",
    "people.sign_in": "/sign-in",
    "privacy.notice": "/privacy",
    "people.sign_out": "/sign-out",
    "people.account": "/account",
    "cohorts.show": "/cohorts/<uuid:cohort_id>/",
    "cohorts.change": "/cohorts/<uuid:cohort_id>/change",
    "sessions.show": "/sessions/<uuid:session_id>/",
    "experiments.show": "/experiments/<uuid:experiment_id>/",
}


def code_of(module: str) -> ModuleType:
    """A module of a partner's plugin, from the checkout whether or not it is installed."""
    for package in PACKAGES.values():
        folder = str(SOURCES / package)
        if folder not in sys.path:
            sys.path.append(folder)
    return import_module(module)


def partners_registry() -> Registry:
    """Both partners' plugins, loaded from the checkout whether or not they are installed."""
    for package in PACKAGES.values():
        code_of(package)
    manifests = [
        read_manifest(SOURCES / package / package / "plugin.toml", f"{package}.plugin") for package in PACKAGES.values()
    ]
    registry = load(manifests)
    assert registry.quarantined == []
    return registry


def made_up(slug: str, folder: Path = Path("nowhere"), **values: Any) -> Manifest:
    """A manifest without a file."""
    return Manifest(slug, slug.title(), "0.1.0", ">=0.1", "none", folder, **values)


def registry_of(**hooks: Mapping[str, Callable[..., Any]]) -> Registry:
    """Plugins made of plain functions: slug (with underscores) to hook name to function."""
    registry = load([])
    for name, functions in sorted(hooks.items()):
        slug = name.replace("_", "-")
        code = SimpleNamespace(name=slug, **{hook: hookimpl(function) for hook, function in functions.items()})
        register(registry, made_up(slug), code)
    return registry


@dataclass
class Host:
    """A kit on a migrated database with the faults it was told, and rows to try plugins on."""

    kit: Kit
    faults: list[Fault]
    people: dict[str, ActorFacts] = field(default_factory=dict)
    partners: dict[str, PartnerFacts] = field(default_factory=dict)

    def partner(self, word: str, *plugins: str, **values: Any) -> PartnerFacts:
        """A partner with these plugins on."""
        row = Partner(slug=f"{word}-{new_id().hex[-8:]}", name=word.title(), plugins=list(plugins))
        with open_session(self.kit.engine, None, write=True) as db:
            db.add(row)
            db.commit()
            facts = PartnerFacts(row.id, row.slug, row.name, plugins=plugins, **values)
        self.partners[facts.slug] = facts
        return facts

    def change(self, partner: PartnerFacts, **values: Any) -> PartnerFacts:
        """The partner with other facts, as it is found from now on."""
        self.partners[partner.slug] = replace(partner, revision=partner.revision + 1, **values)
        return self.partners[partner.slug]

    def actor(self, scope: Scope, *roles: str) -> ActorFacts:
        """Somebody at the scope's partner."""
        person = Person(name="Morag Somebody")
        scope.db.add(person)
        scope.db.flush()
        actor = ActorFacts(new_id(), person.id, person.name, frozenset(roles))
        self.people[str(actor.account_id)] = actor
        return actor

    @contextmanager
    def scope(self, partner: PartnerFacts, actor: ActorFacts = ANYONE, *, write: bool = False) -> Iterator[Scope]:
        """A scope at the partner; a write scope is committed at the end."""
        with self.kit.scope(partner, actor, links=_named, write=write) as scope:
            yield scope
            if write:
                scope.db.commit()

    def cohort(self, scope: Scope, **values: Any) -> Cohort:
        """A cohort of the scope's partner."""
        row = Cohort(**{"name": "Portlaggan", "place": "Portlaggan", "target_places": 12, **values})
        scope.db.add(row)
        scope.db.flush()
        return row

    def participant(self, scope: Scope, cohort_id: UUID) -> ActorFacts:
        """A confirmed participant of the cohort."""
        actor = self.actor(scope, "participant")
        assert actor.person_id is not None
        scope.db.add(CohortPerson(cohort_id=cohort_id, person_id=actor.person_id, state="confirmed"))
        scope.db.flush()
        return actor

    def experiment(self, scope: Scope, author: ActorFacts, **values: Any) -> Experiment:
        """An experiment of the author's."""
        assert author.person_id is not None
        row = Experiment(**{"author_id": author.person_id, "title": "An evening drop-in", "state": "framed", **values})
        scope.db.add(row)
        scope.db.flush()
        return row

    def session(self, scope: Scope, cohort_id: UUID, **values: Any) -> CohortSession:
        """A session of the cohort."""
        row = CohortSession(**{"cohort_id": cohort_id, "number": 4, "title": "In the field", **values})
        scope.db.add(row)
        scope.db.flush()
        return row

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.kit.engine)

    def browser(self, partner: PartnerFacts, actor: ActorFacts | None = None) -> Browser:
        """A browser at the partner's prefix, signed in as `actor`."""
        browser = Browser(self.app().test_client(), f"/p/{partner.slug}")
        if actor is not None:
            browser.client.set_cookie("sc-session", str(actor.account_id), domain="127.0.0.1")
            browser.secret = str(actor.account_id)
        return browser

    def app(self) -> Flask:
        """The edges with plugins' pages and the reports; other core pages have addresses only."""
        app = Flask("house", static_folder=None, template_folder=None)
        app.testing = False
        app.config["PROPAGATE_EXCEPTIONS"] = False
        house = self.house()
        app.extensions["house"] = house
        errors.install(app, house)
        edge.install(app, house, [summaries.pages])
        extensions.install(app, house)
        api_edge.install(app, house, [], "0")
        in_layers(app, frozenset({"127.0.0.1"}))
        return app

    def house(self) -> House:
        """The house of this kit."""
        folders = {slug: manifest.templates for slug, manifest in self.kit.registry.manifests.items()}
        house = House(
            kit=self.kit,
            templates=Templates(core_template_dirs(PACKAGE), folders),
            cookies=Cookies(secure=False, key=KEY),
            arrive=self._arrive,
            who_is=lambda _db, _partner, account: self.people[str(account.id)],
            permissions=ROUTE_PERMISSIONS,
            navigation=(),
            wake=lambda: None,
            in_use=lambda: {slug for partner in self.partners.values() for slug in partner.plugins},
        )
        for endpoint, path in CORE_PAGES.items():
            house.paths.add(endpoint, path, instance=False)
        return house

    def _arrive(self, _connection: sa.Connection, place: Place, secret: str | None) -> Arrival:
        actor = self.people.get(secret or "")
        account = AccountFacts(actor.account_id, new_id()) if actor and actor.account_id else None
        return Arrival(self.partners.get(place.slug or ""), account)


@dataclass
class Browser:
    """A test client that stays at one partner and knows its form token."""

    client: FlaskClient
    root: str
    secret: str = ""

    def get(self, path: str, **options: Any) -> Any:
        """A page."""
        return self.client.get(self.root + path, base_url="http://127.0.0.1", **options)

    def post(self, path: str, **data: Any) -> Any:
        """A form with its token."""
        values = {"csrf_token": csrf.token_for(KEY, self.secret), **data}
        return self.client.post(self.root + path, data=values, base_url="http://127.0.0.1")

    def open(self, path: str, method: str) -> Any:
        """Any method at all."""
        return self.client.open(self.root + path, method=method, base_url="http://127.0.0.1")


def make_kit(url: str, folder: Path, registry: Registry, engine: sa.Engine) -> Host:
    """A host on a database that is ready; the faults it is told are kept in a list."""
    faults: list[Fault] = []

    def tell(_engine: sa.Engine, found: Sequence[Fault], _clock: object) -> None:
        faults.extend(found)

    catalogues = Catalogues(
        translations_dir(), {slug: manifest.translations for slug, manifest in registry.manifests.items()}
    )
    settings = Settings(data=folder, database=url, secret_key=KEY)
    return Host(Kit(settings, engine, registry, Views(registry), catalogues, FixedClock(NOW), tell), faults)


def brand(name: str) -> Brand:
    """The kit's own look under another name."""
    return replace(DEFAULT_BRAND, name=name)


def day(text: str) -> date:
    """A date from its ISO form."""
    return date.fromisoformat(text)


def _named(endpoint: str, /, **values: object) -> str:
    return "/".join([endpoint, *map(str, values.values())])
