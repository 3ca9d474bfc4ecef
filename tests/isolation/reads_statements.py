"""Reads by statements that try to step round the guard itself; some are known to one database only."""

import re
from contextlib import suppress

import sqlalchemy as sa

from tests.isolation.ground import Case
from tests.isolation.paths import read
from tests.isolation.world import Tag

SQLITE, POSTGRESQL = "sqlite", "postgresql"


def run(case: Case, *statements: str) -> object:
    """Run all on the session's connection; what the last one answers."""
    for statement in statements[:-1]:
        case.db.execute(sa.text(statement))
    return case.db.execute(sa.text(statements[-1])).all()


@read("CTE named like the view, over main", only=SQLITE)
def imitated_view(case: Case) -> object:
    return run(case, "WITH cohort AS (SELECT * FROM main.cohort) SELECT * FROM cohort")


@read("a statement after a change that failed unseen", only=SQLITE)
def failed_unseen(case: Case) -> object:
    connection = case.db.connection().execution_options(skip_user_error_events=True)
    with suppress(sa.exc.DBAPIError):
        connection.execute(sa.text("INSERT INTO tag (partner_id) VALUES (NULL)"))
    return connection.execute(sa.text("SELECT label FROM main.tag")).all()


@read("a name that a refusal tells", only=SQLITE, held_by="no guard, no name")
def told_by_a_refusal(case: Case) -> object:
    told = ""
    try:
        case.db.execute(sa.update(Tag).values(label=None))
    except sa.exc.DBAPIError as error:
        told = error.statement or ""
    case.db.rollback()
    inside = re.findall(r"of_partner_\w+", told) or ["nothing"]
    return run(case, f"WITH {inside[0]} AS (SELECT * FROM main.tag) SELECT * FROM {inside[0]}")


@read("CTE over main", only=SQLITE)
def cte_over_main(case: Case) -> object:
    return run(case, "WITH everybody AS (SELECT * FROM main.person) SELECT * FROM everybody")


@read("CTE named like a trigger, over main", only=SQLITE)
def imitated_trigger(case: Case) -> object:
    name = "partner_guard_update_cohort"
    return run(case, f"WITH {name} AS (SELECT partner_id, id, name FROM main.cohort) SELECT * FROM {name}")


@read("subquery over main", only=SQLITE)
def subquery_over_main(case: Case) -> object:
    return run(case, "SELECT * FROM (SELECT * FROM main.cohort) cohort")


@read("count over main", only=SQLITE)
def count_over_main(case: Case) -> object:
    found = run(case, "SELECT count(*) FROM main.cohort")
    return f"{case.theirs.mark} counted: {found}" if found != [(2,)] else ""


@read("keys over main", only=SQLITE)
def keys_over_main(case: Case) -> object:
    return run(case, "SELECT partner_id, id FROM main.cohort")


@read("view's definition, then its inner name", only=SQLITE, held_by="no guard, no view to imitate")
def inner_name(case: Case) -> object:
    (definition,) = case.db.execute(sa.text("SELECT sql FROM sqlite_temp_master WHERE name = 'cohort'")).one()
    inside = definition.split('"')[3]
    return run(case, f'WITH "{inside}" AS (SELECT * FROM main.cohort) SELECT * FROM "{inside}"')


@read("temp view dropped first", only=SQLITE)
def dropped_view(case: Case) -> object:
    return run(case, "DROP VIEW IF EXISTS temp.cohort", "SELECT * FROM cohort")


@read("temp view put in its place", only=SQLITE)
def replaced_view(case: Case) -> object:
    return run(case, "CREATE TEMP VIEW everybody AS SELECT * FROM main.cohort", "SELECT * FROM everybody")


@read("temp table filled from main", only=SQLITE)
def temp_table(case: Case) -> object:
    return run(case, "CREATE TEMP TABLE copied AS SELECT * FROM main.cohort", "SELECT * FROM copied")


