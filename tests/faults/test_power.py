"""The power fails while SQLite writes: whatever was committed under the kit's own pragmas is there afterwards, whole.

What is written is what a service wrote through the kit's engine, statement by statement.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import apsw
import pytest

from systems_changers.core.people import service as people
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra import engine
from systems_changers.testing.instance import Instance, try_out
from tests.faults.power import NAME, Disk, cuts, write_out
from tests.faults.trial import chances, say, times

FAULT = "the power fails under SQLite"
TRANSACTIONS = 120
PAGES = 40
"""How often the log is put into the database: sooner than by itself, so that the power fails then, too."""
FAST = Path("/dev/shm")


@dataclass(frozen=True)
class Workload:
    """A database to begin with, and what the kit said to SQLite from then on, a list a transaction."""

    before: Path
    said: list[list[str]]


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    folder = tmp_path_factory.mktemp("said")
    with try_out(folder) as instance:
        instance.add_partner("Corra", slug="corra")
        before = _without_guards(instance, folder / "before" / "kit.db")
        return Workload(before, [_transaction(instance, number) for number in range(TRANSACTIONS)])


def _without_guards(instance: Instance, file: Path) -> Path:
    """The database as one file, without the triggers that ask the kit's connection who is served."""
    file.parent.mkdir()
    with closing(sqlite3.connect(instance.kit.settings.data / "systems-changers.db")) as db:
        db.execute("VACUUM INTO ?", (str(file),))
    with closing(sqlite3.connect(file)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("PRAGMA journal_mode=WAL")
    return file


def _transaction(instance: Instance, number: int) -> list[str]:
    """The statements that make a person and record it."""
    heard: list[str] = []
    with instance.kit.scope(instance.partners["corra"], ANYONE, links=no_links, write=True) as scope:
        driver = scope.db.connection().connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(heard.append)
        needs = "x" * (number % 7 * 900)
        people.find_or_make_person(scope, f"Person {number}", f"person-{number}@example.org", access_needs=needs)
        scope.db.commit()
        driver.set_trace_callback(None)
    said = list(dict.fromkeys(each for each in heard if each.startswith("INSERT")))
    assert len(said) == 2
    return said


def written(workload: Workload, folder: Path, weaker: str = "") -> Disk:
    """Every act of SQLite as the workload runs under the kit's pragmas, or with a weaker one after them."""
    shutil.copy(workload.before, folder / "kit.db")
    disk = Disk()
    db = apsw.Connection(str(folder / "kit.db"), vfs=NAME)
    engine._pragmas(db, None)
    db.execute(f"PRAGMA wal_autocheckpoint={PAGES}")
    if weaker:
        db.execute(f"PRAGMA {weaker}")
    for statements in workload.said:
        db.execute("BEGIN IMMEDIATE")
        for statement in statements:
            db.execute(statement)
        db.execute("COMMIT")
        disk.mark()
    disk.acts = list(disk.acts)  # what it does as it closes is not of interest
    db.close()
    disk.unregister()
    return disk


@dataclass
class Found:
    """What the cuts of the power did."""

    cuts: int = 0
    lost: int = 0
    torn: int = 0
    corrupt: int = 0

    def look(self, folder: Path, promised: int) -> None:
        """Open the database with the SQLite that the kit uses, and count what is wrong."""
        self.cuts += 1
        try:
            with closing(sqlite3.connect(folder / "kit.db")) as db:
                sound = db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                tied = db.execute("PRAGMA foreign_key_check").fetchall() == []
                made = db.execute("SELECT count(*) FROM person").fetchone()[0]
                recorded = db.execute("SELECT count(*) FROM audit_event WHERE name = 'person.made'").fetchone()[0]
        except sqlite3.DatabaseError:
            self.corrupt += 1
            return
        self.corrupt += not (sound and tied)
        self.lost += made < promised
        self.torn += made != recorded


def cut(workload: Workload, folder: Path, chance: Random, number: int, weaker: str = "") -> Found:
    """Cut the power so often, anywhere in the workload."""
    disk, found = written(workload, folder, weaker), Found()
    points = [chance.randint(1, disk.promises[-1]) for _ in range(number)]
    with TemporaryDirectory(dir=FAST if FAST.is_dir() else folder) as name:
        place = Path(name)
        for left, promised in cuts(disk, workload.before, points, chance):
            write_out(left, place)
            found.look(place, promised)
            for each in place.iterdir():
                each.unlink()
    say(f"{found} of {TRANSACTIONS} transactions, {len(disk.acts)} acts{weaker and ', with '}{weaker}")
    return found


def test_nothing_that_was_committed_is_lost_with_the_power(workload: Workload, tmp_path: Path) -> None:
    number = times(FAULT)
    assert cut(workload, tmp_path, chances(FAULT), number) == Found(number)


@pytest.mark.parametrize(("weaker", "harm"), [("synchronous=NORMAL", "lost"), ("synchronous=OFF", "corrupt")])
def test_the_trial_would_find_a_weaker_pragma(workload: Workload, tmp_path: Path, weaker: str, harm: str) -> None:
    assert getattr(cut(workload, tmp_path, Random(1), 60, weaker), harm) > 0
