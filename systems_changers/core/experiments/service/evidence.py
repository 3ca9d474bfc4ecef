"""Gathers what was seen: a text or an address, when, and what it tells. Addresses are kept and shown, never fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import Evidence
from systems_changers.core.experiments.service.writing import writable
from systems_changers.core.operations.service import record
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.text import Message, msg, nmsg

LONGEST_LINK = 500


@dataclass(frozen=True, slots=True)
class Observation:
    """What somebody wants to add; at least one of `text` and `link`."""

    text: str = ""
    link: str = ""
    tells: str = "neither"
    seen_on: date | None = None


def add_evidence(scope: Scope, experiment_id: UUID, seen: Observation) -> UUID:
    """Add a piece of evidence; raises Invalid by field."""
    row = writable(scope, experiment_id)
    text, link = clean_text(seen.text), clean_text(seen.link, lines=False)
    wrong = _wrong_in(scope, Observation(text, link, seen.tells, seen.seen_on))
    if wrong:
        raise Invalid(fields=wrong)
    piece = Evidence(
        experiment_id=row.id,
        person_id=scope.actor.person_id,
        kind="link" if link else "text",
        text=text,
        link=link or None,
        seen_on=seen.seen_on or scope.clock.now().date(),
        tells=seen.tells,
    )
    scope.db.add(piece)
    scope.db.flush()
    record(scope, "evidence.added", kind="experiment", id=row.id)
    return piece.id


def remove_evidence(scope: Scope, experiment_id: UUID, evidence_id: UUID) -> None:
    """Take it away; `restore_evidence` brings it back."""
    _piece(scope, experiment_id, evidence_id).deleted_at = scope.clock.now()
    record(scope, "evidence.removed", kind="experiment", id=experiment_id)


def restore_evidence(scope: Scope, experiment_id: UUID, evidence_id: UUID) -> None:
    """Undo a removal."""
    _piece(scope, experiment_id, evidence_id).deleted_at = None
    record(scope, "evidence.restored", kind="experiment", id=experiment_id)


def _piece(scope: Scope, experiment_id: UUID, evidence_id: UUID) -> Evidence:
    row = writable(scope, experiment_id)
    piece = scope.db.scalars(
        sa.select(Evidence).where(Evidence.id == evidence_id, Evidence.experiment_id == row.id)
    ).one_or_none()
    if piece is None:
        raise NotFound
    return piece


def _wrong_in(scope: Scope, seen: Observation) -> dict[str, list[Message]]:
    wrong: dict[str, list[Message]] = {}
    if not seen.text and not seen.link:
        wrong["text"] = [msg("Say what you saw, or give an address where it can be seen.")]
    if len(seen.text) > rules.LONG:
        wrong["text"] = [nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", rules.LONG)]
    if seen.link and (len(seen.link) > LONGEST_LINK or not rules.is_web_address(seen.link)):
        wrong["link"] = [msg("Give an address that begins with https:// or http://.")]
    if seen.tells not in rules.TELLS:
        wrong["tells"] = [msg("Choose one from the list.")]
    # A day ahead of UTC may already be today where the person is.
    if seen.seen_on and seen.seen_on > scope.clock.now().date() + timedelta(days=1):
        wrong["seen_on"] = [msg("This day has not come yet.")]
    return wrong
