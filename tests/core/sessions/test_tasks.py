"""What a cohort needs next, from what is there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from systems_changers.core.cohorts.rules import Readiness
from systems_changers.core.sessions.rules import tasks
from systems_changers.hooks.facts import care_of
from systems_changers.infra.identifiers import new_id

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
READY = Readiness(
    new_id(), "running", target_places=11, safeguarding=True, facilitators=1, confirmed=11, teams=4, planned_modules=14
)


@dataclass
class Meeting:
    number: int
    state: str
    starts_at: datetime | None
    id: UUID = field(default_factory=new_id)


def said(ready: Readiness, *meetings: Meeting, invited: int = 0) -> list[tuple[str, str | None]]:
    return [(str(task.label), task.endpoint) for task in tasks(ready, invited, meetings, NOW)]


def test_a_new_cohort_is_told_everything_it_lacks() -> None:
    assert said(Readiness(new_id(), "planned"), invited=2) == [
        ("Say who looks after safeguarding, and how to reach them.", "cohorts.change"),
        ("Say how many places there are.", "cohorts.change"),
        ("Name at least one facilitator.", "cohorts.people"),
        ("Confirm who takes part", "cohorts.people"),
        ("Choose the modules this cohort follows", "cohorts.plan"),
    ]
    assert said(READY) == [("Plan the sessions", "sessions.plan")]


def test_sessions_ask_for_what_their_hour_asks() -> None:
    meetings = (
        Meeting(1, "written_up", NOW - timedelta(days=30)),
        Meeting(2, "delivered", NOW - timedelta(days=3)),
        Meeting(3, "confirmed", NOW),
        Meeting(4, "planned", NOW + timedelta(days=13)),
        Meeting(5, "planned", NOW + timedelta(days=15)),
        Meeting(6, "planned", None),
        Meeting(7, "cancelled", NOW),
    )
    assert said(READY, *meetings) == [
        ("Write up session 2", "sessions.write_up"),
        ("Take the register of session 3", "sessions.register"),
        ("Confirm session 4", "sessions.show"),
    ]
    assert said(replace(READY, state="closed"), *meetings) == []


def test_whom_to_turn_to() -> None:
    assert care_of(None, "01") is None
    assert care_of("Ailsa", None) is not None
    hrefs = [
        made.href for contact in ("a@b.example", "+44 1632 960", "ring the bell") if (made := care_of("A", contact))
    ]
    assert hrefs == ["mailto:a@b.example", "tel:+441632960", ""]
