"""Requests of people about their own data, and the clock that runs from the day they came in."""

from __future__ import annotations

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from systems_changers.core.operations.service import record
from systems_changers.core.privacy.models import SubjectRequest
from systems_changers.core.privacy.rules import REQUESTS, answer_by
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.db import live_row
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import msg, nmsg

LONGEST_NOTE = 500


def receive_request(scope: Scope, person_id: UUID, kind: str, received_on: date | None = None) -> SubjectRequest:
    """Start the clock of a request, today or on the day it came in; one of the kind that is open runs on.

    Raises Invalid (received_on) for a day that is still to come.
    """
    if kind not in REQUESTS:
        raise ValueError(kind)
    today = today_at(scope)
    day = received_on or today
    if day > today:
        raise Invalid(fields={"received_on": [msg("This day is still to come.")]})
    known = scope.db.scalar(_open(person_id).where(SubjectRequest.kind == kind).limit(1))
    if known is not None:
        return known
    row = SubjectRequest(kind=kind, person_id=person_id, received_on=day, due_on=answer_by(day))
    scope.db.add(row)
    scope.db.flush()
    record(scope, "subject_request.received", kind="subject_request", id=row.id, changed=[kind])
    return row


def extend_request(scope: Scope, request_id: UUID, note: str) -> None:
    """Take two months longer for a request that is complex; the person is owed the reason in the first month.

    Raises NotFound, Invalid (note).
    """
    row, note = live_row(scope.db, SubjectRequest, request_id), clean_text(note)
    if not note:
        raise Invalid(fields={"note": [msg("Say why it takes longer: the person has to be told.")]})
    row.extended, row.due_on, row.note = True, answer_by(row.received_on, extended=True), _short(note)
    scope.db.flush()
    record(scope, "subject_request.extended", kind="subject_request", id=row.id, changed=["due_on", "note"])


def answer_request(scope: Scope, request_id: UUID, note: str = "") -> None:
    """The request is answered; twice changes nothing. Raises NotFound, Invalid (note)."""
    row = live_row(scope.db, SubjectRequest, request_id)
    if row.answered_at is None:
        row.answered_at, row.note = scope.clock.now(), _short(clean_text(note)) or row.note
        scope.db.flush()
        record(scope, "subject_request.answered", kind="subject_request", id=row.id, changed=["answered_at"])


def answer_requests_of(scope: Scope, person_id: UUID, kind: str) -> None:
    """Whatever the person asked for in this kind is done."""
    for row in scope.db.scalars(_open(person_id).where(SubjectRequest.kind == kind)).all():
        answer_request(scope, row.id)


def today_at(scope: Scope) -> date:
    """The day it is at the partner's."""
    return scope.clock.now().astimezone(ZoneInfo(scope.partner.time_zone)).date()


def _open(person_id: UUID) -> sa.Select[SubjectRequest]:
    return sa.select(SubjectRequest).where(
        SubjectRequest.person_id == person_id, SubjectRequest.answered_at.is_(None), SubjectRequest.deleted_at.is_(None)
    )


def _short(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        said = nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", LONGEST_NOTE)
        raise Invalid(fields={"note": [said]})
    return note
