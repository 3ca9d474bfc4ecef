"""What people asked for about their own data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.privacy.models import (
    SubjectRequest,
)
from systems_changers.hooks.scope import Scope
from systems_changers.infra.slices import Slice


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What somebody asked for about their own data, and until when it has to be answered."""

    id: UUID
    kind: str
    person_id: UUID
    received_on: date
    due_on: date
    extended: bool
    answered_at: datetime | None
    note: str | None


def requests_listed(scope: Scope, *, number: int = 1, size: int = 30) -> Slice[RequestLine]:
    """Every request at this partner: what waits first, the most pressing on top; two statements."""
    row, live = SubjectRequest, SubjectRequest.deleted_at.is_(None)
    total = scope.db.scalar(sa.select(sa.func.count(row.id)).where(live)) or 0
    first = (row.answered_at.is_not(None), sa.case((row.answered_at.is_(None), row.due_on)), row.answered_at.desc())
    page = sa.select(row).where(live).order_by(*first, row.id).limit(size).offset((number - 1) * size)
    return Slice([_request(each) for each in scope.db.scalars(page)], total, number, size)


def requests_of(scope: Scope, person_id: UUID | None) -> list[RequestLine]:
    """What one person asked for, the latest first; one statement, or none for somebody who is nobody here."""
    if person_id is None:
        return []
    theirs = sa.select(SubjectRequest).where(SubjectRequest.person_id == person_id, SubjectRequest.deleted_at.is_(None))
    return [_request(row) for row in scope.db.scalars(theirs.order_by(SubjectRequest.created_at.desc()).limit(20))]


def _request(row: SubjectRequest) -> RequestLine:
    return RequestLine(row.id, row.kind, row.person_id, row.received_on, row.due_on, row.extended, row.answered_at,
                       row.note)  # fmt: skip
