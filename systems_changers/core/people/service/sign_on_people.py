"""Whose account an organisation's sign-in service may open.

A service is its partner's, and may say anything. So it opens an account that its owner connected, signed in; or one
that it brought about itself, while that is nobody's at any other partner. The session counts at that partner alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.queries import offered_role
from systems_changers.core.people.models import Account, Membership, Person, SignOnIdentity
from systems_changers.core.people.service.accounts import account_with, make_account
from systems_changers.core.people.service.roles import grant_role
from systems_changers.core.people.service.sign_in import Browser, HalfSignedIn, enter
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg
from systems_changers.infra.transactions import read_as

NOBODY = msg(
    "You can't come in with this account yet. If you have been here before, sign in as you did then, and connect the"
    " two under Your account. If you haven't, ask an administrator here to add you with this e-mail address."
)
TAKEN = msg("This account of your organisation's belongs to somebody else here.")


@dataclass(frozen=True, slots=True)
class Asserted:
    """Whom a service names: by its own name for them, and an address in one of the partner's domains."""

    issuer: str
    subject: str
    email: str


def let_in(scope: Scope, asserted: Asserted, browser: Browser) -> str | HalfSignedIn:
    """What follows on a first step that was right. Raises Refused (sign_on_nobody), the same whatever the reason."""
    with as_the_kit(scope.db):
        row = scope.db.scalar(_named(asserted))
        account_id = row.account_id if row is not None else None
        by_owner = row is not None and row.by_owner
    if account_id is None:
        account_id = _newcomer(scope, asserted)
    elif not _may_open(scope, account_id, by_owner=by_owner):
        raise Refused(NOBODY, code="sign_on_nobody")
    with as_the_kit(scope.db):
        used = sa.update(SignOnIdentity).where(SignOnIdentity.account_id == account_id)
        used = used.where(SignOnIdentity.issuer == asserted.issuer, SignOnIdentity.subject == asserted.subject)
        scope.db.execute(used.values(last_used_at=scope.clock.now()).execution_options(synchronize_session=False))
    operations.record(scope, "account.sign_on_used", kind="account", id=account_id)
    return enter(scope, account_id, browser, signed_on=True)


def connect_account(scope: Scope, account_id: UUID | None, asserted: Asserted) -> None:
    """Connect the signed-in account, which set out for it, with who it is at the service.

    Raises NotFound where another is signed in, Refused (sign_on_taken) where it is somebody else's.
    """
    if account_id is None or scope.actor.account_id != account_id:
        raise NotFound
    with as_the_kit(scope.db):
        row = scope.db.scalar(_named(asserted))
        if row is not None and row.account_id != account_id:
            raise Refused(TAKEN, code="sign_on_taken")
        if row is None:
            scope.db.add(_identity(scope, account_id, asserted, by_owner=True))
        else:
            row.by_owner = True
    operations.record(scope, "account.sign_on_connected", kind="account", id=account_id)


def disconnect_account(scope: Scope, issuer: str) -> None:
    """Let a service open the signed-in account no more. Raises NotFound where nobody is signed in."""
    account_id = scope.actor.account_id
    if account_id is None:
        raise NotFound
    theirs = sa.delete(SignOnIdentity).where(SignOnIdentity.account_id == account_id, SignOnIdentity.issuer == issuer)
    with as_the_kit(scope.db):
        scope.db.execute(theirs.execution_options(synchronize_session=False))
    operations.record(scope, "account.sign_on_disconnected", kind="account", id=account_id)


def _named(asserted: Asserted) -> sa.Select[SignOnIdentity]:
    return sa.select(SignOnIdentity).where(
        SignOnIdentity.issuer == asserted.issuer, SignOnIdentity.subject == asserted.subject
    )


def _identity(scope: Scope, account_id: UUID, asserted: Asserted, *, by_owner: bool) -> SignOnIdentity:
    return SignOnIdentity(
        account_id=account_id, issuer=asserted.issuer, subject=asserted.subject, by_owner=by_owner,
        created_at=scope.clock.now(),
    )  # fmt: skip


def _may_open(scope: Scope, account_id: UUID, *, by_owner: bool) -> bool:
    """Somebody of this partner's, and, unless the owner connected it, of no other's and no operator."""
    with as_the_kit(scope.db):
        account = scope.db.get(Account, account_id)
        usable = account is not None and account.disabled_at is None
        operates = account is not None and account.is_operator
    person = sa.exists().where(Person.account_id == account_id, Person.deleted_at.is_(None))
    member = sa.exists().where(Membership.account_id == account_id, Membership.deleted_at.is_(None))
    if not usable or not scope.db.scalar(sa.select(sa.or_(person, member))):
        return False
    return by_owner or not (operates or _is_elsewhere(scope, account_id))


def _is_elsewhere(scope: Scope, account_id: UUID) -> bool:
    """Whether the account ever had a role at another partner, which its own policy alone shows."""
    others = sa.select(Membership.partner_id).where(
        Membership.account_id == account_id, Membership.partner_id != scope.partner.id
    )
    with read_as(scope.db, account_id) as outside:
        return outside.scalar(others.limit(1)) is not None


def _newcomer(scope: Scope, asserted: Asserted) -> UUID:
    """An account for a person of this partner's with this address who has none, in the role they were invited to."""
    alike = sa.select(Person).where(
        sa.func.lower(Person.email) == asserted.email, Person.account_id.is_(None), Person.deleted_at.is_(None)
    )
    people = scope.db.scalars(alike.limit(2)).all()
    if len(people) != 1 or account_with(scope, asserted.email) is not None:
        raise Refused(NOBODY, code="sign_on_nobody")
    person = people[0]
    role = offered_role(scope, person.id) or "participant"
    account_id = make_account(scope, asserted.email)
    with as_the_kit(scope.db):
        scope.db.add(_identity(scope, account_id, asserted, by_owner=False))
    person.account_id = account_id
    operations.void_tokens(scope, purpose="invitation", subject=person.id)
    grant_role(scope, account_id, role)
    scope.db.flush()
    operations.record(scope, "person.came_by_sign_on", kind="person", id=person.id, changed=["account_id"])
    scope.announce("person.joined.v1", person_id=person.id, role=role)
    return account_id
