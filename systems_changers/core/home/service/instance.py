"""Makes an instance: its folder, key, schema, curriculum, first partner and the administrator's one-time link.

There is no default password, and a folder that holds a demo never becomes a real instance.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

import systems_changers.core.cohorts.models
import systems_changers.core.experiments.models
import systems_changers.core.privacy.models
import systems_changers.core.sessions.models
import systems_changers.core.summaries.models  # noqa: F401 - a command isolates every table, as the application does
from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.operations import service as operations
from systems_changers.core.partners import queries as partners_queries
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.rules import folded, spelt
from systems_changers.core.people import service as people
from systems_changers.core.people.rules import email_problem, name_from, plain_email
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit, load_plugins, open_kit
from systems_changers.hooks.registry import Quarantined, Registry
from systems_changers.hooks.scope import OperatorScope, no_links
from systems_changers.infra import revisions, roles
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Invalid, Misconfigured, Refused
from systems_changers.infra.settings import Settings, load_settings, make_secret, refuse_address
from systems_changers.infra.text import Message, msg

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


class Made(NamedTuple):
    """A new instance: its settings, the path of the one-time set-up link, and the plugins that were kept out."""

    settings: Settings
    path: str
    kept_out: list[Quarantined]


class Upgraded(NamedTuple):
    """Whose schema changed, and the plugins whose schema could not be changed, each with why."""

    changed: list[str]
    failed: dict[str, Message]


def make_real(data: Path, answers: FirstAnswers, given: Mapping[str, Any]) -> Made:
    """Make a real instance in `data`, or leave nothing behind.

    Raises Refused (code instance_exists, demo_folder) where the folder already holds one.
    """
    if (data / DEMO_MARK).exists():
        raise Refused(msg("%(folder)s holds a demo, and a demo never becomes a real instance: choose another folder.",
                          folder=str(data)), code="demo_folder")  # fmt: skip
    if (data / "secret.key").exists():
        raise Refused(
            msg("%(folder)s already holds an instance. For a new set-up link: systems-changers partner administrator"
                " PARTNER EMAIL --operator", folder=str(data)), code="instance_exists",
        )  # fmt: skip
    _check_person(answers.name, answers.email)
    refuse_address(load_settings(data, **given))
    was_there = data.exists()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with opened(load_settings(data, **given), made=True) as kit:
            path = _furnish(kit, answers)
    except BaseException:
        for half in data.glob("systems-changers.db*"):
            half.unlink()
        if not was_there:
            shutil.rmtree(data)
        raise
    keep_settings(data, {name: given[name] for name in KEPT if name in given})
    make_secret(data)
    return Made(load_settings(data), path, kit.registry.quarantined)


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
    """The kit of an instance for a command; with `made` its schema is brought up to date first.

    Raises Misconfigured where the core's tables wait for an upgrade.
    """
    registry = registry or load_plugins(settings)
    if made:
        bring_up_to_date(settings, registry)
    kit = open_kit(settings, operations.FaultBook(), registry=registry)
    try:
        waits = revisions.waiting(kit.engine, ()).get("core")
        if waits is not None:
            raise Misconfigured(waits)
        yield kit
    finally:
        kit.engine.dispose()


def bring_up_to_date(settings: Settings, registry: Registry) -> Upgraded:
    """Apply pending migrations of the core and every loaded plugin; a plugin whose own fail is kept out."""
    from systems_changers.infra import migrations  # slow: only commands that change the schema need Alembic

    if not settings.database:
        (settings.data / "systems-changers.db").touch(mode=0o600)  # what SQLite keeps beside it takes after it
    engine = open_owner_engine(settings.owner_url)
    try:
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                roles.prepare_roles(connection, password=sa.make_url(settings.database_url).password or "")
        failed: dict[str, Message] = {}
        changed = migrations.upgrade(engine, migrations.units_of(plugin_migrations(registry)), failed)
    finally:
        engine.dispose()
    for slug, why in failed.items():
        registry.keep_out(slug, why)
    return Upgraded(changed, failed)


@dataclass(frozen=True, slots=True)
class MadePartner:
    """A new partner, and the path of its administrator's one-time link, if one was asked for."""

    facts: PartnerFacts
    path: str | None


