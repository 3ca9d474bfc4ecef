"""Writes the demo's experiments with every step, piece of evidence, co-owner and share, each on its day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from systems_changers.core.experiments.models import (
    Evidence,
    Experiment,
    ExperimentOwner,
    ExperimentShare,
    ExperimentStep,
)
from systems_changers.core.experiments.rules import COMPLETE
from systems_changers.core.home.service.demo_ground import Ground
from systems_changers.core.home.service.demo_story import Trial
from systems_changers.core.operations.service import record


class Ledger:
    """The experiments of one partner."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.db = ground, ground.scope.db

    def write(self, trials: Iterable[Trial]) -> None:
        """All of them, the earliest first."""
        for trial in sorted(trials, key=lambda each: (each.noticed, each.key)):
            self._begin(trial)
            self._steps(trial)
            self._around(trial)
            self.db.flush()

    def _begin(self, trial: Trial) -> None:
        ids, clock = self.ground.ids, self.ground.clock
        self.ground.within(f"experiment-{trial.key}")
        clock.at(trial.noticed, 20)
        days = {state: clock.today() + timedelta(days=day) for state, day, _ in reversed(trial.path)}
        row = Experiment(
            id=ids.of("experiment", trial.key), author_id=self.ground.person(trial.author),
            cohort_id=ids.of("cohort", trial.cohort), state=trial.state, condition=trial.condition or None,
            scaling=list(trial.scaling), extra=dict(trial.extra),
            started_on=days.get("running"), ended_on=days[trial.state] if trial.state in COMPLETE else None,
            **trial.texts,
        )  # fmt: skip
        self.db.add(row)
        self.db.flush()
        record(self.ground.by(trial.author), "experiment.noted", kind="experiment", id=row.id)

    def _steps(self, trial: Trial) -> None:
        before, id_ = "noticing", self.ground.ids.of("experiment", trial.key)
        for state, day, why in trial.path:
            at = self.ground.clock.at(day, 17)
            data = {"scaling": list(trial.scaling)} if state in {"scaling", "embedded"} else {}
            step = ExperimentStep(
                experiment_id=id_, from_state=before, to_state=state, at=at, why=why or None,
                data=data,
            )  # fmt: skip
            self.db.add(step)
            record(self.ground.by(trial.author), f"experiment.{state}", kind="experiment", id=id_, changed=["state"])
            before = state

    def _around(self, trial: Trial) -> None:
        ids, clock = self.ground.ids, self.ground.clock
        id_ = ids.of("experiment", trial.key)
        for key in trial.owners:
            self.db.add(ExperimentOwner(experiment_id=id_, person_id=self.ground.person(key)))
        for seen in trial.seen:
            day = clock.at(seen.day, 18).date()
            self.db.add(
                Evidence(experiment_id=id_, person_id=self.ground.person(seen.by or trial.author), text=seen.text,
                         kind="link" if seen.link else "text", link=seen.link or None, seen_on=day, tells=seen.tells)
            )  # fmt: skip
        granted = clock.at(trial.noticed + 2, 20)
        shares = [(audience, None, ()) for audience in trial.shared]
        chosen = [("person", self.ground.person(key), fields) for key, fields in trial.shown]
        for audience, person_id, fields in (*shares, *chosen):
            self.db.add(
                ExperimentShare(experiment_id=id_, audience=audience, person_id=person_id, fields=list(fields),
                                granted_at=granted)
            )  # fmt: skip
