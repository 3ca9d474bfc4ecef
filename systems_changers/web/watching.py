"""Sees every request go by: gives it an id, writes one line about it, and counts it.

What it notes is made of the kit's own words: a path, a query and an address may name somebody, an endpoint doesn't.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from systems_changers.infra.log import REQUEST, request_line

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from systems_changers.web.metrics import Metrics

REQUEST_ID = "systems_changers.request_id"
PARTNER, ENDPOINT = "systems_changers.partner", "systems_changers.endpoint"
"""Where the edges leave the partner's slug and the name of the page that was asked for, for the line of the request."""
HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "none"
_GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Watch:
    """A WSGI layer around the application. With `believes` the proxy in front may have given the id already."""

    def __init__(self, inner: WSGIApplication, metrics: Metrics | None = None, *, believes: bool = False) -> None:
        self._inner, self._metrics, self._believes = inner, metrics, believes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID") if self._believes else None
        id_ = given if given is not None and _GIVEN.fullmatch(given) else os.urandom(6).hex()
        environ[REQUEST_ID] = id_
        token, began, told = REQUEST.set(id_), perf_counter(), ["500"]

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            told[0] = status[:3]
            return start_response(status, [*headers, (HEADER, id_)], *error)

        try:
            return self._inner(environ, start)
        finally:
            REQUEST.reset(token)
            self._note(environ, id_, told[0], perf_counter() - began)

    def _note(self, environ: WSGIEnvironment, id_: str, status: str, seconds: float) -> None:
        method, endpoint = environ["REQUEST_METHOD"], environ.get(ENDPOINT, NOWHERE)
        method = method if method in METHODS else "OTHER"
        request_line(method, endpoint, int(status), seconds, environ.get(PARTNER), id_)
        if self._metrics is not None:
            self._metrics.count(method, endpoint, status, seconds)
