"""Writes a plugin's next migration from its models: `python -m systems_changers.testing.migration FOLDER "MESSAGE"`.

Compares the plugin's own tables with a scratch database that its earlier migrations have made; no instance is touched.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from alembic import command

from systems_changers.hooks.tables import check_tables
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import KitError
from systems_changers.infra.migrations import Unit, drift, units_of, upgrade
from systems_changers.testing.schema import import_core, table_problems, tables_of
from systems_changers.testing.sources import import_plugin, package_in


def write_migration(folder: Path, message: str) -> Path | None:
    """The file written, or None where the migrations already say all that the models do.

    Raises ValueError or Refused with what is wrong with the tables, before anything is written.
    """
    package = package_in(folder)
    manifest = import_plugin(package)
    import_core()
    wrong = table_problems(tables_of(package.name), plugin=manifest.slug)
    if wrong:
        raise ValueError("\n".join(wrong))
    check_tables(manifest, tables_of(package.name))
    manifest.migrations.mkdir(parents=True, exist_ok=True)
    core, own = units_of([(manifest.slug, manifest.migrations, manifest.requires_core)])
    with TemporaryDirectory() as scratch:
        engine = open_owner_engine(f"sqlite:///{Path(scratch) / 'scratch.db'}")
        try:
            upgrade(engine, [core, own])
            return _compare(engine, own, message)
        finally:
            engine.dispose()


def _compare(engine: sa.Engine, own: Unit, message: str) -> Path | None:
    with engine.connect() as connection, connection.begin():
        if not drift(connection, own):
            return None
        before = set(own.versions.glob("*.py"))
        number = sum(1 for _ in own.script().walk_revisions()) + 1
        name = f"{own.slug.replace('-', '_')}_{number:04}"
        with redirect_stdout(StringIO()):  # it tells its own name of the file
            command.revision(own.config(connection), message=message, autogenerate=True, rev_id=name)
    (made,) = set(own.versions.glob("*.py")) - before
    return made


def main(arguments: Sequence[str]) -> int:
    """FOLDER "MESSAGE": write the next migration of the plugin in the folder."""
    match arguments:
        case [folder, message]:
            return _write(Path(folder), message)
        case _:
            print(main.__doc__)
            return 2


def _write(folder: Path, message: str) -> int:
    try:
        made = write_migration(folder, message)
    except (FileNotFoundError, ValueError, KitError) as error:
        print(error, file=sys.stderr)
        return 1
    print(made or "Nothing has changed: the migrations say all that the models do.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
