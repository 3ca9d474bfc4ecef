"""A process that writes to SQLite is killed at any moment: what it said was kept is kept, whole and sound."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from systems_changers.testing.instance import try_out
from tests.faults.nursery import address
from tests.faults.trial import ROOT, chances, say, times

FAULT = "a writer on SQLite is killed"
LONGEST = 0.06
"""Seconds that a writer writes: from before its first transaction to some way into its tenth."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with try_out(tmp_path) as instance:
        instance.add_partner("Corra", slug="corra")
    return tmp_path


@pytest.fixture
def nursery(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.faults.nursery", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def killed_after(nursery: subprocess.Popen[str], first: int, seconds: float) -> list[int]:
    """The numbers that a writer said it had committed before it was killed."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{first}\n")
    nursery.stdin.flush()
    pid = int(nursery.stdout.readline())
    assert nursery.stdout.readline() == "ready\n"
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return [int(line) for line in iter(nursery.stdout.readline, "over\n")]


def found(folder: Path) -> tuple[set[str], int]:
    """The addresses that are in the database and how often one was recorded; it has to be sound."""
    with sqlite3.connect(folder / "systems-changers.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        recorded = db.execute("SELECT count(*) FROM audit_event WHERE name = 'person.made'").fetchone()[0]
        addresses = {row[0] for row in db.execute("SELECT email FROM person")}
    db.close()
    return addresses, recorded


def test_a_killed_writer_loses_nothing_it_said_was_kept(folder: Path, nursery: subprocess.Popen[str]) -> None:
    chance, kept, number = chances(FAULT), set[str](), 0
    for _ in range(times(FAULT)):
        said = killed_after(nursery, number, chance.uniform(0, LONGEST))
        kept |= {address(each) for each in said}
        addresses, recorded = found(folder)
        assert kept <= addresses, f"lost: {sorted(kept - addresses)}"
        assert recorded == len(addresses), "a person and what was recorded of it came apart"
        kept, number = addresses, len(addresses)
    say(f"{len(kept)} people kept")
    assert len(kept) > times(FAULT) / 4