def add_partner(kit: Kit, name: str, administrator: str | None, options: Mapping[str, Any]) -> MadePartner:
    """Make a partner on an instance that runs, and invite its administrator.

    Without a slug in `options`, raises Invalid for a name that another has, or that no slug can be made from.
    """
    if administrator is not None:
        _check_person(administrator, administrator)
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        if not options.get("slug"):
            _check_name(scope, name)
        facts = partners.make_partner(scope, name, **options)
        scope.db.commit()
    return MadePartner(facts, _set_up_path(kit, facts, administrator) if administrator else None)


def _check_name(scope: OperatorScope, name: str) -> None:
    for slug, other in scope.db.execute(sa.select(Partner.slug, Partner.name)):
        if folded(other) == folded(name):
            same = msg("%(slug)s has this name already: give --slug if this is another one.", slug=slug)
            raise Invalid(fields={"name": [same]})
    if any(letter.isalpha() for letter in name) and not spelt(name):
        none = msg("No address can be made from this name: give one with --slug, in small letters from a to z.")
        raise Invalid(fields={"slug": [none]})


def _set_up_path(kit: Kit, facts: PartnerFacts, email: str, name: str | None = None, *, operator: bool = False) -> str:
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        secret = people.issue_set_up(scope, people.NewPerson(name or name_from(email), email, operator))
        scope.db.commit()
    return f"/p/{facts.slug}/set-up/{secret}"


def administrator_path(kit: Kit, slug: str, email: str, name: str | None = None, *, operator: bool = False) -> str:
    """The path of a one-time link for an administrator of a partner, as `init` makes it; an earlier one ends.

    `operator` also lets them look after the instance, and set a password anew. Raises NotFound (unknown_partner),
    Invalid (name, email), Refused (listed_partner).
    """
    _check_person(name or email, email)
    facts = partners_queries.partner_with_pages(kit.engine, slug)
    return _set_up_path(kit, facts, email, name, operator=operator)


def turn_sign_on_off(kit: Kit, slug: str) -> bool:
    """Let nobody come in with a partner's own accounts any more; whether anybody could. Raises NotFound."""
    facts = partners_queries.partner_here(kit.engine, slug)
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        was_on = people.turn_sign_on_off(scope)
        scope.db.commit()
    return was_on


def sign_in_path(kit: Kit, email: str) -> str:
    """The path of a link that signs an account in once within a day. Raises NotFound (unknown_account)."""
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        secret = people.issue_sign_in(scope, email)
        scope.db.commit()
    return f"/sign-in/link/{secret}"


def change_address(kit: Kit, old: str, new: str) -> None:
    """Change an account's address. Raises NotFound (unknown_account), Invalid (email), Conflict."""
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        people.set_address(scope, old, new)
        scope.db.commit()


def reset_second_factor(kit: Kit, email: str) -> None:
    """Take an account's second factor away. Raises NotFound (unknown_account, no_second_factor)."""
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        people.reset_second_factor(scope, email)
        scope.db.commit()


def partner_lines(kit: Kit) -> list[dict[str, Any]]:
    """Every partner of the instance, by name."""
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        columns = (Partner.slug, Partner.name, Partner.kind, Partner.plugins)
        found = scope.db.execute(sa.select(*columns).order_by(Partner.name))
        return [{"slug": slug, "name": name, "kind": kind, "plugins": on} for slug, name, kind, on in found]


def own_domains(kit: Kit) -> list[str]:
    """Every partner's own domains, alphabetically."""
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        return list(scope.db.scalars(sa.select(PartnerDomain.host).order_by(PartnerDomain.host)))


def plugin_migrations(registry: Registry) -> list[tuple[str, Path, str | None]]:
    """What the migration runner needs to know of each loaded plugin."""
    return [(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()]


def keep_settings(data: Path, given: Mapping[str, Any]) -> None:
    """Write the settings that have a value to the folder's settings.toml, which its owner alone may read."""
    lines = [f"{name} = {_toml(value)}" for name, value in given.items() if value is not None]
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
