"""Opens databases: SQLite beside one process, PostgreSQL for several, both safe against a power cut.

The application's engine is always isolated; only migrations get the owner's.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError

from systems_changers.infra import isolation
from systems_changers.infra.db import Base
from systems_changers.infra.roles import check_app_cursor

BUSY_MILLISECONDS = 5000
IDLE_SECONDS = 1.0
_USED = "sc_used"


def open_engine(url: str | sa.URL, metadata: sa.MetaData = Base.metadata) -> sa.Engine:
    """The application's engine, isolated by partner.

    On PostgreSQL `url` must name the application's role: the first connection raises Misconfigured for one that could
    see more.
    """
    url = sa.make_url(url)
    engine = sa.create_engine(url, pool_use_lifo=True, **_options(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _pragmas)
    else:
        event.listen(engine, "first_connect", _check_role)
        ask_the_idle(engine)
    event.listen(engine, "checkin", _end_what_was_left_open)
    isolation.install(engine, metadata)
    return engine


def one_read(engine: sa.Engine) -> sa.Connection:
    """A connection for a single statement outside any session, such as a keyhole's.

    Outside a transaction on PostgreSQL, where beginning and ending one are two round trips more.
    """
    connection = engine.connect()
    if engine.dialect.name == "postgresql":
        connection.execution_options(isolation_level="AUTOCOMMIT")
    return connection


def open_owner_engine(url: str | sa.URL, **options: Any) -> sa.Engine:
    """The owner's engine, for migrations and arming alone: it sees every row. `options` go to SQLAlchemy."""
    url = sa.make_url(url)
    engine = sa.create_engine(url, **{"poolclass": sa.NullPool} | _options(url) | options)
    if engine.dialect.name == "sqlite":
        from systems_changers.infra.isolation_sqlite import connect_unguarded  # slow: not loaded beside PostgreSQL

        event.listen(engine, "connect", connect_unguarded)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    else:
        event.listen(engine, "connect", _as_owner)
    return engine


def _as_owner(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET app.owner = 'yes'")
    connection.commit()


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        from systems_changers.infra.isolation_sqlite import PartnerConnection  # slow: not loaded beside PostgreSQL

        connect = {
            "factory": PartnerConnection,
            "isolation_level": None,
            "cached_statements": 512,
            "check_same_thread": False,
            "timeout": BUSY_MILLISECONDS / 1000,
        }
        return {"connect_args": connect}
    return {"connect_args": {"prepare_threshold": None}}


def ask_the_idle(engine: sa.Engine) -> None:
    """Ask a connection whether it still lives once it has rested for a second, not each time: that is a round trip."""

    def rested(_connection: Any, record: Any) -> None:
        record.info[_USED] = time.monotonic()

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get(_USED, 0.0) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "connect", rested)
    event.listen(engine, "checkin", rested)
    event.listen(engine, "checkout", taken)


def _end_what_was_left_open(connection: Any, _record: object) -> None:
    """End a transaction that a listener left open by failing as it ended: the pool doesn't look, and it keeps locks."""
    if connection is not None and _is_open(connection):
        with suppress(connection.Error):
            connection.rollback()


def _is_open(connection: Any) -> bool:
    if hasattr(connection, "in_transaction"):
        return bool(connection.in_transaction)
    status = connection.info.transaction_status
    return status in {status.INTRANS, status.INERROR}


def _pragmas(connection: Any, _record: object) -> None:
    # synchronous=NORMAL loses acknowledged writes when the power goes; FULL does not.
    # Without recursive_triggers a REPLACE deletes past the triggers that keep partners apart.
    # Without secure_delete the words of somebody who was erased stay in the file until their place is used again.
    safe = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "secure_delete=ON")
    for pragma in (*safe, f"busy_timeout={BUSY_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _check_role(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        check_app_cursor(cursor)
    connection.rollback()
