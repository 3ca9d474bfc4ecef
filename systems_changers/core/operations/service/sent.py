"""Remembers forms that were taken, by a hash, so that one which is sent again is not taken again.

Where it led is kept for a day, in the transaction that did what the form asked.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from systems_changers.core.operations.models import Token
from systems_changers.core.operations.rules import FORM
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.isolation import as_the_kit

REMEMBERED = timedelta(days=1)


def sent_before(scope: Scope | OperatorScope, key: str) -> str | None:
    """The path that a form with this key led to, if it was taken here; None for one that is new."""
    here = Token.partner_ref == (scope.partner.id if isinstance(scope, Scope) else None)
    found = sa.select(Token.data).where(Token.hash == key, Token.purpose == FORM, here)
    kept = scope.db.scalar(found.where(Token.expires_at > scope.clock.now()))
    return None if kept is None else str(kept["to"])


def keep_sent(scope: Scope | OperatorScope, key: str, path: str) -> None:
    """Remember a form with what it changed.

    Raises IntegrityError where the same form was taken at the same moment: what this one changed must not be kept.
    """
    now, partner = scope.clock.now(), scope.partner.id if isinstance(scope, Scope) else None
    scope.db.flush()
    row = Token(hash=key, purpose=FORM, partner_ref=partner, data={"to": path}, created_at=now,
                expires_at=now + REMEMBERED)  # fmt: skip
    with as_the_kit(scope.db):
        scope.db.add(row)
        scope.db.flush()
