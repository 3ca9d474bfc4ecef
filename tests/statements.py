"""What is sent to the database meanwhile, so that a page's cost can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy import event


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements sent meanwhile, without BEGIN (nor the naming of the partner that goes with it) and COMMIT."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
