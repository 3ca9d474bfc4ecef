"""The JSON API's edge: the same sign-in, permissions and scopes as the pages, described by OpenAPI.

A program that sends no cookie is answered 401, a foreign or unknown id 404.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, request
from marshmallow import ValidationError

from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.slices import PageRequest, Slice
from systems_changers.infra.text import msg
from systems_changers.web import edge
from systems_changers.web.api import Answer, Answers, PageQuery, View
from systems_changers.web.house import House
from systems_changers.web.plain import plain_values

_PAGE_QUERY = PageQuery()


def install(app: Flask, house: House, slices: Sequence[Answers], version: str) -> None:
    """Serve every answer under /api/v1/, and their description at /api/v1/openapi.json."""

    @lru_cache(maxsize=1)
    def described() -> dict[str, Any]:
        from systems_changers.web.described import describe  # slow: flask-smorest, for this document alone

        return describe(slices, version)

    app.add_url_rule("/api/v1/openapi.json", "api.description", lambda: _description(house, described()))
    for slice_ in slices:
        for answer in slice_.answers:
            endpoint, path = f"api.{slice_.name}.{answer.view.__name__}", f"/api/v1/{slice_.name}{answer.path}"
            app.add_url_rule(path, endpoint, _serve(house, answer, endpoint))
            house.paths.add(endpoint, path, instance=False)


def _description(house: House, document: dict[str, Any]) -> Response:
    """The OpenAPI document of this partner, its plugins' answers too; there is none outside a partner."""
    from systems_changers.web.described import plugin_paths  # slow: for this document alone

    with ExitStack() as closing:
        scope = edge.begin(house, closing, write=False).scope
        if not isinstance(scope, Scope):
            raise NotFound
        paths = document["paths"] | plugin_paths(scope.hooks)
    return as_json({**document, "paths": paths, "servers": [{"url": request.script_root or "/"}]})


def _serve(house: House, answer: Answer, endpoint: str) -> View:
    """What answers: a plain view, because flask-smorest's wrappers cost a third as much again as the answer."""
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
