"""Reads of what is the kit's alone, such as what waits to be sent, and of what names a partner without its key."""

from contextlib import suppress

import sqlalchemy as sa

from systems_changers.infra.db import open_session
from systems_changers.infra.errors import KitError
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.keyholes_postgresql import PREFIX
from tests.isolation.ground import Case
from tests.isolation.paths import more_than, read
from tests.isolation.world import LETTER_TO, Letter, Queued, World

letter, queued = World.metadata.tables["letter"], World.metadata.tables["queued"]
SQLITE, POSTGRESQL = "sqlite", "postgresql"
ALL = sa.text("SELECT * FROM letter")
KEYHOLE = f"{PREFIX}letter_to"
OF_THEIRS = "SELECT 1 FROM letter WHERE address LIKE '%Alder%'"


@read("the kit's: text()")
def by_text(case: Case) -> object:
    return case.db.execute(ALL).all()


@read("the kit's: entities")
def entities(case: Case) -> object:
    return case.db.scalars(sa.select(Letter)).all()


@read("the kit's: get by key")
def by_key(case: Case) -> object:
    return case.db.get(Letter, case.theirs.letter)


@read("the kit's: table by key")
def table_by_key(case: Case) -> object:
    return case.db.execute(sa.select(letter.c.address).where(letter.c.id == case.theirs.letter)).all()


@read("the kit's: named with its schema")
def qualified(case: Case) -> object:
    schema = "main" if case.sqlite else "public"
    return case.db.execute(sa.text(f"SELECT * FROM {schema}.letter")).all()


@read("the kit's: count")
def counted(case: Case) -> object:
    return more_than(0, case.db.scalar(sa.select(sa.func.count()).select_from(Letter)), case.theirs)


@read("the kit's: EXISTS")
def exists(case: Case) -> object:
    found = case.db.scalar(sa.text(f"SELECT EXISTS ({OF_THEIRS})"))
    return f"{case.theirs.mark} is there" if found else ""


@read("the kit's: CTE")
def cte(case: Case) -> object:
    return case.db.execute(sa.select(sa.select(letter).cte())).all()


@read("the kit's: scalar subquery of one's own row")
def subquery(case: Case) -> object:
    return case.db.execute(sa.text("SELECT (SELECT min(address) FROM letter) FROM tag")).all()


@read("the kit's: joined to one's own row")
def joined(case: Case) -> object:
    return case.db.execute(sa.text("SELECT letter.address FROM tag JOIN letter ON tag.label <> letter.address")).all()


@read("the kit's: on the driver's cursor")
def driver(case: Case) -> object:
    cursor = case.db.connection().connection.cursor()
    cursor.execute("SELECT * FROM letter")
    return cursor.fetchall()


@read("the kit's: on a connection beside the session")
def beside(case: Case) -> object:
    with case.ground.app.connect() as connection:
        return connection.execute(ALL).all()


@read("the kit's: on a connection in AUTOCOMMIT")
def autocommit(case: Case) -> object:
    with case.ground.app.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return connection.execute(ALL).all()


@read("the kit's: after a session acted as the kit")
def after_the_kit(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner) as db:
        with as_the_kit(db):
            db.execute(ALL).all()
        return db.execute(ALL).all()


@read("the kit's: left in the session that acted as the kit")
def left_in_the_session(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner) as db:
        with as_the_kit(db):
            kept = [*db.scalars(sa.select(Letter)), *db.scalars(sa.select(Queued))]
        found = [db.get(type(row), row.id) for row in kept]
        return [*found, *db.identity_map.values()]


@read("the kit's: after a session failed as the kit")
def after_a_fault(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner) as db:
        with suppress(LookupError), as_the_kit(db):
            raise LookupError
        return db.execute(ALL).all()


