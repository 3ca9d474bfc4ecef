"""Answers whoever watches the server: is it alive, can it serve, how is it doing. Before hosts are checked.

`/healthz` asks nothing of the database, so that a server is not restarted for the database's sake; `/readyz` does.
Nobody's data is in any of it; where `/metrics` is off, there is no such page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from systems_changers.infra.log import log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from systems_changers.web.metrics import Metrics

ALIVE, READY, FIGURES = "/healthz", "/readyz", "/metrics"
READING = frozenset({"GET", "HEAD"})


class Probes:
    """A WSGI layer in front of an application; `ready` raises where it can't serve just now."""

    def __init__(self, inner: WSGIApplication, ready: Callable[[], object], metrics: Metrics | None = None) -> None:
        self._inner, self._ready, self._metrics = inner, ready, metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO")
        if asked == FIGURES and self._metrics is not None:
            return _figures(self._metrics, environ, start_response)
        if asked not in {ALIVE, READY} or environ["REQUEST_METHOD"] not in READING:
            return self._inner(environ, start_response)
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
        if asked == ALIVE or self._can_serve():
            status, said = "200 OK", b"yes\n"
        else:
            status, said = "503 Service Unavailable", b"the database can't be used just now\n"
            headers.append(("Retry-After", "5"))
        start_response(status, [*headers, ("Content-Length", str(len(said)))])
        return [said] if environ["REQUEST_METHOD"] == "GET" else []

    def _can_serve(self) -> bool:
        try:
            self._ready()
        except Exception as error:  # noqa: BLE001 - whatever is away, whoever watches is told the same
            log.warning("not ready", exc_info=error)
            return False
        return True


def _figures(metrics: Metrics, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status, kind, said = "403 Forbidden", "text/plain; charset=utf-8", b"metrics_token, or from this machine\n"
    if environ["REQUEST_METHOD"] not in READING:
        status, said = "405 Method Not Allowed", b"GET\n"
    elif metrics.allowed(environ):
        status = "200 OK"
        kind, said = metrics.page()
    headers = [("Content-Type", kind), ("Cache-Control", "no-store"), ("Content-Length", str(len(said)))]
    start_response(status, headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [said]
