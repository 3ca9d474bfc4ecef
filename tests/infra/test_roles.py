"""PostgreSQL's roles: made once, set right when repeated, and refused where they could walk round row security."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from systems_changers.infra import isolation, isolation_postgresql
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.roles import APP_ROLE, ROLLUP_ROLE, check_app_cursor, prepare_roles
from tests.isolation.world import World
from tests.postgres import PostgresServer

OF_KIT = ["account", "domain", "installed", "ledger", "letter", "partner", "queued"]
PASSWORD = "it's a 'secret' \\ here"


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    return postgres.create_database()


@pytest.fixture
def owner(postgres: PostgresServer, database: str) -> Iterator[sa.Connection]:
    with open_owner_engine(postgres.url(database)).begin() as connection:
        prepare_roles(connection, password=PASSWORD)
        yield connection


def test_the_roles_can_do_little_and_own_nothing(owner: sa.Connection) -> None:
    rights = "rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit"
    survey = f"SELECT {rights} FROM pg_roles WHERE rolname = %s"
    assert owner.exec_driver_sql(survey, (APP_ROLE,)).one() == (True, False, False, False, False, False)
    assert owner.exec_driver_sql(survey, (ROLLUP_ROLE,)).one()[:5] == (False, False, False, False, False)


def test_they_may_be_prepared_again_after_somebody_changed_them(owner: sa.Connection) -> None:
    owner.exec_driver_sql(f"GRANT {ROLLUP_ROLE} TO {APP_ROLE} WITH INHERIT TRUE")
    owner.exec_driver_sql(f"ALTER ROLE {APP_ROLE} INHERIT")
    prepare_roles(owner, password=PASSWORD)
    used = "SELECT pg_has_role(%s, %s, 'USAGE'), pg_has_role(%s, %s, 'SET')"
    assert owner.exec_driver_sql(used, (APP_ROLE, ROLLUP_ROLE) * 2).one() == (False, True)


def test_the_password_is_stored_hashed(owner: sa.Connection) -> None:
    stored = owner.exec_driver_sql("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (APP_ROLE,)).scalar_one()
    assert stored.startswith("SCRAM-SHA-256$")
    prepare_roles(owner, password="")
    again = owner.exec_driver_sql("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (APP_ROLE,)).scalar_one()
    assert again == stored


def test_nobody_else_may_enter_or_make_temporary_tables(owner: sa.Connection) -> None:
    rights = "SELECT has_database_privilege(%s, current_database(), %s)"
    assert [owner.exec_driver_sql(rights, (APP_ROLE, right)).scalar() for right in ("CONNECT", "TEMP", "CREATE")] == [
        True,
        False,
        False,
    ]
    assert owner.exec_driver_sql("SELECT has_schema_privilege(%s, 'public', 'CREATE')", (APP_ROLE,)).scalar() is False


def as_app(owner: sa.Connection, *before: str) -> None:
    for statement in (*before, f"SET LOCAL SESSION AUTHORIZATION {APP_ROLE}"):
        owner.exec_driver_sql(statement)
    try:
        check_app_cursor(owner.connection.cursor())
    finally:
        owner.get_transaction().rollback()  # type: ignore[union-attr]  # the fixture began one


def test_the_apps_role_is_accepted(owner: sa.Connection) -> None:
    as_app(owner)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (f"ALTER ROLE {APP_ROLE} SUPERUSER", "is a superuser"),
        (f"ALTER ROLE {APP_ROLE} BYPASSRLS", "may bypass row security"),
        (f"GRANT {ROLLUP_ROLE} TO {APP_ROLE} WITH INHERIT TRUE", "inherits the rights of the roll-up role"),
        (f"CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO {APP_ROLE}", "owns tables"),
    ],
)
def test_a_role_that_could_see_more_is_refused(owner: sa.Connection, statement: str, reason: str) -> None:
    with pytest.raises(Misconfigured, match=reason):
        as_app(owner, statement)


def test_any_other_role_is_refused(owner: sa.Connection) -> None:
    owner.exec_driver_sql("CREATE ROLE passer_by")
    owner.exec_driver_sql("SET LOCAL ROLE passer_by")
    with pytest.raises(Misconfigured, match="Connect as sc_app"):
        check_app_cursor(owner.connection.cursor())
    owner.get_transaction().rollback()  # type: ignore[union-attr]  # the fixture began one


def test_arming_grants_no_more_than_is_listed_and_takes_back(owner: sa.Connection) -> None:
    World.metadata.create_all(owner)
    owner.exec_driver_sql("CREATE TABLE sc_version_core (version_num text)")
    for _ in range(2):
        isolation.arm(owner, World.metadata)
    rights = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = %s"
    of_app = owner.exec_driver_sql(rights, (APP_ROLE,)).all()
    assert {right for table, right in of_app if table == "cohort"} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {right for table, right in of_app if table == "sc_version_core"} == {"SELECT"}
    listed = {("cohort", "SELECT"), ("partner", "SELECT")}
    assert {tuple(row) for row in owner.exec_driver_sql(rights, (ROLLUP_ROLE,))} == listed
    World.metadata.tables["cohort"].info.pop("rollup")
    try:
        isolation.arm(owner, World.metadata)
    finally:
        World.metadata.tables["cohort"].info["rollup"] = True
    assert {tuple(row) for row in owner.exec_driver_sql(rights, (ROLLUP_ROLE,))} == {("partner", "SELECT")}


def test_every_partner_owned_table_forces_row_security(owner: sa.Connection) -> None:
    World.metadata.create_all(owner)
    isolation.arm(owner, World.metadata)
    open_tables = owner.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
    )
    assert open_tables.scalars().all() == OF_KIT


def test_the_kits_own_tables_have_row_security_that_lets_the_owner_migrate(owner: sa.Connection) -> None:
    World.metadata.create_all(owner)
    isolation.arm(owner, World.metadata)
    armed = owner.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity ORDER BY relname"
    )
    assert armed.scalars().all() == OF_KIT


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        " (SELECT 1) UNION (SELECT 2)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "UPDATE membership SET role = 'x'",
        "SAVEPOINT sa_savepoint_1",
        "ROLLBACK TO SAVEPOINT sa_savepoint_1",
        "SET LOCAL statement_timeout = '200ms'",
        "SELECT 1;",
    ],
)
def test_plain_statements_pass(statement: str) -> None:
    assert isolation_postgresql.PLAIN.match(statement)
    assert not isolation_postgresql.FORBIDDEN.search(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE x",
        "RESET ALL",
        "DO $$ $$",
        "COPY a TO STDOUT",
        "COMMIT",
        "SELECT set_config('a', 'b', true)",
        "SELECT 1; SET ROLE x",
        "SELECT pg_stat_get_backend_activity(b) FROM pg_stat_get_backend_idset() b",
        "SELECT n_live_tup FROM pg_stat_user_tables",
        "SELECT pg_relation_size('account')",
        "SELECT pg_try_advisory_lock(4711)",
        "SELECT lo_from_bytea(0, 'left for the next')",
        "SELECT pg_notify('a', 'b')",
        "SELECT * FROM sc_keyhole_partner_by_slug('two')",
    ],
)
def test_others_do_not(statement: str) -> None:
    assert not isolation_postgresql.PLAIN.match(statement) or isolation_postgresql.FORBIDDEN.search(statement)
