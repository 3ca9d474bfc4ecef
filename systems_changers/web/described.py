"""Describes the JSON answers as OpenAPI: the core's by their schemas, and those of the plugins of whoever asks.

It takes flask-smorest, in an application of its own that serves nothing; loaded when somebody asks for the document. A
plugin's endpoint declares no schema, so its answer is described as any JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint
from flask_smorest.spec.plugins import FlaskPlugin
from marshmallow import Schema, fields
from werkzeug.routing import Map, Rule

from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import Endpoint
from systems_changers.web.api import Answer, Answers, PageQuery, Problem

PROBLEMS = {401: "Nobody is signed in", 403: "For people with another role", 404: "There is nothing here"}


def describe(slices: Sequence[Answers], version: str) -> dict[str, Any]:
    """The OpenAPI document of the core's answers."""
    app = Flask("described", static_folder=None, template_folder=None)
    app.config.update(API_TITLE="Systems Changers kit", API_VERSION=version, OPENAPI_VERSION="3.1.0")
    api = Api(app)
    for slice_ in slices:
        prefix = f"/api/v1/{slice_.name}"
        blueprint = Blueprint(f"api_{slice_.name}", slice_.name, url_prefix=prefix, description=slice_.description)
        for answer in slice_.answers:
            _describe(blueprint, answer)
        api.register_blueprint(blueprint)
    document: dict[str, Any] = api.spec.to_dict()
    return document


def _describe(blueprint: Blueprint, answer: Answer) -> None:
    def described(*_query: object, **_values: object) -> None:
        """Never called: nothing is served here."""

    described.__name__ = answer.view.__name__
    described.__doc__ = answer.view.__doc__
    view: Any = described
    for status in (401, 403, 404, *((422,) if answer.many else ())):
        view = blueprint.alt_response(status, schema=Problem, content_type="application/problem+json")(view)
    view = blueprint.response(200, _page_of(answer.schema) if answer.many else answer.schema)(view)
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


def plugin_paths(calls: Calls) -> dict[str, Any]:
    """The paths of the endpoints that the partner's plugins offer; one with an address that can't be is left out."""
    words = FlaskPlugin()
    words.init_spec(APISpec("plugins", "1", "3.1.0"))
    found = {}
    for slug, offer in calls.offer_endpoints():
        try:
            rule = Rule(offer.path, defaults={})
            Map([rule])  # which reads it
        except Exception:  # noqa: BLE001, S112 - the gate has left this plugin out too, and reported it
            continue
        path = f"/api/v1/x/{slug}{words.flaskpath2openapi(offer.path)}"
        found[path] = {"get": _operation(slug, offer, words.rule_to_params(rule))}
    return found


def _operation(slug: str, offer: Endpoint, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    said = (offer.handler.__doc__ or "").strip().partition("\n")[0]
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[str, Any] = {"200": {"description": "OK", "content": {"application/json": {"schema": {}}}}}
    responses |= {str(status): {"description": why, "content": problem} for status, why in PROBLEMS.items()}
    return {
        "operationId": f"x.{slug}.{offer.name}",
        "tags": [slug],
        "parameters": parameters,
        "responses": responses,
        **({"summary": said} if said else {}),
    }
