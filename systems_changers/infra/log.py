"""Structured logging: one JSON line an event, with partner and request ids and never a person's words.

Of an error its kind and the lines it came through are written, not what it says: that may be a row's values.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from systems_changers.infra.blame import stages

if TYPE_CHECKING:
    from structlog.stdlib import BoundLogger

    from systems_changers.infra.settings import Settings


LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
REQUEST: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered; every line of the log that is written meanwhile has it."""


class Lines(Protocol):
    """Where lines go: standard error, or a file."""

    def write(self, line: str, /) -> object: ...
    def flush(self) -> object: ...


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
        self.file: Lines | None = None
        self._lines: BoundLogger | None = None
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        lines = self._lines
        if lines is None:
            with self._lock:  # two threads' first lines at once
                lines = self._lines or self._load()
        return getattr(lines, name)

    @property
    def lines(self) -> Lines:
        """Where lines go now."""
        return self.file or sys.stderr

    def set_up(self, least: int, file: Lines | None = None) -> None:
        """Write lines from this level on; at once where structlog is there, so that whoever listens in still does."""
        with self._lock:
            self.least, self.file = least, file
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
                    _with_request,
                    _without_words,
                    structlog.processors.JSONRenderer(),
                ],
                wrapper_class=structlog.make_filtering_bound_logger(self.least),
                logger_factory=lambda *_args: structlog.WriteLogger(cast("Any", self.lines)),
                cache_logger_on_first_use=False,
            )
        self._lines = made = structlog.get_logger("systems_changers")
        return cast("BoundLogger", made)


_log = _Log()
log = cast("BoundLogger", _log)


def set_up_log(*, quiet: bool = False) -> None:
    """Write JSON lines to standard error; with `quiet` only warnings and worse."""
    _log.set_up(logging.WARNING if quiet else logging.INFO)


def set_up_served_log(settings: Settings) -> None:
    """Write lines as the settings of an instance that is served say. Raises Misconfigured for a file that can't be."""
    file = None
    if settings.log_file:
        from systems_changers.infra.log_files import LogFile  # optional: only where there is to be one

        file = LogFile(settings.data / settings.log_file, settings.log_days)
    _log.set_up(LEVELS.get(settings.least_logged, logging.INFO), file)


def request_line(  # noqa: PLR0913, PLR0917 - as many as the line has words
    method: str, endpoint: str, status: int, seconds: float, partner: str | None, id_: str
) -> None:
    """Write the line of an answered request, without structlog: most workers never load it."""
    if _log.least is None or _log.least > logging.INFO:
        return
    line = {
        "method": method, "endpoint": endpoint, "status": status, "ms": round(seconds * 1000, 1), "partner": partner,
        "event": "request", "level": "info", "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
        "request_id": id_,
    }  # fmt: skip
    lines = _log.lines
    lines.write(json.dumps(line) + "\n")
    lines.flush()


def _with_request(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    id_ = REQUEST.get()
    if id_ is not None:
        line["request_id"] = id_
    return line


def _without_words(_logger: object, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The error's kinds and lines in the place of the error."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["exception"] = stages(error)
    return line
