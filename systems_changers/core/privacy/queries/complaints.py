"""Complaints about how data is used, those that wait for an answer first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.privacy.models import Complaint
from systems_changers.core.privacy.rules import acknowledge_by, clock_tone
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import live_row
from systems_changers.infra.slices import PageRequest, Slice


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint; `tone` says how pressing it is while it isn't acknowledged."""

    id: UUID
    name: str
    contact: str
    words: str
    received_at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    tone: str


def complaints(scope: Scope, page: PageRequest) -> Slice[ComplaintLine]:
    """Those that are open first, each part the oldest first; two statements."""
    live = Complaint.deleted_at.is_(None)
    total = scope.db.scalar(sa.select(sa.func.count(Complaint.id)).where(live)) or 0
    ordered = sa.select(Complaint).where(live).order_by(
        Complaint.closed_at.is_not(None), Complaint.received_at, Complaint.id
    )  # fmt: skip
    rows = scope.db.scalars(ordered.limit(page.size).offset(page.offset))
    return Slice([_line(scope, row) for row in rows], total, *page)


def complaint(scope: Scope, complaint_id: UUID) -> ComplaintLine:
    """One complaint; raises NotFound."""
    return _line(scope, live_row(scope.db, Complaint, complaint_id))


def open_from(scope: Scope, emails: Collection[str]) -> bool:
    """Whether a complaint from one of these addresses (in lower case) isn't closed yet."""
    found = sa.exists().where(
        Complaint.deleted_at.is_(None), Complaint.closed_at.is_(None), sa.func.lower(Complaint.contact).in_(emails)
    )
    return bool(scope.db.scalar(sa.select(found)))


def _line(scope: Scope, row: Complaint) -> ComplaintLine:
    return ComplaintLine(
        row.id, row.name, row.contact, row.words, row.received_at, acknowledge_by(row.received_at), row.acknowledged_at,
        row.closed_at, row.outcome, clock_tone(row.received_at, scope.clock.now()),
    )  # fmt: skip
