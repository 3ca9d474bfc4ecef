"""Databases as they were before a migration, with rows that there could have been, and all that is in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import command

from systems_changers.infra.db import Base
from systems_changers.infra.migrations import Unit, upgrade

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
OF_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2"
IN_PUBLIC = "namespace = 'public'::regnamespace ORDER BY 1, 2"
LIVE = f"attnum > 0 AND rel{IN_PUBLIC}"
OF_POSTGRESQL = (
    f"SELECT relname, attname, atttypid, attnotnull FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE {LIVE}",
    f"SELECT relname, relkind, relrowsecurity, relforcerowsecurity, relacl::text FROM pg_class WHERE rel{IN_PUBLIC}",
    f"SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE con{IN_PUBLIC}",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies ORDER BY 1, 2",
    "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
    f"SELECT proname, prosrc FROM pg_proc WHERE pro{IN_PUBLIC}",
)


@dataclass(frozen=True)
class Step:
    """One revision of one distribution; `number` counts its revisions from 1."""

    unit: Unit
    revision: str
    before: str | None
    number: int
    last: bool

    def __str__(self) -> str:
        return f"{self.unit.slug} {self.revision}"


def steps(units: Sequence[Unit]) -> list[Step]:
    """Every revision of every distribution, oldest first."""
    found = []
    for unit in units:
        revisions = list(unit.script().walk_revisions())[::-1]
        for number, each in enumerate(revisions, 1):
            before = str(each.down_revision) if each.down_revision else None
            found.append(Step(unit, each.revision, before, number, last=number == len(revisions)))
    return found


def rows_of(owner: sa.Engine) -> Rows:
    """Every row of every table that is known and there, in the order of the keys."""
    there = _columns(owner)
    found = {}
    with owner.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in there:
                known = [column for column in table.columns if column.name in there[table.name]]
                ordered = sa.select(*known).order_by(*table.primary_key)
                found[table.name] = [dict(row) for row in connection.execute(ordered).mappings()]
    return found


def _columns(owner: sa.Engine) -> dict[str, set[str]]:
    """The names of every table's columns, as they are in the database."""
    found = sa.inspect(owner).get_multi_columns()
    return {name: {column["name"] for column in columns} for (_, name), columns in found.items()}


def bring_to(owner: sa.Engine, units: Sequence[Unit], step: Step) -> None:
    """Make the tables of an empty database those from before a step: the core's, then this plugin's."""
    if step.unit is not units[0]:
        upgrade(owner, units[:1])
    if step.before is not None:
        with owner.begin() as connection:
            command.upgrade(step.unit.config(connection), step.before)


def fill(owner: sa.Engine, rows: Rows) -> int:
    """Put in what of the rows the tables can hold; answers how many."""
    columns, done = _columns(owner), 0
    with owner.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # rows come in any order
        for table in Base.metadata.sorted_tables:
            held = [{name: row[name] for name in row if name in columns[table.name]}
                    for row in rows.get(table.name, ()) if table.name in columns]  # fmt: skip
            if held:
                connection.execute(sa.insert(table), held)
                done += len(held)
    return done


def everything(owner: sa.Engine) -> list[Any]:
    """The whole schema, its guards, and every row."""
    with owner.connect() as connection:
        asked = (OF_SQLITE,) if connection.dialect.name == "sqlite" else OF_POSTGRESQL
        schema = [connection.exec_driver_sql(each).all() for each in asked]
    return [*schema, rows_of(owner)]
