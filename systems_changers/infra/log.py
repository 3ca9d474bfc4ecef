"""Structured logging: one JSON line an event, with partner and request ids and never a person's words."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Hide a library from the imports in here, as if it weren't installed."""
    loaded = cast("dict[str, ModuleType | None]", sys.modules)  # None is what Python takes for "not there"
    before = loaded.get(name)
    loaded[name] = None
    try:
        yield
    finally:
        loaded.pop(name, None)
        if before is not None:
            loaded[name] = before


class _Log:
    """Writes with structlog, which is loaded for the first line: many workers never write one, and spare 2 MB."""

    def __init__(self) -> None:
        self.least: int | None = None
        self._lines: BoundLogger | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        lines = self._lines
        if lines is None:
            with self._lock:  # two threads' first lines at once
                lines = self._lines or self._load()
        return getattr(lines, name)

    def set_up(self, least: int) -> None:
        """Write lines from this level on; at once where structlog is there, so that whoever listens in still does."""
        with self._lock:
            self.least = least
            if "structlog" in sys.modules:
                self._load()

    def _load(self) -> BoundLogger:
        with _without("rich"):  # would colour tracebacks and show every local value in them: slow, large, not private
            import structlog  # slow: see above
        if self.least is not None:
            structlog.configure(
                processors=[
                    structlog.contextvars.merge_contextvars,
                    structlog.processors.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
                wrapper_class=structlog.make_filtering_bound_logger(self.least),
                logger_factory=lambda *_args: structlog.PrintLogger(sys.stderr),
                cache_logger_on_first_use=False,
            )
        self._lines = made = structlog.get_logger("systems_changers")
        return cast("BoundLogger", made)


_log = _Log()
log = cast("BoundLogger", _log)


def set_up_log(*, quiet: bool = False) -> None:
    """Write JSON lines to standard error; with `quiet` only warnings and worse."""
    _log.set_up(logging.WARNING if quiet else logging.INFO)
