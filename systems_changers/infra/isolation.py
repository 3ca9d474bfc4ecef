"""Keeps partners apart in the database itself, so that a forgotten filter shows nothing instead of everything.

The partner comes from the session that begins the transaction and from nowhere else: a bare connection sees no
partner's rows. How each database does it stands in `isolation_sqlite` (temp views, triggers, authorizer) and
`isolation_postgresql` (row security).

A table that is not keyed by partner is the kit's alone: read and changed in sessions outside any partner, or while
`as_the_kit` holds. READ_BY lets EVERYBODY read it, or each partner the rows that name it in a column; ADDED_BY lets
each partner add rows that name it. Rows of one marked APPEND_ONLY are added, and changed by the owner alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from systems_changers.infra import isolation_postgresql, keyholes_postgresql
from systems_changers.infra.db import (
    ADDED_BY,
    APPEND_ONLY,
    BY_ACCOUNT,
    EVERYBODY,
    READ_BY,
    ROLLUP,
    Base,
    OfPartner,
    PartnerSession,
)
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.log import log
from systems_changers.infra.text import Message

__all__ = [
    "ADDED_BY",
    "APPEND_ONLY",
    "BY_ACCOUNT",
    "EVERYBODY",
    "READ_BY",
    "ROLLUP",
    "across_all_partners_for",
    "arm",
    "as_the_kit",
    "install",
]


_AS_KIT = "sc_as_kit"


def install(engine: sa.Engine, metadata: sa.MetaData = Base.metadata) -> None:
    """Arm every connection and transaction of the application's engine.

    `metadata` is read when a connection opens, so every model must be imported by then; a table that is not in it
    cannot be read at all. What the database refuses for a partner's sake is raised as `BeyondPartner`.
    """
    _way_of(engine.dialect).install(engine, metadata)
    event.listen(engine, "handle_error", _explain)


class _Way(Protocol):
    """What keeping partners apart asks of the module of each database."""

    def install(self, engine: sa.Engine, metadata: sa.MetaData, /) -> None: ...
    def enter(self, connection: sa.Connection, partner_id: UUID | None, account_id: UUID | None) -> None: ...
    def act(self, connection: sa.Connection, *, as_kit: bool) -> None: ...
    def refusal(self, error: BaseException | None) -> Message | None: ...
    def arming(self, tables: Iterable[sa.Table], present: Iterable[str], /) -> Iterator[str]: ...
    def open_door(self, engine: sa.Engine, metadata: sa.MetaData, /) -> AbstractContextManager[sa.Connection]: ...


def _way_of(dialect: sa.Dialect) -> _Way:
    if dialect.name == "postgresql":
        return isolation_postgresql
    from systems_changers.infra import isolation_sqlite  # slow: not loaded beside PostgreSQL

    return isolation_sqlite


@event.listens_for(PartnerSession, "after_begin")
def _enter(session: Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    if not transaction.nested:
        session.info[_AS_KIT] = False
        _way_of(connection.dialect).enter(connection, session.info["partner_id"], session.info["account_id"])


@contextmanager
def as_the_kit(session: Session) -> Iterator[None]:
    """Let a partner's transaction read and change what is the kit's alone, until the block or the transaction ends.

    For the kit's own services, which a test lists; no plugin's code runs inside, and the toolkit doesn't export it.
    What the session had yet to write goes out before, with the partner's own rights; what the block changed is flushed
    at its end, and the session forgets the rows that its partner may not read. Outside any partner, and inside another
    such block, it does nothing.
    """
    if session.info["partner_id"] is None or session.info.get(_AS_KIT):
        yield
        return
    if session.info["write"]:
        session.flush()
    _forget_kits_rows(session)
    connection = session.connection()
    way = _way_of(connection.dialect)
    way.act(connection, as_kit=True)
    session.info[_AS_KIT] = True
    try:
        yield
        if session.info["write"]:
            session.flush()
    finally:
        session.info[_AS_KIT] = False
        way.act(connection, as_kit=False)
        _forget_kits_rows(session)


def _forget_kits_rows(session: Session) -> None:
    for row in (*session.new, *session.identity_map.values()):
        if not _may_keep(row, session.info["partner_id"]):
            session.expunge(row)


def _may_keep(row: object, partner_id: UUID) -> bool:
    """By what is loaded, because a row that expired would be asked for again."""
    if isinstance(row, OfPartner):
        return True
    state = sa.inspect(row)
    table = state.mapper.local_table
    named = table.info.get(READ_BY) if isinstance(table, sa.Table) else None
    return named == EVERYBODY or (named is not None and state.dict.get(named) == partner_id)


def arm(connection: sa.Connection, metadata: sa.MetaData = Base.metadata) -> None:
    """Put triggers (SQLite) or policies and grants (PostgreSQL) on every table that exists; safe to repeat.

    Run as the owner after every migration, in the same transaction: a table is never granted before it is guarded.
    """
    present = set(sa.inspect(connection).get_table_names())
    tables = [table for table in metadata.tables.values() if table.name in present]
    for statement in _way_of(connection.dialect).arming(tables, sorted(present)):
        connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        for statement in keyholes_postgresql.functions(metadata):
            connection.exec_driver_sql(statement)


@contextmanager
def across_all_partners_for(
    engine: sa.Engine, reason: str, metadata: sa.MetaData = Base.metadata
) -> Iterator[sa.Connection]:
    """A read-only connection to the tables marked ROLLUP, with every partner's rows, and to nothing else.

    `reason` is written to the log. The callers of this function are listed by a test; the toolkit doesn't export it.
    """
    if not reason.strip():
        raise ValueError("the door across partners needs a reason")
    log.info("the door across partners was opened", reason=reason)
    with _way_of(engine.dialect).open_door(engine, metadata) as connection:
        yield connection


def _explain(context: sa.ExceptionContext) -> None:
    why = _way_of(context.dialect).refusal(context.original_exception)
    if why is not None:
        raise BeyondPartner(why) from context.original_exception
