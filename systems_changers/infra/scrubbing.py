"""Leaves nothing of a deleted row in SQLite's files: pages are overwritten, and the log beside them is emptied.

That the log waits to be emptied stands in a file beside the database from before the commit on, so that neither a
reader who is in the way nor a crash lets it be forgotten. PostgreSQL keeps dead rows until it vacuums; no dump and no
query shows them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

BUSY_SECONDS = 0.5
WAITS = "-log-waits"
"""What follows the database's name in the name of the file that says since when its log waits."""


def scrub_after_commit(session: Session) -> None:
    """Once this session commits, bring the write-ahead log into the database and empty it.

    What can't be done then is done by `empty_waiting_log`. Raises OSError where the disk takes no note of it.
    """
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite":
        _note(engine).touch(mode=0o600)
        after_commit(session, lambda: empty_log(engine))


def after_commit(session: Session, work: Callable[[], object]) -> None:
    """Do something once this session commits, and never if it doesn't."""
    event.listen(session, "after_commit", lambda _session: work(), once=True)


def empty_log(engine: sa.Engine) -> bool:
    """Whether the log could be emptied; where somebody reads at the same moment it waits for the next time."""
    import sqlite3  # slow: not loaded beside PostgreSQL

    note = _note(engine)
    try:
        with closing(sqlite3.connect(str(engine.url.database), timeout=BUSY_SECONDS)) as beside:
            beside.execute("PRAGMA secure_delete=ON")
            (busy, _pages, _moved) = beside.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        busy = True
    with suppress(OSError):  # what was deleted stays deleted, whether or not the disk takes a note
        if busy and not note.exists():  # another erasure has taken it away meanwhile
            note.touch(mode=0o600)
        elif not busy:
            note.unlink(missing_ok=True)
    return not busy


def empty_waiting_log(engine: sa.Engine) -> None:
    """Empty the log if it waits for that since an erasure."""
    if waits_to_be_emptied(engine) is not None:
        empty_log(engine)


def waits_to_be_emptied(engine: sa.Engine) -> datetime | None:
    """Since when the log holds what was erased; None where it doesn't."""
    if engine.dialect.name != "sqlite":
        return None
    try:
        return datetime.fromtimestamp(_note(engine).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _note(engine: sa.Engine) -> Path:
    return Path(f"{engine.url.database}{WAITS}")
