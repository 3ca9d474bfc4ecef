"""Experiments as JSON: the same door as the pages, so a field that was not shared is not in the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from systems_changers.core.experiments import queries
from systems_changers.core.experiments.schemas import ExperimentSchema
from systems_changers.hooks.scope import Scope
from systems_changers.infra.slices import Slice
from systems_changers.web.api import Answers
from systems_changers.web.pagination import PageRequest

answers = Answers("experiments", "What people try, as far as they have shared it with whoever asks.")


@answers.many("/", ExperimentSchema)
def index(scope: Scope, page: PageRequest) -> Slice[Any]:
    """The experiments that you may see something of, the latest change first."""
    found: Slice[Any] = queries.experiments(scope, number=page.number, size=page.size)
    return replace(found, rows=[_plain(view) for view in found.rows])


@answers.one("/<uuid:experiment_id>", ExperimentSchema)
def show(scope: Scope, experiment_id: UUID) -> dict[str, Any]:
    """One experiment."""
    return _plain(queries.experiment(scope, experiment_id))


def _plain(view: queries.ExperimentView) -> dict[str, Any]:
    shown = dict(view.answers)
    if "dates" in shown:
        shown["started_on"], shown["ended_on"] = shown.pop("dates")
    if "cohort" in shown:
        shown["cohort_id"] = view.cohort_id
    return {"id": view.id, "mine": view.mine, **shown}
