"""A keyhole answers its one question on a connection that sees nothing else; on PostgreSQL nobody else may ask."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from systems_changers.infra import isolation
from systems_changers.infra.db import Base
from systems_changers.infra.engine import one_read, open_owner_engine
from systems_changers.infra.isolation_postgresql import FORBIDDEN
from systems_changers.infra.keyholes import Keyhole
from systems_changers.infra.keyholes_postgresql import KEYHOLES, PREFIX, Question, functions
from systems_changers.infra.roles import APP_ROLE, ROLLUP_ROLE, prepare_roles
from tests.isolation.conftest import fresh
from tests.isolation.ground import Ground
from tests.isolation.world import FIRST_LETTER, LETTER_TO, Letter, Tag, World
from tests.postgres import PostgresServer

__all__ = ["fresh"]

CALLED, FIRST = f"{PREFIX}letter_to", f"{PREFIX}first_letter"


@pytest.fixture
def owner(postgres: PostgresServer) -> Iterator[sa.Connection]:
    with open_owner_engine(postgres.url(postgres.create_database())).begin() as connection:
        prepare_roles(connection, password="for-tests")
        World.metadata.create_all(connection)
        isolation.arm(connection, World.metadata)
        yield connection


def test_it_answers_what_was_asked_and_the_connection_sees_nothing_else(fresh: Ground) -> None:
    with one_read(fresh.app) as connection:
        found = LETTER_TO.look(connection, {"address": "Alder@letters.example"})
    assert tuple(found) == (fresh.theirs.letter, "queued Alder")
    with one_read(fresh.app) as connection:
        assert connection.execute(sa.select(World.metadata.tables["letter"])).all() == []


def test_it_costs_one_statement(fresh: Ground) -> None:
    sent: list[str] = []
    sa.event.listen(fresh.app, "before_cursor_execute", lambda _c, _cursor, said, *_: sent.append(said))
    with one_read(fresh.app) as connection:
        LETTER_TO.look(connection, {"address": "Rowan@letters.example"})
    assert len(sent) == 1


def test_a_question_without_an_answer_is_an_error(fresh: Ground) -> None:
    with one_read(fresh.app) as connection, pytest.raises(sa.exc.NoResultFound):
        LETTER_TO.look(connection, {"address": "%"})


def test_a_partners_session_joins_the_answer_to_its_own_rows(fresh: Ground) -> None:
    def labels(letter: sa.FromClause) -> Question:
        return sa.select(*letter.c, Tag.label).join(Tag, sa.true())

    with fresh.session(fresh.mine) as db:
        found = FIRST_LETTER.joined(db, labels)
        assert [tuple(row) for row in found] == [("Alder@letters.example", "tag Rowan")]
        assert db.scalars(sa.select(Letter.address)).all() == []


def test_a_constant_is_no_argument_that_could_be_given_anew() -> None:
    metadata = sa.MetaData()
    Keyhole("careless", sa.select(Letter.id).where(Letter.address == "mine"), metadata)
    with pytest.raises(ValueError, match="literals"):
        list(functions(metadata))


def rights(owner: sa.Connection, role: str) -> list[str]:
    found = owner.exec_driver_sql(
        "SELECT proname FROM pg_proc WHERE starts_with(proname, %s) AND has_function_privilege(%s, oid, 'EXECUTE')",
        (PREFIX, role),
    )
    return sorted(found.scalars())


def test_nobody_but_the_application_may_ask(owner: sa.Connection) -> None:
    owner.exec_driver_sql("CREATE ROLE somebody_else")
    found = [rights(owner, role) for role in (APP_ROLE, ROLLUP_ROLE, "somebody_else")]
    assert found == [sorted([CALLED, FIRST]), [], []]


def test_it_finds_the_kits_tables_and_no_others_of_the_same_name(owner: sa.Connection) -> None:
    (settings,) = owner.exec_driver_sql("SELECT proconfig FROM pg_proc WHERE proname = %s", (CALLED,)).one()
    assert settings == ["search_path=public, pg_temp"]


def test_one_that_is_no_longer_asked_goes_with_the_next_upgrade(owner: sa.Connection) -> None:
    owner.exec_driver_sql(f"CREATE FUNCTION {PREFIX}older(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
    isolation.arm(owner, World.metadata)
    assert rights(owner, APP_ROLE) == sorted([CALLED, FIRST])


def test_nothing_is_taken_away_where_the_askers_were_not_loaded() -> None:
    assert list(functions(sa.MetaData())) == []


@pytest.mark.usefixtures("instance")
def test_every_keyhole_is_asked_by_the_kit_alone() -> None:
    names = [f"{PREFIX}{name}" for name in Base.metadata.info[KEYHOLES]]
    assert len(names) == 6
    assert all(FORBIDDEN.search(f'SELECT * FROM public."{name}"()') for name in names)