@read("the kit's: after a session's statement failed as the kit")
def after_a_refusal(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        with suppress(sa.exc.SQLAlchemyError), db.begin_nested(), as_the_kit(db):
            db.execute(sa.text("SELECT * FROM nowhere"))
        return db.execute(ALL).all()


@read("the kit's: after a session rolled back as the kit")
def after_a_rollback(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner) as db:
        with as_the_kit(db):
            db.rollback()
            first = db.execute(ALL).all()
        return [*first, *db.execute(ALL)]


@read("the kit's: in the pool after the kit")
def pooled(case: Case) -> object:
    with open_session(case.ground.app, None) as kit:
        kit.execute(ALL).all()
    with open_session(case.ground.app, case.mine.partner) as db:
        return db.execute(ALL).all()


@read("the kit's: in the pool after somebody arrived")
def pooled_after_arrival(case: Case) -> object:
    with case.ground.app.connect() as connection:
        LETTER_TO.look(connection, {"address": f"{case.mine.mark}@letters.example"})
    with open_session(case.ground.app, case.mine.partner) as db:
        return db.execute(ALL).all()


@read("the kit's: a keyhole, from a partner's session", only=POSTGRESQL)
def keyhole(case: Case) -> object:
    return case.db.execute(sa.text(f"SELECT * FROM {KEYHOLE}('{case.theirs.mark}@letters.example')")).all()


@read("the kit's: a keyhole, on a connection beside the session", only=POSTGRESQL)
def keyhole_beside(case: Case) -> object:
    with case.ground.app.connect() as connection:
        asked = f"SELECT * FROM public.\"{KEYHOLE}\"('{case.theirs.mark}@letters.example')"
        return connection.exec_driver_sql(asked).all()


@read("the kit's: a row that was written while the session acted as the kit")
def expired_by_a_fault(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        with suppress(sa.exc.SQLAlchemyError, KitError), db.begin_nested(), as_the_kit(db):
            db.get_one(Queued, case.mine.queued).name = "renamed"
            db.flush()
            db.add_all(Letter(id=case.mine.letter, queued_id=case.mine.queued, address="twice") for _ in range(2))
        return db.execute(ALL).all()


@read("the kit's: SET LOCAL app.kit", only=POSTGRESQL)
def says_kit(case: Case) -> object:
    case.db.execute(sa.text("SET LOCAL app.kit = 'yes'"))
    return case.db.execute(ALL).all()


@read("the kit's: set_config of app.kit", only=POSTGRESQL)
def sets_kit(case: Case) -> object:
    return case.db.execute(sa.text("SELECT set_config('app.kit', 'yes', true), letter.* FROM letter")).all()


@read("the kit's: CTE over main", only=SQLITE)
def cte_over_main(case: Case) -> object:
    return case.db.execute(sa.text("WITH letters AS (SELECT * FROM main.letter) SELECT * FROM letters")).all()


@read("the kit's: count over main", only=SQLITE)
def count_over_main(case: Case) -> object:
    return more_than(0, case.db.scalar(sa.text("SELECT count(*) FROM main.letter")), case.theirs)


@read("the kit's: kit_may() imitated", only=SQLITE)
def imitated(case: Case) -> object:
    return case.db.execute(sa.text("SELECT address FROM letter WHERE 1 OR kit_may()")).all()


@read("named to a partner: text()")
def queue_by_text(case: Case) -> object:
    return case.db.execute(sa.text("SELECT * FROM queued")).all()


@read("named to a partner: entities")
def queue_entities(case: Case) -> object:
    return case.db.scalars(sa.select(Queued)).all()


@read("named to a partner: get by key")
def queue_by_key(case: Case) -> object:
    return case.db.get(Queued, case.theirs.queued)


@read("named to a partner: count")
def queue_counted(case: Case) -> object:
    return more_than(1, case.db.scalar(sa.select(sa.func.count()).select_from(queued)), case.theirs)


@read("named to a partner: on a connection beside the session")
def queue_beside(case: Case) -> object:
    with case.ground.app.connect() as connection:
        return connection.execute(sa.select(queued)).all()


@read("what another session says, in pg_stat_activity", only=POSTGRESQL)
def activity(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        other.execute(sa.text(f"SELECT '{case.theirs.mark}'")).all()
        return case.db.execute(sa.text("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")).all()
