"""After an erasure SQLite's log is empty, and what was deleted is overwritten in the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.engine import _pragmas
from systems_changers.infra.scrubbing import after_commit, empty_log, scrub_after_commit

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
    assert not empty_log(engine)
    reader.close()
    assert empty_log(engine)
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
