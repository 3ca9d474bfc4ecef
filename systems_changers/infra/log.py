"""Structured logging: one JSON line an event, with partner and request ids and never a person's words."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def _without(name: str) -> Iterator[None]:
    """Hide a library from the imports in here, as if it weren't installed."""
    loaded = cast("dict[str, ModuleType | None]", sys.modules)  # None is what Python takes for "not there"
    before = loaded.get(name)
    loaded[name] = None
    try:
        yield
    finally:
        del loaded[name]
        if before is not None:
            loaded[name] = before


with _without("rich"):  # it would colour tracebacks and show every local value in them: slow, large, and not private
    import structlog

log: structlog.stdlib.BoundLogger = structlog.get_logger("systems_changers")


def set_up_log(*, quiet: bool = False) -> None:
    """Write JSON lines to standard error; with `quiet` only warnings and worse."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=lambda *_args: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
