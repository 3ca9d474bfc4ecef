"""Serves plugins' pages under /x/<plugin>/ and their JSON under /api/v1/x/<plugin>/, gated before routing.

A plugin that the partner hasn't enabled answers 404 to every method and every path, as if it weren't installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.routing import Map, MapAdapter, Rule

from systems_changers.hooks.facts import Endpoint, PartnerFacts, RequestFacts, Route
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.text import msg
from systems_changers.web import csrf, edge, pages
from systems_changers.web.house import House

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def install(app: Flask, house: House) -> None:
    """Learn every loaded plugin's routes and endpoints, and open the two gates."""
    routes, endpoints = _offers(house)
    page_maps = {slug: Map([_rule(each) for each in offered]) for slug, offered in routes.items()}
    json_maps = {slug: Map([_rule(each) for each in offered]) for slug, offered in endpoints.items()}
    for kind, prefix, offered in (("x", "/x", routes), ("api.x", "/api/v1/x", endpoints)):
        for slug, items in offered.items():
            for item in items:
                house.paths.add(f"{kind}.{slug}.{item.name}", f"{prefix}/{slug}{item.path}", instance=False)
    app.add_url_rule("/x/<plugin>/", "x", _pages_gate(house, page_maps), methods=METHODS, defaults={"rest": ""})
    app.add_url_rule("/x/<plugin>/<path:rest>", "x", _pages_gate(house, page_maps), methods=METHODS)
    app.add_url_rule("/api/v1/x/<plugin>/", "api.x", _json_gate(house, json_maps), methods=METHODS,
                     defaults={"rest": ""})  # fmt: skip
    app.add_url_rule("/api/v1/x/<plugin>/<path:rest>", "api.x", _json_gate(house, json_maps), methods=METHODS)


def _offers(house: House) -> tuple[dict[str, list[Route]], dict[str, list[Endpoint]]]:
    """Every plugin's offers, asked once as a partner with all of them enabled."""
    everything = PartnerFacts(new_id(), "", "", plugins=tuple(house.kit.registry.manifests))
    calls = house.kit.calls(everything)
    routes: dict[str, list[Route]] = {}
    endpoints: dict[str, list[Endpoint]] = {}
    for slug, route in calls.offer_routes():
        routes.setdefault(slug, []).append(route)
    for slug, endpoint in calls.offer_endpoints():
        endpoints.setdefault(slug, []).append(endpoint)
    if calls.faults:
        house.kit.tell_faults(house.kit.engine, calls.faults, house.kit.clock)
    return routes, endpoints


def _rule(offer: Route | Endpoint) -> Rule:
    methods = list(offer.methods) if isinstance(offer, Route) else ["GET"]
    return Rule(offer.path, endpoint=offer, methods=methods)


def _match(visit: pages.Visit, maps: dict[str, Map], plugin: str, rest: str) -> tuple[Any, Mapping[str, Any]]:
    if plugin not in visit.plugins or plugin not in maps:
        raise NotFound
    adapter: MapAdapter = maps[plugin].bind(request.host)
    try:
        return adapter.match(f"/{rest}", method=request.method)
    except NoRoute:
        raise NotFound from None
    except MethodNotAllowed:
        raise Refused(msg("This address doesn't take that kind of request."), code="method") from None


def _pages_gate(house: House, maps: dict[str, Map]) -> Callable[..., Response]:
    def plugin_page(plugin: str, rest: str) -> Response:
        with ExitStack() as closing:
            write = request.method not in ("GET", "HEAD", "OPTIONS")
            visit = edge.begin(house, closing, write=write)
            route, values = _match(visit, maps, plugin, rest)
            if write:
                secret = visit.secret or house.cookies.read(request, "visit")
                csrf.check_origin(request, house.kit.settings.secret_key, secret)
            if not edge.allowed(visit.scope.actor, route.allowed):
                return edge.not_allowed(visit)
            facts = RequestFacts(request.method, request.args, request.form, visit.locale)
            return edge.finish(visit, route.handler(visit.scope, facts, **values))

    return plugin_page


def _json_gate(house: House, maps: dict[str, Map]) -> Callable[..., Response]:
    def plugin_answer(plugin: str, rest: str) -> Response:
        with ExitStack() as closing:
            visit = edge.begin(house, closing, write=False)
            endpoint, values = _match(visit, maps, plugin, rest)
            if not isinstance(visit.scope, Scope) or not edge.allowed(visit.scope.actor, endpoint.allowed):
                code = "not_allowed" if visit.scope.actor.signed_in else "sign_in"
                raise Refused(msg("This is for people with another role here."), code=code)
            return jsonify(endpoint.handler(visit.scope, **values))

    return plugin_answer

