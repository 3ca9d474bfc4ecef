"""Rows for any schema: one a partner in every table that belongs to partners, made from the tables alone.

Checks are left out of the copied schema, because a made-up row knows nothing of states and kinds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from systems_changers.infra.db import ADDED_BY, EVERYBODY, READ_BY, Id, Moment, is_partner_table
from systems_changers.infra.identifiers import new_id

Row = dict[str, Any]
SIDES = ("Rowan", "Alder")


def owner_column(table: sa.Table) -> str | None:
    """The column that says whose row it is; None where none may be anybody's but the kit's."""
    if is_partner_table(table):
        return "partner_id"
    named = {table.info.get(mark) for mark in (READ_BY, ADDED_BY)} - {None, EVERYBODY}
    return named.pop() if named else None


def read_by_all(table: sa.Table) -> bool:
    """Whether every partner reads all of its rows."""
    return bool(table.info.get(READ_BY) == EVERYBODY)


def without_checks(metadata: sa.MetaData) -> sa.MetaData:
    """A copy to create the schema from."""
    copied = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        copy = table.to_metadata(copied)
        copy.constraints -= {each for each in copy.constraints if isinstance(each, sa.CheckConstraint)}
    return copied


def places(table: sa.Table) -> Iterator[str]:
    """The columns that number rows, no two of which may have the same place."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield from (each.name for each in constraint.columns if isinstance(each.type, sa.Integer))


def sample(column: sa.Column[Any], mark: str) -> Any:
    """A value of the column's type that carries the mark wherever it can."""
    kind = column.type
    if isinstance(kind, Id):
        return new_id()
    if isinstance(kind, Moment):
        return datetime(2026, 3, 1, 9, tzinfo=UTC)
    if isinstance(kind, sa.String):
        return f"{mark} {column.name}"[: kind.length or 200]
    samples: dict[type[sa.types.TypeEngine[Any]], Any] = {
        sa.JSON: {"text": mark},
        sa.Boolean: False,
        sa.Integer: 1,
        sa.Float: 1.0,
        sa.Date: date(2026, 3, 1),
        sa.LargeBinary: mark.encode(),
    }
    return next(value for each, value in samples.items() if isinstance(kind, each))


@dataclass
class Rows:
    """Made-up rows for a schema, parents first; `of` finds a partner's row of a table."""

    metadata: sa.MetaData
    made: dict[tuple[str, str], Row] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        partner = self.metadata.tables["partner"]
        self.made.update({(mark, "partner"): self.new(partner, mark) for mark in SIDES})
        for table in self.metadata.sorted_tables:
            if table is partner:
                continue
            shared = owner_column(table) is None and read_by_all(table)
            for mark in SIDES:
                first = self.made.get((SIDES[0], table.name))
                self.made[mark, table.name] = first if shared and first else self.new(table, mark)

    def of(self, table: sa.Table, mark: str) -> Row:
        return self.made[mark, table.name]

    def new(self, table: sa.Table, mark: str) -> Row:
        """One more row like the partner's, under a key of its own."""
        row = {column.name: sample(column, mark) for column in table.columns if column.name != "deleted_at"}
        for key in table.foreign_key_constraints:
            if key.referred_table is table:
                row.update(dict.fromkeys(set(key.column_keys) - {"partner_id"}))
                continue
            parent = self.made[mark, key.referred_table.name]
            row.update({element.parent.name: parent[element.column.name] for element in key.elements})
        if table.name != "partner" and (column := owner_column(table)):
            row[column] = self.made[mark, "partner"]["id"]
        return row | {name: next(self.numbers) for name in places(table)}

    def seed(self, owner: sa.Engine) -> None:
        """The same rows as at the start, whatever happened since."""
        with owner.begin() as connection:
            for table in reversed(self.metadata.sorted_tables):
                connection.execute(sa.delete(table))
            for table in self.metadata.sorted_tables:
                rows = [self.made[mark, table.name] for mark in SIDES]
                connection.execute(sa.insert(table), rows if rows[0] is not rows[1] else rows[:1])

    def stored(self, owner: sa.Engine, mark: str) -> dict[str, list[str]]:
        """What the database holds of one partner, and what is the kit's alone."""
        partner = self.made[mark, "partner"]["id"]
        with owner.connect() as connection:
            found = {
                table.name: connection.execute(
                    sa.select(table).where(table.c[column] == partner if (column := owner_column(table)) else sa.true())
                ).all()
                for table in self.metadata.sorted_tables
            }
        return {name: sorted(repr(tuple(row)) for row in rows) for name, rows in found.items()}


def changeable(table: sa.Table) -> sa.Column[Any]:
    """A column that is neither key nor foreign key, so that changing it meets no constraint; else the key."""
    keys = {column.name for column in table.primary_key} | {
        name for key in table.foreign_key_constraints for name in key.column_keys
    }
    unique = {column.name for index in table.indexes if index.unique for column in index.columns}
    unique |= {column.name for column in table.columns if column.unique}
    free = [column for column in table.columns if column.name not in keys | unique] or table.columns
    return next(column for column in free if isinstance(column.type, sa.String | Moment | sa.JSON | sa.Integer))


def changed(column: sa.Column[Any]) -> Row:
    """A value that the column did not have."""
    values = {sa.String: "taken", sa.Integer: 99, Moment: datetime(1999, 1, 1, tzinfo=UTC), sa.JSON: {"taken": True}}
    return {column.name: next(value for kind, value in values.items() if isinstance(column.type, kind))}


def where_key(table: sa.Table, row: Row) -> Iterator[sa.ColumnElement[bool]]:
    """The row, by its whole key."""
    for column in table.primary_key:
        yield column == row[column.name]
