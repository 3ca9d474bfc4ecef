"""Takes backups of a whole instance: data, files, settings without secrets, locked keys, plugins, checksums.

Nothing stops meanwhile. The database is copied before the files: a file is kept before the row that names it is
committed, so whatever the copied rows name is there to be copied.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from systems_changers import __version__
from systems_changers.core.home.service import instance
from systems_changers.core.operations.models import Instance, KnownPlugin
from systems_changers.core.partners.models import Partner
from systems_changers.hooks.kit import load_plugins
from systems_changers.infra import archive, copying, locked
from systems_changers.infra.archive import ArchiveReader, ArchiveWriter
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import KitError, Refused
from systems_changers.infra.files import StoreFailed
from systems_changers.infra.log import log
from systems_changers.infra.settings import Settings, explain_settings
from systems_changers.infra.shelves import store_of
from systems_changers.infra.text import msg

SETTINGS, KEYS, FILES = "settings.json", "keys.json", "files"
SUFFIX = ".scbackup"
BOOK = "backups.json"
BY_HAND, TIMED, BEFORE_UPGRADE, BEFORE_RESTORE = "by-hand", "timed", "before-upgrade", "before-restore"
SCRATCH = "systems-changers-"
HALF_SECONDS = 3600
KEPT_BEFORE = 3
"""How many backups from before an upgrade, and from before a restore, are kept."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup: where it is, how large in bytes, when it was taken, how many rows and files, whether with keys."""

    file: Path
    size: int
    made_at: datetime
    rows: int
    files: int
    keys: bool


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of an instance's backups: when the last was taken and checked, and what went wrong since."""

    taken_at: datetime | None = None
    checked_at: datetime | None = None
    trouble: str = ""


def take_backup(settings: Settings, file: Path, *, why: str = BY_HAND, now: datetime | None = None) -> Taken:
    """Write a backup of the instance to `file`, whole or not at all. Raises Refused (backup_exists, disk_full)."""
    if file.exists():
        raise Refused(msg("%(file)s is there already: choose another name.", file=str(file)), code="backup_exists")
    made_at = now or datetime.now(UTC)
    owner = open_owner_engine(settings.owner_url)
    try:
        with archive.writing(file) as made:
            database = copying.copy_out(owner, made)
            files = _add_files(made, settings, owner)
            made.add(SETTINGS, [json.dumps(_settings(settings), ensure_ascii=False).encode()])
            if settings.backup_passphrase:
                made.add(KEYS, [locked.lock(_keys(settings), settings.backup_passphrase)])
            made.finish({
                "made_at": made_at.isoformat(), "why": why, "kit": __version__, **_about(owner),
                "database": database, "files": files, "keys": KEYS in made.entries,
            })  # fmt: skip
    finally:
        owner.dispose()
    rows = sum(database["rows"].values())
    return Taken(file, file.stat().st_size, made_at, rows, files, bool(settings.backup_passphrase))


def _about(owner: sa.Engine) -> dict[str, Any]:
    plugins = sa.select(KnownPlugin.slug, KnownPlugin.title, KnownPlugin.release).order_by(KnownPlugin.slug)
    with owner.connect() as connection:
        of = connection.execute(sa.select(Instance.id, Instance.name, Instance.kind)).one()
        known = [row._asdict() for row in connection.execute(plugins)]
    return {"instance": {"id": str(of.id), "name": of.name, "kind": of.kind}, "plugins": known}


def _add_files(made: ArchiveWriter, settings: Settings, owner: sa.Engine) -> int:
    """Every partner's files, from wherever they lie."""
    store, added = store_of(settings), 0
    with owner.connect() as connection:
        partners = list(connection.scalars(sa.select(Partner.id).order_by(Partner.id)))
    for partner_id in partners:
        for stored in store.list(partner_id):
            try:
                content = store.open(partner_id, stored.sha256)
            except StoreFailed:
                if store.size(partner_id, stored.sha256) is not None:
                    raise
                continue  # it was taken away meanwhile: no row names it
            made.add(f"{FILES}/{partner_id}/{stored.sha256[:2]}/{stored.sha256}", content)
            added += 1
    return added


def _settings(settings: Settings) -> dict[str, Any]:
    """What stands in settings.toml, but for secrets and addresses of databases."""
    secret = {each.name for each in fields(settings) if each.metadata["secret"]}
    return {each.name: each.value for each in explain_settings(settings.data)
            if each.source == "settings.toml" and each.name not in secret}  # fmt: skip


