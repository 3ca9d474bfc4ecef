"""Two ways to make a page, in one process and in turn: the method for ratios too near to one for a loaded server.

CPU time of this thread, so that what else the machine does is left out; the order changes with every pair.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

CALLS = 4
HOST = "http://127.0.0.1:8765"


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks an application for one page, past any server."""

    app: Flask
    path: str
    cookie: str = ""

    def __call__(self) -> bytes:
        """The page's body; raises RuntimeError for any answer but 200."""
        headers = [("Cookie", self.cookie)] if self.cookie else []
        environ = EnvironBuilder(path=self.path, base_url=HOST, headers=headers).get_environ()
        said: list[str] = []

        def start(status: str, _headers: Any, _error: Any = None) -> Callable[[bytes], object]:
            said.append(status)
            return lambda _data: None

        answer = self.app.wsgi_app(environ, start)
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if not said[0].startswith("200"):
            message = f"{self.path} answered {said[0]}"
            raise RuntimeError(message)
        return body


def ratios(first: Callable[[], object], second: Callable[[], object], pairs: int) -> list[float]:
    """Second ÷ first, once a pair."""
    for each in (first, second, first, second):
        each()
    gc.collect()
    gc.disable()
    try:
        return [_pair(first, second, swap=bool(number % 2)) for number in range(pairs)]
    finally:
        gc.enable()


def _pair(first: Callable[[], object], second: Callable[[], object], *, swap: bool) -> float:
    if swap:
        above = _cost(second)
        return above / _cost(first)
    below = _cost(first)
    return _cost(second) / below


def _cost(what: Callable[[], object]) -> float:
    began = time.thread_time()
    for _ in range(CALLS):
        what()
    return time.thread_time() - began
