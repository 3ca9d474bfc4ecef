"""Titles in the reader's words: of modules and blocks, and of the sessions that are called after them.

A session's title is translated only where it is made of titles that are known; what somebody typed stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

JOINT = " · "
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class Title:
    """A title and its lang attribute, None where it is the reader's own or nobody knows."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Titles:
    """How titles read in one language, by what they are in the source; `draft`: not all are accepted by a speaker."""

    known: Mapping[str, Title] = field(default_factory=lambda: MappingProxyType({}))
    draft: bool = False

    def of(self, title: str) -> Title:
        """A module's, a block's or a session's title as it reads."""
        if title in self.known or not self.known:
            return self.known.get(title, Title(title))
        parts = [self._part(part, cut=len(title) == LONGEST_TITLE) for part in title.split(JOINT)]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return Title(title)
        langs = {part.lang for part in found}
        return Title(JOINT.join(part.text for part in found), langs.pop() if len(langs) == 1 else None)

    def _part(self, part: str, *, cut: bool) -> Title | None:
        if part in self.known or not cut or not part:
            return self.known.get(part)
        return next((said for title, said in self.known.items() if title.startswith(part)), None)


def session_title(titles: list[str]) -> str:
    """What a session is called that is made from modules of these titles."""
    return JOINT.join(titles)[:LONGEST_TITLE]
