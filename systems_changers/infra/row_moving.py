"""Reads all rows of one partner, a table at a time, and lets rows from elsewhere meet those that are here.

It works inside the partner's own session, so the database itself refuses what is another partner's. Memory holds a page
of rows, however many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import APPEND_ONLY, WROTE, PartnerSession, open_session
from systems_changers.infra.row_text import Line, as_read, line_of, values_of

PAGE = 500


def open_snapshot(engine: sa.Engine, partner_id: UUID) -> PartnerSession:
    """A session for reading a partner as it is at one moment, whatever others write meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return open_session(engine, partner_id)


def key_of(table: sa.Table) -> sa.Column[Any]:
    """What tells a partner's rows of the table apart; raises ValueError where it is more than one column."""
    (key,) = (column for column in table.primary_key if column.name != "partner_id")
    return key


def pages_of(session: Session, table: sa.Table, columns: Sequence[sa.Column[Any]] = ()) -> Iterator[list[Line]]:
    """The session's partner's rows in the order of their key, up to 500 at a time."""
    read, key, last = columns or tuple(table.columns), key_of(table), None
    wanted = sa.select(*map(as_read, read)).where(table.c.partner_id == session.info["partner_id"])
    while True:
        page = wanted if last is None else wanted.where(key > last)
        rows = session.execute(page.order_by(key).limit(PAGE)).mappings().all()
        if rows:
            yield [line_of(read, dict(row)) for row in rows]
        if len(rows) < PAGE:
            return
        last = rows[-1][key.name]


# --- rows from elsewhere ---


@dataclass
class Met:
    """What became of rows: made, changed, the same already, or left as they are here, which is newer or differs."""

    new: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    wrong: list[str] = field(default_factory=list)

    def __add__(self, other: Met) -> Met:
        return Met(self.new + other.new, self.changed + other.changed, self.same + other.same,
                   self.kept + other.kept, self.wrong + other.wrong)  # fmt: skip


@dataclass(frozen=True)
class Meeting:
    """A table whose rows come from elsewhere with these columns; of `held` what is here stays once there is a row."""

    session: Session
    table: sa.Table
    columns: Sequence[sa.Column[Any]]
    held: Collection[str] = ()

    @property
    def changes(self) -> bool:
        """Whether rows of the table are ever changed: they say which version they are of."""
        return "version" in self.table.columns and APPEND_ONLY not in self.table.info

    def bring(self, lines: Iterable[Line]) -> Met:
        """Write the lines: what isn't here is made, what has a higher `version` is changed, nothing is deleted.

        Everything that was written is read back; `Met.wrong` names what came out otherwise. Raises ValueError for a
        value that isn't of its column's type, and what the database raises.
        """
        met = Met()
        following = iter(lines)
        while page := list(islice(following, PAGE)):
            met += self._page(page)
        return met

    def _page(self, page: Sequence[Line]) -> Met:
        here, made, changed, met = self.here(page), [], [], Met()
        for line in page:
            known = here.get(line[key_of(self.table).name])
            wanted = line if known is None else self._with_held(line, known)
            if known is None:
                made.append(wanted)
            elif known == wanted:
                met.same += 1
            elif self.changes and wanted.get("version", 0) > known.get("version", 0):
                changed.append(wanted)
            else:
                met.kept += 1
        self._write(made, changed)
        met.new, met.changed = len(made), len(changed)
        key = key_of(self.table).name
        after = self.here([*made, *changed]) if made or changed else {}
        met.wrong = [line[key] for line in (*made, *changed) if after.get(line[key]) != line]
        return met

    def here(self, lines: Sequence[Line]) -> Mapping[str, Line]:
        """The rows that are here with the lines' keys, by key as a line says it."""
        key = key_of(self.table)
        ids = [values_of([key], line)[key.name] for line in lines]
        wanted = sa.select(*map(as_read, self.columns)).where(
            self.table.c.partner_id == self.session.info["partner_id"], key.in_(ids)
        )
        found = (line_of(self.columns, dict(row)) for row in self.session.execute(wanted).mappings())
        return {line[key.name]: line for line in found}

    def _with_held(self, line: Line, known: Line) -> Line:
        there = {name: value for name, value in line.items() if name not in self.held}
        return {**there, **{name: known[name] for name in self.held if name in known}}

    def _write(self, made: Sequence[Line], changed: Sequence[Line]) -> None:
        connection = self.session.connection()
        self.session.info[WROTE] = self.session.get_transaction()
        if made:
            connection.execute(sa.insert(self.table), [values_of(self.columns, line) for line in made])
        keys = list(self.table.primary_key)
        for line in changed:
            values = values_of(self.columns, line)
            row = [column == values.pop(column.name) for column in keys]
            connection.execute(sa.update(self.table).where(*row).values(values))
