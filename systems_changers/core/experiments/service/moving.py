"""Moves an experiment on: the kit's own needs and every plugin's check must agree, or all reasons are given.

Listeners hear of every step after the commit, ids only; docs/hooks.md lists the events.
"""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.experiments import queries, rules
from systems_changers.core.experiments.models import Experiment, ExperimentStep
from systems_changers.core.experiments.service.writing import Edit, save, writable
from systems_changers.core.operations.service import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text

EVENTS = {
    "framed": "experiment.framed.v1",
    "ready": "experiment.ready.v1",
    "running": "experiment.resumed.v1",
    "reviewing": "experiment.reviewing.v1",
    "grow": "experiment.growing.v1",
    "adapt": "experiment.adapting.v1",
    "pause": "experiment.paused.v1",
    "stop": "experiment.stopped.v1",
    "scaling": "experiment.scaled.v1",
    "embedded": "experiment.embedded.v1",
}
STARTED = "experiment.started.v1"
LONGEST_REASON = 2_000


def move(scope: Scope, experiment_id: UUID, to: str, why: str = "") -> None:
    """Take the step to the state `to`; taking it twice changes nothing.

    Raises StepRefused with every reason against it. Fires sc_check_experiment_transition; announces the step.
    """
    row = writable(scope, experiment_id)
    if row.state == to:
        return
    standing = rules.Standing(
        {name: getattr(row, name) for name in rules.TEXTS},
        tuple(row.scaling),
        queries.evidence_count(scope, row.id),
    )
    refusals = rules.stands_against(row.state, to, standing, {"experiment_id": row.id})
    if to in rules.next_states(row.state):
        refusals += scope.hooks.check_experiment_transition(scope, queries.experiment_facts(scope, row), to)
    if refusals:
        raise StepRefused(refusals, code="experiment_not_ready")
    _take(scope, row, to, clean_text(why)[:LONGEST_REASON] or None)


def save_and_move(scope: Scope, experiment_id: UUID, edit: Edit, to: str, why: str = "") -> None:
    """Write answers, then take the step. When the step is refused, what was written stands all the same."""
    save(scope, experiment_id, edit)
    move(scope, experiment_id, to, why)


def _take(scope: Scope, row: Experiment, to: str, why: str | None) -> None:
    now = scope.clock.now()
    data = {"scaling": list(row.scaling)} if to in {"scaling", "embedded"} else {}
    step = ExperimentStep(experiment_id=row.id, from_state=row.state, to_state=to, at=now, why=why, data=data)
    scope.db.add(step)
    row.state = to
    event = EVENTS[to]
    if to == "running" and row.started_on is None:
        row.started_on, event = now.date(), STARTED
    row.ended_on = now.date() if to in rules.COMPLETE else None
    record(scope, f"experiment.{to}", kind="experiment", id=row.id, changed=["state"])
    scope.announce(event, experiment_id=row.id, cohort_id=row.cohort_id)
    scope.db.flush()
