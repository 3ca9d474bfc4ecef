"""Keeps what a release leaves behind: `python -m tests.migrations.release` writes a filled backup of each database.

Run when a release is cut, and never again for the same one: later releases prove on it that they lose nothing.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import click
import sqlalchemy as sa

from systems_changers import __version__
from systems_changers.core.home.service import backup, instance
from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.hooks.kit import load_plugins, open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.infra import migrations
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.settings import Settings
from systems_changers.infra.shelves import store_of
from tests.core.home.kept import addresses
from tests.isolation.every_table import SIDES
from tests.migrations.invented import PLUGINS, Invented, content_of, invented
from tests.postgres import PostgresServer, start_postgres

RELEASED = Path(__file__).with_name("released")
KINDS = ("sqlite", "postgresql")
ENDING = f"{backup.SUFFIX}.gz"
MADE_AT = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)


def kept_file(release: str, kind: str) -> Path:
    """Where the backup of a release lies, packed with gzip: most of a small SQLite file is empty pages."""
    return RELEASED / f"{release}-{kind}{ENDING}"


def releases() -> list[str]:
    """Every release that is kept, the oldest first."""
    names = {file.name.removesuffix(ENDING).rpartition("-")[0] for file in RELEASED.glob(f"*{ENDING}")}
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")])


def unpacked(release: str, kind: str, folder: Path) -> Path:
    """The backup as the kit wrote it, in a folder."""
    file = folder / f"{release}-{kind}{backup.SUFFIX}"
    file.write_bytes(gzip.decompress(kept_file(release, kind).read_bytes()))
    return file


def make_backup(folder: Path, server: PostgresServer | None, at: Mapping[str, str] | None = None) -> Path:
    """A backup of a filled instance of today's schema, or of that at some revisions; no keys are in it."""
    settings = Settings(folder, secret_key="not a secret " * 4, **addresses(server))
    registry, rows = load_plugins(settings), invented()
    for mark, slug in PLUGINS.items():
        manifest = registry.manifest(slug)
        rows.made[mark, "known_plugin"].update(title=manifest.title, release=manifest.version)
    if at is None:
        instance.bring_up_to_date(settings, registry)
    owner = open_owner_engine(settings.owner_url)
    with owner.begin() as connection:
        if at is not None:
            migrations.build(connection, migrations.units_of(instance.plugin_migrations(registry)), at)
        fill(connection, rows)
    owner.dispose()
    if at is None:
        _seal(settings, registry)
    for mark in SIDES:
        partner: UUID = rows.made[mark, "partner"]["id"]
        store_of(settings).put(partner, rows.made[mark, "stored_file"]["sha256"], content_of(mark))
    return backup.take_backup(settings, folder / f"made{backup.SUFFIX}", now=MADE_AT).file


def fill(connection: sa.Connection, rows: Invented) -> None:
    """Put in what of the rows the tables can hold, past every guard."""
    there = {name: {each["name"] for each in columns}
             for (_, name), columns in sa.inspect(connection).get_multi_columns().items()}  # fmt: skip
    for name, held in rows.by_table().items():
        if name in there:
            known = [{key: value for key, value in row.items() if key in there[name]} for row in held]
            connection.execute(sa.insert(rows.metadata.tables[name]), known)


def _seal(settings: Settings, registry: Registry) -> None:
    """Let the kit seal what was recorded."""
    kit = open_kit(settings, operations.FaultBook(), clock=FixedClock(MADE_AT), registry=registry)
    try:
        operations.seal_all(kit, hosting_partners(kit.engine))
    finally:
        kit.engine.dispose()


def keep(kind: str) -> Path:
    """Write the file of this release for one database. Raises FileExistsError where it is kept already."""
    file = kept_file(__version__, kind)
    if file.exists():
        raise FileExistsError(file)
    server = start_postgres() if kind == "postgresql" else None
    try:
        with TemporaryDirectory() as folder:
            packed = gzip.compress(make_backup(Path(folder), server).read_bytes(), mtime=0)
    finally:
        if server is not None:
            server.stop()
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(packed)
    return file


def main() -> int:
    """Keep this release for both databases."""
    for kind in KINDS:
        try:
            file = keep(kind)
        except FileExistsError as there:
            click.echo(f"{there} is kept already: a release's file stays as it was.", err=True)
            return 1
        click.echo(f"{file.name}: {file.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
