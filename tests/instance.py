"""A whole instance for a test: migrated, with partners, on the database that the run is about."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from systems_changers.app import create_app, house_of
from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.operations import service as operations
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit, open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import Scope
from systems_changers.infra import migrations, roles
from systems_changers.infra.clock import Clock, FixedClock
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.settings import Settings
from tests.postgres import PostgresServer

NOW = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
KEY = "for-tests-only-" + "k" * 40
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Template:
    """A migrated, empty database that every test copies."""

    kind: str
    place: str
    server: PostgresServer | None = None

    def copy(self, folder: Path) -> tuple[str, str]:
        """A copy of its own: the application's address and the owner's."""
        if self.server is None:
            target = folder / "systems-changers.db"
            shutil.copy(self.place, target)
            return f"sqlite:///{target}", f"sqlite:///{target}"
        name = self.server.create_database(template=self.place)
        owner = open_owner_engine(self.server.url(name))
        with owner.begin() as connection:
            roles.prepare_roles(connection, password="for-tests")
        owner.dispose()
        return self.server.url(name, "sc_app"), self.server.url(name)


def make_template(kind: str, folder: Path, server: PostgresServer | None, registry: Registry) -> Template:
    """Migrate an empty database with the core and every loaded plugin."""
    if server is None:
        place, url = str(folder / "template.db"), f"sqlite:///{folder / 'template.db'}"
    else:
        place = server.create_database()
        url = server.url(place)
    engine = open_owner_engine(url)
    if server is not None:
        with engine.begin() as connection:
            roles.prepare_roles(connection, password="for-tests")
    units = [(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()]
    migrations.upgrade(engine, migrations.units_of(units))
    engine.dispose()
    return Template(kind, place, server)


def no_links(endpoint: str, /, **values: object) -> str:
    """Addresses nobody follows."""
    return f"http://127.0.0.1/{endpoint}?{values}"


@dataclass
class Instance:
    """A running instance and short ways into it."""

    kit: Kit
    app: Flask
    partners: dict[str, PartnerFacts] = field(default_factory=dict)

    def add_partner(self, name: str, *, slug: str, plugins: tuple[str, ...] = (), **options: Any) -> PartnerFacts:
        """A partner with plugins switched on."""
        with self.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            facts = partners.make_partner(scope, name, slug=slug, **options)
            row = scope.db.get_one(Partner, facts.id)
            row.plugins = list(plugins)
            scope.db.commit()
        self.partners[slug] = replace(facts, plugins=plugins)
        return self.partners[slug]

    @contextmanager
    def scope(self, slug: str, actor: ActorFacts = ANYONE, *, write: bool = False) -> Iterator[Scope]:
        """A scope at a partner; a write scope is committed at the end."""
        with self.kit.scope(self.partners[slug], actor, links=no_links, write=write) as scope:
            yield scope
            if write:
                scope.db.commit()

    def add_person(self, slug: str, name: str, *roles_: str, email: str | None = None) -> ActorFacts:
        """A person at a partner with an account and roles."""
        email = email or f"{name.split(maxsplit=1)[0].lower()}@{slug}.example"
        with self.kit.operator_scope(ANYONE, links=no_links, write=True) as outside:
            account = outside.db.scalar(sa.select(Account).where(Account.email == email)) or Account(email=email)
            outside.db.add(account)
            outside.db.commit()
            account_id = account.id
        with self.scope(slug, write=True) as scope:
            person = Person(account_id=account_id, name=name, email=email)
            scope.db.add(person)
            scope.db.add_all(Membership(account_id=account_id, role=role) for role in roles_)
            scope.db.flush()
            return ActorFacts(account_id, person.id, name, frozenset(roles_))

    def client(self, slug: str | None = None, actor: ActorFacts | None = None) -> Browser:
        """A browser at a partner's prefix, signed in as somebody if one is given."""
        browser = Browser(self.app.test_client(), f"/p/{slug}" if slug else "")
        if actor is not None:
            browser.sign_in(self, actor)
        return browser


@dataclass
class Browser:
    """A test client that keeps to a partner's prefix and fills in the form's token."""

    client: FlaskClient
    root: str

    def sign_in(self, instance: Instance, actor: ActorFacts) -> None:
        """Start a session for the account and keep its cookie."""
        assert actor.account_id is not None
        from systems_changers.core.people import service as people  # slow: most tests sign nobody in

        with instance.kit.operator_scope(actor, links=no_links, write=True) as scope:
            secret = people.start_session(scope, actor.account_id, people.Browser("127.0.0.1"))
            scope.db.commit()
        self.client.set_cookie("sc-session", secret, domain="127.0.0.1")

    def get(self, path: str, **options: Any) -> Any:
        """A page."""
        return self.client.get(self.root + path, base_url="http://127.0.0.1", **options)

    def token(self) -> str:
        """The form token of this browser, from the language page of any form."""
        found = TOKEN.search(self.get("/sign-in").text)
        if found is None:
            found = TOKEN.search(self.get("/account").text)
        assert found is not None
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, *, token: bool = True, **options: Any) -> Any:
        """A form, with its token unless told otherwise."""
        values = dict(data or {})
        if token:
            values["csrf_token"] = self.token()
        return self.client.post(self.root + path, data=values, base_url="http://127.0.0.1", **options)


def open_instance(
    urls: tuple[str, str], folder: Path, registry: Registry, *, clock: Clock | None = None, **settings: Any
) -> Instance:
    """The instance on a copied database, furnished with the canonical modules."""
    made = Settings(data=folder, database=urls[0], owner_database=urls[1] if urls[1] != urls[0] else "")
    made = replace(made, secret_key=KEY, **settings)
    kit = open_kit(made, operations.FaultBook(), clock=clock or FixedClock(NOW), registry=registry)
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        operations.make_instance(scope, "demo" if made.demo else "real", "Tests")
        curriculum.load_canonical(scope)
        scope.db.commit()
    app = create_app(made, kit=kit)
    app.testing = True
    assert house_of(app).kit is kit
    return Instance(kit, app)
