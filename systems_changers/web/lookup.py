"""Finds which page of a partner an address that somebody pasted leads to, by the map that serves it.

Only this partner's pages are found: an address of another host, partner or of the instance is like one that is no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from systems_changers.web.links import split_address
from systems_changers.web.pages import Visit
from systems_changers.web.who import PageAsked

LONGEST = 2000


def page_at(visit: Visit, text: str) -> PageAsked | None:
    """The page to be read at an address, or None; the query and what comes after # are left aside."""
    path = _path(visit, text.strip()[:LONGEST])
    found = _match(current_app.url_map, path) if path else None
    if path is None or found is None:
        return None
    endpoint, values = found
    if endpoint in visit.house.plugin_maps:
        return _plugin_page(visit, path, endpoint, values)
    house = visit.house
    if endpoint not in house.permissions or house.paths.is_instance(endpoint):
        return None
    return PageAsked(path, endpoint, values, house.permissions[endpoint])


def _path(visit: Visit, text: str) -> str | None:
    """What follows the partner's prefix, where the address is at this host."""
    parts = split_address(text)
    if parts is None or not parts.path.startswith("/"):
        return None
    public = split_address(visit.links.origin)
    hosts = {request.host: visit.links.root}
    if public is not None and visit.links.public_root is not None:
        hosts.setdefault(public.netloc, visit.links.public_root)
    if parts.netloc or parts.scheme:
        root = hosts.get(parts.netloc) if parts.scheme in ("http", "https") else None
        return None if root is None or not parts.path.startswith(f"{root}/") else parts.path.removeprefix(root)
    root = next((root for root in hosts.values() if root and parts.path.startswith(f"{root}/")), "")
    return parts.path.removeprefix(root)


def _match(map_: Map, path: str) -> tuple[Any, Mapping[str, Any]] | None:
    adapter = map_.bind("localhost")
    for tried in (path, f"{path}/"):
        try:
            return adapter.match(tried, method="GET")
        except RequestRedirect:
            continue
        except HTTPException:
            return None
    return None


def _plugin_page(visit: Visit, path: str, kind: str, values: Mapping[str, Any]) -> PageAsked | None:
    """A plugin's page or answer, by the plugin's own map."""
    slug = values["plugin"]
    map_ = visit.house.plugin_maps[kind].get(slug)
    found = _match(map_, f"/{values['rest']}") if map_ is not None else None
    if found is None:
        return None
    offer, inner = found
    title = visit.house.kit.registry.manifests[slug].title
    return PageAsked(path, f"{kind}.{slug}.{offer.name}", inner, offer.allowed, title, slug in visit.plugins)
