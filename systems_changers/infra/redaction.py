"""Finds a person's name and addresses in words that others wrote, and takes them out.

A single name is not looked for: Hope or Joy would be taken out of everybody's sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

TAKEN_OUT = "[…]"
LEAST_DIGITS = 7
SHORTEST_TEXT = 60
AROUND = 80


def sought(name: str, emails: Iterable[str], phone: str | None = None) -> re.Pattern[str]:
    """What to look for: every address, a name of two words or more, a number of seven digits or more."""
    parts = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-])" for email in emails if email]
    words = name.split()
    if len(words) > 1:
        parts.append(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)")
    digits = re.findall(r"\d", phone or "")
    if len(digits) >= LEAST_DIGITS:
        parts.append(r"(?<!\d)" + r"[\s()./-]*".join(digits) + r"(?!\d)")
    return re.compile("|".join(parts) or "(?!)", re.IGNORECASE)


def searched_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """The columns of a table in which somebody may be named: personal texts, and `extra` beside personal columns."""
    about = [column for column in table.columns if column.info.get("personal")]
    words = [column for column in about if _holds_words(column.type)]
    return [*words, *(column for column in table.columns if about and column.name == "extra")]


def _holds_words(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.JSON) or (
        isinstance(kind, sa.String) and (kind.length is None or kind.length >= SHORTEST_TEXT)
    )


def holds_anything(columns: Iterable[sa.Column[Any]]) -> sa.ColumnElement[bool]:
    """Whether any of the columns holds words at all, for the database to ask."""
    return sa.or_(sa.false(), *(_filled(column) for column in columns))


def _filled(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    if isinstance(column.type, sa.JSON):
        return sa.cast(column, sa.Text).not_in(["{}", "[]", "null"])
    return column.is_not(None) & (column != "")


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value, such as a column's or a JSON document's."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (str(key), *texts_in(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def names(value: Any, wanted: re.Pattern[str]) -> bool:
    """Whether any text in the value names the person."""
    return any(wanted.search(text) for text in texts_in(value))


def without(value: Any, wanted: re.Pattern[str]) -> Any:
    """The value with the person taken out of every text in it."""
    if isinstance(value, str):
        return wanted.sub(TAKEN_OUT, value)
    if isinstance(value, dict):
        return {wanted.sub(TAKEN_OUT, key): without(inner, wanted) for key, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, wanted) for inner in value]
    return value


def excerpts(value: Any, wanted: re.Pattern[str]) -> list[str]:
    """The words around each place that names the person, and no more of what is somebody else's."""
    return [
        text[max(0, found.start() - AROUND) : found.end() + AROUND]
        for text in texts_in(value)
        for found in wanted.finditer(text)
    ]
