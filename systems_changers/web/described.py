"""Describes plugins' JSON answers for the OpenAPI document: those of the partner that asks, and no others.

An endpoint declares no schema, so its answer is described as any JSON.
"""

from __future__ import annotations

from typing import Any

from flask_smorest import Api
from flask_smorest.spec.plugins import FlaskPlugin
from werkzeug.routing import Map, Rule

from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import Endpoint

PROBLEMS = {401: "Nobody is signed in", 403: "For people with another role", 404: "There is nothing here"}


def plugin_paths(api: Api, calls: Calls) -> dict[str, Any]:
    """The paths of the endpoints that the partner's plugins offer; one with an address that can't be is left out."""
    words = FlaskPlugin()
    words.init_spec(api.spec)
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