@read("ATTACH of the same file", only=SQLITE)
def attached(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute("COMMIT")  # a file is not attached inside a transaction
    found = run(case, f"ATTACH '{case.ground.app.url.database}' AS again", "SELECT * FROM again.cohort")
    raw.execute("DETACH again")
    return found


@read("PRAGMA writable_schema", only=SQLITE)
def pragma(case: Case) -> object:
    return run(case, "PRAGMA writable_schema=ON", "SELECT * FROM main.cohort")


@read("table-valued pragma, then main", only=SQLITE)
def table_valued_pragma(case: Case) -> object:
    return run(case, "SELECT c.name, p.name FROM pragma_table_info('cohort') p, main.cohort c")


@read("rowid of main", only=SQLITE)
def rowids(case: Case) -> object:
    return run(case, "SELECT rowid, name FROM main.cohort")


@read("quoted schema", only=SQLITE)
def quoted_schema(case: Case) -> object:
    return run(case, 'SELECT * FROM "main"."cohort"')


@read("commented schema", only=SQLITE)
def commented_schema(case: Case) -> object:
    return run(case, "SELECT * FROM main/**/./**/cohort")


@read("EXPLAIN of main, then main", only=SQLITE)
def explained(case: Case) -> object:
    return run(case, "EXPLAIN QUERY PLAN SELECT * FROM main.cohort", "SELECT * FROM main.cohort")


@read("raw driver on main", only=SQLITE)
def driver_on_main(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    return raw.execute("SELECT * FROM main.cohort").fetchall()


@read("a statement prepared while a change was under way", only=SQLITE)
def prepared_while_writing(case: Case) -> object:
    case.db.execute(sa.text("UPDATE cohort SET version = version WHERE id = :id"), {"id": case.mine.cohort.bytes})
    return run(case, "SELECT partner_id, id FROM main.cohort")


@read("set_config injected as a column", only=POSTGRESQL)
def set_config(case: Case) -> object:
    return run(case, f"SELECT set_config('app.partner', '{case.theirs.partner}', true)", "SELECT * FROM cohort")


def set_partner(case: Case, call: str) -> str:
    """A call of set_config as another spells it, with the other partner's id."""
    return f"{call}('app.partner', '{case.theirs.partner}', true)"


@read("set_config spelt with an escape", only=POSTGRESQL)
def escaped_name(case: Case) -> object:
    call = set_partner(case, 'U&"set\\005fconfig"')
    case.db.connection().exec_driver_sql(f"SELECT {call}").all()
    return run(case, "SELECT * FROM cohort")


@read("a text that ts_stat runs", only=POSTGRESQL)
def text_of_ts_stat(case: Case) -> object:
    call = f"set'||'_config(''app.partner'', ''{case.theirs.partner}'', true)"
    case.db.connection().exec_driver_sql(f"SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', {call})')").all()
    return run(case, "SELECT * FROM cohort")


@read("a setting changed through the view of settings", only=POSTGRESQL)
def through_settings(case: Case) -> object:
    case.db.execute(sa.text("UPDATE pg_settings SET setting = 'off' WHERE name = 'row_security'"))
    return run(case, "SELECT * FROM cohort")


@read("EXPLAIN ANALYZE of a call of set_config", only=POSTGRESQL)
def explained_call(case: Case) -> object:
    return run(case, f"EXPLAIN ANALYZE SELECT {set_partner(case, 'set_config')}", "SELECT * FROM cohort")


@read("SET LOCAL that says it is the kit's own", only=POSTGRESQL)
def said_ours(case: Case) -> object:
    told = f"SET LOCAL app.partner = '{case.theirs.partner}'"
    case.db.connection().exec_driver_sql(told, execution_options={"sc_ours": True})
    return run(case, "SELECT * FROM cohort")


class Sly(str):
    """A text that equals every other."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        return True


@read("SET LOCAL in a text that equals a plain one", only=POSTGRESQL)
def sly_text(case: Case) -> object:
    connection = case.db.connection()
    connection.exec_driver_sql(Sly("SELECT 1"))
    connection.exec_driver_sql(Sly(f"SET LOCAL app.partner = '{case.theirs.partner}'"))
    return run(case, "SELECT * FROM cohort")


@read("SET LOCAL app.partner", only=POSTGRESQL)
def set_local(case: Case) -> object:
    return run_after(case, f"SET LOCAL app.partner = '{case.theirs.partner}'", "SELECT * FROM cohort")


@read("second statement after a semicolon", only=POSTGRESQL)
def second_statement(case: Case) -> object:
    return run_after(case, f"SELECT 1; SET LOCAL app.partner = '{case.theirs.partner}'", "SELECT * FROM cohort")


@read("SET ROLE to the roll-up", only=POSTGRESQL)
def set_role(case: Case) -> object:
    return run_after(case, "SET LOCAL ROLE sc_rollup", "SELECT * FROM cohort")


@read("SET ROLE to the owner", only=POSTGRESQL)
def set_role_owner(case: Case) -> object:
    return run_after(case, "SET ROLE postgres", "SELECT * FROM cohort")


@read("row_security off", only=POSTGRESQL)
def row_security(case: Case) -> object:
    return run_after(case, "SET LOCAL row_security = off", "SELECT * FROM cohort")


@read("row_security off by the driver", only=POSTGRESQL)
def row_security_by_driver(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute("SET LOCAL row_security = off")
    return raw.execute("SELECT * FROM cohort").fetchall()


@read("COPY TO", only=POSTGRESQL)
def copied(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    with raw.cursor().copy("COPY cohort TO STDOUT") as rows:
        return [bytes(row) for row in rows]


@read("planner's statistics", only=POSTGRESQL)
def statistics(case: Case) -> object:
    with case.ground.owner.begin() as owner:
        owner.exec_driver_sql("ANALYZE person")
    return run(case, "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename = 'person'")


@read("cursor WITH HOLD left in the pool", only=POSTGRESQL)
def held_cursor(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        other.connection().exec_driver_sql("DECLARE kept CURSOR WITH HOLD FOR SELECT * FROM cohort")
        other.commit()
    return case.db.connection().connection.driver_connection.execute("FETCH ALL FROM kept").fetchall()  # type: ignore[union-attr]  # psycopg's


@read("temporary table left in the pool", only=POSTGRESQL)
def temporary_table(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        raw = other.connection().connection.driver_connection
        assert raw is not None
        raw.execute("CREATE TEMP TABLE left_behind AS SELECT * FROM cohort")
        other.commit()
    return run(case, "SELECT * FROM left_behind")


@read("temporary view over the table", only=POSTGRESQL)
def temporary_view(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute("CREATE TEMP VIEW everybody AS SELECT * FROM cohort")
    return raw.execute("SELECT * FROM everybody").fetchall()


@read("SECURITY DEFINER function of one's own", only=POSTGRESQL)
def own_function(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute(
        "CREATE FUNCTION everybody() RETURNS SETOF cohort LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM cohort'"
    )
    return raw.execute("SELECT * FROM everybody()").fetchall()


def run_after(case: Case, setting: str, query: str) -> object:
    """Run a setting that answers nothing, then look."""
    case.db.connection().exec_driver_sql(setting)
    return case.db.execute(sa.text(query)).all()
