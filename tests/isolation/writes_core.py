"""Writes below the ORM: tables, text, the driver, and what foreign keys do by themselves."""

import json

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from systems_changers.infra.identifiers import new_id
from tests.isolation.ground import Case
from tests.isolation.paths import write
from tests.isolation.world import Account, Cohort, Domain, Installed, Partner, World

cohort, tag = World.metadata.tables["cohort"], World.metadata.tables["tag"]
leaf_note, leaf_page = World.metadata.tables["leaf_note"], World.metadata.tables["leaf_page"]
SQLITE, POSTGRESQL = "sqlite", "postgresql"
STAMPS = {"version": 1, "created_at": sa.func.now(), "updated_at": sa.func.now(), "extra": {}}


def driver(case: Case, statement: str) -> object:
    """Run on the driver's own connection, past every event."""
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    return raw.execute(statement).fetchall()


def upsert(case: Case) -> "sqlite.Insert | postgresql.Insert":
    return sqlite.insert(tag) if case.sqlite else postgresql.insert(tag)


@write("update(Table)")
def update(case: Case) -> object:
    return case.db.execute(sa.update(cohort).where(cohort.c.id == case.theirs.cohort).values(name="taken"))


@write("update(Table) of everything on the connection")
def update_all(case: Case) -> object:
    return case.db.connection().execute(sa.update(tag).values(label="taken"))


@write("update(Table) RETURNING text")
def update_returning(case: Case) -> object:
    return case.db.connection().execute(sa.update(tag).values(version=tag.c.version).returning(tag.c.label)).all()


@write("update(Table) by a column that is no key")
def update_by_text(case: Case) -> object:
    return case.db.connection().execute(
        sa.update(tag).where(tag.c.label.contains(case.theirs.mark)).values(label="taken")
    )


@write("UPDATE … FROM another table")
def update_from(case: Case) -> object:
    change = sa.update(leaf_note).where(leaf_note.c.cohort_id == cohort.c.id, cohort.c.name.contains(case.theirs.mark))
    return case.db.connection().execute(change.values(text="taken"))


@write("executemany of updates")
def many_updates(case: Case) -> object:
    change = sa.update(cohort).where(cohort.c.id == sa.bindparam("key")).values(name=sa.bindparam("text"))
    keys = (case.mine.cohort, case.theirs.cohort)
    return case.db.connection().execute(change, [{"key": key, "text": "taken"} for key in keys])


@write("delete(Table)")
def delete(case: Case) -> object:
    return case.db.connection().execute(sa.delete(leaf_note).where(leaf_note.c.id == case.theirs.note))


@write("delete(Table) of everything")
def delete_all(case: Case) -> object:
    return case.db.connection().execute(sa.delete(leaf_page))


@write("delete(Table) RETURNING text")
def delete_returning(case: Case) -> object:
    return case.db.connection().execute(sa.delete(leaf_note).returning(leaf_note.c.text)).all()


@write("insert(Table) for their partner")
def insert(case: Case) -> object:
    return case.db.execute(
        sa.insert(tag).values(partner_id=case.theirs.partner, id=new_id(), label="planted", **STAMPS)
    )


@write("insert(Table) executemany, the second for their partner")
def many_inserts(case: Case) -> object:
    rows = [{"partner_id": side.partner, "hash": "planted", "content": {}} for side in (case.mine, case.theirs)]
    return case.db.execute(sa.insert(leaf_page), rows)


@write("insert(Table) RETURNING for their partner")
def insert_returning(case: Case) -> object:
    row = {"partner_id": case.theirs.partner, "hash": "planted", "content": {}}
    return case.db.execute(sa.insert(leaf_page).values(row).returning(leaf_page.c.partner_id)).all()


@write("rows from JSON as one statement, the second for their partner", only=POSTGRESQL)
def rows_from_json(case: Case) -> object:
    rows = [{"partner_id": str(each.partner), "hash": "planted", "content": {}} for each in (case.mine, case.theirs)]
    whole = "INSERT INTO leaf_page SELECT * FROM json_populate_recordset(NULL::leaf_page, %s)"
    return case.db.connection().exec_driver_sql(whole, (json.dumps(rows),))


