"""Finds out which partner a request is for: by the path prefix /p/<slug>, or by a host name of the partner's own.

The prefix moves into SCRIPT_NAME, so routes carry no partner. A host that nobody has claimed is answered with 404,
and a partner's own domain knows no /p/ at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

_PREFIX = re.compile(r"^/p/([a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?)(/.*)?\Z", re.DOTALL)
_HOST = re.compile(r"^(\[[0-9a-f:.]+\]|[a-z0-9.-]+?)(?::(\d{1,5}))?\Z")
PLACE = "systems_changers.place"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: a partner by slug or by host, or (neither) the instance itself."""

    host: str
    slug: str | None = None
    own_domain: bool = False

    @property
    def partner(self) -> bool:
        """Whether a partner is asked for."""
        return self.own_domain or self.slug is not None


class Addresses:
    """The WSGI layer in front of the application."""

    def __init__(self, app: Wsgi, hosts: frozenset[str]) -> None:
        self.app, self.hosts = app, hosts

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        place = self.place(environ)
        path = environ.get("PATH_INFO", "/")
        if place is None or (place.own_domain and path.startswith("/p/")):
            return _nothing(start_response)
        if place.slug is not None:
            rest = path[len(f"/p/{place.slug}") :]
            if not rest:
                return _slash(start_response, path + "/")
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/p/{place.slug}"
            environ["PATH_INFO"] = rest
        environ[PLACE] = place
        return self.app(environ, start_response)

    def place(self, environ: dict[str, Any]) -> Place | None:
        """The place asked for, or None for a host name that can't be one."""
        found = _HOST.match(environ.get("HTTP_HOST", environ.get("SERVER_NAME", "")).lower())
        if found is None:
            return None
        host = found[1].strip("[]").rstrip(".")
        if host not in self.hosts:
            return Place(host, own_domain=True)
        prefix = _PREFIX.match(environ.get("PATH_INFO", "/"))
        return Place(host, slug=prefix[1] if prefix else None)


def _nothing(start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = b"There is nothing here.\n"
    start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def _slash(start_response: Callable[..., Any], path: str) -> Iterable[bytes]:
    start_response("308 Permanent Redirect", [("Location", path), ("Content-Length", "0")])
    return [b""]


def network_of(address: str | None) -> str:
    """Where a request comes from, as far as it can be told apart: an IPv6 address is one of a /64's that one line has.

    An IPv4 address that is written as IPv6 is the IPv4 address; what is no address stays as it is.
    """
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
