"""What an account shows itself by besides a password, and taking all of it away where somebody lost it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import Account, Membership, Passkey, RecoveryCode, SignInSession, Totp
from systems_changers.core.people.queries import has_factor, hash_secret
from systems_changers.core.people.rules import FACTOR_ROLES
from systems_changers.core.people.service.accounts import account_with, end_sessions
from systems_changers.core.people.service.recovery import drop_codes
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.errors import NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.jobs import enqueue_mail
from systems_changers.infra.text import msg


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """A passkey in a list; `here` is whether it works at the host that is asked."""

    id: UUID
    name: str
    host: str
    created_at: datetime
    used_at: datetime | None
    here: bool


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account has: since when an app, how many recovery codes that were not used, which passkeys."""

    has_password: bool
    app_since: datetime | None
    codes_left: int
    passkeys: tuple[PasskeyLine, ...]

    @property
    def any(self) -> bool:
        """Whether there is a second factor."""
        return self.app_since is not None or bool(self.passkeys)

    @property
    def passkey_here(self) -> bool:
        """Whether a passkey works at the host that is asked."""
        return any(each.here for each in self.passkeys)


def factors_of(scope: AnyScope, account_id: UUID | None, host: str) -> Factors:
    """What an account has, as seen at one host; two statements. Raises NotFound for no account."""
    left = sa.select(sa.func.count(RecoveryCode.hash)).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    since = sa.select(Totp.confirmed_at).where(Totp.account_id == account_id)
    columns = (Account.password_hash.is_not(None), since.scalar_subquery(), left.scalar_subquery())
    keys = sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at, Passkey.id)
    with as_the_kit(scope.db):
        row = scope.db.execute(sa.select(*columns).where(Account.id == account_id)).one_or_none()
        if row is None:
            raise NotFound
        lines = tuple(
            PasskeyLine(each.id, each.name, each.host, each.created_at, each.used_at, each.host == host)
            for each in scope.db.scalars(keys)
        )
    return Factors(row[0], row[1], row[2], lines)


def has_second_factor(scope: AnyScope, account_id: UUID) -> bool:
    """Whether the account is asked for more than a password or a link."""
    with as_the_kit(scope.db):
        return bool(scope.db.scalar(sa.select(has_factor(account_id))))


def owes_second_factor(scope: AnyScope, secret: str) -> bool:
    """Whether the session that `secret` opens is somebody's whose role asks for a second factor that isn't there."""
    mine = SignInSession.secret_hash == hash_secret(secret)
    columns = sa.select(Account.id, Account.is_operator, has_factor(Account.id))
    with as_the_kit(scope.db):
        found = scope.db.execute(columns.join(SignInSession, SignInSession.account_id == Account.id).where(mine)).one()
    if found[2]:
        return False
    held = sa.exists().where(
        Membership.account_id == found[0], Membership.role.in_(sorted(FACTOR_ROLES)), Membership.deleted_at.is_(None)
    )
    return found[1] or (isinstance(scope, Scope) and bool(scope.db.scalar(sa.select(held))))


def drop_idle_codes(scope: AnyScope, account_id: UUID) -> None:
    """Without a second factor there is nothing that recovery codes stand in for."""
    if not has_second_factor(scope, account_id):
        drop_codes(scope, account_id)


def reset_second_factor(scope: OperatorScope, email: str) -> None:
    """Take an account's app, passkeys and recovery codes away, end its sessions, and tell the person by mail.

    For whoever runs the installation. Raises NotFound (unknown_account, no_second_factor).
    """
    account = account_with(scope, email)
    if account is None:
        raise NotFound(msg("No account has the address %(email)s.", email=email), code="unknown_account")
    if not has_second_factor(scope, account.id):
        raise NotFound(msg("%(email)s has no second factor.", email=email), code="no_second_factor")
    for table in (Totp, Passkey):
        theirs = sa.delete(table).where(table.account_id == account.id)
        scope.db.execute(theirs.execution_options(synchronize_session=False))
    drop_codes(scope, account.id)
    end_sessions(scope, account.id)
    operations.record(scope, "account.second_factor_reset", kind="account", id=account.id)
    locale = account.locale or "en_GB"
    enqueue_mail(scope.db, None, "people/mail_factor_reset", account.email, locale, {}, scope.clock.now())
