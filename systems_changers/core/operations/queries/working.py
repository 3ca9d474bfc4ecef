"""What is read of the instance's working: what it is, what could not be sent, which links are alive."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    Instance,
    Token,
)
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.slices import Slice
from systems_changers.infra.text import msg

INVENTED = msg("Invented people and figures")


@dataclass(frozen=True, slots=True)
class ParkedLine:
    """Something that could not be told or sent after the last try."""

    id: UUID
    kind: str
    name: str
    at: datetime
    tries: int
    trouble: str | None


def instance_is_demo(scope: AnyScope) -> bool:
    """Whether everything here is invented, which a file must say too; one statement."""
    return scope.db.scalar(sa.select(Instance.kind).limit(1)) == "demo"


def parked(scope: OperatorScope, *, number: int = 1, size: int = 30) -> Slice[ParkedLine]:
    """What the outbox has given up on, newest first; two statements."""
    given_up = OutboxRow.state == "parked"
    total = scope.db.scalar(sa.select(sa.func.count()).select_from(OutboxRow).where(given_up)) or 0
    page = sa.select(OutboxRow).where(given_up).order_by(OutboxRow.at.desc(), OutboxRow.id)
    rows = scope.db.scalars(page.limit(size).offset((number - 1) * size))
    lines = [ParkedLine(row.id, row.kind, row.name, row.at, row.tries, row.trouble) for row in rows]
    return Slice(lines, total, number, size)


def open_tokens(scope: Scope, purpose: str, subjects: Collection[UUID]) -> dict[UUID, datetime]:
    """Until when each of the subjects at this partner has a live token of this purpose. One statement."""
    found = (
        sa.select(Token.subject_ref, sa.func.max(Token.expires_at))
        .where(
            Token.purpose == purpose, Token.partner_ref == scope.partner.id, Token.subject_ref.in_(subjects),
            Token.used_at.is_(None), Token.expires_at > scope.clock.now(),
        )
        .group_by(Token.subject_ref)
    )  # fmt: skip
    return {subject: until for subject, until in scope.db.execute(found) if subject is not None}


def offered_role(scope: Scope, person_id: UUID) -> str | None:
    """The role that the person's latest live invitation at this partner is for."""
    live = (Token.purpose == "invitation", Token.used_at.is_(None), Token.expires_at > scope.clock.now())
    theirs = (Token.partner_ref == scope.partner.id, Token.subject_ref == person_id)
    data = scope.db.scalar(sa.select(Token.data).where(*live, *theirs).order_by(Token.created_at.desc()).limit(1))
    return data["role"] if data else None
