"""What a sealed record may hold, how corrections hang on it, and when time seals by itself.

A record holds hashes, outcomes, minutes and a head count: never a person's name or id, and no free text, so that
attendance can be corrected and a person erased without breaking it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.sessions.rules.steps import PresenceEntry

FIRST_REMINDER, SECOND_REMINDER, SEALS_ITSELF = timedelta(days=5), timedelta(days=10), timedelta(days=14)
BETWEEN_STEPS = timedelta(days=1)
RECORD_FORMAT = "session-record/1"


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """What a correction puts right: the head count, or outcomes and minutes of blocks by their place in the record."""

    head_count: int | None = None
    blocks: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    def content(self) -> dict[str, Any]:
        """As canonical JSON will hold it."""
        made: dict[str, Any] = {}
        if self.head_count is not None:
            made["head_count"] = self.head_count
        if self.blocks:
            made["blocks"] = {str(place): dict(values) for place, values in sorted(self.blocks.items())}
        return made


@dataclass(frozen=True, slots=True)
class Correction:
    """Something to put right and why; `version` is the session's that its author saw.

    A corrected `register` changes attendance as well, and with it the head count.
    """

    changes: RecordChanges
    why: str
    version: int
    register: tuple[PresenceEntry, ...] = ()

    def answers(self) -> dict[str, Any]:
        """As the form has them, for showing beside somebody else's."""
        if not self.register:
            return answers_of(self.changes.content(), self.why)
        (entry, *_others) = self.register
        return {**answers_of({}, self.why), "what": entry.cohort_person_id, "presence": entry.state}


def answers_of(content: Mapping[str, Any], why: str) -> dict[str, Any]:
    """A correction's content as the answers that would make it; a block goes by its place in the record."""
    blocks: Mapping[str, Mapping[str, Any]] = content.get("blocks") or {"head_count": {}}
    place, block = next(iter(blocks.items()))
    return {
        "what": place,
        "presence": None,
        "head_count": content.get("head_count"),
        "outcome": block.get("outcome"),
        "minutes": block.get("minutes"),
        "why": why,
    }


def correction_hash(follows: str, number: int, content: Mapping[str, Any]) -> str:
    """The hash that chains a correction to what it follows."""
    return content_hash({"kind": "correction", "follows": follows, "number": number, "content": content})


def corrected(content: Mapping[str, Any], corrections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record's content with every correction made, in order; the sealed content itself stays as it is."""
    made = {**content, "blocks": [dict(block) for block in content["blocks"]]}
    for each in corrections:
        if "head_count" in each:
            made["head_count"] = each["head_count"]
        for place, values in each.get("blocks", {}).items():
            made["blocks"][int(place)].update(values)
    return made


def chain_holds(
    sealed: str, content: Mapping[str, Any], links: Sequence[tuple[str, str, int, Mapping[str, Any]]]
) -> bool:
    """Whether a record and its corrections (follows, hash, number, content) are as they were sealed."""
    if content_hash(content) != sealed:
        return False
    last = sealed
    for follows, own, number, said in links:
        if follows != last or correction_hash(follows, number, said) != own:
            return False
        last = own
    return True


def due_step(delivered_at: datetime, reminders: int, reminded_at: datetime | None, now: datetime) -> str | None:
    """What time asks of a delivered session: "remind", "seal" or nothing yet.

    Reminders fall due after 5 and 10 days, the seal after 14, never before both reminders; steps that are late come at
    most one a day.
    """
    if reminded_at is not None and now - reminded_at < BETWEEN_STEPS:
        return None
    waited = now - delivered_at
    if reminders == 0:
        return "remind" if waited >= FIRST_REMINDER else None
    if reminders == 1:
        return "remind" if waited >= SECOND_REMINDER else None
    return "seal" if waited >= SEALS_ITSELF else None
