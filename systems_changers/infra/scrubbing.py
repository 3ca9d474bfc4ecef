"""Leaves nothing of a deleted row in SQLite's files: pages are overwritten, and the log beside them is emptied.

PostgreSQL keeps dead rows until it vacuums; no dump and no query shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

BUSY_SECONDS = 0.5


def scrub_after_commit(session: Session) -> None:
    """Once this session commits, bring the write-ahead log into the database and empty it."""
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        after_commit(session, lambda: empty_log(engine))


def after_commit(session: Session, work: Callable[[], object]) -> None:
    """Do something once this session commits, and never if it doesn't."""
    event.listen(session, "after_commit", lambda _session: work(), once=True)


def empty_log(engine: sa.Engine) -> bool:
    """Whether the log could be emptied; somebody who reads at the same moment puts it off to the next time."""
    import sqlite3  # slow: not loaded beside PostgreSQL

    with closing(sqlite3.connect(str(engine.url.database), timeout=BUSY_SECONDS)) as beside:
        beside.execute("PRAGMA secure_delete=ON")
        (busy, _pages, _moved) = beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
