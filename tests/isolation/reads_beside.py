"""Reads beside the session: other connections, other sessions, other threads, and what the pool hands on."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.db import open_session
from tests.isolation.ground import Case
from tests.isolation.paths import read
from tests.isolation.world import Cohort, LeafNote, Person

ALL = sa.text("SELECT * FROM cohort")


@read("engine.connect() beside the session")
def beside(case: Case) -> object:
    with case.ground.app.connect() as connection:
        return connection.execute(ALL).all()


@read("session.get_bind().connect()")
def bind_of_the_session(case: Case) -> object:
    with sa.inspect(case.db.get_bind()).engine.connect() as connection:
        return connection.execute(ALL).all()


@read("raw_connection() of the engine")
def raw_connection(case: Case) -> object:
    raw = case.ground.app.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("SELECT * FROM cohort")
        return cursor.fetchall()
    finally:
        raw.close()


@read("a plain Session on the same engine")
def plain_session(case: Case) -> object:
    with Session(case.ground.app) as db:
        return db.scalars(sa.select(Cohort)).all()


@read("a plain Session on the session's connection")
def joined_session(case: Case) -> object:
    with Session(case.db.connection()) as db:
        return db.scalars(sa.select(Cohort)).all()


@read("a session of no partner")
def no_partner(case: Case) -> object:
    with open_session(case.ground.app, None) as db:
        return [*db.scalars(sa.select(Cohort)), *db.execute(ALL)]


@read("AUTOCOMMIT")
def autocommit(case: Case) -> object:
    with case.ground.app.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return connection.execute(ALL).all()


@read("inside a savepoint")
def savepoint(case: Case) -> object:
    with case.db.begin_nested():
        return case.db.execute(ALL).all()


@read("after a savepoint that was rolled back")
def savepoint_rolled_back(case: Case) -> object:
    with case.db.begin_nested() as nested:
        case.db.execute(ALL).all()
        nested.rollback()
    return case.db.execute(ALL).all()


@read("after commit in the same session")
def after_commit(case: Case) -> object:
    case.db.scalars(sa.select(Cohort)).all()
    case.db.commit()
    return [*case.db.scalars(sa.select(Cohort)), *case.db.execute(ALL)]


@read("after rollback in the same session")
def after_rollback(case: Case) -> object:
    case.db.scalars(sa.select(Person)).all()
    case.db.rollback()
    return [*case.db.scalars(sa.select(Person)), *case.db.execute(ALL)]


@read("after an error in the same session")
def after_error(case: Case) -> object:
    with case.db.no_autoflush:
        try:
            case.db.execute(sa.text("SELECT * FROM nowhere"))
        except sa.exc.DBAPIError:
            case.db.rollback()
    return case.db.execute(ALL).all()


@read("a pooled connection after the other partner")
def pooled(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        other.execute(ALL).all()
        other.commit()
    with case.ground.app.connect() as connection:
        seen = connection.execute(ALL).all()
    return [*seen, *case.db.execute(ALL)]


@read("a pooled connection after the other partner's error")
def pooled_after_error(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        other.execute(ALL).all()
        with suppress(sa.exc.DBAPIError):
            other.execute(sa.text("SELECT * FROM nowhere"))
    with case.ground.app.connect() as connection:
        seen = connection.execute(ALL).all()
    return [*seen, *case.db.execute(ALL)]


@read("a pooled connection after the other partner's BaseException")
def pooled_after_exit(case: Case) -> object:
    with suppress(KeyboardInterrupt), case.ground.session(case.theirs) as other:
        other.execute(ALL).all()
        raise KeyboardInterrupt
    with case.ground.app.connect() as connection:
        return connection.execute(ALL).all()


@read("COMMIT as text, then a read")
def text_commit(case: Case) -> object:
    case.db.execute(sa.text("COMMIT"))
    return case.db.execute(ALL).all()


@read("a cursor kept over the end of its session")
def kept_cursor(case: Case) -> object:
    with case.ground.session(case.mine) as mine:
        cursor = mine.connection().connection.cursor()
        cursor.execute("SELECT a.name FROM cohort a, person b, person c")
        cursor.fetchone()
    with case.ground.session(case.theirs) as other:
        other.execute(ALL).all()
        return cursor.fetchall()


@read("a result kept over the end of its session")
def kept_result(case: Case) -> object:
    with case.ground.session(case.mine) as mine:
        kept = mine.connection().execute(sa.text("SELECT label FROM tag UNION ALL SELECT label FROM tag"))
    with case.ground.session(case.theirs) as other:
        other.execute(ALL).all()
        return kept.fetchall()


@read("two threads, two partners, one engine")
def threads(case: Case) -> object:
    def look(mine: bool) -> list[object]:
        side, other = (case.mine, case.theirs) if mine else (case.theirs, case.mine)
        with case.ground.session(side) as db:
            seen = [*db.scalars(sa.select(LeafNote.text)), *(tuple(row) for row in db.execute(ALL))]
        return [f"{case.theirs.mark} crossed" for _ in other.traces(seen)]

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(look, [True, False] * 20))


@read("the session used from another thread")
def other_thread(case: Case) -> object:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: case.db.execute(ALL).all()).result()
