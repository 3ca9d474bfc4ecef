"""Brings the schema up to date: one central environment, one version table a distribution, armed again at the end.

Not one shared table with branch labels: removing a plugin's package would lock the core out of its own upgrades.
Imported by commands only; the web process never loads Alembic.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command  # noqa: TID253 - commands import this module, the web process never does
from alembic.autogenerate import compare_metadata  # noqa: TID253 - as above
from alembic.config import Config  # noqa: TID253 - as above
from alembic.migration import MigrationContext  # noqa: TID253 - as above
from alembic.script import ScriptDirectory  # noqa: TID253 - as above

from systems_changers.infra import isolation
from systems_changers.infra.db import Base
from systems_changers.infra.errors import Refused
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.text import msg

LOCK = 7_316_442_051


@dataclass(frozen=True, slots=True)
class Unit:
    """One distribution's migrations. A plugin's tables begin with its prefix; the core's are all the others."""

    slug: str
    versions: Path
    prefix: str = ""
    needs_core: str | None = None
    other_prefixes: tuple[str, ...] = ()

    @property
    def version_table(self) -> str:
        return f"sc_version_{self.slug.replace('-', '_')}"

    def owns(self, table: str) -> bool:
        """Whether a table belongs to this distribution."""
        if self.prefix:
            return table.startswith(self.prefix)
        return not table.startswith(("sc_version_", *self.other_prefixes))

    def config(self, connection: sa.Connection | None) -> Config:
        """Alembic's configuration for this unit alone."""
        config = Config(stdout=io.StringIO())
        config.set_main_option("script_location", str(migrations_dir()))
        config.set_main_option("version_locations", str(self.versions))
        config.set_main_option("path_separator", "newline")
        config.attributes.update(connection=connection, unit=self, metadata=Base.metadata)
        return config

    def script(self) -> ScriptDirectory:
        """The unit's revisions."""
        return ScriptDirectory.from_config(self.config(None))

    def present(self, connection: sa.Connection) -> str | None:
        """The revision the database is at, or None before the first."""
        context = MigrationContext.configure(connection, opts={"version_table": self.version_table})
        return context.get_current_revision()

    def head(self) -> str | None:
        """The newest revision in the package."""
        return self.script().get_current_head()


def units_of(plugins: Sequence[tuple[str, Path, str | None]]) -> list[Unit]:
    """The core and the plugins that bring migrations, as (slug, versions folder, core revision needed)."""
    with_tables = [each for each in plugins if each[1].is_dir()]
    prefixes = tuple(slug.replace("-", "_") + "_" for slug, _, _ in plugins)
    core = Unit("core", migrations_dir() / "versions", other_prefixes=prefixes)
    own = [Unit(slug, folder, slug.replace("-", "_") + "_", needs) for slug, folder, needs in with_tables]
    return [core, *own]


def upgrade(engine: sa.Engine, units: Sequence[Unit]) -> list[str]:
    """Apply what is pending, in one transaction a unit, then arm the isolation; answers the slugs that changed.

    `engine` is the owner's. On PostgreSQL an advisory lock lets one process do it; on SQLite foreign keys are off
    before the transaction begins and checked before it commits, so that a table rebuild can't cascade rows away.
    """
    changed: list[str] = []
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _raw(connection).execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            core = units[0]
            for unit in units:
                _check_core(connection, core, unit)
                if unit.present(connection) != unit.head():
                    command.upgrade(unit.config(connection), "head")
                    changed.append(unit.slug)
            if connection.dialect.name == "sqlite" and _raw(connection).execute("PRAGMA foreign_key_check").fetchall():
                raise Refused(msg("The upgrade would leave rows without what they belong to; nothing was changed."))
            isolation.arm(connection)
    return changed


def drift(connection: sa.Connection, unit: Unit) -> list[object]:
    """Differences between the models and the database for one unit; empty when they are equal."""

    def own(thing: object, name: str | None, kind: str, *_rest: object) -> bool:
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", name)
        return unit.owns(table or "")

    context = MigrationContext.configure(
        connection, opts={"include_object": own, "version_table": unit.version_table, "compare_type": True}
    )
    return list(compare_metadata(context, Base.metadata))


def _raw(connection: sa.Connection) -> sa.PoolProxiedConnection:
    return connection.connection.driver_connection  # type: ignore[return-value]  # sqlite3.Connection


def _check_core(connection: sa.Connection, core: Unit, unit: Unit) -> None:
    if unit.needs_core is None:
        return
    at = core.present(connection)
    reached = {script.revision for script in core.script().walk_revisions("base", at or "base")} if at else set()
    if unit.needs_core not in reached:
        raise Refused(msg("%(plugin)s needs the core at %(revision)s.", plugin=unit.slug, revision=unit.needs_core))
