"""The tests' own PostgreSQL is a real one, private, and leaves nothing behind."""

import psycopg

from tests.postgres import PostgresServer, start_postgres


def ask(server: PostgresServer, database: str, statement: str) -> object:
    with psycopg.connect(f"host={server.home} user=postgres dbname={database}") as connection:
        row = connection.execute(statement.encode()).fetchone()
    return None if row is None else row[0]


def test_sorts_and_folds_letters_of_every_language(postgres: PostgresServer) -> None:
    name = postgres.create_database()
    assert ask(postgres, name, "select lower('ÀÉ Ŵ')") == "àé ŵ"
    postgres.drop_database(name)


def test_a_copied_database_has_the_rows_and_is_separate(postgres: PostgresServer) -> None:
    first = postgres.create_database()
    postgres.execute("create table t as select 7 as n", first)
    second = postgres.create_database(template=first)
    postgres.execute("update t set n = 8", second)
    assert ask(postgres, first, "select n from t") == 7
    assert ask(postgres, second, "select n from t") == 8
    postgres.drop_database(second)
    postgres.drop_database(first)


def test_row_level_security_binds_a_role_that_owns_nothing(postgres: PostgresServer) -> None:
    name = postgres.create_database()
    for statement in (
        "create role reader_in_this_test login",
        "create table t as select 1 as n",
        "alter table t enable row level security",
        "alter table t force row level security",
        "grant select on t to reader_in_this_test",
    ):
        postgres.execute(statement, name)
    with psycopg.connect(f"host={postgres.home} user=reader_in_this_test dbname={name}") as connection:
        assert connection.execute("select count(*) from t").fetchone() == (0,)
    postgres.drop_database(name)
    postgres.execute("drop role reader_in_this_test")


def test_listens_on_no_port(postgres: PostgresServer) -> None:
    assert ask(postgres, "postgres", "show listen_addresses") == ""


def test_stopping_removes_its_folder() -> None:
    server = start_postgres()
    server.stop()
    server.stop()
    assert not server.home.exists()
