"""What a slice says of its JSON answers: their addresses, views and schemas; `api_edge` serves them.

Read-only in this release.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

View = Callable[..., Any]


class PageQuery(Schema):
    """Which page of a list, and how long a page is."""

    class Meta:
        unknown = RAISE

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    size = fields.Integer(load_default=30, validate=validate.Range(1, 100))


class Problem(Schema):
    """An error as RFC 9457 has it, with a stable code."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String()


@dataclass(frozen=True, slots=True)
class Answer:
    """One JSON address: `many` lists are paged."""

    path: str
    view: View
    schema: type[Schema]
    many: bool


class Answers:
    """A slice's JSON answers; endpoints are `api.<slice>.<function>`."""

    def __init__(self, name: str, description: str) -> None:
        self.name, self.description = name, description
        self.answers: list[Answer] = []

    def many(self, path: str, schema: type[Schema]) -> Callable[[View], View]:
        """A list: the view takes (scope, PageRequest, …) and answers a Slice."""
        return self._add(path, schema, many=True)

    def one(self, path: str, schema: type[Schema]) -> Callable[[View], View]:
        """A single thing: the view takes (scope, …)."""
        return self._add(path, schema, many=False)

    def _add(self, path: str, schema: type[Schema], *, many: bool) -> Callable[[View], View]:
        def keep(view: View) -> View:
            self.answers.append(Answer(path, view, schema, many))
            return view

        return keep
