"""A transaction of its own, for what must be kept whatever becomes of the request: rate limits, plugins' faults.

SQLite has one writer, so a session that has changed nothing yet lets go of its lock first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

NOBODY = {"sc_partner": None, "sc_account": None, "sc_write": True}


@contextmanager
def apart(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to global tables in a transaction that is committed at the end."""
    with engine.execution_options(**NOBODY).connect() as connection, connection.begin():
        yield connection


@contextmanager
def apart_from(session: Session) -> Iterator[sa.Connection]:
    """The same, on the session's engine.

    The session must not have changed anything yet: its transaction ends here, and its next statement begins another.
    Raises RuntimeError where that would lose something.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a limit is asked before anything is changed")
    session.rollback()
    with apart(session.get_bind().engine) as connection:
        yield connection
