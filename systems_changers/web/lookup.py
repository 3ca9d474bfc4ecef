"""Finds which page or form of a partner an address that somebody pasted leads to, by the map that serves it.

Only this partner's are found: an address of another host, partner or of the instance is like one that is no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from systems_changers.web.house import House
from systems_changers.web.links import split_address
from systems_changers.web.pages import Visit
from systems_changers.web.who import PageAsked

LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Ground:
    """Where an address is looked up: `hosts` are those of the partner, each with the prefix of its pages there."""

    house: House
    map: Map
    plugins: tuple[str, ...]
    hosts: Mapping[str, str]

    def find(self, text: str, *, form: bool = False) -> PageAsked | None:
        """The page to be read at an address, else the form that it takes, or None; with `form` only a form.

        The query and what comes after # are left aside.
        """
        path = self._path(text.strip()[:LONGEST])
        if path is None:
            return None
        methods = ("POST",) if form else ("GET", "POST")
        return next((found for method in methods if (found := self._by(path, method)) is not None), None)

    def _by(self, path: str, method: str) -> PageAsked | None:
        found = _match(self.map, path, method)
        if found is None:
            return None
        endpoint, values = found
        house = self.house
        if endpoint in house.plugin_maps:
            return self._plugin_page(path, endpoint, values, method)
        if endpoint not in house.permissions or house.paths.is_instance(endpoint):
            return None
        return PageAsked(path, endpoint, values, house.permissions[endpoint], form=method == "POST")

    def _path(self, text: str) -> str | None:
        """What follows the partner's prefix, where the address is at one of its hosts."""
        parts = split_address(text)
        if parts is None or not parts.path.startswith("/"):
            return None
        if parts.netloc or parts.scheme:
            root = self.hosts.get(parts.netloc) if parts.scheme in ("http", "https") else None
            return None if root is None or not parts.path.startswith(f"{root}/") else parts.path.removeprefix(root)
        root = next((root for root in self.hosts.values() if root and parts.path.startswith(f"{root}/")), "")
        return parts.path.removeprefix(root)

    def _plugin_page(self, path: str, kind: str, values: Mapping[str, Any], method: str) -> PageAsked | None:
        """A plugin's page or answer, by the plugin's own map."""
        slug = values["plugin"]
        map_ = self.house.plugin_maps[kind].get(slug)
        found = _match(map_, f"/{values['rest']}", method) if map_ is not None else None
        if found is None:
            return None
        offer, inner = found
        title = self.house.kit.registry.manifests[slug].title
        name = f"{kind}.{slug}.{offer.name}"
        return PageAsked(path, name, inner, offer.allowed, title, slug in self.plugins, method == "POST")


def page_at(visit: Visit, text: str, *, form: bool = False) -> PageAsked | None:
    """What an address leads to at the partner that is visited, as Ground.find says."""
    public = split_address(visit.links.origin)
    hosts = {request.host: visit.links.root}
    if public is not None and visit.links.public_root is not None:
        hosts.setdefault(public.netloc, visit.links.public_root)
    return Ground(visit.house, current_app.url_map, visit.plugins, hosts).find(text, form=form)


def _match(map_: Map, path: str, method: str) -> tuple[Any, Mapping[str, Any]] | None:
    adapter = map_.bind("localhost")
    for tried in (path, f"{path}/"):
        try:
            return adapter.match(tried, method=method)
        except RequestRedirect:
            continue
        except HTTPException:
            return None
    return None
