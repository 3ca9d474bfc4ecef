"""Inserts rows past the session's unit of work: many of them, or the one that every form writes.

They are stamped and guarded as the session would; what it has not flushed yet is not there for them to point at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import Base, OfPartner, Recorded
from systems_changers.infra.errors import OtherPartner

Row = Mapping[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that all name the same columns; partner, makers and defaults are filled in. Raises OtherPartner.

    On PostgreSQL many rows are one statement with one parameter: row by row, each would be sent and planned anew.
    """
    stamp, connection = _stamp(session, model), session.connection()
    stamped = [{**stamp, **row} for row in rows]
    if issubclass(model, OfPartner) and any(row["partner_id"] != stamp["partner_id"] for row in stamped):
        raise OtherPartner(model.__name__)
    if not stamped:
        return
    if len(stamped) > 1 and connection.dialect.name == "postgresql":
        _insert_as_one(connection, _table(model), stamped)
    else:
        connection.execute(_insert_into(model), stamped if len(stamped) > 1 else stamped[0])


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


def _insert_as_one(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    given = json.dumps([{**_defaults(table), **row} for row in rows], default=_as_json)
    whole = f'INSERT INTO "{table.name}" SELECT * FROM json_populate_recordset(NULL::"{table.name}", %s)'  # noqa: S608 - the name is a model's
    connection.exec_driver_sql(whole, (given,))


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
    if isinstance(value, date):
        return value.isoformat()
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)
