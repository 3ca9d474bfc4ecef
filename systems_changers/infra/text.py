"""Marks text for translation where it is written, so that it can be translated where it is read.

Nothing here translates: services and rules don't know the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Message:
    """A msgid with the values for its `%(name)s` places; `many` is what it says unless its value `count` is 1."""

    text: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    many: str = ""

    @property
    def count(self) -> int:
        """The number that chooses between the forms; 1 where there is only one."""
        return int(str(self.values["count"])) if self.many else 1

    def __str__(self) -> str:
        said = self.text if self.count == 1 else self.many
        return said % self.values if self.values else said


def msg(text: str, /, **values: object) -> Message:
    """A translatable sentence with its values; the extractor reads the first argument."""
    return Message(text, MappingProxyType(values))


def nmsg(one: str, many: str, count: int, /, **values: object) -> Message:
    """A sentence about `%(count)s` things, in as many forms as the reader's language has."""
    return Message(one, MappingProxyType({"count": count, **values}), many)


def N_(text: str) -> str:  # noqa: N802 - the field's standard name for "extract, translate later"
    """The text unchanged; marks a label for the extractor."""
    return text
