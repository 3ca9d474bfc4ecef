"""Accounts hold credentials only, and are the same at every partner."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.rules import check_new, password_problem, plain_email
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.passwords import hash_password, password_matches
from systems_changers.infra.text import Message, msg

ADDRESS = "address"
"""The purpose of a link that changes an account's address."""


def make_account(scope: AnyScope, email: str, password: str | None = None, *, proven: bool = False) -> UUID:
    """Make an account; `proven` when the e-mail address has shown that it is the person's own.

    Raises Invalid (email, password) for answers that can't be, Conflict where the address has an account.
    """
    email = plain_email(email)
    check_new(email, password)
    with as_the_kit(scope.db):
        if account_with(scope, email) is not None:
            raise Conflict(msg("This address already has an account."))
        account = Account(email=email, email_proven_at=scope.clock.now() if proven else None, is_operator=False)
        account.password_hash = hash_password(password) if password is not None else None
        scope.db.add(account)
        scope.db.flush()
    return account.id


def account_with(scope: AnyScope, email: str) -> Account | None:
    """The account with this address, which nobody may be told of who has not proven to be its owner.

    To be changed only as the kit: outside, it is loose from a partner's session.
    """
    with as_the_kit(scope.db):
        return scope.db.scalar(sa.select(Account).where(Account.email == plain_email(email)))


def acting_account(scope: AnyScope) -> UUID:
    """The account that is signed in; raises NotFound where nobody is."""
    if scope.actor.account_id is None:
        raise NotFound
    return scope.actor.account_id


def change_password(scope: AnyScope, current: str, new: str, session_id: UUID | None) -> None:
    """Set the signed-in account's password, and end its other sessions; `session_id` is this browser's.

    Raises NotFound where nobody is signed in, Invalid (current, new), Refused (too_many).
    """
    account_id = acting_account(scope)
    operations.RateLimits(scope).hit("change_password", str(account_id))
    with as_the_kit(scope.db):
        account = scope.db.get_one(Account, account_id)
        if account.password_hash is not None and not password_matches(account.password_hash, current):
            raise Invalid(fields={"current": [msg("This is not your present password.")]})
        weak = password_weakness(scope, new, account.email, scope.actor.name)
        if weak is not None:
            raise Invalid(fields={"new": [weak]})
        set_password(scope, account.id, new, session_id)


def password_weakness(scope: AnyScope, password: str, *own: str) -> Message | None:
    """Why an account can't take this password, or None; `own` is what strangers know of its person."""
    return password_problem(password, *own, scope.partner.name if isinstance(scope, Scope) else "")


def set_password(scope: AnyScope, account_id: UUID, password: str, session_id: UUID | None) -> None:
    """Keep a checked password, and end every session of the account but `session_id`."""
    with as_the_kit(scope.db):
        scope.db.get_one(Account, account_id).password_hash = hash_password(password)
        end_sessions(scope, account_id, but=session_id)
    operations.record(scope, "account.password_changed", kind="account", id=account_id, changed=["password_hash"])


def end_sessions(scope: AnyScope, account_id: UUID, *, but: UUID | None = None) -> int:
    """Revoke the account's live sessions but one; answers how many.

    A link that changes its address ends too: whoever signs a stranger out ends what the stranger asked for.
    """
    operations.void_tokens_of(scope, account_id, (ADDRESS,))
    live = sa.update(SignInSession).where(SignInSession.account_id == account_id, SignInSession.revoked_at.is_(None))
    if but is not None:
        live = live.where(SignInSession.id != but)
    ended = live.values(revoked_at=scope.clock.now()).returning(SignInSession.id)
    with as_the_kit(scope.db):
        return len(scope.db.execute(ended.execution_options(synchronize_session=False)).all())
