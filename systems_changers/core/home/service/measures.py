"""The figures of the moment for whoever watches the server: outbox, timed work, backups, database, versions.

No partner's figures and nobody's data: what is counted is the kit's own.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from systems_changers import __version__
from systems_changers.core.home.service import backup
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope, no_links
from systems_changers.infra.jobs import JobRow, OutboxRow
from systems_changers.infra.settings import Settings
from systems_changers.web.metrics import Measure

WAITS = ("waiting", "parked")


def measures(kit: Kit) -> list[Measure]:
    """Every figure of the moment. Four statements at the most; raises what the database does."""
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        found = [*_outbox(scope), *_jobs(scope), _size(kit, scope)]
    kind = kit.engine.dialect.name
    labels = {"version": __version__, "python": platform.python_version(), "database": kind}
    return [Measure("info", "What runs here.", 1, labels), *found, *_backups(kit.settings)]


def _outbox(scope: OperatorScope) -> Iterator[Measure]:
    counted = sa.select(OutboxRow.state, sa.func.count(), sa.func.min(OutboxRow.due_at))
    rows = {state: (count, due) for state, count, due in scope.db.execute(
        counted.where(OutboxRow.state.in_(WAITS)).group_by(OutboxRow.state))}  # fmt: skip
    for state in WAITS:
        count, _due = rows.get(state, (0, None))
        yield Measure("outbox", "Things to send or tell: waiting, or given up (parked).", count, {"state": state})
    due = rows.get("waiting", (0, None))[1]
    late = max(0.0, (scope.clock.now() - due).total_seconds()) if due is not None else 0.0
    yield Measure("outbox_late_seconds", "How long the oldest thing that is due has waited.", late)


def _jobs(scope: OperatorScope) -> Iterator[Measure]:
    for name, ended, trouble in scope.db.execute(
        sa.select(JobRow.name, JobRow.last_finished_at, JobRow.trouble).order_by(JobRow.name)
    ):
        labels = {"job": name}
        yield Measure("job_failing", "Whether timed work failed when it last ran.", bool(trouble), labels)
        if ended is not None and not trouble:
            meaning = "When timed work last ended well, where it ended well the last time."
            yield Measure("job_last_success_timestamp_seconds", meaning, ended.timestamp(), labels)


def _size(kit: Kit, scope: OperatorScope) -> Measure:
    meaning = "How large the database is."
    if kit.engine.dialect.name == "sqlite":
        file = str(kit.engine.url.database)
        parts = [Path(file + end) for end in ("", "-wal")]
        return Measure("database_bytes", meaning, sum(part.stat().st_size for part in parts if part.exists()))
    size = scope.db.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
    return Measure("database_bytes", meaning, size or 0)


def _backups(settings: Settings) -> Iterator[Measure]:
    book = backup.read_book(settings)
    yield Measure("backup_failing", "Whether the last backup failed.", bool(book.trouble))
    if book.taken_at is not None:
        taken = book.taken_at.timestamp()
        yield Measure("backup_last_timestamp_seconds", "When the last backup was taken.", taken)
        yield Measure("backup_age_seconds", "How old the last backup is.", max(0.0, time.time() - taken))
    if book.checked_at is not None:
        meaning = "When a backup was last restored to a scratch place, and was whole."
        yield Measure("backup_checked_timestamp_seconds", meaning, book.checked_at.timestamp())