def _keys(settings: Settings) -> dict[str, str]:
    return {name: value for name in ("secret_key", "mail_password") if (value := getattr(settings, name))}


def check_backup(file: Path, settings: Settings | None = None) -> dict[str, Any]:
    """Restore a backup to a scratch place, compare every row and byte, and clear it away; answers its manifest.

    `settings` are those of an instance whose server may serve as the scratch place, for PostgreSQL; a backup of older
    tables than that instance has gets tables of its own revisions there. Raises Refused (damaged_backup, no_scratch,
    unknown_table), also for a backup of newer tables than are known here.
    """
    owner = open_owner_engine(settings.owner_url) if settings else None
    build = partial(_make_tables, settings or Settings(file.parent))
    try:
        with (
            archive.reading(file) as found,
            tempfile.TemporaryDirectory(prefix=SCRATCH, dir=_scratch_place(file)) as scratch,
        ):
            copying.check(owner, found, partial(build, found.told["database"]["revisions"]), Path(scratch))
            for name in found.entries:
                _read_through(found, name)
            return found.told
    finally:
        if owner is not None:
            owner.dispose()


def _make_tables(settings: Settings, at: Mapping[str, str], connection: sa.Connection) -> None:
    from systems_changers.infra import migrations  # slow: only PostgreSQL's tables of another revision are made by them

    plugins = instance.plugin_migrations(load_plugins(settings))
    migrations.build(connection, migrations.units_of(plugins), at)


def _scratch_place(file: Path) -> Path | None:
    """Beside the backup, where there is room; elsewhere only where nothing may be written beside it."""
    return file.parent if os.access(file.parent, os.W_OK) else None


def _read_through(found: ArchiveReader, name: str) -> None:
    for _piece in found.pieces(name):
        pass


# --- by the clock ---


def keep_backup(settings: Settings, why: str, *, now: datetime | None = None) -> Taken:
    """Take a backup into the instance's folder of backups, check it, and take away those that are too old.

    What happened is written in the folder's book. Raises what taking and checking do.
    """
    now = now or datetime.now(UTC)
    folder = settings.backups
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _clear_halves(folder)
    book = read_book(settings)
    try:
        taken = take_backup(settings, _free_name(folder, why, now), why=why, now=now)
        book = Book(now, book.checked_at)
        check_backup(taken.file, settings)
        book = Book(now, datetime.now(UTC))
    except (KitError, OSError, sa.exc.DBAPIError, sqlite3.Error) as error:
        reason = str(error.message) if isinstance(error, KitError) else f"{type(error).__name__}: {error}"
        book = replace(book, trouble=reason.splitlines()[0])
        raise
    finally:
        _write_book(folder, book)
        for old in _too_many(folder, settings.backup_keep):
            old.unlink()
            log.info("a backup was taken away", file=old.name)
    return taken


def _free_name(folder: Path, why: str, at: datetime) -> Path:
    """A name by the second, or the next second's where two come within one."""
    while (file := folder / f"{at:%Y-%m-%d-%H%M%S}-{why}{SUFFIX}").exists():
        at += timedelta(seconds=1)
    return file


def _clear_halves(folder: Path) -> None:
    """Take away what a backup left behind that was cut off, once it is an hour old and surely nobody's."""
    before = time.time() - HALF_SECONDS
    for half in (*folder.glob(f".*{SUFFIX}.partial*"), *folder.glob(f"{SCRATCH}*")):
        if half.stat().st_mtime < before:
            shutil.rmtree(half) if half.is_dir() else half.unlink()


def _too_many(folder: Path, keep: int) -> Iterator[Path]:
    """All but the newest of each kind; those that somebody put there by hand are nobody's to take away."""
    for why, most in ((TIMED, keep), (BEFORE_UPGRADE, KEPT_BEFORE), (BEFORE_RESTORE, KEPT_BEFORE)):
        yield from sorted(folder.glob(f"????-??-??-??????-{why}{SUFFIX}"))[:-most]


def read_book(settings: Settings) -> Book:
    """What is known of the instance's backups; nothing where there is no book that can be read."""
    try:
        told = json.loads((settings.backups / BOOK).read_text("utf-8"))
        moments = {name: told[name] and datetime.fromisoformat(told[name]) for name in ("taken_at", "checked_at")}
        return Book(**moments, trouble=str(told["trouble"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Book()


def _write_book(folder: Path, book: Book) -> None:
    partial = folder / f".{BOOK}.partial"
    partial.write_text(json.dumps(asdict(book), default=datetime.isoformat), "utf-8")
    partial.replace(folder / BOOK)
