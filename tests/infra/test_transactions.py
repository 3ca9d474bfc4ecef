"""A transaction apart is kept whatever becomes of the session beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from systems_changers.infra.db import WRITES_SOON, WROTE, open_session
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.transactions import apart, apart_from, inserting, read_as


class Small(DeclarativeBase):
    pass


class Tally(Small):
    __tablename__ = "tally"

    name: Mapped[str] = mapped_column(primary_key=True)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    owner = open_owner_engine(f"sqlite:///{tmp_path / 'a.db'}")
    Small.metadata.create_all(owner)
    app = open_engine(f"sqlite:///{tmp_path / 'a.db'}", Small.metadata)
    yield app
    app.dispose()


def names(engine: sa.Engine) -> list[str]:
    with open_session(engine, None) as outside:
        return list(outside.scalars(sa.select(Tally.name)))


def test_it_commits_by_itself(engine: sa.Engine) -> None:
    with apart(engine) as connection:
        connection.execute(sa.insert(Tally).values(name="kept"))
    assert names(engine) == ["kept"]


def test_it_takes_its_turn_before_it_reads(engine: sa.Engine) -> None:
    """A transaction that read first and wrote later could find the file changed in between, and would fail."""
    sent: list[str] = []
    with engine.connect() as connection:
        connection.connection.driver_connection.set_trace_callback(sent.append)  # type: ignore[union-attr]  # sqlite3's
    with apart(engine) as connection:
        connection.execute(sa.select(Tally.name)).all()
    assert sent[0] == "BEGIN IMMEDIATE"


def test_a_fault_inside_leaves_nothing(engine: sa.Engine) -> None:
    with pytest.raises(sa.exc.IntegrityError), apart(engine) as connection:
        connection.execute(sa.insert(Tally), [{"name": "lost"}, {"name": "lost"}])
    assert names(engine) == []


def test_a_writing_session_that_has_only_read_makes_way(engine: sa.Engine) -> None:
    session = open_session(engine, None, write=True)
    session.scalars(sa.select(Tally.name)).all()
    with apart_from(session) as connection:
        connection.execute(sa.insert(Tally).values(name="kept"))
    session.add(Tally(name="lost"))
    session.flush()
    session.rollback()
    session.close()
    assert names(engine) == ["kept"]


def test_a_session_that_has_changed_something_is_refused(engine: sa.Engine) -> None:
    session = open_session(engine, None, write=True)
    session.add(Tally(name="mine"))
    with pytest.raises(RuntimeError), apart_from(session):
        pass
    session.close()


@pytest.mark.parametrize("change", ["dirty", "deleted", "past the session"])
def test_whatever_was_changed_would_be_lost(engine: sa.Engine, change: str) -> None:
    with apart(engine) as connection:
        connection.execute(sa.insert(Tally).values(name="there"))
    session = open_session(engine, None, write=True)
    row = session.get_one(Tally, "there")
    if change == "dirty":
        row.name = "other"
    elif change == "deleted":
        session.delete(row)
    else:
        session.info[WROTE] = session.get_transaction()
    with pytest.raises(RuntimeError, match="before anything is changed"), apart_from(session):
        pass
    session.close()
    assert names(engine) == ["there"]


def test_what_an_earlier_transaction_changed_is_safe(engine: sa.Engine) -> None:
    session = open_session(engine, None, write=True)
    session.add(Tally(name="first"))
    session.flush()
    session.info[WROTE] = session.get_transaction()
    session.commit()
    session.connection()
    with apart_from(session) as connection:
        connection.execute(sa.insert(Tally).values(name="second"))
    session.close()
    assert sorted(names(engine)) == ["first", "second"]


def test_an_insert_may_turn_into_an_update_on_both_databases() -> None:
    for made in (sqlite.dialect(), postgresql.dialect()):  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        adding = inserting(made, Tally).values(name="x").on_conflict_do_nothing(index_elements=["name"])
        assert type(adding).__module__ == f"sqlalchemy.dialects.{made.name}.dml"
        assert "ON CONFLICT (name) DO NOTHING" in str(adding.compile(dialect=made))


def test_a_session_beside_reads_what_was_committed_and_waits_for_nobody(engine: sa.Engine) -> None:
    account = new_id()
    session = open_session(engine, None, write=True)
    session.add(Tally(name="pending"))
    session.flush()
    with read_as(session, account) as beside:
        assert beside.scalars(sa.select(Tally.name)).all() == []
        assert (beside.info["partner_id"], beside.info["account_id"], beside.info["write"]) == (None, account, False)
        assert beside.connection().get_execution_options()[WRITES_SOON] is False
    assert not beside.in_transaction()
    session.close()
