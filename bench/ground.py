"""Where a run stands: its folder, its databases and how long it may take.

Every database is new and goes when the run ends; PostgreSQL is the private server that the tests use.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from tests.postgres import PostgresServer, start_postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a run takes: rounds of load and their seconds, pairs in process, starts, and the long register."""

    rounds: int = 5
    seconds: float = 3.0
    pairs: int = 200
    starts: int = 7
    long_register: int = 100_000


QUICK = Effort(rounds=3, seconds=1.0, pairs=60, starts=3, long_register=20_000)


@dataclass(slots=True)
class Ground:
    """One kind of database, and a folder."""

    kind: str
    folder: Path
    effort: Effort
    server: PostgresServer | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_folder(self) -> Path:
        """An empty folder for one instance."""
        folder = self.folder / f"{self.kind}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def new_database(self) -> tuple[str, str] | None:
        """The application's and the owner's address of a new PostgreSQL database; None where SQLite serves."""
        if self.server is None:
            return None
        name = self.server.create_database()
        app = sa.make_url(self.server.url(name, "sc_app")).set(password="bench")
        return app.render_as_string(hide_password=False), self.server.url(name)

    def floor_url(self) -> str:
        """The address of a new database for the floor."""
        if self.server is None:
            return f"sqlite:///{self.new_folder() / 'floor.db'}"
        return self.server.url(self.server.create_database())


@contextmanager
def standing(kind: str, effort: Effort) -> Iterator[Ground]:
    """A ground for one kind of database, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    server = start_postgres() if kind == POSTGRESQL else None
    try:
        yield Ground(kind, folder, effort, server)
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
