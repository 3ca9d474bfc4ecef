"""Answers whoever watches the server: is it alive, and can it serve. Before hosts are checked, and nobody's data in it.

`/healthz` asks nothing of the database, so that a server is not restarted for the database's sake; `/readyz` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from systems_changers.infra.log import log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ALIVE, READY = "/healthz", "/readyz"
READING = frozenset({"GET", "HEAD"})


class Probes:
    """A WSGI layer in front of an application; `ready` raises where it can't serve just now."""

    def __init__(self, inner: WSGIApplication, ready: Callable[[], object]) -> None:
        self._inner, self._ready = inner, ready

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO")
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
