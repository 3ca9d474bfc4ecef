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
