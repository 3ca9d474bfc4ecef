"""The one door to experiments: which of them an actor may read or write, and which fields of each.

Everything is private until shared. Pages, lists, search, export and API all go through here.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from systems_changers.core.cohorts.models import CohortPerson
from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import Experiment, ExperimentOwner, ExperimentShare
from systems_changers.hooks.scope import Scope

Condition = sa.ColumnElement[bool]


def readable_by(scope: Scope) -> Condition:
    """The experiments this actor may see anything of: her own, co-owned, or shared with her in some way."""
    return sa.and_(
        Experiment.deleted_at.is_(None), sa.or_(owned_by_actor(scope), shared_whole(scope), _personal_share(scope))
    )


def writable_by(scope: Scope) -> Condition:
    """The experiments this actor may write: author and co-owners."""
    return sa.and_(Experiment.deleted_at.is_(None), owned_by_actor(scope))


def field_readable_by(scope: Scope, name: str) -> Condition:
    """The experiments of which this actor may see one field; what search matches on."""
    if name in rules.ALWAYS_SHOWN:
        return readable_by(scope)
    chosen = _personal_share(scope, name) if name in rules.CHOOSABLE else sa.false()
    return sa.and_(Experiment.deleted_at.is_(None), sa.or_(owned_by_actor(scope), shared_whole(scope), chosen))


def owned_by_actor(scope: Scope) -> Condition:
    """Written by this actor, or with her; says nothing about deletion."""
    me = scope.actor.person_id
    if me is None:  # a comparison with None would read IS NULL, and let an account without a person in
        return sa.false()
    owner = aliased(ExperimentOwner)
    co_owned = sa.exists().where(
        owner.experiment_id == Experiment.id, owner.person_id == me, owner.deleted_at.is_(None)
    )
    return sa.or_(Experiment.author_id == me, co_owned)


def shared_whole(scope: Scope) -> Condition:
    """Shared with an audience that the actor is part of; an audience sees everything."""
    may: list[Condition] = []
    me = scope.actor.person_id
    if me is not None:
        part = aliased(CohortPerson)
        here = sa.and_(part.cohort_id == Experiment.cohort_id, part.deleted_at.is_(None))
        assigned = sa.and_(
            part.part == "participant", part.person_id == Experiment.author_id, part.learning_partner_id == me
        )
        facilitates = sa.and_(part.part == "facilitator", part.person_id == me, part.state != "left")
        takes_part = sa.and_(part.part == "participant", part.person_id == me, part.state == "confirmed")
        for audience, who in (
            ("learning_partner", assigned), ("facilitators", facilitates), ("cohort", takes_part),
        ):  # fmt: skip
            may.append(sa.and_(_shared_with(audience), sa.exists().where(here, who)))
    if scope.actor.roles & rules.PARTNER_READERS:
        may.append(_shared_with("partner"))
    return sa.or_(*may) if may else sa.false()


def _shared_with(audience: str) -> Condition:
    share = aliased(ExperimentShare)
    return sa.exists().where(
        share.experiment_id == Experiment.id, share.audience == audience, share.deleted_at.is_(None)
    )


def _personal_share(scope: Scope, field: str | None = None) -> Condition:
    me = scope.actor.person_id
    if me is None:
        return sa.false()
    share = aliased(ExperimentShare)
    shared = sa.exists().where(
        share.experiment_id == Experiment.id,
        share.audience == rules.PERSON,
        share.person_id == me,
        share.deleted_at.is_(None),
    )
    # A list of plain words as JSON text: the quotes keep one name from matching inside another.
    return shared.where(sa.cast(share.fields, sa.Text).contains(f'"{field}"')) if field else shared


def shown_to(scope: Scope) -> sa.ColumnElement[list[str] | None]:
    """The fields chosen for this actor's person, or NULL."""
    share = aliased(ExperimentShare)
    me = scope.actor.person_id
    return (
        sa.select(share.fields)
        .where(
            share.experiment_id == Experiment.id,
            share.audience == rules.PERSON,
            share.person_id == me if me is not None else sa.false(),
            share.deleted_at.is_(None),
        )
        .limit(1)
        .scalar_subquery()
    )
