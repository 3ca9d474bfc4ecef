"""Roles at a partner: granted to an account, withdrawn without a trace in the others."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.service import record
from systems_changers.core.people.models import Account, Membership
from systems_changers.core.people.queries import has_factor, person_row, who_is
from systems_changers.core.people.rules import ROLES
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg
from systems_changers.web.arrival import AccountFacts

NO_SESSION = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who a person is here when they have signed in, and whether they can and have a second factor.

    Whether somebody operates the instance is left out: that is not for a partner to know.
    """

    name: str
    actor: ActorFacts
    can_sign_in: bool = False
    has_factor: bool = False


def standing_of(scope: Scope, person_id: UUID) -> Standing:
    """Who a person would be at the edge, by the very query that the edge asks. Three statements; raises NotFound."""
    row = person_row(scope, person_id)
    if row.account_id is None:
        return Standing(row.name, ActorFacts(person_id=row.id, name=row.name))
    columns = sa.select(Account.disabled_at.is_(None), has_factor(Account.id)).where(Account.id == row.account_id)
    with as_the_kit(scope.db):
        usable, factor = scope.db.execute(columns).one()
    actor = who_is(scope.db, scope.partner, AccountFacts(row.account_id, NO_SESSION))
    return Standing(row.name, actor, bool(usable), bool(factor))


def grant_role(scope: Scope, account_id: UUID, role: str) -> None:
    """Give an account a role at this partner; giving it twice changes nothing."""
    if role not in ROLES:
        raise ValueError(role)
    if _held(scope, account_id, role) is None:
        row = Membership(account_id=account_id, role=role, extra={})
        scope.db.add(row)
        scope.db.flush()
        record(scope, "role.granted", kind="membership", id=row.id, changed=[role])


def withdraw_role(scope: Scope, account_id: UUID, role: str) -> None:
    """Take a role away. Raises Refused (code last_administrator) where nobody would be left to look after things."""
    row = _held(scope, account_id, role)
    if row is None:
        return
    if role == "administrator":
        refuse_last_administrator(scope, account_id)
    row.deleted_at = scope.clock.now()
    scope.db.flush()
    record(scope, "role.withdrawn", kind="membership", id=row.id, changed=[role])


def refuse_last_administrator(scope: Scope, account_id: UUID | None) -> None:
    """Raise Refused (code last_administrator) where the account alone looks after things here."""
    if account_id is None or _held(scope, account_id, "administrator") is None:
        return
    others = sa.select(sa.func.count(Membership.id)).where(
        Membership.role == "administrator", Membership.account_id != account_id, Membership.deleted_at.is_(None)
    )
    if not scope.db.scalar(others):
        raise Refused(msg("This is the only administrator: make another one first."), code="last_administrator")


def _held(scope: Scope, account_id: UUID, role: str) -> Membership | None:
    held = sa.select(Membership).where(
        Membership.account_id == account_id, Membership.role == role, Membership.deleted_at.is_(None)
    )
    return scope.db.scalar(held)
