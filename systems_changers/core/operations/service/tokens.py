"""One-time secrets for links: at least 128 bits, kept as a hash, bound to one purpose, used once and in time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import Token
from systems_changers.core.operations.rules import PURPOSES
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.errors import NotFound
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg

GONE = msg("This link has been used, or its time is over. Please ask for a new one.")
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token is made for. `partner_id` ties it to one partner; `subject` is an id there, such as a person's."""

    purpose: str
    hours: float
    account_id: UUID | None = None
    partner_id: UUID | None = None
    subject: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a live token says."""

    purpose: str
    expires_at: datetime
    account_id: UUID | None
    partner_id: UUID | None
    subject: UUID | None
    data: Mapping[str, Any]


def issue_token(scope: AnyScope, ticket: Ticket) -> str:
    """Make a secret that works once within the ticket's hours; only its hash is stored, so it can't be shown again."""
    if ticket.purpose not in PURPOSES:
        raise ValueError(ticket.purpose)
    secret = secrets.token_urlsafe(24)
    now = scope.clock.now()
    token = Token(
        hash=_hash(secret),
        purpose=ticket.purpose,
        account_id=ticket.account_id,
        partner_ref=ticket.partner_id,
        subject_ref=ticket.subject,
        data=dict(ticket.data),
        created_at=now,
        expires_at=now + timedelta(hours=ticket.hours),
    )
    with as_the_kit(scope.db):
        scope.db.add(token)
        scope.db.flush()
    return secret


def peek_token(scope: AnyScope, secret: str, purpose: str) -> TokenFacts:
    """What a live token is for, without using it up; raises NotFound (code link_gone)."""
    with as_the_kit(scope.db):
        return _facts(scope.db.scalar(sa.select(Token).where(*_live(scope, secret, purpose))))


def redeem_token(scope: AnyScope, secret: str, purpose: str) -> TokenFacts:
    """Use a token up; raises NotFound (code link_gone) for one that is unknown, used, over, or for something else.

    Of two requests at the same moment one succeeds: the row is changed by a single conditional statement.
    """
    using = sa.update(Token).where(*_live(scope, secret, purpose)).values(used_at=scope.clock.now()).returning(Token)
    with as_the_kit(scope.db):
        return _facts(scope.db.scalar(using.execution_options(synchronize_session=False)))


def void_tokens(scope: AnyScope, *, purpose: str, subject: UUID) -> int:
    """Use up every live token of one purpose for one subject at this scope's partner, such as an older invitation.

    Answers how many.
    """
    theirs = (Token.purpose == purpose, Token.subject_ref == subject, Token.partner_ref == _here(scope))
    live = (Token.used_at.is_(None), Token.expires_at > scope.clock.now())
    using = sa.update(Token).where(*theirs, *live).values(used_at=scope.clock.now()).returning(Token.hash)
    with as_the_kit(scope.db):
        return len(scope.db.execute(using.execution_options(synchronize_session=False)).all())


def void_tokens_of(scope: AnyScope, account_id: UUID, purposes: Collection[str]) -> None:
    """Use up every unused token of these purposes that was made for an account, wherever it was made."""
    theirs = (Token.account_id == account_id, Token.purpose.in_(purposes), Token.used_at.is_(None))
    using = sa.update(Token).where(*theirs).values(used_at=scope.clock.now())
    with as_the_kit(scope.db):
        scope.db.execute(using.execution_options(synchronize_session=False))


def _live(scope: AnyScope, secret: str, purpose: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Found by the secret's hash, so the time taken says nothing of it; a tied one is live only at its partner."""
    here = sa.or_(Token.partner_ref.is_(None), Token.partner_ref == _here(scope))
    live = (Token.used_at.is_(None), Token.expires_at > scope.clock.now())
    return Token.hash == _hash(secret), Token.purpose == purpose, here, *live


def _here(scope: AnyScope) -> UUID | None:
    return scope.partner.id if isinstance(scope, Scope) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret[:LONGEST].encode("utf-8", "replace")).hexdigest()


def _facts(token: Token | None) -> TokenFacts:
    if token is None:
        raise NotFound(GONE, code="link_gone")
    return TokenFacts(
        token.purpose, token.expires_at, token.account_id, token.partner_ref, token.subject_ref, token.data
    )
