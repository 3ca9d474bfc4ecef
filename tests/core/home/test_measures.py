"""What a watcher is told of the moment: what waits, what failed, how old the backup is. Nobody's data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from systems_changers.core.home.service.measures import measures
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra.jobs import JobRow, OutboxRow
from systems_changers.testing.instance import Instance
from tests.statements import statements


def told(instance: Instance) -> Mapping[tuple[str, ...], float]:
    return {(each.name, *each.labels.values()): each.value for each in measures(instance.kit)}


def test_what_waits_and_what_failed(instance: Instance) -> None:
    now = instance.kit.clock.now()
    assert told(instance)["outbox", "waiting"] == told(instance)["outbox_late_seconds",] == 0
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        for state, late in (("waiting", 40), ("waiting", 90), ("parked", 500), ("done", 900)):
            due = now - timedelta(seconds=late)
            scope.db.add(OutboxRow(kind="event", name="cohort.opened.v1", at=due, due_at=due, state=state))
        ended = now - timedelta(hours=1)
        scope.db.add(JobRow(name="count", last_started_at=ended, last_finished_at=ended))
        scope.db.add(JobRow(name="gather", last_started_at=ended, last_finished_at=ended, trouble="ValueError: Ines"))
        scope.db.commit()
    with statements(instance.kit.engine) as asked:
        found = told(instance)
    assert len(asked) <= 4
    assert (found["outbox", "waiting"], found["outbox", "parked"], found["outbox_late_seconds",]) == (2, 1, 90)
    assert (found["job_failing", "count"], found["job_failing", "gather"]) == (0, 1)
    assert found["job_last_success_timestamp_seconds", "count"] == ended.timestamp()
    assert ("job_last_success_timestamp_seconds", "gather") not in found
    assert found["database_bytes",] > 0
    assert "Ines" not in str(measures(instance.kit))


def test_backups(instance: Instance) -> None:
    assert told(instance)["backup_failing",] == 0
    assert ("backup_age_seconds",) not in told(instance)
    now, folder = instance.kit.clock.now(), instance.kit.settings.backups
    folder.mkdir(parents=True)
    book = {"taken_at": now.isoformat(), "checked_at": now.isoformat(), "trouble": "no room"}
    (folder / "backups.json").write_text(json.dumps(book), "utf-8")
    found = told(instance)
    assert found["backup_failing",] == 1
    assert found["backup_last_timestamp_seconds",] == found["backup_checked_timestamp_seconds",] == now.timestamp()
    assert found["backup_age_seconds",] >= 0
