"""Lets one request compute at a time, where threads would only hand the interpreter to and fro.

SQLite lets go of the interpreter at every row; with several requests under way, each row then waits until another
thread gives it back, and a page costs a third more. A turn is waited for only briefly, and then done without: whatever
is slow (a form on its way, a password being checked, a plugin that asks elsewhere) delays others by that and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 0.05


class Turns:
    """A WSGI layer around an application that makes its answer whole before it returns."""

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        mine = self._turn.acquire(timeout=PATIENCE)
        try:
            return self._inner(environ, start_response)
        finally:
            if mine:
                self._turn.release()
