"""A cohort's records made by hand, so that every count in a test can be checked on paper."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.curriculum.models import PartnerModule
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionBlock
from systems_changers.hooks.scope import Scope

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
ENDED = date(2025, 12, 1)
HASH = "sha256:" + "0" * 64


def cohort_with(scope: Scope, came: list[int], *, tried: int = 0, **values: Any) -> UUID:
    """A cohort with two sessions of 100 core minutes; `came` says how many of the two each person attended.

    The module keeps two core elements: the first session carries `map`, the second skips the block that carries `voice`
    and replaces another with no effect on the core. `tried` people have an experiment that runs.
    """
    cohort = Cohort(**{"name": "Portlaggan", "state": "closed", "target_places": 12, "ends_on": ENDED} | values)
    scope.db.add(cohort)
    scope.db.flush()
    module = _module(scope, cohort.id)
    sessions = [_session(scope, cohort.id, number) for number in (1, 2)]
    _blocks(scope, module, sessions)
    for number, times in enumerate(came):
        person = _person(scope, cohort.id, sessions, times)
        if number < tried:
            scope.db.add(Experiment(author_id=person, cohort_id=cohort.id, title="A letter", state="running"))
    scope.db.flush()
    return cohort.id


def _module(scope: Scope, cohort_id: UUID) -> UUID:
    if scope.db.get(PartnerModule, {"partner_id": scope.partner.id, "hash": HASH}) is None:
        content = {"must_keep": [{"key": "map", "text": "…"}, {"key": "voice", "text": "…"}]}
        scope.db.add(
            PartnerModule(
                partner_id=scope.partner.id, hash=HASH, created_at=NOW, origin="canonical", identity="core:map",
                label="1.0", content=content,
            )
        )  # fmt: skip
    planned = PlannedModule(
        cohort_id=cohort_id, position=1, origin="canonical", identity="core:map", hash=HASH,
        canonical_identity="core:map", canonical_hash=HASH, title="Mapping", minutes=200,
    )  # fmt: skip
    scope.db.add(planned)
    scope.db.flush()
    return planned.id


def _session(scope: Scope, cohort_id: UUID, number: int) -> UUID:
    state = "written_up" if number == 1 else "delivered"
    session = CohortSession(cohort_id=cohort_id, number=number, title="Session", state=state, minutes=120)
    scope.db.add(session)
    scope.db.flush()
    return session.id


def _blocks(scope: Scope, module: UUID, sessions: list[UUID]) -> None:
    def block(session: int, key: str, minutes: int, **values: Any) -> None:
        made = {"planned_module_id": module, "keeps": [], "title": key, "position": 1} | values
        scope.db.add(SessionBlock(session_id=sessions[session], block_key=key, planned_minutes=minutes, **made))

    block(0, "draw", 100, keeps=["map"])
    block(0, "walk", 20, planned_module_id=None, outcome="added", effect="keeps")
    block(1, "read", 60, outcome="replaced", effect="keeps")
    block(1, "talk", 40)
    block(1, "hear", 30, keeps=["voice"], outcome="skipped", effect="changes")


def _person(scope: Scope, cohort_id: UUID, sessions: list[UUID], times: int) -> UUID:
    person = Person(name="Somebody")
    scope.db.add(person)
    scope.db.flush()
    part = CohortPerson(cohort_id=cohort_id, person_id=person.id, state="confirmed")
    scope.db.add(part)
    scope.db.flush()
    for place, session in enumerate(sessions):
        state = "present" if place < times else "absent"
        scope.db.add(Attendance(session_id=session, cohort_person_id=part.id, state=state))
    return person.id
