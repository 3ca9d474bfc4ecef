"""Tells a database that can't be used just now from a mistake in the program: the first is over by itself some time.

What is wrong with a statement is never taken for it: on SQLite a missing table is an OperationalError, too.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc

from systems_changers.infra.disk import is_full
from systems_changers.infra.text import Message, msg

SECONDS = 5
"""After which it is worth trying again."""
GONE = msg("The data can't be reached just now. Please try again in a moment.")
NO_ROOM = msg(
    "There is no room left to keep this. Whoever runs the kit has to make room; what was kept before is still there."
)
_SQLITE_FULL = 13
_SQLITE = frozenset({5, 6, 7, 8, 10, _SQLITE_FULL, 14, 15})
"""Busy, locked, no memory, read-only, input or output, full, can't open, locking: sqlite.org/rescode.html."""
_PG_FULL = "53100"


def away(error: BaseException) -> Message | None:
    """What to say of an error that trying again may mend; None for any other."""
    if isinstance(error, exc.TimeoutError) or is_broken(error):
        return GONE
    if isinstance(error, exc.DBAPIError):
        return _of_database(error.orig, operational=isinstance(error, exc.OperationalError))
    if isinstance(error, OSError) and is_full(error):
        return NO_ROOM
    return None


def is_broken(error: BaseException) -> bool:
    """Whether the connection itself is gone, and another may be good: what only reads can be done again at once."""
    return isinstance(error, exc.DBAPIError) and error.connection_invalidated


def _of_database(error: Any, *, operational: bool) -> Message | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        primary = code & 0xFF
        return (NO_ROOM if primary == _SQLITE_FULL else GONE) if primary in _SQLITE else None
    if not operational or not hasattr(error, "sqlstate"):
        return None
    state: str | None = error.sqlstate
    return NO_ROOM if state == _PG_FULL else GONE
