"""The JSON API's edge: the same sign-in, permissions and scopes as the pages, described by OpenAPI.

Read-only in this release. A program that sends no cookie is answered 401, a foreign or unknown id 404.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, fields, validate

from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.slices import PageRequest, Slice
from systems_changers.infra.text import msg
from systems_changers.web import edge
from systems_changers.web.house import House
from systems_changers.web.plain import plain_values

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


def install(app: Flask, house: House, slices: list[Answers], version: str) -> Api:
    """Register every answer under /api/v1/ and describe it at /api/v1/openapi.json."""
    app.config.update(
        API_TITLE="Systems Changers kit",
        API_VERSION=version,
        OPENAPI_VERSION="3.1.0",
    )
    api = Api(app)
    app.add_url_rule("/api/v1/openapi.json", "api.description", lambda: _description(house, api))
    for slice_ in slices:
        blueprint = Blueprint(f"api_{slice_.name}", slice_.name, url_prefix=f"/api/v1/{slice_.name}",
                              description=slice_.description)  # fmt: skip
        for answer in slice_.answers:
            endpoint = f"api.{slice_.name}.{answer.view.__name__}"
            _register(blueprint, house, answer, endpoint)
            house.paths.add(endpoint, f"/api/v1/{slice_.name}{answer.path}", instance=False)
        api.register_blueprint(blueprint)
    return api


def _description(house: House, api: Api) -> Response:
    """The OpenAPI document, with the partner's own address as its server; there is none outside a partner."""
    with ExitStack() as closing:
        if not isinstance(edge.begin(house, closing, write=False).scope, Scope):
            raise NotFound
    return jsonify({**api.spec.to_dict(), "servers": [{"url": request.script_root or "/"}]})


def _register(blueprint: Blueprint, house: House, answer: Answer, endpoint: str) -> None:
    plain = plain_values(answer.schema)

    def handle(query: dict[str, int] | None = None, /, **values: Any) -> Any:
        with ExitStack() as closing:
            scope = _scope(house, closing, endpoint)
            if query is None:
                return answer.view(scope, **values)
            found: Slice[Any] = answer.view(scope, PageRequest(query["page"], query["size"]), **values)
            items = [plain(row) for row in found.rows]
            return jsonify(items=items, total=found.total, page=found.number, size=found.size)

    handle.__name__ = answer.view.__name__
    handle.__doc__ = answer.view.__doc__
    view: Any = handle
    for status in (401, 403, 404, *((422,) if answer.many else ())):
        view = blueprint.alt_response(status, schema=Problem, content_type="application/problem+json")(view)
    schema = _page_of(answer.schema) if answer.many else answer.schema
    view = blueprint.response(200, schema)(view)
    if answer.many:
        view = blueprint.arguments(PageQuery, location="query")(view)
    blueprint.route(answer.path, methods=["GET"], endpoint=answer.view.__name__)(view)


def _page_of(schema: type[Schema]) -> type[Schema]:
    name = schema.__name__.removesuffix("Schema")
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(schema)),
        "total": fields.Integer(),
        "page": fields.Integer(),
        "size": fields.Integer(),
    }
    return type(f"{name}PageSchema", (Schema,), members)


def _scope(house: House, closing: ExitStack, endpoint: str) -> Scope:
    visit = edge.begin(house, closing, write=False)
    scope = visit.scope
    if not isinstance(scope, Scope):
        raise NotFound
    if not edge.may(house, scope.actor, endpoint):
        if not scope.actor.signed_in:
            raise Refused(msg("Sign in first."), code="sign_in")
        raise Refused(msg("This is for people with another role here."), code="not_allowed")
    return scope
