"""Serves plugins' pages under /x/<plugin>/ and their JSON under /api/v1/x/<plugin>/, gated before routing.

A plugin that the partner hasn't enabled answers 404 to every method and every path, as if it weren't installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.exceptions import NotFound as NoRoute
from werkzeug.routing import Map, MapAdapter, Rule

from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import Endpoint, PartnerFacts, RequestFacts, Route
from systems_changers.hooks.scope import Scope
from systems_changers.infra.away import away
from systems_changers.infra.errors import Conflict, Invalid, NotFound, PluginFailed, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.log import log
from systems_changers.infra.text import msg
from systems_changers.web import edge, pages
from systems_changers.web.house import House
from systems_changers.web.watching import ENDPOINT

MEANT = (NotFound, Refused, Invalid, Conflict, PluginFailed, StaleDataError, HTTPException)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def install(app: Flask, house: House) -> None:
    """Learn every loaded plugin's routes and endpoints, and open the two gates."""
    everything = PartnerFacts(new_id(), "", "", plugins=tuple(house.kit.registry.manifests))
    calls = house.kit.calls(everything)  # asked once, as a partner with every plugin enabled
    page_maps = _maps(calls, "sc_offer_routes", calls.offer_routes())
    json_maps = _maps(calls, "sc_offer_endpoints", calls.offer_endpoints())
    house.plugin_maps = {"x": page_maps, "api.x": json_maps}
    for kind, prefix, maps in (("x", "/x", page_maps), ("api.x", "/api/v1/x", json_maps)):
        for slug, map_ in maps.items():
            for rule in map_.iter_rules():
                house.paths.add(f"{kind}.{slug}.{rule.endpoint.name}", f"{prefix}/{slug}{rule.rule}", instance=False)
    if calls.faults:
        in_use = house.in_use()
        met = [fault for fault in calls.faults if fault.plugin in in_use]
        house.kit.tell_faults(house.kit.engine, met, house.kit.clock)
    for prefix, endpoint, gate in (
        ("/x", "x", _pages_gate(house, page_maps)),
        ("/api/v1/x", "api.x", _json_gate(house, json_maps)),
    ):
        app.add_url_rule(f"{prefix}/<plugin>/", endpoint, gate, methods=METHODS, defaults={"rest": ""})
        app.add_url_rule(f"{prefix}/<plugin>/<path:rest>", endpoint, gate, methods=METHODS)


def _maps(calls: Calls, hook: str, offers: Sequence[tuple[str, Route | Endpoint]]) -> dict[str, Map]:
    """The addresses of each plugin; one with an address that can't be is left out whole, and reported."""
    maps: dict[str, Map] = {}
    for slug in dict.fromkeys(slug for slug, _ in offers):
        try:
            # No redirects: one would leave out the partner's prefix, which the map doesn't know.
            maps[slug] = Map(
                [_rule(offer) for plugin, offer in offers if plugin == slug],
                strict_slashes=False, merge_slashes=False, redirect_defaults=False,
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - whatever a plugin asks for, the application starts
            calls.report(slug, hook, f"{type(error).__name__}: {error}")
    return maps


def _rule(offer: Route | Endpoint) -> Rule:
    methods = list(offer.methods) if isinstance(offer, Route) else ["GET"]
    return Rule(offer.path, endpoint=offer, methods=methods)


def _match(visit: pages.Visit, maps: dict[str, Map], plugin: str, rest: str) -> tuple[Any, Mapping[str, Any]]:
    if plugin not in visit.plugins or plugin not in maps:
        raise NotFound
    adapter: MapAdapter = maps[plugin].bind(request.host)
    try:
        offer, values = adapter.match(f"/{rest}", method=request.method)
    except NoRoute:
        raise NotFound from None
    except MethodNotAllowed:
        raise Refused(msg("This address doesn't take that kind of request."), code="method") from None
    request.environ[ENDPOINT] = f"x.{plugin}.{offer.name}"
    return offer, values


@contextmanager
def _blaming(visit: pages.Visit, plugin: str, hook: str) -> Iterator[None]:
    """What a plugin's own code raises, or answers wrongly, is kept for the operator and told in a plain sentence.

    The scope records it when it closes, after what the request wrote has been rolled back.
    """
    try:
        yield
    except MEANT:
        raise
    except (Exception, SystemExit) as error:
        if away(error):
            raise
        log.error("plugin page failed", plugin=plugin, exc_info=error)
        if visit.calls is not None:
            visit.calls.report_error(plugin, hook, error, request.path)
        title = visit.house.kit.registry.manifests[plugin].title
        raise PluginFailed(
            msg("This page of the plugin %(plugin)s could not be made. The operator has been told.", plugin=title)
        ) from error


def _pages_gate(house: House, maps: dict[str, Map]) -> Callable[..., Response]:
    def plugin_page(plugin: str, rest: str) -> Response:
        with ExitStack() as closing:
            write = request.method not in ("GET", "HEAD", "OPTIONS")
            visit = edge.begin(house, closing, write=write)
            route, values = _match(visit, maps, plugin, rest)
            if write:
                edge.check_form(house, visit)
            if not edge.allowed(visit.scope.actor, route.allowed):
                return edge.not_allowed(visit, route.allowed)
            facts = RequestFacts(request.method, request.args, request.form, visit.locale)
            with _blaming(visit, plugin, "sc_offer_routes"):
                return edge.take(visit, partial(route.handler, visit.scope, facts, **values))

    return plugin_page


def _json_gate(house: House, maps: dict[str, Map]) -> Callable[..., Response]:
    def plugin_answer(plugin: str, rest: str) -> Response:
        with ExitStack() as closing:
            visit = edge.begin(house, closing, write=False)
            endpoint, values = _match(visit, maps, plugin, rest)
            if not isinstance(visit.scope, Scope) or not edge.allowed(visit.scope.actor, endpoint.allowed):
                code = "not_allowed" if visit.scope.actor.signed_in else "sign_in"
                raise Refused(msg("This is for people with another role here."), code=code)
            with _blaming(visit, plugin, "sc_offer_endpoints"):
                return jsonify(endpoint.handler(visit.scope, **values))

    return plugin_answer
