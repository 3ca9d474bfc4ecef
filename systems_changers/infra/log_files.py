"""A log in files by day, which several processes may write: each line is appended whole, and nothing is renamed.

A day's file that grows too large is gone on with in another; those of days past are taken away after `days`.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.text import msg

MOST_BYTES = 50_000_000
OWN = 0o600


class LogFile:
    """`kit.log` means kit-2026-03-12.log and, once that is full, kit-2026-03-12.2.log. Times are UTC."""

    def __init__(
        self, file: Path, days: int, *, most: int = MOST_BYTES, today: Callable[[], date] | None = None
    ) -> None:
        """Raises Misconfigured where the log can't be written there."""
        self._file, self._days, self._most = file, days, most
        self._today = today or _utc_today
        self._lock = threading.Lock()
        self._day, self._number, self._open = self._today(), 1, -1
        self._left = 0
        try:
            self._turn()
        except OSError as error:
            raise Misconfigured(msg("%(file)s can't be written: %(why)s", file=str(file),
                                    why=error.strerror or type(error).__name__)) from None  # fmt: skip

    def write(self, line: str) -> None:
        """Append a line; where that can't be done, it goes to standard error, and work goes on."""
        said = line.encode("utf-8", "replace")
        try:
            with self._lock:
                if self._left < len(said) or self._today() != self._day:
                    self._turn()
                self._left -= len(said)
                os.write(self._open, said)
        except OSError:
            sys.stderr.write(line)

    def flush(self) -> None:
        """Every line is written at once."""

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._open >= 0:
                os.close(self._open)
                self._open = -1

    def _turn(self) -> None:
        """Open the file of now; another process may have filled the one before."""
        day = self._today()
        if day != self._day:
            self._day, self._number = day, 1
        while True:
            path = self._path(self._day, self._number)
            made = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OWN)
            size = os.fstat(made).st_size
            if size < self._most:
                break
            os.close(made)
            self._number += 1
        if self._open >= 0:
            os.close(self._open)
        self._open, self._left = made, max(self._most - size, 1) // 4 + 1  # others write here too: look again early
        for old in self._old():
            with suppress(FileNotFoundError):
                old.unlink()

    def _path(self, day: date, number: int) -> Path:
        more = f".{number}" if number > 1 else ""
        return self._file.with_name(f"{self._file.stem}-{day.isoformat()}{more}{self._file.suffix}")

    def _old(self) -> Iterator[Path]:
        """The files of days that are too long past."""
        stem, suffix = re.escape(self._file.stem), re.escape(self._file.suffix)
        named = re.compile(rf"{stem}-(\d{{4}}-\d\d-\d\d)(\.\d+)?{suffix}")
        first = self._day - timedelta(days=self._days - 1)
        for path in self._file.parent.iterdir():
            found = named.fullmatch(path.name)
            if found and found[1] < first.isoformat():
                yield path


def _utc_today() -> date:
    return datetime.now(UTC).date()
