"""A whole instance for a test: migrated, with every installed plugin, on a SQLite of its own.

Needs no pytest; `systems_changers.testing.fixtures` wraps it for those who use it.
"""

from __future__ import annotations

import atexit
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from systems_changers.app import create_app, house_of
from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.rules import CohortDetails
from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.home.service.programme import read_cohort
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.rules import checked_settings
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.core.people.rules import FACTOR_ROLES
from systems_changers.hooks.facts import ANYONE, ActorFacts, CohortFacts, PartnerFacts
from systems_changers.hooks.kit import Kit, open_kit
from systems_changers.hooks.registry import Registry, find_manifests, load
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra import migrations
from systems_changers.infra.clock import Clock, FixedClock
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.settings import Settings

NOW = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
KEY = "for-tests-only-" + "k" * 40
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')


def no_links(endpoint: str, /, **values: object) -> str:
    """Addresses nobody follows."""
    return f"http://127.0.0.1/{endpoint}?{values}"


@dataclass
class Instance:
    """A running instance and short ways into it; the time there is `NOW`."""

    kit: Kit
    app: Flask
    partners: dict[str, PartnerFacts] = field(default_factory=dict)

    def add_partner(self, name: str, *, slug: str, plugins: tuple[str, ...] = (), **options: Any) -> PartnerFacts:
        """A partner with plugins switched on, in this order; raises Invalid for one that isn't installed."""
        known = {plugin: self.kit.registry.manifest(plugin).settings for plugin in plugins}
        settings = {plugin: checked_settings(declared, {}) for plugin, declared in known.items()}
        with self.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            facts = partners.make_partner(scope, name, slug=slug, **options)
            row = scope.db.get_one(Partner, facts.id)
            row.plugins, row.settings = list(plugins), {**row.settings, **settings}
            scope.db.commit()
            self.partners[slug] = replace(facts, plugins=plugins, settings=row.settings)
        return self.partners[slug]

    def keep_settings(self, slug: str, plugin: str, **values: Any) -> PartnerFacts:
        """A plugin's settings at a partner, saved as on its page, once; scopes opened from now on have them.

        Raises Invalid for values that plugin.toml doesn't allow.
        """
        with self.scope(slug, write=True) as scope:
            kept = partners.save_plugin_settings(scope, plugin, values, None)
        facts = self.partners[slug]
        self.partners[slug] = replace(facts, settings={**facts.settings, plugin: kept})
        return self.partners[slug]

    @contextmanager
    def scope(self, slug: str, actor: ActorFacts = ANYONE, *, write: bool = False) -> Iterator[Scope]:
        """A scope at a partner; a write scope is committed at the end."""
        with self.kit.scope(self.partners[slug], actor, links=no_links, write=write) as scope:
            yield scope
            if write:
                scope.db.commit()

    def add_person(self, slug: str, name: str, *roles: str, email: str | None = None) -> ActorFacts:
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
            scope.db.add_all(Membership(account_id=account_id, role=role) for role in roles)
            scope.db.flush()
            return ActorFacts(account_id, person.id, name, frozenset(roles))

    def add_cohort(self, slug: str, actor: ActorFacts, name: str, **details: Any) -> CohortFacts:
        """A planned cohort of which the actor, an administrator or facilitator, is a facilitator.

        `details` are those of the form that makes one: form, type_key, place, target_places, starts_on, extra …
        """
        with self.scope(slug, actor, write=True) as scope:
            made = cohorts.make_cohort(scope, CohortDetails(name, **details))
            return read_cohort(scope, made.id).facts

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
        """Start a session for the account and keep its cookie; an administrator has an authenticator app."""
        assert actor.account_id is not None
        with instance.kit.operator_scope(actor, links=no_links, write=True) as scope:
            asked = scope.db.get_one(Account, actor.account_id).is_operator or actor.roles & FACTOR_ROLES
            if asked and not people.has_second_factor(scope, actor.account_id):
                set_up_app(scope, instance.kit.settings.secret_key)
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


def set_up_app(scope: AnyScope, secret_key: str) -> str:
    """Turn an authenticator app on for whoever acts, as its page does; answers the app's secret."""
    from pyotp import TOTP  # slow: only those who must have a second factor need it

    sealer = Sealer(secret_key)
    offer = people.offer_app(scope, sealer, "Tests")
    people.turn_on_app(scope, sealer, offer.sealed, TOTP(offer.secret).at(scope.clock.now()))
    return offer.secret


def open_instance(
    urls: tuple[str, str], folder: Path, registry: Registry, *, clock: Clock | None = None, **settings: Any
) -> Instance:
    """The instance on a migrated database, furnished with the canonical modules.

    `urls` are the application's address of the database and the owner's.
    """
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


def migrate(url: str, registry: Registry) -> None:
    """Bring an empty database up to date with the core and every loaded plugin; `url` is the owner's."""
    engine = open_owner_engine(url)
    units = [(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()]
    migrations.upgrade(engine, migrations.units_of(units))
    engine.dispose()


@cache
def installed_plugins() -> Registry:
    """The plugins that are installed here, loaded once a process: their tables can't be declared twice.

    Raises AssertionError with the reason for one that can't be loaded.
    """
    registry = load(*find_manifests())
    assert not registry.quarantined, [f"{each.slug}: {each.why}" for each in registry.quarantined]
    return registry


@cache
def _migrated() -> Path:
    """An empty database that instances copy: migrating takes longer than most tests."""
    folder = Path(mkdtemp(prefix="systems-changers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(f"sqlite:///{folder / 'empty.db'}", installed_plugins())
    return folder / "empty.db"


@contextmanager
def try_out(folder: Path) -> Iterator[Instance]:
    """An instance in an empty folder, with every installed plugin and no partner yet."""
    database = folder / "systems-changers.db"
    shutil.copy(_migrated(), database)
    instance = open_instance((f"sqlite:///{database}", f"sqlite:///{database}"), folder, installed_plugins())
    try:
        yield instance
    finally:
        instance.kit.engine.dispose()
