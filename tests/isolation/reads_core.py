"""Reads below the ORM: tables, text, the driver."""

import sqlalchemy as sa

from tests.isolation.ground import Case
from tests.isolation.paths import more_than, read
from tests.isolation.world import Cohort, LeafPage, Membership, World, person_tag

cohort = World.metadata.tables["cohort"]
person = World.metadata.tables["person"]
leaf_note = World.metadata.tables["leaf_note"]


@read("select(Table)")
def table(case: Case) -> object:
    return case.db.execute(sa.select(cohort)).all()


@read("select(Table) of a plugin")
def plugin_table(case: Case) -> object:
    return case.db.execute(sa.select(leaf_note)).all()


@read("select(Table) keyed by hash")
def table_by_hash(case: Case) -> object:
    return case.db.execute(sa.select(World.metadata.tables[LeafPage.__tablename__])).all()


@read("select(Table) of memberships")
def membership_table(case: Case) -> object:
    return case.db.execute(sa.select(World.metadata.tables[Membership.__tablename__])).all()


@read("count over a Table")
def table_count(case: Case) -> object:
    return more_than(2, case.db.scalar(sa.select(sa.func.count()).select_from(cohort)), case.theirs)


@read("secondary Table without a mapper")
def secondary(case: Case) -> object:
    return case.db.execute(sa.select(person_tag)).all()


@read("entity joined to a Table")
def entity_and_table(case: Case) -> object:
    return case.db.execute(sa.select(Cohort.id, person.c.name).join(person, person.c.name != Cohort.name)).all()


@read("Table joined to itself")
def self_join(case: Case) -> object:
    other = cohort.alias()
    return case.db.execute(sa.select(other.c.name).select_from(cohort.join(other, sa.true()))).all()


@read("lateral or derived Table")
def derived(case: Case) -> object:
    inner = sa.select(person.c.name).subquery()
    return case.db.execute(sa.select(inner)).all()


@read("sa.table() typed by hand")
def light_table(case: Case) -> object:
    return case.db.execute(sa.select(sa.column("name")).select_from(sa.table("cohort"))).all()


@read("text()")
def text(case: Case) -> object:
    return case.db.execute(sa.text("SELECT * FROM cohort")).all()


@read("text() with an injected condition")
def injected(case: Case) -> object:
    return case.db.execute(sa.text("SELECT name FROM cohort WHERE name = 'x' OR 1=1 --'")).all()


@read("text() with an injected UNION")
def injected_union(case: Case) -> object:
    return case.db.execute(sa.text("SELECT name FROM cohort WHERE name = 'x' UNION SELECT name FROM person --'")).all()


@read("text() joined to a join table")
def text_join(case: Case) -> object:
    return case.db.execute(sa.text("SELECT t.label FROM tag t JOIN person_tag pt ON pt.tag_id = t.id")).all()


@read("text() aggregate")
def text_aggregate(case: Case) -> object:
    return [
        case.db.execute(sa.text("SELECT max(name) FROM person")).all(),
        case.db.execute(sa.text("SELECT min(name) FROM person")).all(),
    ]


@read("text() recursive CTE")
def recursive(case: Case) -> object:
    start, step = "SELECT name, 1 FROM cohort", "SELECT p.name, n + 1 FROM person p, w WHERE n < 3"
    return case.db.execute(sa.text(f"WITH RECURSIVE w(name, n) AS ({start} UNION {step}) SELECT * FROM w")).all()


@read("select(Entity).from_statement(text())")
def from_statement(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).from_statement(sa.text("SELECT * FROM cohort"))).all()


@read("select().select_from(text())")
def from_text(case: Case) -> object:
    return case.db.execute(sa.select(sa.literal_column("name")).select_from(sa.text("person"))).all()


@read("where(text()) that widens the filter")
def text_condition(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).where(sa.text("1=1 OR 1=1"))).all()


@read("order_by(text()) with a subquery")
def ordered_by_theirs(case: Case) -> object:
    query: sa.Select[int] = sa.select(
        sa.literal_column(f"(SELECT count(*) FROM person WHERE name LIKE '%{case.theirs.mark}%')")
    )
    return more_than(0, case.db.scalar(query), case.theirs)


@read("column that is a text() subquery")
def text_column(case: Case) -> object:
    return case.db.execute(sa.select(sa.text("(SELECT max(name) FROM person), (SELECT min(name) FROM person)"))).all()


@read("session.connection().execute(select(Entity))")
def on_the_connection(case: Case) -> object:
    return case.db.connection().execute(sa.select(Cohort)).all()


@read("connection.execute(text())")
def text_on_the_connection(case: Case) -> object:
    return case.db.connection().execute(sa.text("SELECT * FROM person")).all()


@read("exec_driver_sql")
def driver_sql(case: Case) -> object:
    return case.db.connection().exec_driver_sql("SELECT * FROM cohort").all()


@read("a cursor of the driver")
def driver_cursor(case: Case) -> object:
    cursor = case.db.connection().connection.cursor()
    cursor.execute("SELECT * FROM cohort")
    return cursor.fetchall()


@read("the driver's connection itself")
def driver_connection(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    return raw.execute("SELECT * FROM person").fetchall()


@read("schema_translate_map")
def translated_schema(case: Case) -> object:
    schema = "main" if case.sqlite else "public"
    return (
        case.db.connection(execution_options={"schema_translate_map": {None: schema}}).execute(sa.select(cohort)).all()
    )


@read("Table named with its schema")
def qualified(case: Case) -> object:
    schema = "main" if case.sqlite else "public"
    return case.db.execute(sa.text(f"SELECT * FROM {schema}.cohort")).all()


@read("JSON function over a pinned page")
def json_function(case: Case) -> object:
    unfold = "json_each(content)" if case.sqlite else "json_each_text(content)"
    return case.db.execute(sa.text(f"SELECT value FROM leaf_page, {unfold}")).all()


@read("one select by many keys")
def many_keys(case: Case) -> object:
    keys = (case.theirs.cohort, case.mine.cohort)
    return [case.db.execute(sa.select(cohort).where(cohort.c.id == key)).all() for key in keys]
