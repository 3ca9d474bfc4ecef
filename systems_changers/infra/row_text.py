"""A row as a line of JSON that means the same on every database, and back.

A column that isn't in the line is NULL, so that `null` in a JSON column can be the null of JSON: another thing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from systems_changers.infra.db import Id, Moment

Line = dict[str, Any]
"""A row as JSON says it, by the names of its columns."""
LONGEST_LINE = 1 << 26


class _Kind(NamedTuple):
    """How values of a type are said, how they are understood, and what they are in JSON."""

    say: Callable[[Any], Any]
    understand: Callable[[Any], Any]
    said_as: type | tuple[type, ...] = str


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _itself(value: Any) -> Any:
    return value


KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], _Kind], ...] = (
    (Id, _Kind(str, UUID)),
    (Moment, _Kind(lambda value: value.astimezone(UTC).isoformat(), _moment)),
    (sa.JSON, _Kind(json.loads, _itself, object)),
    (sa.Boolean, _Kind(_itself, _itself, bool)),
    (sa.DateTime, _Kind(datetime.isoformat, datetime.fromisoformat)),
    (sa.Date, _Kind(date.isoformat, date.fromisoformat)),
    (sa.Time, _Kind(time.isoformat, time.fromisoformat)),
    (sa.Interval, _Kind(timedelta.total_seconds, lambda value: timedelta(seconds=value), (int, float))),
    (sa.LargeBinary, _Kind(lambda value: base64.b64encode(value).decode(), _bytes)),
    (sa.Uuid, _Kind(str, UUID)),
    (sa.Float, _Kind(_itself, float, (int, float))),
    (sa.Numeric, _Kind(str, Decimal)),
    (sa.Integer, _Kind(_itself, _itself, int)),
    (sa.String, _Kind(_itself, _itself)),
)


def _kind(column: sa.Column[Any]) -> _Kind:
    for type_, kind in KINDS:
        if isinstance(column.type, type_):
            return kind
    message = f"{column} is of a type that is not carried between databases"
    raise TypeError(message)


def as_read(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """The column as `line_of` wants it: JSON by its text, which alone tells NULL from the null of JSON."""
    return sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, sa.JSON) else column


def line_of(columns: Iterable[sa.Column[Any]], row: Mapping[str, Any]) -> Line:
    """A row that was read by `as_read`. Raises TypeError for a column of a type that can't be carried."""
    given = ((column, row[column.name]) for column in columns)
    return {column.name: _kind(column).say(value) for column, value in given if value is not None}


def values_of(columns: Iterable[sa.Column[Any]], line: Line) -> dict[str, Any]:
    """What to write for a line. Raises ValueError where a value isn't of its column's type."""
    return {column.name: _value(column, line) for column in columns}


def _value(column: sa.Column[Any], line: Line) -> Any:
    in_json = isinstance(column.type, sa.JSON)
    if column.name not in line:
        return sa.null() if in_json else None
    kind, said = _kind(column), line[column.name]
    if in_json:
        return sa.JSON.NULL if said is None else said
    if not isinstance(said, kind.said_as) or (isinstance(said, bool) and kind.said_as is not bool):
        raise ValueError(column.name)
    try:
        return kind.understand(said)
    except (ValueError, TypeError, OverflowError, InvalidOperation, binascii.Error):
        raise ValueError(column.name) from None


def written(line: Line) -> bytes:
    """A line as it stands in a file."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def lines_in(pieces: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a file, one at a time. Raises ValueError for what is none, and for one of over 64 MB."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        if len(held) > LONGEST_LINE:
            raise ValueError("a line is too long")
        for each in whole:
            yield _line(each)
    if held:
        yield _line(held)


def _line(text: bytes) -> Line:
    found = json.loads(text.decode("utf-8", "surrogatepass"))
    if not isinstance(found, dict):
        raise ValueError("a line is no row")  # noqa: TRY004 - callers ask whether the text is right, not its type
    return found
