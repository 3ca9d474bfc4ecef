"""Marks text for translation where it is written, so that it can be translated where it is read.

Nothing here translates: services and rules don't know the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Message:
    """A msgid with the values for its `%(name)s` places."""

    text: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text


def msg(text: str, /, **values: object) -> Message:
    """A translatable sentence with its values; the extractor reads the first argument."""
    return Message(text, MappingProxyType(values))


def N_(text: str) -> str:  # noqa: N802 - the field's standard name for "extract, translate later"
    """The text unchanged; marks a label for the extractor."""
    return text
