"""Brings an instance up to date: plugins looked at first, a backup, the migrations, a check, and back if that fails.

What a distribution's own migrations fail at is rolled back by the database. The backup is for what only shows after.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.home.service import backup, instance, restore
from systems_changers.core.home.service.instance import Upgraded
from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import plugins_in_use
from systems_changers.hooks.calls import Fault
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import load_plugins
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import no_links
from systems_changers.infra import archive, revisions
from systems_changers.infra.checks_database import DATABASE, Engines
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.errors import KitError, Misconfigured, Refused
from systems_changers.infra.findings import ERROR, look
from systems_changers.infra.log import log
from systems_changers.infra.settings import Settings
from systems_changers.infra.text import Message, msg

ROOM = 2.5
"""How many times the database a backup and its check take, at the most."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an upgrade would do. `waiting` says by distribution what is pending, `hindrances` what stands in the way."""

    waiting: dict[str, Message]
    hindrances: list[Message]


def look_ahead(settings: Settings, registry: Registry | None = None) -> Outlook:
    """Say what an upgrade would do, and what stands in its way; changes nothing."""
    registry = registry or load_plugins(settings)
    engine = open_engine(settings.database_url)
    try:
        waiting = revisions.waiting(engine, [(slug, each.migrations) for slug, each in registry.manifests.items()])
        in_use = plugins_in_use(engine) if "core" not in waiting else plugins_named(settings)
    finally:
        engine.dispose()
    hindrances = [msg("The plugin %(slug)s is on at a partner and would be kept out: %(why)s",
                      slug=out.slug, why=out.why)
                  for out in registry.quarantined if out.slug in in_use]  # fmt: skip
    hindrances += [waiting[slug] for slug in waiting if waiting[slug] == revisions.newer_than_installed(slug)]
    return Outlook(waiting, [*hindrances, *_parked(settings, registry), *_room(settings)])


def _parked(settings: Settings, registry: Registry) -> list[Message]:
    """On PostgreSQL, where tables are made anew to bring a database back: those that nothing installed can make."""
    if not settings.database:
        return []
    owner = open_owner_engine(settings.owner_url)
    try:
        with owner.connect() as connection:
            tables = sa.inspect(connection).get_table_names()
    finally:
        owner.dispose()
    known = {revisions.version_table(slug) for slug in ("core", *registry.manifests)}
    gone = [name for name in tables if name.startswith(revisions.VERSIONS) and name not in known]
    return [msg("%(name)s has tables here and is not installed, so an upgrade that fails could not be brought back.",
                name=name.removeprefix(revisions.VERSIONS)) for name in gone]  # fmt: skip


def plugins_named(settings: Settings) -> set[str]:
    """The plugins that are on at any partner, asked as the owner: the tables may be older than the guards know."""
    owner = open_owner_engine(settings.owner_url)
    partner = sa.table("partner", sa.column("plugins", sa.JSON))
    try:
        with owner.connect() as connection:
            return {slug for on in connection.scalars(sa.select(partner.c.plugins)) for slug in on or ()}
    finally:
        owner.dispose()


def _room(settings: Settings) -> Sequence[Message]:
    database = Path(settings.data / "systems-changers.db")
    if settings.database or not database.exists():
        return []
    place = next(each for each in (settings.backups, *settings.backups.parents) if each.exists())
    if shutil.disk_usage(place).free > ROOM * database.stat().st_size:
        return []
    return [msg("There is too little room in %(folder)s for the backup before.", folder=str(place))]


def upgrade(settings: Settings, *, anyway: bool = False) -> Upgraded:
    """Bring an instance up to date: schema, known plugins, canonical modules; what failed is kept for the operator.

    Raises Refused (hindered) where `look_ahead` found something in the way, unless `anyway`; and (brought_back) where
    the result was not in order, after everything was made what it was.
    """
    registry = load_plugins(settings)
    outlook = look_ahead(settings, registry)
    if outlook.hindrances and not anyway:
        raise Refused(
            msg("%(why)s Put that right first, or go on all the same with --anyway.",
                why=" ".join(map(str, outlook.hindrances))), code="hindered",
        )  # fmt: skip
    if not outlook.waiting:
        return _bring(settings, registry)
    known, plugins = _disorders(settings), instance.plugin_migrations(registry)
    before = backup.keep_backup(settings, backup.BEFORE_UPGRADE)
    try:
        done = _bring(settings, registry)
        _refuse_new(_disorders(settings), known)
    except (Exception, SystemExit) as error:
        log.warning("the upgrade failed", exc_info=error)
        _bring_back(settings, before.file, plugins)
        why = str(error.message) if isinstance(error, KitError) else f"{type(error).__name__}: {error}"
        raise Refused(msg("The upgrade failed, and everything was brought back as it was. %(why)s", why=why),
                      code="brought_back") from error  # fmt: skip
    return done


def _bring(settings: Settings, registry: Registry) -> Upgraded:
    done = instance.bring_up_to_date(settings, registry)
    with instance.opened(settings, registry=registry) as kit:
        with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            operations.remember_plugins(scope, registry.manifests.values())
            operations.forget_faults(scope, done.changed)
            curriculum.load_canonical(scope)
            if done.changed:
                names = [slug.replace("-", "_") for slug in done.changed]
                operations.record(scope, "instance.upgraded", kind="instance", changed=names)
            scope.db.commit()
        faults = [Fault(slug, "migrations", str(why)) for slug, why in done.failed.items()]
        kit.tell_faults(kit.engine, faults, kit.clock)
    return done


def _refuse_new(found: dict[str, Message], known: Mapping[str, Message]) -> None:
    """Raise Misconfigured for what is broken and was not before."""
    for id, why in found.items():
        if id not in known:
            raise Misconfigured(why)


def _disorders(settings: Settings) -> dict[str, Message]:
    """What is broken in the database, by check."""
    engines = Engines(open_engine(settings.database_url), open_owner_engine(settings.owner_url))
    try:
        found = {check.id: look(check, engines) for check in DATABASE}
    finally:
        for engine in engines:
            engine.dispose()
    return {id: each.message for id, each in found.items() if each.status == ERROR}


def _bring_back(settings: Settings, file: Path, plugins: restore.Plugins) -> None:
    with archive.reading(file) as found:
        restore.bring_back(found, settings, plugins)
