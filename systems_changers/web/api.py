"""The JSON API's edge: the same sign-in, permissions and scopes as the pages, described by OpenAPI.

Read-only in this release. A program that sends no cookie is answered 401, a foreign or unknown id 404.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, jsonify, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.slices import PageRequest, Slice
from systems_changers.infra.text import msg
from systems_changers.web import edge
from systems_changers.web.described import plugin_paths
from systems_changers.web.house import House
from systems_changers.web.plain import plain_values

View = Callable[..., Any]


class PageQuery(Schema):
    """Which page of a list, and how long a page is."""

    class Meta:
        unknown = RAISE

    page = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    size = fields.Integer(load_default=30, validate=validate.Range(1, 100))


_PAGE_QUERY = PageQuery()


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
            _describe(blueprint, answer)
            house.paths.add(endpoint, f"/api/v1/{slice_.name}{answer.path}", instance=False)
        api.register_blueprint(blueprint)
        for answer in slice_.answers:
            name = answer.view.__name__
            app.view_functions[f"{blueprint.name}.{name}"] = _serve(house, answer, f"api.{slice_.name}.{name}")
    return api


def _description(house: House, api: Api) -> Response:
    """The OpenAPI document of this partner, its plugins' answers too; there is none outside a partner."""
    with ExitStack() as closing:
        scope = edge.begin(house, closing, write=False).scope
        if not isinstance(scope, Scope):
            raise NotFound
        document = api.spec.to_dict()
        paths = document["paths"] | plugin_paths(api, scope.hooks)
    return jsonify({**document, "paths": paths, "servers": [{"url": request.script_root or "/"}]})


def _describe(blueprint: Blueprint, answer: Answer) -> None:
    """Let flask-smorest describe an answer; what serves it takes its place once the blueprint is registered."""

    def described(*_query: object, **_values: object) -> None:
        """Never called: its place is taken."""

    described.__name__ = answer.view.__name__
    described.__doc__ = answer.view.__doc__
    view: Any = described
    for status in (401, 403, 404, *((422,) if answer.many else ())):
        view = blueprint.alt_response(status, schema=Problem, content_type="application/problem+json")(view)
    view = blueprint.response(200, _page_of(answer.schema) if answer.many else answer.schema)(view)
    if answer.many:
        view = blueprint.arguments(PageQuery, location="query")(view)
    blueprint.route(answer.path, methods=["GET"], endpoint=answer.view.__name__)(view)


def _serve(house: House, answer: Answer, endpoint: str) -> View:
    """What answers. Not through flask-smorest's own wrappers, which cost a third as much again as the answer."""
    plain = plain_values(answer.schema)

    def one(**values: Any) -> Response:
        with ExitStack() as closing:
            return as_json(plain(answer.view(_scope(house, closing, endpoint), **values)))

    def many(**values: Any) -> Response:
        with ExitStack() as closing:
            scope = _scope(house, closing, endpoint)
            found: Slice[Any] = answer.view(scope, _asked(request.query_string), **values)
            items = [plain(row) for row in found.rows]
            return as_json({"items": items, "total": found.total, "page": found.number, "size": found.size})

    return many if answer.many else one


@lru_cache(maxsize=256)
def _asked(query: bytes) -> PageRequest:
    """The page that a query string asks for; the same few are asked again and again."""
    try:
        asked = _PAGE_QUERY.load(dict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True)))
    except ValidationError as error:
        names = ", ".join(error.messages_dict)
        raise Invalid(msg("This needs another look in the address: %(names)s.", names=names)) from None
    return PageRequest(asked["page"], asked["size"])


def as_json(value: object) -> Response:
    """A value as the body of an answer, compact."""
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")), content_type="application/json")


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
