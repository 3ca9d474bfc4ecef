"""Makes addresses from endpoint names without asking the router, which would cost more than a row's markup.

Every page's path stands beside its view; here it becomes a format string once, when the application starts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlencode, urlsplit
from uuid import UUID

_PLACE = re.compile(r"<(?:[a-z]+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Path:
    """One endpoint's path as a format string, and the names it takes, in their order."""

    pattern: str
    names: tuple[str, ...]
    instance: bool


class Paths:
    """Every endpoint's path."""

    def __init__(self) -> None:
        self._paths: dict[str, Path] = {}

    def add(self, endpoint: str, rule: str, *, instance: bool) -> None:
        """Learn an endpoint's path; `instance` pages lie outside any partner."""
        pattern = _PLACE.sub("%s", rule.replace("%", "%%"))
        self._paths[endpoint] = Path(pattern, tuple(_PLACE.findall(rule)), instance)

    def __contains__(self, endpoint: str) -> bool:
        return endpoint in self._paths

    def is_instance(self, endpoint: str) -> bool:
        """Whether a page lies outside any partner."""
        return self._paths[endpoint].instance

    def build(self, root: str, endpoint: str, values: Mapping[str, object]) -> str:
        """The path under `root`; values that the path doesn't take become its query. KeyError for unknown endpoints."""
        path = self._paths[endpoint]
        start = "" if path.instance else root
        found = start + path.pattern % tuple([_quoted(values[name]) for name in path.names])
        if len(path.names) == len(values):
            return found
        rest = {name: value for name, value in values.items() if name not in path.names and value is not None}
        return f"{found}?{urlencode(rest, doseq=True)}" if rest else found


def _quoted(value: object) -> str:
    return str(value) if isinstance(value, (UUID, int)) else quote(str(value), safe="")


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Addresses for one partner: absolute ones at the instance's public address, others where the request came in.

    `origin` is such as https://host. `public_root` is the partner's prefix there, and `root` the present request's;
    a host that a request names never gets into an absolute address, because those go into mails.
    """

    paths: Paths
    origin: str
    root: str
    public_root: str | None = None

    def __call__(self, endpoint: str, /, **values: object) -> str:
        root = self.root if self.public_root is None else self.public_root
        return self.origin + self.paths.build(root, endpoint, values)

    def path(self, endpoint: str, /, **values: object) -> str:
        """The same without the origin, for pages; at a partner's own domain the instance's pages keep it."""
        if self.public_root and not self.root and self.paths.is_instance(endpoint):
            return self(endpoint, **values)
        return self.paths.build(self.root, endpoint, values)


def public_links(paths: Paths, public_url: str, slug: str | None, root: str | None = None) -> WebLinks:
    """Addresses at the instance's public address, for a partner or (None) the instance; `root` is the request's."""
    prefix = f"/p/{slug}" if slug else ""
    return WebLinks(paths, public_url.rstrip("/"), prefix if root is None else root, prefix)


def split_address(text: str) -> SplitResult | None:
    """The parts of an address that somebody sent, or None for what can't be one."""
    try:
        return urlsplit(text)
    except ValueError:
        return None
