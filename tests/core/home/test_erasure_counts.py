"""What an erasure says of sealed records and figures: those of the person's own cohorts, and no others."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.sessions.models import CohortSession, SessionRecord
from systems_changers.core.summaries.models import SummaryFact
from systems_changers.testing.instance import NOW
from tests.core.home.erased import Place, id_of


def cohort_of(place: Place, person_id: UUID, sessions: int, figures: int) -> None:
    """A cohort with one person in it, so many sealed sessions and so many counted figures."""
    with place.instance.scope("harbour", write=True) as scope:
        cohort = Cohort(name="Tideway")
        scope.db.add(cohort)
        scope.db.flush()
        scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=person_id, part="participant", state="confirmed"))
        for number in range(figures):
            scope.db.add(SummaryFact(cohort_id=cohort.id, indicator=f"I{number}", definition_hash="sha256:2",
                                     status="reported", counted_at=NOW))  # fmt: skip
        for number in range(sessions):
            starts = NOW + timedelta(days=number)
            session = CohortSession(cohort_id=cohort.id, number=number + 1, title="One", starts_at=starts)
            scope.db.add(session)
            scope.db.flush()
            scope.db.add(SessionRecord(session_id=session.id, hash="h", content={}, sealed_at=NOW, sealed_by="kit"))


def test_what_stands_is_counted_in_the_persons_cohorts_alone(place: Place) -> None:
    cohort_of(place, id_of(place.morag), sessions=2, figures=3)
    cohort_of(place, id_of(place.calum), sessions=1, figures=5)
    plan = place.plan()
    stands = {
        title: plan.get(("stays", title)) for title in ("Sealed records of sessions", "Figures that were counted")
    }
    assert stands == {"Sealed records of sessions": 2, "Figures that were counted": 3}
