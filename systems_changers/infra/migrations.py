"""Brings the schema up to date: one central environment, one version table a distribution, armed again at the end.

Not one shared table with branch labels: removing a plugin's package would lock the core out of its own upgrades.
Imported by commands only; the web process never loads Alembic.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command  # noqa: TID253 - commands import this module, the web process never does
from alembic.autogenerate import compare_metadata  # noqa: TID253 - as above
from alembic.config import Config  # noqa: TID253 - as above
from alembic.migration import MigrationContext  # noqa: TID253 - as above
from alembic.script import ScriptDirectory  # noqa: TID253 - as above

from systems_changers.infra import isolation
from systems_changers.infra.blame import explained, line_in
from systems_changers.infra.db import Base
from systems_changers.infra.errors import KitError, Refused
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.revisions import newer_than_installed, revision_of
from systems_changers.infra.text import Message, msg

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


def upgrade(engine: sa.Engine, units: Sequence[Unit], failed: dict[str, Message] | None = None) -> list[str]:
    """Apply what is pending, the core first and each unit in a transaction of its own; answers the slugs that changed.

    `engine` is the owner's. A plugin that fails is rolled back and put into `failed` with a sentence, and the others go
    on; without `failed`, and for the core, Refused is raised. On PostgreSQL an advisory lock lets one process do it; on
    SQLite foreign keys are off before the transaction begins and checked before it commits, so that a table rebuild
    can't cascade rows away. The isolation is armed in the same transaction.
    """
    changed: list[str] = []
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _raw(connection).execute("PRAGMA foreign_keys=OFF")
        for unit in units:
            try:
                with connection.begin():
                    if _apply(connection, units[0], unit):
                        changed.append(unit.slug)
            except (Exception, SystemExit) as error:
                why = _sentence(unit, error)
                if failed is None or unit is units[0]:
                    raise Refused(why) from error
                failed[unit.slug] = why
    return changed


def build(connection: sa.Connection, units: Sequence[Unit], at: Mapping[str, str]) -> None:
    """Make the tables as each unit had them at its revision, in the caller's transaction; `upgrade` guards them after.

    `at` is by the unit's slug with underscores, as version tables are named. Raises Refused for a revision that the
    installed package doesn't know.
    """
    for unit in units:
        revision = at.get(unit.slug.replace("-", "_"))
        if revision is not None:
            if revision not in {each.revision for each in unit.script().walk_revisions()}:
                raise Refused(newer_than_installed(unit.slug))
            command.upgrade(unit.config(connection), revision)


def _apply(connection: sa.Connection, core: Unit, unit: Unit) -> bool:
    """Bring one unit up to date in the connection's transaction; answers whether there was anything to do."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
    _check_core(connection, core, unit)
    at, before = unit.present(connection), _tables(connection)
    pending = at != unit.head()
    if pending:
        if at is not None and at not in {each.revision for each in unit.script().walk_revisions()}:
            raise Refused(newer_than_installed(unit.slug))
        command.upgrade(unit.config(connection), "head")
    stray = sorted(name for name in _tables(connection) - before if name != unit.version_table and not unit.owns(name))
    if stray and unit.prefix:
        raise Refused(msg("%(table)s must begin with %(prefix)s.", table=stray[0], prefix=unit.prefix))
    if connection.dialect.name == "sqlite" and _raw(connection).execute("PRAGMA foreign_key_check").fetchall():
        raise Refused(msg("The upgrade would leave rows without what they belong to; nothing was changed."))
    if pending or unit is core:
        isolation.arm(connection)
    return pending


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def _sentence(unit: Unit, error: BaseException) -> Message:
    """What went wrong, with the revision and the line where they are known."""
    why = str(error.message) if isinstance(error, KitError) else explained(error, unit.versions)
    line = line_in(unit.versions, error)
    revision = line and revision_of(unit.versions / line.file)
    if revision is None:
        return msg("%(name)s could not be upgraded, and nothing of it was changed. %(why)s", name=unit.slug, why=why)
    return msg("%(name)s could not be upgraded to its revision %(revision)s, and nothing of it was changed. %(why)s",
               name=unit.slug, revision=revision, why=why)  # fmt: skip


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
