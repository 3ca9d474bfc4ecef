"""Makes an instance from a backup: says first what it would do, then does all of it or nothing.

A restored instance is another one than the one that was copied: it gets a new id, everybody signs in anew, links that
were sent are void, and mail that may have gone out already waits for the operator.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers import __version__
from systems_changers.core.home.service import backup, instance, own_data
from systems_changers.core.home.service.own_data import Carried
from systems_changers.core.operations import service as operations
from systems_changers.core.people import service as people
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import load_plugins
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import no_links
from systems_changers.infra import archive, copying, locked, revisions, roles
from systems_changers.infra.archive import ArchiveReader
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import KitError, Refused
from systems_changers.infra.log import log
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.settings import Settings, load_settings, make_secret, refuse_address
from systems_changers.infra.shelves import store_of
from systems_changers.infra.text import Message, msg

Plugins = Sequence[tuple[str, Path, str | None]]
FILE = re.compile(
    r"files/(?P<partner>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})"
)
NOT_BROUGHT = frozenset({
    "data", "demo", "lan", "debug", "host", "port", "plugin_folder", "backup_folder", "files", "files_endpoint",
    "files_region", "log_file",
})  # fmt: skip
"""Settings of the machine rather than of the instance. No backup says where code is to be run from; and two instances
that share an object store would each clear away what only the other knows.
"""


@dataclass(frozen=True, slots=True)
class RestoreTarget:
    """Where to restore to. Without `database`, SQLite in the folder; `replace` lets go of what is there.

    `after` is the folder of the instance that this one takes over from: whoever was erased there is erased here too.
    `erased_may_return` goes on where nobody can say any more who that was.
    """

    data: Path
    database: str | None = None
    owner_database: str | None = None
    passphrase: str = ""
    replace: bool = False
    after: Path | None = None
    erased_may_return: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a restore would do: the backup's manifest, the settings that it brings, and what has to be known before."""

    told: dict[str, Any]
    settings: dict[str, Any]
    warnings: list[Message]


def preview(file: Path, wanted: RestoreTarget) -> Preview:
    """Read a backup's manifest and say what would happen. Raises Refused where it could not be restored at all."""
    there = _holds_instance(wanted.data)
    with archive.reading(file) as found:
        told, brought = found.told, {} if there else _brought(found)
    registry = load_plugins(Settings(wanted.data))
    _refuse_unknown(told, registry)
    warnings = []
    missing = [each["slug"] for each in told["plugins"] if each["slug"] not in registry.manifests]
    if missing:
        kept = told["database"]["kind"] == "sqlite"
        said = (msg("These plugins are not installed here: %(names)s. What they stored is kept.",
                    names=", ".join(missing)) if kept else
                msg("These plugins are not installed here: %(names)s. If they stored anything, install them first.",
                    names=", ".join(missing)))  # fmt: skip
        warnings.append(said)
    if not told["keys"]:
        warnings.append(msg("The backup holds no keys: a new signing key is made."))
    elif not wanted.passphrase and not there:
        warnings.append(msg("The keys stay locked without the passphrase: a new signing key is made."))
    if told["kit"] != __version__:
        warnings.append(msg("It was made by version %(old)s of the kit; this is %(new)s.",
                            old=told["kit"], new=__version__))  # fmt: skip
    if not there and wanted.after is None:
        warnings.append(msg("Whoever was erased since is in it again. If this takes over from an instance whose folder"
                            " can still be read, name that with --after."))  # fmt: skip
    return Preview(told, brought, warnings)


def _brought(found: ArchiveReader) -> dict[str, Any]:
    """The settings that a restored instance gets: no secrets, no machine's, and none that isn't one."""
    plain = {each.name for each in dataclass_fields(Settings) if not each.metadata["secret"]} - NOT_BROUGHT
    kept = json.loads(found.bytes(backup.SETTINGS))
    return {name: value for name, value in kept.items() if name in plain}


def _refuse_unknown(told: dict[str, Any], registry: Registry) -> None:
    """Raise Refused for tables that a newer version made."""
    folders = {slug.replace("-", "_"): (slug, each.migrations) for slug, each in registry.manifests.items()}
    folders["core"] = ("core", migrations_dir() / "versions")
    for unit, at in told["database"]["revisions"].items():
        if unit in folders and at not in revisions.known(folders[unit][1]):
            raise Refused(revisions.newer_than_installed(folders[unit][0]), code="newer_backup")


def _holds_instance(data: Path) -> bool:
    return (data / "secret.key").is_file()


def restore(file: Path, wanted: RestoreTarget) -> Settings:
    """Make the instance of a backup in a folder; answers its settings.

    With `replace`, what the folder held is backed up first, and its settings and key stay. Raises Refused
    (folder_taken, database_taken, damaged_backup, newer_backup, wrong_passphrase), and leaves all as it was.
    """
    there = _holds_instance(wanted.data)
    if there and not wanted.replace:
        raise Refused(
            msg("%(folder)s already holds an instance. Choose another folder, or give --replace: what is there is"
                " backed up first.", folder=str(wanted.data)), code="folder_taken",
        )  # fmt: skip
    with archive.reading(file) as found:
        registry = load_plugins(Settings(wanted.data))
        _refuse_unknown(found.told, registry)
        found.check()  # files are put back after the database, and nothing must be wrong with them by then
        carried = _carried(wanted.data if there else wanted.after, registry, wanted)
        if there:
            settings = load_settings(wanted.data)
            _keep_what_is_there(settings)
            bring_back(found, settings, instance.plugin_migrations(registry))
        else:
            settings = _made_anew(found, wanted, registry)
    _begin_anew(settings, registry, carried)
    return settings


