"""Inserts rows past the session's unit of work: many of them, or the one that every form writes.

They are stamped and guarded as the session would; what it has not flushed yet is not there for them to point at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import WROTE, Base, OfPartner, Recorded
from systems_changers.infra.errors import OtherPartner

Values = Mapping[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Values]) -> None:
    """Insert rows that all name the same columns; partner, makers and defaults are filled in.

    Raises OtherPartner; ValueError for columns that differ from row to row or aren't the table's, and for moments
    without a zone; RuntimeError in a session for reading. On PostgreSQL many rows are one statement with one
    parameter: row by row, each would be sent and planned anew.
    """
    if not rows:
        return
    if not session.info["write"]:
        raise RuntimeError("rows are written in a write scope")
    stamp, table = _stamp(session, model), _table(model)
    stamped = [{**stamp, **row} for row in rows]
    names = stamped[0].keys()
    if any(row.keys() != names for row in stamped) or not names <= set(table.columns.keys()):
        message = f"rows of {table.name} name its columns, each the same"
        raise ValueError(message)
    if "partner_id" in stamp and any(row["partner_id"] != stamp["partner_id"] for row in stamped):
        raise OtherPartner(model.__name__)
    connection = session.connection()
    session.info[WROTE] = session.get_transaction()
    if len(stamped) == 1:
        connection.execute(_insert_into(model), stamped[0])
    elif connection.dialect.name != "postgresql" or not _insert_as_one(connection, table, stamped):
        connection.execute(_insert_into(model), stamped)


def _stamp(session: Session, model: type[Base]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if issubclass(model, OfPartner):
        made["partner_id"] = session.info["partner_id"]
        if made["partner_id"] is None:
            raise OtherPartner(model.__name__)
    if issubclass(model, Recorded):
        made["created_by"] = made["updated_by"] = session.info["account_id"]
    return made


def _table(model: type[Base]) -> sa.Table:
    return cast("sa.Table", model.__table__)


@lru_cache(maxsize=256)
def _insert_into(model: type[Base]) -> sa.Insert:
    return sa.insert(_table(model))


def _insert_as_one(connection: sa.Connection, table: sa.Table, rows: Sequence[Values]) -> bool:
    """Whether it could be done: JSON has two kinds of nothing, and its text no NUL, which only binding tells apart."""
    whole = [{**_defaults(table), **row} for row in rows]
    documents = [column.key for column in table.columns if isinstance(column.type, sa.JSON) and column.key in whole[0]]
    given = json.dumps(whole, default=_as_json)
    if any(row[name] is None for row in whole for name in documents) or "\\u0000" in given:
        return False
    connection.execute(_insert_recordset(table, tuple(whole[0])), {"given": given})
    return True


@lru_cache(maxsize=64)
def _insert_recordset(table: sa.Table, names: tuple[str, ...]) -> sa.Insert:
    columns = [sa.column(name, table.columns[name].type) for name in names]
    given = sa.cast(sa.bindparam("given", type_=sa.Text()), sa.JSON())
    rows = sa.func.json_to_recordset(given).table_valued(*columns).render_derived(with_types=True)
    return sa.insert(table).from_select(names, sa.select(*rows.c), include_defaults=False)


def _defaults(table: sa.Table) -> dict[str, Any]:
    """What the columns would be given by themselves, made anew for each row."""
    made: dict[str, Any] = {}
    for column in table.columns:
        default = cast("Any", column.default)
        if default is not None:
            made[column.name] = default.arg(None) if default.is_callable else default.arg
    return made


def _as_json(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    if isinstance(value, date):
        return value.isoformat()
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)
