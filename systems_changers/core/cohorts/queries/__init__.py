"""What cohorts read: lists, a cohort with its people and its plan, and what people need to take part."""

from systems_changers.core.cohorts.queries.candidates import Candidate, candidates
from systems_changers.core.cohorts.queries.needs import access_needs
from systems_changers.core.cohorts.queries.reading import (
    CohortLine,
    CohortView,
    InTheRoom,
    PlanLine,
    cohort_facts,
    cohort_person_row,
    cohort_row,
    cohort_view,
    cohorts_open_to,
    email_of,
    facts_of,
    known_to,
    open_to,
    people_by_email,
    plan_of,
    planned_rows,
)

__all__ = [
    "Candidate",
    "CohortLine",
    "CohortView",
    "InTheRoom",
    "PlanLine",
    "access_needs",
    "candidates",
    "cohort_facts",
    "cohort_person_row",
    "cohort_row",
    "cohort_view",
    "cohorts_open_to",
    "email_of",
    "facts_of",
    "known_to",
    "open_to",
    "people_by_email",
    "plan_of",
    "planned_rows",
]
