"""Recovery codes: ten words on paper that let somebody in who lost the app or the passkey, each of them once.

They are random enough that a bare hash keeps them, so they work even where the instance's signing key was lost.
"""

from __future__ import annotations

import hashlib
import secrets
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.people.models import RecoveryCode
from systems_changers.core.people.rules import RECOVERY_CODES, plain_code
from systems_changers.core.people.service.accounts import acting_account
from systems_changers.hooks.scope import AnyScope
from systems_changers.infra.isolation import as_the_kit

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is taken for another
GROUPS, GROUP = 4, 4  # 79 bits
Codes = tuple[str, ...]


def new_codes(scope: AnyScope) -> Codes:
    """Ten new recovery codes for the signed-in account, to be shown once; those from before end.

    Raises NotFound where nobody is signed in.
    """
    return make_codes(scope, acting_account(scope))


def make_codes(scope: AnyScope, account_id: UUID) -> Codes:
    """Ten new codes in place of the account's others."""
    codes, now = tuple(_code() for _ in range(RECOVERY_CODES)), scope.clock.now()
    with as_the_kit(scope.db):
        drop_codes(scope, account_id)
        scope.db.add_all(RecoveryCode(hash=_hash(account_id, code), account_id=account_id, created_at=now)
                         for code in codes)  # fmt: skip
        scope.db.flush()
    operations.record(scope, "account.recovery_codes_made", kind="account", id=account_id)
    return codes


def codes_where_none(scope: AnyScope, account_id: UUID) -> Codes:
    """New codes for an account that has none left, else none: those on paper go on working."""
    left = sa.exists().where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    with as_the_kit(scope.db):
        return () if scope.db.scalar(sa.select(left)) else make_codes(scope, account_id)


def drop_codes(scope: AnyScope, account_id: UUID) -> None:
    """Delete every code of an account, used or not."""
    theirs = sa.delete(RecoveryCode).where(RecoveryCode.account_id == account_id)
    with as_the_kit(scope.db):
        scope.db.execute(theirs.execution_options(synchronize_session=False))


def use_code(scope: AnyScope, account_id: UUID, text: str) -> bool:
    """Use a recovery code up, and say whether it was one; of two requests at the same moment one succeeds."""
    this = (RecoveryCode.hash == _hash(account_id, text), RecoveryCode.account_id == account_id)
    using = sa.update(RecoveryCode).where(*this, RecoveryCode.used_at.is_(None)).values(used_at=scope.clock.now())
    with as_the_kit(scope.db):
        used = scope.db.execute(using.returning(RecoveryCode.hash).execution_options(synchronize_session=False)).all()
    if used:
        operations.record(scope, "account.recovery_code_used", kind="account", id=account_id)
    return bool(used)


def _code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def _hash(account_id: UUID, text: str) -> str:
    return hashlib.sha256(account_id.bytes + plain_code(text).encode("utf-8", "replace")).hexdigest()
