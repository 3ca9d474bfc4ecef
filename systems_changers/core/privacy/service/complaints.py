"""Takes complaints about how data is used, and notes that they were acknowledged and what came of them."""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.operations.service import record
from systems_changers.core.privacy.models import Complaint
from systems_changers.core.privacy.rules import NewComplaint
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.db import live_row
from systems_changers.infra.errors import Invalid, Refused
from systems_changers.infra.text import msg


def make_complaint(scope: Scope, told: NewComplaint) -> UUID:
    """Keep what somebody complained of; the clock begins. Raises Invalid (words) for one that says nothing."""
    words = clean_text(told.words)
    if not words:
        raise Invalid(fields={"words": [msg("Say what it is about.")]})
    row = Complaint(
        name=clean_text(told.name, lines=False), contact=clean_text(told.contact, lines=False), words=words,
        received_at=scope.clock.now(), extra={},
    )  # fmt: skip
    scope.db.add(row)
    scope.db.flush()
    record(scope, "complaint.received", kind="complaint", id=row.id)
    return row.id


def acknowledge_complaint(scope: Scope, complaint_id: UUID) -> bool:
    """Note that whoever complained was told that it arrived; answers whether that is new. Raises NotFound."""
    row = live_row(scope.db, Complaint, complaint_id)
    if row.acknowledged_at is not None:
        return False
    row.acknowledged_at = scope.clock.now()
    scope.db.flush()
    record(scope, "complaint.acknowledged", kind="complaint", id=row.id)
    return True


def close_complaint(scope: Scope, complaint_id: UUID, outcome: str) -> None:
    """Say what came of it. Raises NotFound; Refused for one closed already; Invalid (outcome) for an empty text.

    Who was told what came of it was told that it arrived, too.
    """
    row, outcome = live_row(scope.db, Complaint, complaint_id), clean_text(outcome)
    if row.closed_at is not None:
        raise Refused(msg("This complaint was closed already."), code="closed_already")
    if not outcome:
        raise Invalid(fields={"outcome": [msg("Say what was done about it.")]})
    row.outcome, row.closed_at = outcome, scope.clock.now()
    row.acknowledged_at = row.acknowledged_at or row.closed_at
    scope.db.flush()
    record(scope, "complaint.closed", kind="complaint", id=row.id, changed=["outcome"])