def _carried(data: Path | None, registry: Registry, wanted: RestoreTarget) -> Carried:
    """Who was erased since, whom the backup may still hold. Raises Refused (erased_unknown) where nobody can say."""
    if data is None:
        return {}
    try:
        with instance.opened(load_settings(data), registry=registry) as kit:
            return own_data.carry_tombstones(kit)
    except (KitError, sa.exc.DBAPIError) as error:
        if wanted.erased_may_return:
            log.warning("who was erased could not be read", exc_info=error)
            return {}
        raise Refused(
            msg("Who was erased since can't be read any more in %(folder)s, so they would be back. Go on all the same"
                " with --erased-may-return, and erase them again by hand.", folder=str(data)), code="erased_unknown",
        ) from error  # fmt: skip


def _keep_what_is_there(settings: Settings) -> None:
    """Back it up; a SQLite file that can't even be read is put aside, because it is why somebody restores."""
    try:
        backup.keep_backup(settings, backup.BEFORE_RESTORE)
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
        inner = error.orig if isinstance(error, sa.exc.DatabaseError) else error
        if getattr(inner, "sqlite_errorcode", None) not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            raise
        now = datetime.now(UTC)
        for part in settings.data.glob("systems-changers.db*"):
            part.rename(part.with_name(f"{now:%Y-%m-%d-%H%M%S}-unread-{part.name}"))


def bring_back(found: ArchiveReader, settings: Settings, plugins: Plugins) -> None:
    """Make the database and the files of an instance what they were at the backup. Its folder stays as it is.

    `plugins` are those whose tables are made, as `instance.plugin_migrations` says them.
    """
    owner = open_owner_engine(settings.owner_url)
    try:
        copying.put_back(owner, found, _builder(found, plugins))
    finally:
        owner.dispose()
    for name in found.entries:
        if (kept := FILE.fullmatch(name)) is not None:
            store_of(settings).put(UUID(kept["partner"]), kept["sha256"], found.bytes(name))


def _builder(found: ArchiveReader, plugins: Plugins) -> Callable[[sa.Connection], None]:
    def build(connection: sa.Connection) -> None:
        from systems_changers.infra import migrations  # slow: only PostgreSQL's tables are made before they are filled

        roles.prepare_roles(connection, password="")
        units = migrations.units_of(plugins)
        migrations.build(connection, units, found.told["database"]["revisions"])

    return build


def _made_anew(found: ArchiveReader, wanted: RestoreTarget, registry: Registry) -> Settings:
    given = {"database": wanted.database, "owner_database": wanted.owner_database}
    kept = _brought(found)
    keys = _keys(found, wanted.passphrase)
    settings = load_settings(wanted.data, None, **kept, **given)
    refuse_address(settings)
    _refuse_taken(settings)
    was_there = wanted.data.exists()
    wanted.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        bring_back(found, settings, instance.plugin_migrations(registry))
        if found.told["instance"]["kind"] == "demo":
            (wanted.data / instance.DEMO_MARK).touch()
        lines = {**kept, **given, **({"mail_password": keys["mail_password"]} if "mail_password" in keys else {})}
        instance.keep_settings(wanted.data, lines)
        make_secret(wanted.data, keys.get("secret_key"))
    except BaseException:
        _clear(wanted.data, was_there=was_there)
        raise
    return load_settings(wanted.data)


def _clear(data: Path, *, was_there: bool) -> None:
    if not was_there:
        shutil.rmtree(data)
        return
    for half in (*data.glob("systems-changers.db*"), *data.glob("settings.toml"), *data.glob("secret.key")):
        half.unlink()
    with suppress(OSError):
        shutil.rmtree(data / backup.FILES)


def _refuse_taken(settings: Settings) -> None:
    """Raise Refused where the database already holds tables: nothing but --replace lets go of data."""
    if not settings.database:
        if (settings.data / "systems-changers.db").exists():
            raise Refused(msg("There is a database in %(folder)s already: choose an empty folder.",
                              folder=str(settings.data)), code="database_taken")  # fmt: skip
        return
    owner = open_owner_engine(settings.owner_url)
    try:
        with owner.connect() as connection:
            taken = sa.inspect(connection).get_table_names()
    finally:
        owner.dispose()
    if taken:
        raise Refused(msg("The database already holds tables: give an empty one."), code="database_taken")


def _keys(found: ArchiveReader, passphrase: str) -> dict[str, str]:
    if backup.KEYS not in found.entries or not passphrase:
        return {}
    return locked.unlock(found.bytes(backup.KEYS), passphrase)


def _begin_anew(settings: Settings, registry: Registry, carried: Carried) -> None:
    """Bring the tables up to date and guard them, let the instance begin as one of its own, erase who was erased."""
    owner = open_owner_engine(settings.owner_url)
    try:
        copying.drop_code(owner)
    finally:
        owner.dispose()
    instance.bring_up_to_date(settings, registry)
    with instance.opened(settings, registry=registry) as kit:
        with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            operations.remember_plugins(scope, registry.manifests.values())
            operations.begin_anew(scope)
            people.end_every_session(scope)
            scope.db.commit()
        own_data.reerase(kit, carried)
