"""Gathers what was seen: a text, an address or a file, when, and what it tells.

Addresses are kept and shown, never fetched. A file is kept when everything else is right, and goes with its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.experiments import rules
from systems_changers.core.experiments.models import Evidence
from systems_changers.core.experiments.service.writing import writable
from systems_changers.core.operations.queries import FileFacts
from systems_changers.core.operations.service import drop_file, keep_file, record, restore_file
from systems_changers.hooks.scope import Scope
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.files import Upload
from systems_changers.infra.text import Message, msg, nmsg

LONGEST_LINK = 500


@dataclass(frozen=True, slots=True)
class Observation:
    """What somebody wants to add; at least one of `text`, `link` and `file`."""

    text: str = ""
    link: str = ""
    tells: str = "neither"
    seen_on: date | None = None
    file: Upload | None = None


def add_evidence(scope: Scope, experiment_id: UUID, seen: Observation) -> UUID:
    """Add a piece of evidence; raises Invalid by field, and StoreFailed where its file can't be kept just now."""
    row = writable(scope, experiment_id)
    text, link = clean_text(seen.text), clean_text(seen.link, lines=False)
    wrong = _wrong_in(scope, replace(seen, text=text, link=link))
    if wrong:
        raise Invalid(fields=wrong)
    file = _kept(scope, seen.file) if seen.file else None
    piece = Evidence(
        experiment_id=row.id,
        person_id=scope.actor.person_id,
        kind="file" if file else "link" if link else "text",
        text=text,
        link=link or None,
        seen_on=seen.seen_on or scope.clock.now().date(),
        tells=seen.tells,
        file_id=file.id if file else None,
    )
    scope.db.add(piece)
    scope.db.flush()
    record(scope, "evidence.added", kind="experiment", id=row.id)
    return piece.id


def remove_evidence(scope: Scope, experiment_id: UUID, evidence_id: UUID) -> None:
    """Take it away; `restore_evidence` brings it back."""
    piece = _piece(scope, experiment_id, evidence_id)
    if piece.file_id is not None and piece.deleted_at is None:
        drop_file(scope, piece.file_id)
    piece.deleted_at = scope.clock.now()
    record(scope, "evidence.removed", kind="experiment", id=experiment_id)


def restore_evidence(scope: Scope, experiment_id: UUID, evidence_id: UUID) -> None:
    """Undo a removal; raises NotFound where its file has gone for good, a week after it was removed."""
    piece = _piece(scope, experiment_id, evidence_id)
    piece.deleted_at = None
    if piece.file_id is not None:
        restore_file(scope, piece.file_id)
    record(scope, "evidence.restored", kind="experiment", id=experiment_id)


def _kept(scope: Scope, upload: Upload) -> FileFacts:
    try:
        return keep_file(scope, upload)
    except Invalid as invalid:
        raise Invalid(fields={"file": [invalid.message]}) from None


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
    if not seen.text and not seen.link and not seen.file:
        wrong["text"] = [msg("Say what you saw, give an address where it can be seen, or choose a file.")]
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
