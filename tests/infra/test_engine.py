"""Databases open safe: durable, with foreign keys, in one transaction from the start, and as the right role."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra import isolation_sqlite
from systems_changers.infra.db import Base, PartnerSession, open_session, using
from systems_changers.infra.engine import BUSY_MILLISECONDS, open_engine, open_owner_engine
from systems_changers.infra.errors import BeyondPartner, Misconfigured
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.roles import prepare_roles
from tests.postgres import PostgresServer


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'kit.db'}"


def raw(engine: sa.Engine) -> sqlite3.Connection:
    with engine.connect() as connection:
        found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def test_sqlite_is_durable_and_patient(url: str) -> None:
    engine = open_engine(url)
    connection = raw(engine)
    connection.set_authorizer(None)
    values = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    values |= {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "busy_timeout")}
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": BUSY_MILLISECONDS}
    engine.dispose()


def test_a_write_scope_takes_the_lock_at_once_and_a_read_scope_takes_none(url: str) -> None:
    engine = open_engine(url)
    partner = new_id()
    with using(open_session(engine, partner, write=True)) as writing, using(open_session(engine, partner)) as reading:
        writing.connection()
        assert reading.scalar(sa.text("SELECT 1")) == 1
        other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    engine.dispose()


def test_a_writer_whose_turn_does_not_come_writes_all_the_same(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(url)
    monkeypatch.setattr(isolation_sqlite, "PATIENCE", 0.01)
    with isolation_sqlite._next_writer:
        with using(open_session(engine, None, write=True)) as db:
            assert db.scalar(sa.text("SELECT 1")) == 1
        assert isolation_sqlite._next_writer.locked()
    engine.dispose()


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'gone' / 'kit.db'}")
    with pytest.raises(sa.exc.OperationalError, match="unable to open"):
        engine.connect()


def test_what_was_not_committed_is_gone(url: str) -> None:
    owner, engine = open_owner_engine(url), open_engine(url, sa.MetaData())
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE sc_version_thing (name text)")
    with using(open_session(engine, None, write=True)) as db:
        db.execute(sa.text("INSERT INTO sc_version_thing VALUES ('half done')"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM sc_version_thing").all() == []
    engine.dispose()


def test_a_table_the_kit_does_not_know_cannot_be_read(url: str) -> None:
    owner, engine = open_owner_engine(url), open_engine(url)
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE stranger (name text)")
    with engine.connect() as connection, pytest.raises(BeyondPartner):
        connection.exec_driver_sql("SELECT * FROM stranger")
    engine.dispose()


def test_the_owner_may_change_the_schema(url: str) -> None:
    with open_owner_engine(url).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        connection.exec_driver_sql("DROP TABLE t")
        assert sa.inspect(connection).get_table_names() == []


def test_a_refusal_is_put_into_words() -> None:
    assert isolation_sqlite.refusal(sqlite3.IntegrityError("another partner")) is not None
    assert isolation_sqlite.refusal(sqlite3.DatabaseError("access to cohort.name is prohibited")) is not None
    assert isolation_sqlite.refusal(sqlite3.OperationalError("disk I/O error")) is None
    assert isolation_sqlite.refusal(ValueError("another partner")) is None


def test_postgresql_as_the_owner_is_refused(postgres: PostgresServer) -> None:
    engine = open_engine(postgres.url(postgres.create_database()), Base.metadata)
    for _ in range(2):
        with pytest.raises(Misconfigured, match="superuser"):
            engine.connect()
    engine.dispose()


def test_connections_that_the_database_closed_meanwhile_are_replaced(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("systems_changers.infra.engine.IDLE_SECONDS", 0.0)
    name = postgres.create_database()
    engine, owner = open_engine(postgres.url(name, "sc_app")), open_owner_engine(postgres.url(name))
    with owner.begin() as chief:
        prepare_roles(chief, password="not asked for on this socket")
    with engine.connect() as connection, engine.connect() as other:
        before = {each.scalar(sa.text("SELECT pg_backend_pid()")) for each in (connection, other)}
    with owner.begin() as chief:
        for pid in before:
            chief.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with engine.connect() as connection, engine.connect() as other:
        after = {each.scalar(sa.text("SELECT pg_backend_pid()")) for each in (connection, other)}
    assert (len(before), len(after), before & after) == (2, 2, set())
    owner.dispose()
    engine.dispose()


@pytest.fixture
def served(postgres: PostgresServer) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """The application's engine and the owner's, of an empty database."""
    name = postgres.create_database()
    engine, owner = open_engine(postgres.url(name, "sc_app")), open_owner_engine(postgres.url(name))
    with owner.begin() as chief:
        prepare_roles(chief, password="not asked for on this socket")
    yield engine, owner
    owner.dispose()
    engine.dispose()


def partner_of(db: Session | sa.Connection) -> str | None:
    told: str | None = db.scalar(sa.text("SELECT nullif(current_setting('app.partner', true), '')::uuid::text"))
    return told


def test_a_transaction_that_cannot_begin_says_so_and_the_pool_is_made_anew(
    served: tuple[sa.Engine, sa.Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("systems_changers.infra.engine.IDLE_SECONDS", 3600.0)
    engine, owner = served
    partner = new_id()
    with ExitStack() as open_at_once:
        sessions = [open_at_once.enter_context(using(open_session(engine, partner))) for _ in range(3)]
        pids = [db.scalar(sa.text("SELECT pg_backend_pid()")) for db in sessions]
    with owner.begin() as chief:
        for pid in pids:
            chief.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with using(open_session(engine, partner)) as db, pytest.raises(sa.exc.OperationalError) as failed:
        db.scalar(sa.text("SELECT 1"))
    assert failed.value.connection_invalidated
    with ExitStack() as open_at_once:
        sessions = [open_at_once.enter_context(using(open_session(engine, partner))) for _ in range(3)]
        assert [partner_of(db) for db in sessions] == [str(partner)] * 3


def test_the_partner_is_named_with_begin_and_gone_with_the_transaction(served: tuple[sa.Engine, sa.Engine]) -> None:
    engine, _owner = served
    partner = new_id()
    with using(open_session(engine, partner)) as db:
        driver: Any = db.connection().connection.driver_connection
        assert driver.info.transaction_status.name == "INTRANS"
        pid = db.scalar(sa.text("SELECT pg_backend_pid()"))
        db.commit()
        assert partner_of(db) == str(partner)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT pg_backend_pid()")) == pid
        assert partner_of(connection) is None


def fails(_connection: object) -> None:
    raise RuntimeError("a listener that fails as the transaction ends")


def test_a_transaction_that_was_left_open_is_nobody_else_s(served: tuple[sa.Engine, sa.Engine]) -> None:
    engine, _owner = served
    with using(open_session(engine, new_id())) as db:
        sa.event.listen(db.connection(), "commit", fails)
        pid = db.scalar(sa.text("SELECT pg_backend_pid()"))
        with pytest.raises(RuntimeError, match="a listener"):
            db.commit()
    with engine.connect() as other:
        driver: Any = other.connection.driver_connection
        assert driver.info.transaction_status.name == "IDLE"
        assert other.scalar(sa.text("SELECT pg_backend_pid()")) == pid
        assert partner_of(other) is None


def test_a_transaction_that_was_left_open_on_sqlite_lets_go_of_the_lock(url: str) -> None:
    engine = open_engine(url)
    with using(open_session(engine, new_id(), write=True)) as db:
        sa.event.listen(db.connection(), "commit", fails)
        with pytest.raises(RuntimeError, match="a listener"):
            db.commit()
    other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0)
    other.execute("BEGIN IMMEDIATE")
    other.close()
    with using(open_session(engine, new_id(), write=True)) as db:
        assert db.scalar(sa.text("SELECT 1")) == 1
    engine.dispose()


def test_a_session_joins_nobody_s_transaction(served: tuple[sa.Engine, sa.Engine]) -> None:
    engine, _owner = served
    with using(open_session(engine, new_id())) as db:
        inner = Session(db.connection(), join_transaction_mode="create_savepoint")
        inner.close()
        with using(PartnerSession(db.connection())) as joined:
            joined.info.update(partner_id=new_id(), account_id=None, write=False)
            with pytest.raises(BeyondPartner):
                joined.connection()


def test_a_transaction_of_another_kind_is_the_partner_s_too(served: tuple[sa.Engine, sa.Engine]) -> None:
    engine, _owner = served
    partner = new_id()
    for options, setting, value in (
        ({"isolation_level": "SERIALIZABLE"}, "transaction_isolation", "serializable"),
        ({"postgresql_readonly": True}, "transaction_read_only", "on"),
    ):
        with using(open_session(engine, partner)) as db:
            db.connection(execution_options=options)
            assert db.scalar(sa.text(f"SELECT current_setting('{setting}')")) == value
            assert partner_of(db) == str(partner)
    with using(open_session(engine, partner)) as db:
        db.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        assert partner_of(db) is None  # outside a transaction there is no partner, and so no rows


@pytest.mark.parametrize("wrong", ["", "x', true); --", "'; SET LOCAL app.operator = 'yes'; --"])
def test_only_a_uuid_is_named(served: tuple[sa.Engine, sa.Engine], wrong: Any) -> None:
    engine, _owner = served
    with using(open_session(engine, wrong)) as db, pytest.raises(AttributeError):
        db.connection()


def test_sqlite_is_not_loaded_beside_postgresql(postgres: PostgresServer) -> None:
    url = postgres.url(postgres.create_database())
    told = (
        "import sys; from systems_changers.infra.engine import open_engine;"
        f"open_engine({url!r}); print('sqlite3' in sys.modules)"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # it uses sqlite3
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, env=bare)
    assert done.stdout.strip() == "False"
