"""The one door to experiments: which of them an actor may read or write, and which fields of each.

Everything is private until shared. Pages, lists, search, export and API all go through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import Experiment, ExperimentOwner, ExperimentShare
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import alias_for_good

Condition = sa.ColumnElement[bool]

# Made once: an alias is ten times dearer than the condition it stands in.
_owner, _part = alias_for_good(ExperimentOwner), alias_for_good(CohortPerson)
_share, _personal, _chosen = (alias_for_good(ExperimentShare) for _ in range(3))


def readable_by(scope: Scope) -> Condition:
    """The experiments this actor may see anything of: her own, co-owned, or shared with her in some way."""
    seen = sa.or_(owned_by_actor(scope), shared_whole(scope), shared_with_person(scope))
    return sa.and_(Experiment.deleted_at.is_(None), seen)


def readable_whole_by(scope: Scope) -> Condition:
    """The experiments of which this actor may see everything."""
    return sa.and_(Experiment.deleted_at.is_(None), sa.or_(owned_by_actor(scope), shared_whole(scope)))


def writable_by(scope: Scope) -> Condition:
    """The experiments this actor may write: author and co-owners."""
    return sa.and_(Experiment.deleted_at.is_(None), owned_by_actor(scope))


def owned_by_actor(scope: Scope) -> Condition:
    """Written by this actor, or with her; says nothing about deletion."""
    me = scope.actor.person_id
    if me is None:  # a comparison with None would read IS NULL, and let an account without a person in
        return sa.false()
    co_owned = sa.exists().where(
        _owner.experiment_id == Experiment.id, _owner.person_id == me, _owner.deleted_at.is_(None)
    )
    return sa.or_(Experiment.author_id == me, co_owned)


def shared_whole(scope: Scope) -> Condition:
    """Shared with an audience that the actor is part of; an audience sees everything."""
    ways: list[Condition] = []
    if scope.actor.person_id is not None:
        ways.append(_is_in_audience(scope.actor.person_id))
    if scope.actor.roles & rules.PARTNER_READERS:
        ways.append(_share.audience == "partner")
    if not ways:
        return sa.false()
    return sa.exists().where(_share.experiment_id == Experiment.id, _share.deleted_at.is_(None), sa.or_(*ways))


def _is_in_audience(me: UUID) -> Condition:
    """Whether `me` is whom a share of the experiment's own cohort meant when it was given.

    Who came later sees nothing of it: else staff could make themselves the audience of what was shared with others.
    """
    taking_part = _part.part == "participant"
    assigned = (
        taking_part, _part.person_id == Experiment.author_id, _part.learning_partner_id == me,
        _part.learning_partner_since <= _share.granted_at,
    )  # fmt: skip
    there_then = sa.func.coalesce(_part.confirmed_at, _part.created_at) <= _share.granted_at
    ways = (
        sa.and_(_share.audience == "learning_partner", *assigned),
        sa.and_(
            _share.audience == "facilitators",
            _part.part == "facilitator",
            _part.person_id == me,
            _part.state != "left",
            there_then,
        ),
        sa.and_(
            _share.audience == "cohort", taking_part, _part.person_id == me, _part.state == "confirmed", there_then
        ),
    )
    return sa.exists().where(_part.cohort_id == Experiment.cohort_id, _part.deleted_at.is_(None), sa.or_(*ways))


def shared_with_person(scope: Scope, hits: Iterable[tuple[str, Condition]] | None = None) -> Condition:
    """Shared with this actor's person; of `hits`, pairs of a field and a condition, one must be in a chosen field."""
    me = scope.actor.person_id
    if me is None:
        return sa.false()
    shared = sa.exists().where(
        _personal.experiment_id == Experiment.id,
        _personal.audience == rules.PERSON,
        _personal.person_id == me,
        _personal.deleted_at.is_(None),
    )
    if hits is None:
        return shared
    # A list of plain words as JSON text: the quotes keep one name from matching inside another.
    fields = sa.cast(_personal.fields, sa.Text)
    chosen = [sa.and_(fields.contains(f'"{name}"'), hit) for name, hit in hits if name in rules.CHOOSABLE]
    return shared.where(sa.or_(sa.false(), *chosen))


def evidence_readable_by(scope: Scope) -> Condition:
    """The experiments whose evidence this actor may see: her own, shared whole, or with evidence among the fields."""
    chosen = shared_with_person(scope, [("evidence", sa.true())])
    return sa.and_(Experiment.deleted_at.is_(None), sa.or_(owned_by_actor(scope), shared_whole(scope), chosen))


def chosen_for(scope: Scope) -> sa.ColumnElement[list[str] | None]:
    """The fields chosen for this actor's person; NULL where nothing was shared with her as a person."""
    me = scope.actor.person_id
    return (
        sa.select(_chosen.fields)
        .where(
            _chosen.experiment_id == Experiment.id,
            _chosen.audience == rules.PERSON,
            _chosen.person_id == me if me is not None else sa.false(),
            _chosen.deleted_at.is_(None),
        )
        .limit(1)
        .scalar_subquery()
    )
