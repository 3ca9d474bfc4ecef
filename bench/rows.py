"""The rows of one partner of a given size: what its lists hold; only ids and dates differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Experiment, ExperimentShare
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import CohortSession
from systems_changers.infra.identifiers import new_id

Row = dict[str, Any]
TODAY = datetime.now(UTC).date()
TITLES = ("Seeing the system", "Whose voices", "A walk round the place", "What holds it", "Small and safe")


@dataclass(frozen=True, slots=True)
class Size:
    """How many cohorts, and how many people, sessions and experiments each has."""

    cohorts: int = 30
    people: int = 11
    sessions: int = 9
    experiments: int = 1


def partner_rows(partner_id: UUID, facilitator: UUID | None, size: Size) -> list[tuple[sa.Table, Sequence[Row]]]:
    """Rows by table, parents first. Every cohort is looking for people, so that the public page lists it too."""
    cohorts = [_cohort(partner_id, number) for number in range(size.cohorts)]
    persons = [_person(partner_id, number) for number in range(size.people * max(1, size.cohorts // 10))]
    experiments = [row for cohort in cohorts for row in _experiments(partner_id, cohort, persons, size)]
    return [
        (_table(Cohort), cohorts),
        (_table(Person), persons),
        (_table(CohortPerson), [row for cohort in cohorts for row in _parts(partner_id, cohort, persons, size)]
         + [_led(partner_id, cohort, facilitator) for cohort in cohorts if facilitator]),
        (_table(CohortSession), [row for cohort in cohorts for row in _sessions(partner_id, cohort, size)]),
        (_table(Experiment), experiments),
        (_table(ExperimentShare), [_share(partner_id, row) for row in experiments]),
    ]  # fmt: skip


def _table(model: type[Any]) -> sa.Table:
    found: sa.Table = model.__table__
    return found


def _cohort(partner_id: UUID, number: int) -> Row:
    return {
        "partner_id": partner_id, "id": new_id(), "name": f"Cohort {number} & neighbours", "state": "recruiting",
        "place": "Portlaggan <harbour>", "target_places": 12, "starts_on": TODAY + timedelta(days=number % 28),
        "purpose": "People who work with the same families meet each month and try one small thing.",
        "safeguarding_name": "Eilidh Ross", "safeguarding_contact": "01555 000000",
    }  # fmt: skip


def _person(partner_id: UUID, number: int) -> Row:
    return {
        "partner_id": partner_id, "id": new_id(), "name": f"Person {number} O'Neill", "organisation": "Harbour Trust",
        "team": f"Team {number % 4}", "email": f"person{number}@portlaggan.example", "job": "Link worker",
    }  # fmt: skip


def _parts(partner_id: UUID, cohort: Row, persons: Sequence[Row], size: Size) -> Iterator[Row]:
    for person in persons[: size.people]:
        yield {"partner_id": partner_id, "id": new_id(), "cohort_id": cohort["id"], "person_id": person["id"],
               "part": "participant", "state": "confirmed"}  # fmt: skip


def _led(partner_id: UUID, cohort: Row, facilitator: UUID) -> Row:
    return {"partner_id": partner_id, "id": new_id(), "cohort_id": cohort["id"], "person_id": facilitator,
            "part": "facilitator", "state": "confirmed"}  # fmt: skip


def _sessions(partner_id: UUID, cohort: Row, size: Size) -> Iterator[Row]:
    starts: date = cohort["starts_on"]
    for number in range(size.sessions):
        when = datetime(starts.year, starts.month, starts.day, 10, tzinfo=UTC) + timedelta(days=28 * number)
        yield {"partner_id": partner_id, "id": new_id(), "cohort_id": cohort["id"], "number": number + 1,
               "title": TITLES[number % len(TITLES)], "starts_at": when, "minutes": 180, "place": "Harbour hall",
               "state": "planned"}  # fmt: skip


def _experiments(partner_id: UUID, cohort: Row, persons: Sequence[Row], size: Size) -> Iterator[Row]:
    for number in range(size.experiments):
        yield {"partner_id": partner_id, "id": new_id(), "cohort_id": cohort["id"],
               "author_id": persons[number % len(persons)]["id"], "title": f"A first visit together {number}",
               "state": "running", "insight": "Two visits a week ask the same questions."}  # fmt: skip


def _share(partner_id: UUID, experiment: Row) -> Row:
    return {"partner_id": partner_id, "id": new_id(), "experiment_id": experiment["id"], "audience": "facilitators",
            "granted_at": datetime.now(UTC)}  # fmt: skip
