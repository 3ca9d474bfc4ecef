"""Walks one path over a ground and says what leaked."""

from sqlalchemy.orm import Session

from tests.isolation import (  # noqa: F401 - importing them fills the catalogue
    reads_beside,
    reads_core,
    reads_kit,
    reads_orm,
    reads_related,
    reads_statements,
    writes_core,
    writes_kit,
    writes_orm,
)
from tests.isolation.ground import Case, Ground
from tests.isolation.paths import CLOSED, PATHS, Path, Run


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
        found += ["what the kit alone writes changed"] if ground.shared_rows() != shared else []
        ground.seed()
    return found
