"""Lets one request compute at a time, where threads would only hand the interpreter to and fro.

SQLite lets go of the interpreter at every row; with several requests under way, each row then waits until another
thread gives it back, and a page costs a third more. A turn is waited for until it has lasted PATIENCE,
and then done without: beside something slow (a form on its way, a password being checked, a plugin that asks elsewhere)
the others go on as if there were no turns.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.05
"""Seconds."""


class Turns:
    """A WSGI layer around an application that makes its answer whole before it returns."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner
        self._turn, self._since = threading.Lock(), 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        mine = self._turn.acquire(timeout=max(0.0, self._since + PATIENCE - time.monotonic()))
        if mine:
            self._since = time.monotonic()
        try:
            return self._inner(environ, start_response)
        finally:
            if mine:
                self._turn.release()
