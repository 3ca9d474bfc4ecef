"""Opens an experiment to others, as its author decides: co-owners, four audiences, or a person field by field.

A person is always given a choice of fields; everything is for audiences only.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments import queries, rules
from systems_changers.core.experiments.models import Experiment, ExperimentOwner, ExperimentShare
from systems_changers.core.experiments.service.writing import authored, writable
from systems_changers.core.operations.service import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.text import msg


def share_with_audiences(scope: Scope, experiment_id: UUID, audiences: Iterable[str]) -> None:
    """Share it with exactly these audiences; those that are left out see nothing from now on."""
    row, wanted = authored(scope, experiment_id), set(audiences)
    if not wanted <= set(rules.AUDIENCES):
        raise Invalid(fields={"audiences": [msg("Choose from the list.")]})
    if row.cohort_id is None and wanted & rules.NEED_A_COHORT:
        raise Invalid(fields={"audiences": [msg("This experiment belongs to no cohort, so it has no such readers.")]})
    shares = {share.audience: share for share in _shares(scope, row) if share.audience != rules.PERSON}
    for audience in shares.keys() - wanted:
        shares[audience].deleted_at = scope.clock.now()
    for audience in sorted(wanted - shares.keys()):
        scope.db.add(ExperimentShare(experiment_id=row.id, audience=audience, granted_at=scope.clock.now()))
    if wanted != shares.keys():
        record(scope, "experiment.shared", kind="experiment", id=row.id, changed=wanted ^ shares.keys())
    scope.db.flush()


def share_with_person(scope: Scope, experiment_id: UUID, person_id: UUID, fields: Iterable[str]) -> None:
    """Show one person these fields and no others, beside its title, its state and the author's name.

    Raises Invalid for an empty choice, an unknown field, or somebody who is not around the author.
    """
    row, chosen = authored(scope, experiment_id), set(fields)
    if not chosen or not chosen <= set(rules.CHOOSABLE):
        raise Invalid(fields={"shown": [msg("Choose what this person may see.")]})
    _check_around(scope, row, person_id)
    share = next((share for share in _shares(scope, row) if share.person_id == person_id), None)
    if share is None:
        share = ExperimentShare(
            experiment_id=row.id, audience=rules.PERSON, person_id=person_id, granted_at=scope.clock.now()
        )
        scope.db.add(share)
    share.fields = [name for name in rules.CHOOSABLE if name in chosen]
    record(scope, "experiment.shared_with_person", kind="experiment", id=row.id, changed=chosen)
    scope.db.flush()


def stop_sharing_with_person(scope: Scope, experiment_id: UUID, person_id: UUID) -> None:
    """From now on this person sees nothing of it as a person; an audience she is in still may."""
    row = authored(scope, experiment_id)
    share = next((share for share in _shares(scope, row) if share.person_id == person_id), None)
    if share is None:
        raise NotFound
    share.deleted_at = scope.clock.now()
    record(scope, "experiment.unshared_with_person", kind="experiment", id=row.id)


def add_owner(scope: Scope, experiment_id: UUID, person_id: UUID) -> None:
    """Let somebody of the author's cohorts own it too: she sees and writes all of it. Adding twice changes nothing."""
    row = authored(scope, experiment_id)
    _check_around(scope, row, person_id, in_cohort=True)
    if _owner(scope, row, person_id) is None:
        scope.db.add(ExperimentOwner(experiment_id=row.id, person_id=person_id))
        record(scope, "experiment.owner_added", kind="experiment", id=row.id)
        scope.db.flush()


def remove_owner(scope: Scope, experiment_id: UUID, person_id: UUID) -> None:
    """Take a co-owner off: the author may take off anybody, a co-owner herself."""
    row, me = writable(scope, experiment_id), scope.actor.person_id
    if me not in (row.author_id, person_id):
        raise Refused(msg("Only its author can decide this."))
    owner = _owner(scope, row, person_id)
    if owner is None:
        raise NotFound
    owner.deleted_at = scope.clock.now()
    record(scope, "experiment.owner_removed", kind="experiment", id=row.id)


def _shares(scope: Scope, row: Experiment) -> list[ExperimentShare]:
    live = sa.select(ExperimentShare).where(
        ExperimentShare.experiment_id == row.id, ExperimentShare.deleted_at.is_(None)
    )
    return list(scope.db.scalars(live))


def _owner(scope: Scope, row: Experiment, person_id: UUID) -> ExperimentOwner | None:
    return scope.db.scalars(
        sa.select(ExperimentOwner).where(
            ExperimentOwner.experiment_id == row.id,
            ExperimentOwner.person_id == person_id,
            ExperimentOwner.deleted_at.is_(None),
        )
    ).one_or_none()


def _check_around(scope: Scope, row: Experiment, person_id: UUID, *, in_cohort: bool = False) -> None:
    around = {one.id: one for one in queries.people_around(scope, row.author_id)}
    if person_id not in around or (in_cohort and not around[person_id].in_cohort):
        raise Invalid(fields={"person": [msg("Choose somebody from the list.")]})
