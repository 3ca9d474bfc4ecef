"""Makes an instance: its folder, key, schema, curriculum, first partner and the administrator's one-time link.

There is no default password, and a folder that holds a demo never becomes a real instance.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.operations import service as operations
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.people import service as people
from systems_changers.core.people.rules import email_problem, plain_email
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit, load_plugins, open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import no_links
from systems_changers.infra import roles
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Invalid, KitError, Misconfigured, Refused
from systems_changers.infra.settings import Settings, load_settings, make_secret
from systems_changers.infra.text import msg

DEMO_MARK = "DEMO"
KEPT = ("database", "owner_database", "public_url", "host", "port", "trusted_hosts", "proxies")


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """What `init` asks for."""

    partner: str
    name: str
    email: str
    locales: tuple[str, ...] = ("en_GB",)
    time_zone: str = "Europe/London"


def make_real(data: Path, answers: FirstAnswers, given: Mapping[str, Any]) -> tuple[Settings, str]:
    """Make a real instance in `data`; answers its settings and the path of the one-time set-up link.

    Raises Refused (code instance_exists, demo_folder) where the folder already holds one.
    """
    if (data / DEMO_MARK).exists():
        raise Refused(msg("%(folder)s holds a demo, and a demo never becomes a real instance: choose another folder.",
                          folder=str(data)), code="demo_folder")  # fmt: skip
    if (data / "secret.key").exists():
        raise Refused(msg("%(folder)s already holds an instance.", folder=str(data)), code="instance_exists")
    _check_person(answers.name, answers.email)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = load_settings(data, **given)
    try:
        with opened(settings, made=True) as kit:
            path = _furnish(kit, answers)
    except KitError:
        for half in data.glob("systems-changers.db*"):
            half.unlink()
        raise
    _keep_settings(data, given)
    make_secret(data)
    return load_settings(data), path


def _check_person(name: str, email: str) -> None:
    """Refuse what can't be somebody before anything is made."""
    problem = email_problem(plain_email(email))
    wrong = {"email": [problem]} if problem is not None else {}
    if not name.strip():
        wrong["name"] = [msg("A person needs a name.")]
    if wrong:
        raise Invalid(fields=wrong)


def _furnish(kit: Kit, answers: FirstAnswers) -> str:
    facts = found(kit, "real", answers)
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        secret = people.issue_set_up(scope, people.NewPerson(answers.name, answers.email, operator=True))
        scope.db.commit()
    return f"/p/{facts.slug}/set-up/{secret}"


def found(kit: Kit, kind: str, answers: FirstAnswers) -> PartnerFacts:
    """The instance's row, the curriculum and the first partner."""
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        operations.make_instance(scope, kind, answers.partner)
        operations.remember_plugins(scope, kit.registry.manifests.values())
        curriculum.load_canonical(scope)
        facts = partners.make_partner(scope, answers.partner, locales=answers.locales, time_zone=answers.time_zone)
        scope.db.commit()
    return facts


@contextmanager
def opened(settings: Settings, *, made: bool = False, registry: Registry | None = None) -> Iterator[Kit]:
    """The kit of an instance for a command; with `made` its schema is brought up to date first."""
    registry = registry or load_plugins(settings)
    if made:
        bring_up_to_date(settings, registry)
    kit = open_kit(settings, operations.FaultBook(), registry=registry)
    try:
        yield kit
    finally:
        kit.engine.dispose()


def bring_up_to_date(settings: Settings, registry: Registry) -> list[str]:
    """Apply pending migrations of the core and every loaded plugin; answers whose were applied."""
    from systems_changers.infra import migrations  # slow: only commands that change the schema need Alembic

    engine = open_owner_engine(settings.owner_url)
    try:
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                roles.prepare_roles(connection, password=sa.make_url(settings.database_url).password or "")
        return migrations.upgrade(engine, migrations.units_of(plugin_migrations(registry)))
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class MadePartner:
    """A new partner, and the path of its administrator's one-time link, if one was asked for."""

    facts: PartnerFacts
    path: str | None


def add_partner(kit: Kit, name: str, administrator: str | None, options: Mapping[str, Any]) -> MadePartner:
    """Make a partner on an instance that runs, and invite its administrator."""
    if administrator is not None:
        _check_person(administrator, administrator)
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        facts = partners.make_partner(scope, name, **options)
        scope.db.commit()
    if administrator is None:
        return MadePartner(facts, None)
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        secret = people.issue_set_up(scope, people.NewPerson(administrator.partition("@")[0], administrator))
        scope.db.commit()
    return MadePartner(facts, f"/p/{facts.slug}/set-up/{secret}")


def partner_lines(kit: Kit) -> list[dict[str, Any]]:
    """Every partner of the instance, by name."""
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        columns = (Partner.slug, Partner.name, Partner.kind, Partner.plugins)
        found = scope.db.execute(sa.select(*columns).order_by(Partner.name))
        return [{"slug": slug, "name": name, "kind": kind, "plugins": on} for slug, name, kind, on in found]


def upgrade(settings: Settings) -> list[str]:
    """Bring an instance up to date: schema, known plugins, canonical modules; answers whose schema changed."""
    registry = load_plugins(settings)
    changed = bring_up_to_date(settings, registry)
    with opened(settings, registry=registry) as kit, kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        operations.remember_plugins(scope, registry.manifests.values())
        curriculum.load_canonical(scope)
        scope.db.commit()
    return changed


def plugin_migrations(registry: Registry) -> list[tuple[str, Path, str | None]]:
    """What the migration runner needs to know of each loaded plugin."""
    return [(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()]


def _keep_settings(data: Path, given: Mapping[str, Any]) -> None:
    lines = [f"{name} = {_toml(given[name])}" for name in KEPT if given.get(name) is not None]
    if lines:
        file = data / "settings.toml"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n", "utf-8")


def _toml(value: object) -> str:
    return json.dumps(  # a string in JSON is a string in TOML
        list(value) if isinstance(value, tuple) else value
    )


def check_existing(data: Path) -> Settings:
    """The settings of the instance in `data`; raises Misconfigured where there is none."""
    if not (data / "secret.key").is_file():
        raise Misconfigured(msg("There is no instance in %(folder)s: run `systems-changers init`.", folder=str(data)))
    return load_settings(data)
