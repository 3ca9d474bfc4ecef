"""Walks one path over a ground and says what leaked."""

import sqlite3

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.infra.errors import KitError
from tests.isolation import (  # noqa: F401 - importing them fills the catalogue
    reads_beside,
    reads_core,
    reads_orm,
    reads_related,
    reads_statements,
    writes_core,
    writes_orm,
)
from tests.isolation.ground import Case, Ground
from tests.isolation.paths import PATHS, Path, Run

CLOSED = (KitError, sa.exc.SQLAlchemyError, sqlite3.Error, psycopg.Error)


def paths_on(kind: str) -> list[Path]:
    """The catalogue, without what the database doesn't know."""
    return [path for path in PATHS if path.only in (None, kind)]


def leaks(path: Path, ground: Ground, db: Session, run: Run | None = None) -> list[str]:
    """Traces of the other partner that the path brought back, planted, changed or copied; a refusal is none."""
    before = ground.rows_of(ground.theirs) if path.writes else {}
    shared = ground.shared_rows() if path.writes else []
    found: list[str] = []
    try:
        with db:
            found = ground.theirs.traces((run or path.run)(Case(db, ground)))
            if path.writes:
                db.commit()
    except CLOSED:
        found = []
    if path.writes:
        after = ground.rows_of(ground.theirs)
        found += [f"{table} changed" for table, rows in after.items() if rows != before[table]]
        found += ground.theirs.traces(ground.rows_of(ground.mine))
        found += ["what the operator alone writes changed"] if ground.shared_rows() != shared else []
        ground.seed()
    return found
