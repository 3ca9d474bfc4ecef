"""Columns read as the text that a hash is made of: the same on both databases, and without objects in between.

`sa.type_coerce(column, SpeltId())` is 32 hexadecimal digits; `SpeltMoment()` is UTC to the microsecond, 26 letters,
just as SQLite keeps it. Reading a million rows for their hashes takes a third of the time that way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

Reader = Callable[[Any], Any]
SPELLING = "%Y-%m-%d %H:%M:%S.%f"


class SpeltId(sa.types.TypeDecorator[str]):
    """An Id as its hexadecimal digits."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Uuid() if dialect.name == "postgresql" else sa.LargeBinary(16))

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Reader:
        return _digits_of_uuid if dialect.name == "postgresql" else _digits_of_bytes


class SpeltMoment(sa.types.TypeDecorator[str]):
    """A Moment as its text."""

    impl = sa.String()
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        kept = sa.DateTime(timezone=True) if dialect.name == "postgresql" else sa.String()
        return dialect.type_descriptor(kept)

    def result_processor(self, dialect: sa.Dialect, _coltype: object) -> Reader | None:
        return _text_of if dialect.name == "postgresql" else None


def moment_of(text: str) -> datetime:
    """The moment that was spelt so; raises ValueError for text that is none."""
    return datetime.strptime(text, SPELLING).replace(tzinfo=UTC)


def _digits_of_bytes(value: Any) -> str | None:
    return None if value is None else value.hex()


def _digits_of_uuid(value: Any) -> str | None:
    return None if value is None else value.hex


def _text_of(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
