"""What a cohort needs next, worked out from what is there: nothing has to be ticked off by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from systems_changers.core.cohorts.rules import Readiness, stands_against
from systems_changers.core.sessions.rules.steps import OPEN
from systems_changers.infra.text import Message, msg, nmsg

SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: where it is done, and how pressing it is (`tone` of its tag)."""

    label: Message
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    status: Message | None = None
    tone: str = "quiet"


class Meeting(Protocol):
    """What the rules look at in a session."""

    @property
    def id(self) -> UUID: ...
    @property
    def number(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> datetime | None: ...


def tasks(ready: Readiness, invited: int, meetings: Sequence[Meeting], now: datetime) -> list[Task]:
    """What needs doing next in a cohort, the most pressing first."""
    if ready.state in {"closed", "cancelled"}:
        return []
    found = [task for meeting in meetings if (task := _of_meeting(meeting, now)) is not None]
    if ready.state in {"planned", "recruiting"}:
        found += [
            Task(refusal.message, refusal.endpoint, refusal.values)
            for refusal in stands_against(_as(ready, "recruiting"), "confirmed")
        ]
    cohort = {"cohort_id": ready.cohort_id}
    if invited:
        waiting = nmsg("%(count)s is on the list", "%(count)s are on the list", invited)
        found.append(Task(msg("Confirm who takes part"), "cohorts.people", cohort, waiting, "wait"))
    if not ready.planned_modules:
        found.append(Task(msg("Choose the modules this cohort follows"), "cohorts.plan", cohort))
    elif not meetings:
        found.append(Task(msg("Plan the sessions"), "sessions.plan", cohort))
    return found


def _as(ready: Readiness, state: str) -> Readiness:
    return Readiness(
        ready.cohort_id, state, ready.target_places, ready.safeguarding, ready.facilitators, ready.confirmed,
        ready.teams, ready.planned_modules, ready.least_teams,
    )  # fmt: skip


def _of_meeting(meeting: Meeting, now: datetime) -> Task | None:
    here = {"session_id": meeting.id}
    if meeting.state == "delivered":
        label = msg("Write up session %(number)s", number=meeting.number)
        return Task(label, "sessions.write_up", here, msg("Delivered"), "wait")
    if meeting.state not in OPEN or meeting.starts_at is None:
        return None
    if meeting.starts_at <= now:
        label = msg("Take the register of session %(number)s", number=meeting.number)
        return Task(label, "sessions.register", here, msg("Has begun"), "wait")
    if meeting.state != "confirmed" and meeting.starts_at - now < SOON:
        label = msg("Confirm session %(number)s", number=meeting.number)
        return Task(label, "sessions.show", here, msg("Soon"), "live")
    return None
