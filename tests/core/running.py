"""A running cohort whose first session ended this morning: what sessions are tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest

from systems_changers.core.cohorts import service as cohorts
from systems_changers.core.cohorts.rules import CohortDetails
from systems_changers.core.sessions import service
from systems_changers.core.sessions.models import CohortSession, SessionRecord
from systems_changers.core.sessions.queries import BlockLine, SealedRecord, SessionView, record_of, session_view
from systems_changers.core.sessions.rules import Delivery, Departure, FirstMeeting, PresenceEntry
from tests.core.programme import NOW, World

FIRST = FirstMeeting(NOW - timedelta(hours=6), sessions=9, days_apart=14, place="Village hall")


@dataclass
class Ground:
    """A running cohort of three whose first session ended this morning."""

    world: World
    cohort: UUID
    session: UUID
    parts: dict[str, UUID]

    def view(self) -> SessionView:
        view: SessionView = self.world.see(session_view, self.session)
        return view

    def register(self, **states: str) -> tuple[PresenceEntry, ...]:
        return tuple(
            PresenceEntry(part, states.get(who, "present"), reason="cover" if who in states else None)
            for who, part in self.parts.items()
        )

    def deliver(self, *departures: Departure, **states: str) -> CohortSession:
        delivery = Delivery(self.register(**states), departures)
        row: CohortSession = self.world.do(service.deliver, self.session, delivery, self.view().version)
        return row

    def write_up(self, notes: str | None = None) -> SessionRecord:
        record: SessionRecord = self.world.do(service.write_up, self.session, notes, self.view().version)
        return record

    def record(self) -> SealedRecord:
        record: SealedRecord | None = self.world.see(record_of, self.session)
        assert record is not None
        return record

    def block(self, place: int) -> BlockLine:
        return self.view().blocks[place]


@pytest.fixture
def running(world: World) -> Ground:
    cohort = world.do(cohorts.make_cohort, CohortDetails("Portlaggan", starts_on=date(2026, 3, 12)))
    world.do(cohorts.make_plan, cohort.id)
    parts = {who: world.join(cohort.id, who) for who in ("aileen", "calum", "priya")}
    world.under_way(cohort.id)
    rows = world.do(service.plan_sessions, cohort.id, FIRST)
    return Ground(world, cohort.id, rows[0].id, parts)
