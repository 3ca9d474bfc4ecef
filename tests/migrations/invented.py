"""Rows as a busy instance has them: one for each of two invented partners in every table of the kit and its plugins.

They are the same each time they are made, and made from the tables alone, so that a new table joins by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.infra.db import Base, Id, Moment
from systems_changers.infra.files import address_in
from tests.isolation.every_table import SIDES, Row, Rows, places

FIRST = 0x019CA8E2_0C00_7000_8000_000000000000
"""A UUIDv7 of 1 March 2026; the others count from it."""
PLUGINS = dict(zip(SIDES, ("corra-scotland", "childrens-society"), strict=True))
SEALED_LATER = frozenset({"audit_link", "operator_audit_link"})
"""Seals that were made up would be none: the kit makes them of what is recorded."""
ONE_ROW = frozenset({"instance"})
NEVER = frozenset({"disabled_at", "revoked_at", "left_at", "ended_on", "lifted"})
"""What would put an end to what the row says."""
ANYWHERE: Row = {"locale": "en_GB", "time_zone": "Europe/London"}
AS_THEY_ARE: Mapping[str, Row] = {
    "account": {"is_operator": False},
    "cohort": {"state": "running"},
    "cohort_person": {"part": "facilitator", "state": "confirmed"},
    "experiment_share": {"audience": "person", "fields": ["learning"]},
    "experiment_step": {"from_state": "noticing", "to_state": "framed"},
    "instance": {"kind": "real", "name": "Two Trusts"},
    "membership": {"role": "administrator"},
    "outbox": {"kind": "mail"},
    "partner": {"plugins": sorted(PLUGINS.values())},
    "session_record": {"sealed_by": "kit"},
    "sharing_agreement": {"indicators": []},
    "stored_file": {"media_type": "text/plain"},
    "subject_request": {"kind": "access"},
    "summary_fact": {"status": "reported"},
    "token": {"purpose": "invitation"},
    "tombstone": {"kind": "person"},
    "childrens_society_safeguarding_review": {"session_id": None},
}
"""Words that the kit itself would have written, where a made-up one would be none."""


def content_of(mark: str) -> bytes:
    """What a partner's one file holds."""
    return f"What {mark} saw at the harbour\n".encode()


def of_partner(table: sa.Table, mark: str) -> Row:
    """Values that tell the two partners apart as people would."""
    values: dict[str, Row] = {
        "partner": {"slug": mark.lower(), "name": f"{mark} Trust"},
        "person": {"name": f"Morag {mark}", "email": f"morag@{mark.lower()}.example"},
        "account": {"email": f"morag@{mark.lower()}.example"},
        "partner_domain": {"host": f"{mark.lower()}.example"},
        "known_plugin": {"slug": PLUGINS[mark]},
        "plugin_fault": {"plugin": PLUGINS[mark]},
        "plugin_setting": {"plugin": PLUGINS[mark]},
        "tombstone": {"salt": address_in(mark.encode())[:32], "digest": address_in(content_of(mark))},
        "stored_file": {"sha256": address_in(content_of(mark)), "size": len(content_of(mark))},
    }
    return values.get(table.name, {})


@dataclass
class Invented(Rows):
    """The rows; `of` finds a partner's row of a table."""

    ids: Iterator[UUID] = field(default_factory=lambda: (UUID(int=FIRST + number) for number in count()))
    known: set[UUID] = field(default_factory=set)

    def new(self, table: sa.Table, mark: str) -> Row:
        row = super().new(table, mark)
        for column in table.columns:
            row.update(self._plain(table, column, row.get(column.name)))
        return row | {**AS_THEY_ARE.get(table.name, {}), **of_partner(table, mark)}

    def _plain(self, table: sa.Table, column: sa.Column[Any], value: Any) -> Row:
        """A value in place of a made-up one: an identifier that is the same each time, or what a new row has."""
        if isinstance(value, UUID) and value not in self.known:
            self.known.add(made := next(self.ids))
            return {column.name: made}
        if column.name in NEVER:
            return {column.name: False if isinstance(column.type, sa.Boolean) else None}
        if column.name in ANYWHERE:
            return {column.name: ANYWHERE[column.name]}
        if column.name in {"extra", *places(table)} or isinstance(column.type, Id | Moment):
            return {}
        return _by_default(column)

    def by_table(self) -> dict[str, Sequence[Row]]:
        """Every row, tables in the order in which they can be filled."""
        found = {}
        for table in self.metadata.sorted_tables:
            first, second = (self.made[mark, table.name] for mark in SIDES)
            found[table.name] = [first] if first is second or table.name in ONE_ROW else [first, second]
        return {name: rows for name, rows in found.items() if name not in SEALED_LATER}


def _by_default(column: sa.Column[Any]) -> Row:
    default = column.default
    if isinstance(default, sa.ColumnDefault):
        return {column.name: default.arg(None) if default.is_callable else default.arg}
    return {}


def invented() -> Invented:
    """The rows for every table that is known here."""
    return Invented(Base.metadata)
