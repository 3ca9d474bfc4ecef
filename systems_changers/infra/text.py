"""Marks text for translation where it is written, so that it can be translated where it is read.

Nothing here translates: services and rules don't know the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Message:
    """A msgid with the values for its `%(name)s` places; `many` is what it says unless its value `count` is 1.

    A day among the values is given as a date, never as text: it is said in words where the sentence is read.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    many: str = ""

    @property
    def count(self) -> int:
        """The number that chooses between the forms; 1 where there is only one."""
        return int(str(self.values["count"])) if self.many else 1

    def __str__(self) -> str:
        said = self.text if self.count == 1 else self.many
        return said % {name: _said(value) for name, value in self.values.items()} if self.values else said


def _said(value: object) -> object:
    """A day in English words, without the data of languages; a moment's is UTC's."""
    if isinstance(value, datetime):
        there = value.astimezone(UTC) if value.tzinfo else value
        return f"{there.day} {there:%B %Y, %H:%M} UTC"
    return f"{value.day} {value:%B %Y}" if isinstance(value, date) else value


def msg(text: str, /, **values: object) -> Message:
    """A translatable sentence with its values; the extractor reads the first argument."""
    return Message(text, MappingProxyType(values))


def nmsg(one: str, many: str, count: int, /, **values: object) -> Message:
    """A sentence about `%(count)s` things, in as many forms as the reader's language has."""
    return Message(one, MappingProxyType({"count": count, **values}), many)


def N_(text: str) -> str:  # noqa: N802 - the field's standard name for "extract, translate later"
    """The text unchanged; marks a label for the extractor."""
    return text
