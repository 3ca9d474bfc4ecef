"""Remembers forms that were taken, by a hash, so that one which is sent again is not taken again.

Where it led is kept for a day, in the transaction that did what the form asked: a row of the partner's, because a row
of the kit's would cost every form three more trips to the database. Outside any partner it is a token.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import TakenForm, Token
from systems_changers.core.operations.rules import FORM
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.bulk import insert_rows

REMEMBERED = timedelta(days=1)


def sent_before(scope: AnyScope, key: str) -> str | None:
    """The path that a form with this key led to, if it was taken here; None for one that is new."""
    now = scope.clock.now()
    if isinstance(scope, Scope):
        return scope.db.scalar(
            sa.select(TakenForm.led_to).where(TakenForm.id == _id_of(key), TakenForm.expires_at > now)
        )
    kept = scope.db.scalar(
        sa.select(Token.data).where(Token.hash == key, Token.purpose == FORM, Token.expires_at > now)
    )
    return None if kept is None else str(kept["to"])


def keep_sent(scope: AnyScope, key: str, path: str) -> None:
    """Remember a form (its SHA-256 in hexadecimal) with what it changed.

    Raises IntegrityError where the same form was taken before: what this one changed must not be kept.
    """
    scope.db.flush()
    now = scope.clock.now()
    until = now + REMEMBERED
    if isinstance(scope, Scope):
        insert_rows(scope.db, TakenForm, [{"id": _id_of(key), "led_to": path, "expires_at": until}])
        return
    row = {"hash": key, "purpose": FORM, "data": {"to": path}, "created_at": now, "expires_at": until}
    insert_rows(scope.db, Token, [row])


def forget_sent(scope: Scope) -> None:
    """Delete the partner's forms whose time is over."""
    over = sa.delete(TakenForm).where(TakenForm.expires_at < scope.clock.now())
    scope.db.execute(over.execution_options(synchronize_session=False))


def _id_of(key: str) -> UUID:
    return UUID(key[:32])
