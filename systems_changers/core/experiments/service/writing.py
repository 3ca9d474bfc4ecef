"""Notes, writes, deletes and exports experiments. Nothing that two people typed at once is ever lost.

Only the author deletes; co-owners write as the author does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments import queries, rules
from systems_changers.core.experiments.models import Experiment, ExperimentStep
from systems_changers.core.operations.queries import INVENTED, instance_is_demo
from systems_changers.core.operations.service import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.sheets import Row
from systems_changers.infra.text import msg


@dataclass(frozen=True, slots=True)
class Edit:
    """Answers of one form: `version` is the one that the form was made from, `answers` goes by field."""

    version: int
    answers: Mapping[str, object]


def note(scope: Scope, title: str) -> UUID:
    """Begin an experiment with nothing but an idea in a line; it is private, and in the actor's own cohort if any.

    Raises Invalid for an empty or overlong line, Refused for an account that is nobody at this partner.
    """
    if scope.actor.person_id is None:
        raise Refused(msg("Only people who take part here can note an experiment."))
    answers = _cleaned({"title": title})
    cohort = queries.own_cohort(scope)
    experiment_id = new_id()
    row = {"id": experiment_id, "author_id": scope.actor.person_id, "cohort_id": cohort.id if cohort else None}
    insert_rows(scope.db, Experiment, [row | answers])
    record(scope, "experiment.noted", kind="experiment", id=experiment_id)
    return experiment_id


def save(scope: Scope, experiment_id: UUID, edit: Edit) -> None:
    """Write answers. Raises Invalid by field, and Conflict with both texts where others changed it in between.

    Answers that agree with what stands there are no conflict, whatever the version.
    """
    row = writable(scope, experiment_id)
    answers = _cleaned(edit.answers)
    standing = {name: _stands(row, name) for name in answers}
    changed = [name for name, value in answers.items() if standing[name] != value]
    if not changed:
        return
    if row.version != edit.version:
        raise Conflict(mine=answers, theirs=standing, version=row.version)
    for name in changed:
        setattr(row, name, answers[name])
    if row.state in rules.UNDER_TEST and not set(changed).isdisjoint(rules.GUESS):
        told = {"changed": [name for name in changed if name in rules.GUESS]}
        at = scope.clock.now()
        scope.db.add(ExperimentStep(experiment_id=row.id, from_state=row.state, to_state=row.state, at=at, data=told))
    record(scope, "experiment.changed", kind="experiment", id=row.id, changed=changed)
    scope.db.flush()


def delete(scope: Scope, experiment_id: UUID) -> None:
    """Take it out of everybody's sight; `restore` brings it back."""
    row = authored(scope, experiment_id)
    row.deleted_at = scope.clock.now()
    record(scope, "experiment.deleted", kind="experiment", id=row.id)


def restore(scope: Scope, experiment_id: UUID) -> None:
    """Undo a deletion, as its author; NotFound for anybody else."""
    me = scope.actor.person_id
    row = scope.db.scalars(sa.select(Experiment).where(Experiment.id == experiment_id)).one_or_none()
    if row is None or me is None or row.author_id != me:
        raise NotFound
    row.deleted_at = None
    record(scope, "experiment.restored", kind="experiment", id=row.id)


EXPORTED = (*rules.TEXTS, "condition", "scaling")


def export_mine(scope: Scope) -> list[Row]:
    """The actor's own and co-owned experiments with their evidence, as rows of a sheet."""
    sheet: list[Row] = [["state", "cohort", "author", *EXPORTED, "started_on", "ended_on", "evidence"]]
    for view, seen in queries.own_experiments(scope):
        answers = view.answers
        evidence = "\n".join(" ".join(filter(None, (str(it.seen_on or ""), it.text, it.link))) for it in seen)
        scaling = ", ".join(answers["scaling"])
        middle = [scaling if name == "scaling" else answers[name] for name in EXPORTED]
        sheet.append([view.state, answers["cohort"], answers["author"], *middle, *answers["dates"], evidence])
    return [*sheet, [INVENTED]] if instance_is_demo(scope) else sheet


# --- for the other services of this slice ---


def writable(scope: Scope, experiment_id: UUID) -> Experiment:
    """The row, locked for writing; NotFound where the actor may not see it, Refused where she may only read it."""
    found = scope.db.execute(
        sa.select(Experiment, queries.writable_by(scope))
        .where(Experiment.id == experiment_id, queries.readable_by(scope))
        .with_for_update(of=Experiment)
    ).one_or_none()
    if found is None:
        raise NotFound
    if not found[1]:
        raise Refused(msg("Only its author and co-owners can change this experiment."))
    row: Experiment = found[0]
    return row


def authored(scope: Scope, experiment_id: UUID) -> Experiment:
    """The same for what only the author may decide."""
    row = writable(scope, experiment_id)
    if row.author_id != scope.actor.person_id:
        raise Refused(msg("Only its author can decide this."))
    return row


def _cleaned(answers: Mapping[str, object]) -> dict[str, object]:
    """Answers as they are stored: text without unseen signs, blanks as None; raises Invalid by field."""
    if unknown := answers.keys() - rules.WRITABLE:
        raise ValueError(unknown)
    made: dict[str, object] = {}
    for name, value in answers.items():
        if name == "scaling":
            chosen = value if isinstance(value, list | tuple) else [value]
            made[name] = (
                [each for each in rules.SCALES if each in chosen] if set(chosen) <= set(rules.SCALES) else chosen
            )
        else:
            made[name] = clean_text(str(value or ""), lines=name not in rules.SHORT_TEXTS) or None
    if wrong := rules.wrong_in(made):
        raise Invalid(fields=wrong)
    return made


def _stands(row: Experiment, name: str) -> object:
    value: object = getattr(row, name)
    return list(value) if isinstance(value, list) else value or None
