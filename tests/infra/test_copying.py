"""A database copied while others write is what it was at one moment, and comes back as that or not at all."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.infra import archive, copying, copying_postgresql, copying_sqlite
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Refused
from tests.postgres import PostgresServer

TABLE = """
CREATE TABLE letter (id INTEGER PRIMARY KEY, writer INTEGER NOT NULL, number INTEGER NOT NULL, words TEXT,
                     reply_to INTEGER REFERENCES letter (id))
"""
WRITERS, ACKNOWLEDGED_BEFORE = 3, 40


@pytest.fixture
def owner(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    if database_kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.create_database())
    else:
        url = f"sqlite:///{tmp_path / 'letters.db'}"
    engine = open_owner_engine(url)
    with engine.connect() as connection:
        if database_kind == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[union-attr]  # sqlite3's
    say(engine, TABLE, "CREATE TABLE sc_version_core (version_num VARCHAR(32) PRIMARY KEY)",
        "INSERT INTO sc_version_core VALUES ('0001')")  # fmt: skip
    yield engine
    engine.dispose()


def say(engine: sa.Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def letters(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT * FROM letter ORDER BY id").all())


def taken(engine: sa.Engine, file: Path) -> Path:
    with archive.writing(file) as made:
        made.finish({"database": copying.copy_out(engine, made)})
    return file


def rebuilt(connection: sa.Connection) -> None:
    for statement in (TABLE, "CREATE TABLE sc_version_core (version_num VARCHAR(32) PRIMARY KEY)"):
        connection.exec_driver_sql(statement)


class Load:
    """Writers, each in order, each letter acknowledged once it is committed."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.stopped = engine, threading.Event()
        self.acknowledged: list[list[int]] = [[] for _ in range(WRITERS)]
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]

    def write(self, writer: int) -> None:
        number = 0
        while not self.stopped.is_set():
            with suppress(sa.exc.OperationalError), self.engine.begin() as connection:
                key, words = writer * 1_000_000 + number, "'dè ''s a\tseo'"
                connection.exec_driver_sql(f"INSERT INTO letter VALUES ({key}, {writer}, {number}, {words}, NULL)")
                connection.commit()
                self.acknowledged[writer].append(number)
                number += 1

    def wait(self) -> None:
        while min(map(len, self.acknowledged)) < ACKNOWLEDGED_BEFORE:
            self.stopped.wait(0.01)


def test_a_copy_under_load_is_one_moment(owner: sa.Engine, tmp_path: Path) -> None:
    load = Load(owner)
    for thread in load.threads:
        thread.start()
    load.wait()
    before = [len(each) for each in load.acknowledged]
    files = [taken(owner, tmp_path / f"{number}.scbackup") for number in range(4)]
    load.stopped.set()
    for thread in load.threads:
        thread.join()
    written = letters(owner)
    for file in files:
        with archive.reading(file) as found:
            copying.check(owner, found, rebuilt, tmp_path)
            copying.put_back(owner, found, rebuilt)
        restored = letters(owner)
        assert restored == [row for row in written if row in set(restored)]
        for writer in range(WRITERS):
            numbers = [row[2] for row in restored if row[1] == writer]
            assert numbers == list(range(len(numbers)))
            assert len(numbers) >= before[writer]


def test_a_row_that_changed_in_the_copy_is_found(owner: sa.Engine, tmp_path: Path) -> None:
    say(owner, "INSERT INTO letter VALUES (1, 1, 1, 'before it', NULL), (2, 1, 2, NULL, 1)")
    file = taken(owner, tmp_path / "one.scbackup")
    held = file.read_bytes()
    assert held.count(b"before it") == 1
    file.write_bytes(held.replace(b"before it", b"behind it"))
    say(owner, "UPDATE letter SET words = 'since'")
    with archive.reading(file) as found:
        with pytest.raises(Refused, match="is damaged"):
            copying.check(owner, found, rebuilt, tmp_path)
        with pytest.raises(Refused, match="is damaged"):
            copying.put_back(owner, found, rebuilt)
    assert [row[3] for row in letters(owner)] == ["since", "since"]


def test_it_comes_back_as_it_was(owner: sa.Engine, tmp_path: Path) -> None:
    say(owner, "INSERT INTO letter VALUES (1, 1, 1, 'before it', NULL), (2, 1, 2, NULL, 1)")
    was = letters(owner)
    file = taken(owner, tmp_path / "one.scbackup")
    say(owner, "DELETE FROM letter", "INSERT INTO letter VALUES (7, 7, 7, 'since', NULL)",
        "UPDATE sc_version_core SET version_num = '0002'")  # fmt: skip
    with archive.reading(file) as found:
        assert found.told["database"]["rows"] == {"letter": 2, "sc_version_core": 1}
        assert found.told["database"]["revisions"] == {"core": "0001"}
        copying.put_back(owner, found, rebuilt)
    assert letters(owner) == was
    with owner.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM sc_version_core").scalar() == "0001"