@write("INSERT … SELECT of their rows")
def insert_select(case: Case) -> object:
    rows = sa.select(sa.literal(case.mine.partner, tag.c.partner_id.type), cohort.c.name, sa.literal("{}"))
    copied = (
        rows if case.sqlite else sa.select(rows.selected_columns[0], rows.selected_columns[1], sa.cast("{}", sa.JSON))
    )
    return case.db.execute(sa.insert(leaf_page).from_select(["partner_id", "hash", "content"], copied))


@write("upsert on their key")
def upsert_by_key(case: Case) -> object:
    row = upsert(case).values(partner_id=case.theirs.partner, id=case.theirs.tag, label="taken", **STAMPS)
    return case.db.execute(row.on_conflict_do_update(index_elements=["partner_id", "id"], set_={"label": "taken"}))


@write("upsert that moves my row", held_by="its children hold it back")
def upsert_that_moves(case: Case) -> object:
    row = upsert(case).values(partner_id=case.mine.partner, id=case.mine.tag, label="x", **STAMPS)
    moved = {"partner_id": case.theirs.partner}
    return case.db.execute(row.on_conflict_do_update(index_elements=["partner_id", "id"], set_=moved))


@write("INSERT OR REPLACE on their key", only=SQLITE)
def replace(case: Case) -> object:
    row = sa.insert(leaf_page).prefix_with("OR REPLACE")
    key = {"partner_id": case.theirs.partner, "hash": f"hash {case.theirs.mark}"}
    return case.db.execute(row.values(**key, content={}))


@write("MERGE into their rows", only=POSTGRESQL)
def merge(case: Case) -> object:
    merged = "MERGE INTO tag USING (SELECT 1) one ON true WHEN MATCHED THEN UPDATE SET label = 'taken'"
    return case.db.execute(sa.text(merged))


@write("text() UPDATE")
def text_update(case: Case) -> object:
    return case.db.execute(sa.text("UPDATE cohort SET name = name || ' taken'"))


@write("text() UPDATE by name")
def text_update_by_name(case: Case) -> object:
    return case.db.execute(sa.text(f"UPDATE tag SET label = 'taken' WHERE label LIKE '%{case.theirs.mark}%'"))


@write("text() UPDATE behind a CTE", only=SQLITE)
def text_update_behind_cte(case: Case) -> object:
    return case.db.execute(sa.text("WITH x AS (SELECT 1) UPDATE main.tag SET label = 'taken'"))


@write("data-changing CTE", only=POSTGRESQL)
def changing_cte(case: Case) -> object:
    changed = "WITH gone AS (DELETE FROM leaf_note RETURNING text) SELECT * FROM gone"
    return case.db.execute(sa.text(changed)).all()


@write("text() DELETE")
def text_delete(case: Case) -> object:
    return case.db.execute(sa.text("DELETE FROM leaf_note"))


@write("text() INSERT … SELECT over main", only=SQLITE)
def insert_over_main(case: Case) -> object:
    copied = f"SELECT x'{case.mine.partner.hex}', name, '{{}}' FROM main.cohort"
    return case.db.execute(sa.text(f"INSERT INTO leaf_page (partner_id, hash, content) {copied}"))


@write("text() UPDATE that reads main", only=SQLITE)
def update_reading_main(case: Case) -> object:
    theirs = f"(SELECT name FROM main.cohort WHERE id = x'{case.theirs.cohort.hex}')"
    return case.db.execute(sa.text(f"UPDATE cohort SET name = {theirs} WHERE id = x'{case.mine.cohort.hex}'"))


@write("values(text()) that reads main", only=SQLITE)
def value_reading_main(case: Case) -> object:
    theirs = sa.text(f"(SELECT name FROM main.cohort WHERE id = x'{case.theirs.cohort.hex}')")
    return case.db.execute(sa.update(Cohort).where(Cohort.id == case.mine.cohort).values(name=theirs))


@write("driver: UPDATE", only=SQLITE)
def driver_update(case: Case) -> object:
    return driver(case, "UPDATE main.cohort SET name = name || ' taken'")


@write("driver: DELETE by key", only=SQLITE)
def driver_delete(case: Case) -> object:
    return driver(case, f"DELETE FROM main.leaf_note WHERE id = x'{case.theirs.note.hex}'")


