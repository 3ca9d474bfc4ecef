"""What becomes of experiments whose author is erased: those that have other owners are theirs from then on.

The words stay, because they are the other owners' as much; who owned it longest becomes the author.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment, ExperimentOwner
from systems_changers.core.operations.service import record
from systems_changers.core.people.models import Person
from systems_changers.hooks.scope import Scope


def shared_by(scope: Scope, person_id: UUID) -> list[UUID]:
    """The author's live experiments that somebody else owns too; one statement."""
    return list(_heirs(scope, person_id))


def hand_over(scope: Scope, person_id: UUID) -> int:
    """Make the longest-standing other owner the author of each; answers how many there were."""
    heirs = _heirs(scope, person_id)
    for experiment_id, owner in heirs.items():
        row = scope.db.get_one(Experiment, (scope.partner.id, experiment_id))
        row.author_id = owner.person_id
        scope.db.delete(owner)
        record(scope, "experiment.handed_over", kind="experiment", id=row.id, changed=["author_id"])
    scope.db.flush()
    return len(heirs)


def _heirs(scope: Scope, person_id: UUID) -> dict[UUID, ExperimentOwner]:
    owned = (
        sa.select(ExperimentOwner)
        .join(Experiment, Experiment.id == ExperimentOwner.experiment_id)
        .join(Person, Person.id == ExperimentOwner.person_id)
        .where(
            Experiment.author_id == person_id, Experiment.deleted_at.is_(None), ExperimentOwner.deleted_at.is_(None),
            ExperimentOwner.person_id != person_id, Person.deleted_at.is_(None),
        )
        .order_by(ExperimentOwner.created_at.desc(), ExperimentOwner.id.desc())
    )  # fmt: skip
    return {row.experiment_id: row for row in scope.db.scalars(owned)}
