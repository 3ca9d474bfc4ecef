"""How often each fault is tried, and with what chances: few in the usual run, many with SC_FULL=1 (`tox -e full`).

One seed decides everything that is left to chance; it is printed, and SC_SEED plays it again.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FULL = os.environ.get("SC_FULL") == "1"
TIMES = {
    "a writer on SQLite is killed": (12, 1000),
    "the power fails under SQLite": (150, 10_000),
    "PostgreSQL is killed": (3, 300),
    "web workers are killed": (3, 1000),
    "a form is sent twice": (12, 1000),
    "two people change the same": (12, 1000),
    "eight write at once": (400, 8000),
    "the database is stopped": (1, 20),
    "a migration is cut": (1, 100_000),
    "the disk is full": (2, 50),
    "the mail server is away": (10, 1000),
    "a configuration is unsafe": (800, 20_000),
    "a script is typed": (8, 1000),
    "anything is asked of the API": (280, 100_000),
    "a form has too many fields": (3, 200),
    "a transaction goes through PgBouncer": (500, 10_000),
}
"""In the usual run, and in the full one."""


def times(fault: str) -> int:
    """How often this run tries it."""
    return TIMES[fault][FULL]


def chances(fault: str) -> random.Random:
    """This run's chances for one fault; what is printed plays them again."""
    seed = os.environ.get("SC_SEED") or str(secrets.randbelow(10**9))
    say(f"{fault}: {times(fault)} times; again with SC_SEED={seed}{' SC_FULL=1' if FULL else ''}")
    return random.Random(f"{fault} {seed}")


def say(what: str) -> None:
    """Tell whoever runs this: pytest shows it of a test that fails, and of every test with -rP."""
    print(what)  # noqa: T201 - that is how


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