def test_tables_that_nothing_makes_are_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    engine = open_owner_engine(postgres.url(postgres.create_database()))
    say(engine, TABLE, "INSERT INTO letter VALUES (1, 1, 1, 'words', NULL)", "CREATE TABLE stray (id INTEGER)")
    file = taken(engine, tmp_path / "one.scbackup")
    with archive.reading(file) as found, pytest.raises(Refused, match="the table stray") as refused:
        copying.put_back(engine, found, lambda connection: say_in(connection, TABLE))
    assert refused.value.code == "unknown_table"
    say(engine, "DROP TABLE stray")
    with archive.reading(file) as found, pytest.raises(Refused, match="the table stray"):
        copying_postgresql.check(engine, found, rebuilt, tmp_path)
    assert len(letters(engine)) == 1
    engine.dispose()


def say_in(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def test_a_page_that_sqlite_can_not_read_is_found(tmp_path: Path) -> None:
    """A database that was damaged before it was copied: its bytes are those that were written, and no good."""
    place = tmp_path / "letters.db"
    engine = open_owner_engine(f"sqlite:///{place}")
    say(engine, TABLE, *(f"INSERT INTO letter VALUES ({at}, 1, {at}, '{'x' * 500}', NULL)" for at in range(200)))
    engine.dispose()
    held = bytearray(place.read_bytes())
    held[3 * 4096 : 3 * 4096 + 200] = b"\xff" * 200
    place.write_bytes(held)
    with archive.writing(tmp_path / "one.scbackup") as made:
        made.path.write_bytes(held)
        made.keep_front()
        made.finish({"database": {"kind": "sqlite", "rows": {"letter": 200}, "revisions": {}}})
    with archive.reading(tmp_path / "one.scbackup") as found, pytest.raises(Refused, match="is damaged"):
        copying_sqlite.check(None, found, rebuilt, tmp_path)


def test_triggers_and_views_are_dropped(tmp_path: Path) -> None:
    engine = open_owner_engine(f"sqlite:///{tmp_path / 'letters.db'}")
    say(engine, TABLE, "CREATE VIEW seen AS SELECT 1",
        'CREATE TRIGGER "od""d" AFTER INSERT ON letter BEGIN DELETE FROM letter; END')  # fmt: skip
    copying.drop_code(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sqlite_schema WHERE type <> 'table'").all() == []
    engine.dispose()


def test_a_backup_of_the_other_kind_of_database_is_refused(owner: sa.Engine, tmp_path: Path) -> None:
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[owner.dialect.name]
    with archive.writing(tmp_path / "one.scbackup") as made:
        made.finish({"database": {"kind": other, "rows": {}, "revisions": {}}})
    with archive.reading(tmp_path / "one.scbackup") as found, pytest.raises(Refused) as refused:
        copying.put_back(owner, found, rebuilt)
    assert refused.value.code == "other_database"
    assert f"({other})" in str(refused.value.message)


def test_a_copy_with_other_rows_than_were_counted_is_damaged(tmp_path: Path) -> None:
    engine = open_owner_engine(f"sqlite:///{tmp_path / 'letters.db'}")
    say(engine, TABLE, "INSERT INTO letter VALUES (1, 1, 1, 'words', NULL)")
    with archive.writing(tmp_path / "one.scbackup") as made:
        told = copying.copy_out(engine, made)
        made.finish({"database": {**told, "rows": {"letter": 2}}})
    with archive.reading(tmp_path / "one.scbackup") as found, pytest.raises(Refused, match="is damaged"):
        copying_sqlite.check(None, found, rebuilt, tmp_path)
    engine.dispose()


@pytest.mark.parametrize("gone", [True, False])
def test_where_there_is_no_database_the_copy_becomes_it(tmp_path: Path, gone: bool) -> None:
    place = tmp_path / "letters.db"
    engine = open_owner_engine(f"sqlite:///{place}")
    say(engine, TABLE, "INSERT INTO letter VALUES (1, 1, 1, 'words', NULL)")
    was, file = letters(engine), taken(engine, tmp_path / "one.scbackup")
    say(engine, "DELETE FROM letter")
    engine.dispose()
    if gone:
        place.unlink()
    with archive.reading(file) as found:
        copying.put_back(engine, found, rebuilt)
    assert letters(engine) == was
    assert sorted(each.name for each in tmp_path.glob("*restoring*")) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("code", "error"), [(sqlite3.SQLITE_FULL, Refused), (sqlite3.SQLITE_BUSY, sqlite3.OperationalError)]
)
def test_no_room_for_the_copy_is_said_in_a_sentence(tmp_path: Path, code: int, error: type[Exception]) -> None:
    engine = open_owner_engine(f"sqlite:///{tmp_path / 'letters.db'}")
    failed = sqlite3.OperationalError("trouble")
    failed.sqlite_errorcode = code
    with pytest.raises(error) as said, copying_sqlite._driver(engine):
        raise failed
    assert getattr(said.value, "code", None) == ("disk_full" if error is Refused else None)
    engine.dispose()