@write("driver: trigger dropped first", only=SQLITE)
def driver_drops_trigger(case: Case) -> object:
    driver(case, "DROP TRIGGER partner_guard_update_tag")
    return driver(case, "UPDATE main.tag SET label = 'taken'")


@write("driver: UPDATE RETURNING", only=POSTGRESQL)
def driver_update_returning(case: Case) -> object:
    return driver(case, "UPDATE tag SET label = 'taken' RETURNING label")


@write("driver: TRUNCATE", only=POSTGRESQL)
def truncate(case: Case) -> object:
    case.db.connection().connection.driver_connection.execute("TRUNCATE leaf_note")  # type: ignore[union-attr]  # psycopg's
    return None


@write("driver: policy dropped first", only=POSTGRESQL)
def drops_policy(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute("DROP POLICY partner_only ON tag")
    return driver(case, "UPDATE tag SET label = 'taken' RETURNING label")


@write("driver: triggers switched off", only=POSTGRESQL)
def replica_role(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    raw.execute("SET LOCAL session_replication_role = replica")
    return driver(case, "UPDATE tag SET label = 'taken' RETURNING label")


@write("driver: COPY FROM", only=POSTGRESQL)
def copy_from(case: Case) -> object:
    raw = case.db.connection().connection.driver_connection
    assert raw is not None
    with raw.cursor().copy("COPY leaf_page (partner_id, hash, content) FROM STDIN") as rows:
        rows.write_row((case.theirs.partner, "planted", "{}"))
    return None


@write("copied from a name with a comment in it", only=SQLITE)
def commented_name(case: Case) -> object:
    columns = "partner_id, id, label, version, created_at, updated_at, extra"
    others = "SELECT :mine, randomblob(16), label, 1, created_at, updated_at, '{}' FROM main/* */.tag"
    return case.db.execute(sa.text(f"INSERT INTO tag ({columns}) {others}"), {"mine": case.mine.partner.bytes})


@write("inside a savepoint")
def savepoint(case: Case) -> object:
    with case.db.begin_nested():
        return case.db.execute(sa.text("UPDATE tag SET label = 'taken'"))


@write("after a commit in the same session")
def after_commit(case: Case) -> object:
    case.db.execute(sa.select(cohort)).all()
    case.db.commit()
    return case.db.execute(sa.text("DELETE FROM leaf_page"))


@write("engine.begin() beside the session")
def beside(case: Case) -> object:
    case.db.rollback()
    with case.ground.app.begin() as connection:
        return connection.execute(sa.update(tag).values(label="taken"))


@write("their partner deleted: CASCADE eats its rows")
def cascade_from_partner(case: Case) -> object:
    return case.db.execute(sa.delete(Partner).where(Partner.id == case.theirs.partner))


@write("the row of their partner")
def other_partner(case: Case) -> object:
    return case.db.execute(sa.update(Partner).where(Partner.id == case.theirs.partner).values(name="taken"))


@write("the row of their partner, by the unit of work")
def other_partner_loaded(case: Case) -> object:
    case.db.get_one(Partner, case.theirs.partner).name = "taken"
    return None


@write("every partner's row, on a connection beside the session")
def partners_beside(case: Case) -> object:
    case.db.rollback()
    with case.ground.app.begin() as connection:
        return connection.execute(sa.update(Partner).values(name="taken"))


@write("a domain planted with their partner")
def domain_planted(case: Case) -> object:
    case.db.add(Domain(host="planted.example.org", partner_ref=case.theirs.partner))
    return None


@write("their domain taken")
def domain_taken(case: Case) -> object:
    return case.db.execute(sa.update(Domain).values(partner_ref=case.mine.partner))


@write("their domain deleted")
def domain_deleted(case: Case) -> object:
    return case.db.execute(sa.text("DELETE FROM domain"))


@write("what the kit alone may write")
def kits_own(case: Case) -> object:
    return case.db.execute(sa.update(Installed).values(title="taken"))


@write("their account deleted: CASCADE eats the membership, SET NULL changes the person")
def cascade_from_account(case: Case) -> object:
    return case.db.execute(sa.delete(Account).where(Account.id == case.theirs.account))


@write("my parent deleted: CASCADE stays with me", held_by="composite foreign key")
def cascade_of_mine(case: Case) -> object:
    return case.db.execute(sa.delete(Cohort).where(Cohort.id == case.mine.cohort))
