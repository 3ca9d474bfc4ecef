"""After an erasure SQLite's log is empty, and what was deleted is overwritten in the file."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.checks_database import Engines, erased
from systems_changers.infra.engine import _pragmas
from systems_changers.infra.scrubbing import (
    WAITS,
    after_commit,
    empty_log,
    empty_waiting_log,
    scrub_after_commit,
    waits_to_be_emptied,
)

WORD = b"Zqfraser"


def engine_at(folder: Path) -> sa.Engine:
    """A database in WAL mode with a word in it that was deleted, and still stands in the log."""
    engine = sa.create_engine(f"sqlite:///{folder / 'kit.db'}")
    sa.event.listen(engine, "connect", _pragmas)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (w TEXT)")
        connection.exec_driver_sql("INSERT INTO t VALUES ('Zqfraser')")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM t")
    return engine


def test_nothing_is_left_once_the_session_commits(tmp_path: Path) -> None:
    engine = engine_at(tmp_path)
    assert any(WORD in file.read_bytes() for file in tmp_path.iterdir())
    with Session(engine) as db:
        db.execute(sa.text("DELETE FROM t"))
        scrub_after_commit(db)
        assert (tmp_path / "kit.db-wal").stat().st_size > 0
        db.commit()
        assert (tmp_path / "kit.db-wal").stat().st_size == 0
    assert [file.name for file in tmp_path.iterdir() if WORD in file.read_bytes()] == []
    engine.dispose()


def test_what_waits_for_the_commit_is_done_once_and_only_then(tmp_path: Path) -> None:
    engine, done = engine_at(tmp_path), []
    with Session(engine) as db:
        after_commit(db, lambda: done.append("done"))
        for _ in range(2):
            db.execute(sa.text("DELETE FROM t"))
            db.commit()
    assert done == ["done"]
    engine.dispose()


def test_whoever_reads_meanwhile_puts_it_off(tmp_path: Path) -> None:
    engine = engine_at(tmp_path)
    reader = sqlite3.connect(tmp_path / "kit.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM t").fetchall()
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES ('more')")
    with Session(engine) as db:
        db.execute(sa.text("DELETE FROM t"))
        scrub_after_commit(db)
        db.commit()
    since = waits_to_be_emptied(engine)
    assert since is not None
    assert abs(datetime.now(UTC) - since) < timedelta(minutes=5)
    empty_waiting_log(engine)
    assert not empty_log(engine)
    assert waits_to_be_emptied(engine) == since, "since the first time"
    reader.close()
    assert WORD in (tmp_path / "kit.db-wal").read_bytes()
    empty_waiting_log(engine)
    assert waits_to_be_emptied(engine) is None
    assert [file.name for file in tmp_path.iterdir() if WORD in file.read_bytes()] == []
    engine.dispose()


def test_a_crash_between_the_commit_and_the_log_is_made_good(tmp_path: Path) -> None:
    engine = engine_at(tmp_path)
    with Session(engine) as db:
        scrub_after_commit(db)
        assert waits_to_be_emptied(engine) is not None
        db.rollback()
    empty_waiting_log(engine)
    assert waits_to_be_emptied(engine) is None
    assert (tmp_path / "kit.db-wal").stat().st_size == 0
    engine.dispose()


def test_a_log_that_cannot_be_reached_waits(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'none' / 'kit.db'}")
    assert not empty_log(engine)


def test_the_doctor_tells_of_a_log_that_waits_for_long(tmp_path: Path) -> None:
    engine = engine_at(tmp_path)
    engines, note = Engines(engine, engine), tmp_path / f"kit.db{WAITS}"
    assert erased(engines).status == "ok"
    note.touch()
    assert erased(engines).status == "ok", "it waits for a moment only"
    os.utime(note, (0, 1_700_000_000))
    found = erased(engines)
    assert found.status == "warning"
    assert str(found.message) == (
        "The log beside the database holds since 14 November 2023, 22:13 UTC what was erased: it could not be emptied."
    )
    assert found.mend is not None
    found.mend()
    assert erased(engines).status == "ok"
    engine.dispose()


def test_other_databases_are_left_alone() -> None:
    class Elsewhere:
        @staticmethod
        def get_bind() -> object:
            return type("Bind", (), {"engine": type("Engine", (), {"dialect": type("D", (), {"name": "other"})})})

    scrub_after_commit(Elsewhere())  # type: ignore[arg-type]  # it is asked for its bind alone


def test_what_is_deleted_is_overwritten() -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        _pragmas(connection, None)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
