"""One page of a longer list, with the length of the whole; numbers begin at 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class PageRequest(NamedTuple):
    """The page asked for, from 1, and how many rows a page has."""

    number: int = 1
    size: int = 30

    @property
    def offset(self) -> int:
        """How many rows come before it."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """`rows` are those of page `number`, at most `size` of `total`."""

    rows: Sequence[T]
    total: int
    number: int = 1
    size: int = 30

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))

    @property
    def previous(self) -> int | None:
        """The page before, or None on the first; from beyond the end, the last page."""
        return min(self.number - 1, self.pages) if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, or None on the last."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def first(self) -> int:
        """The place of the first row in the whole list; 0 where there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The place of the last row in the whole list; 0 where there is none."""
        return self.first + len(self.rows) - 1 if self.rows else 0
