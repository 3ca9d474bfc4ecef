"""A transaction of its own, for what must be kept whatever becomes of the request: rate limits, plugins' faults.

SQLite has one writer, so a session that has changed nothing yet lets go of its lock first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import WRITES_SOON, WROTE, PartnerSession, open_session, using
from systems_changers.infra.isolation_postgresql import OWN_WORDS


def inserting(dialect: sa.Dialect, model: type[Any]) -> Any:
    """An insert that can turn into an update where the row is there already (`on_conflict_do_update`)."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_there  # slow: not loaded beside SQLite

        return insert_there(model)
    from sqlalchemy.dialects.sqlite import insert as insert_here  # slow: not loaded beside PostgreSQL

    return insert_here(model)


def one_at_a_time(session: Session, what: str) -> None:
    """Wait until no other transaction of this partner does this, and be alone with it until this one ends.

    SQLite has one writer anyway; on PostgreSQL it is a lock that no row has to stand for.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        named = hashlib.blake2b(f"{session.info['partner_id']} {what}".encode(), digest_size=8).digest()
        lock = sa.select(sa.func.pg_advisory_xact_lock(int.from_bytes(named, "big", signed=True)))
        connection.execute(lock, execution_options=OWN_WORDS)


@contextmanager
def apart(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to the kit's own tables in a transaction that is committed at the end."""
    with using(open_session(engine, None, write=True)) as outside:
        yield outside.connection()
        outside.commit()


@contextmanager
def apart_from(session: Session) -> Iterator[sa.Connection]:
    """The same, on the session's engine.

    The session must not have changed anything yet: its transaction ends here, and its next statement begins another.
    Raises RuntimeError where that would lose something.
    """
    wrote = session.info.get(WROTE)
    if session.new or session.dirty or session.deleted or (wrote is not None and wrote is session.get_transaction()):
        raise RuntimeError("a limit is asked before anything is changed")
    session.rollback()
    with apart(session.get_bind().engine) as connection:
        yield connection


@contextmanager
def read_as(session: Session, account_id: UUID | None) -> Iterator[PartnerSession]:
    """A session for reading beside this one, outside any partner, with an account's own rights.

    It sees what was committed before; the session beside it may be in the middle of writing.
    """
    engine = session.get_bind().engine.execution_options(**{WRITES_SOON: False})
    with using(open_session(engine, None, account_id=account_id)) as outside:
        yield outside
