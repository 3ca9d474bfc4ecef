"""What is promised of how long things are kept is done: nothing earlier, nothing twice, nothing of anybody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from corra_scotland.models import CommunityProfile
from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people.models import Membership, Person
from systems_changers.core.privacy import queries, service
from systems_changers.core.privacy.models import Complaint
from systems_changers.core.sessions.models import Attendance, CohortSession, SessionRecord
from systems_changers.core.summaries.models import SummaryFact
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base
from systems_changers.infra.personal import REMOVED
from systems_changers.testing.instance import NOW, Instance

SEALED = {"session_record", "record_correction", "summary_fact", "received_summary", "audit_event"}


def years_ago(years: float) -> datetime:
    return NOW - timedelta(days=365.25 * years + 1)


@dataclass
class Past:
    """A cohort that closed some time ago, and what is held of it."""

    instance: Instance
    slug: str
    cohort: UUID
    person: UUID

    def row(self, model: type[Any], **named: Any) -> Any:
        """The only row of a model."""
        with self.instance.scope(self.slug) as scope:
            return scope.db.scalars(sa.select(model).filter_by(**named)).one()

    def run(self) -> dict[tuple[str, ...], int]:
        """One retention run: rows by columns."""
        with self.instance.scope(self.slug, write=True) as scope:
            return {tuple(c.name for c in each.holding.columns): each.rows for each in service.let_go(scope)}

    def due(self) -> dict[tuple[str, ...], int]:
        """What a run would do."""
        with self.instance.scope(self.slug) as scope:
            return {tuple(c.name for c in each.holding.columns): each.rows for each in queries.due(scope)}


def make_past(instance: Instance, slug: str, closed_at: datetime | None) -> Past:
    """A cohort with one participant, a session, a register, a sealed record, a figure and a profile."""
    with instance.scope(slug, write=True) as scope:
        db = scope.db
        cohort = Cohort(name="Old", state="closed" if closed_at else "running", closed_at=closed_at, extra={},
                        safeguarding_name="Eilidh", safeguarding_contact="01")  # fmt: skip
        person = Person(name="Kirsty Bell", email="kirsty@bell.example", phone="07", access_needs="Large print",
                        about="Me", shows=["name", "about"], contact_by=["email"], extra={})  # fmt: skip
        db.add_all([cohort, person])
        db.flush()
        part = CohortPerson(cohort_id=cohort.id, person_id=person.id, question="Why?", extra={})
        session = CohortSession(cohort_id=cohort.id, number=1, title="One", notes="Kirsty was tired", extra={})
        db.add_all([part, session])
        db.flush()
        db.add_all([
            Attendance(session_id=session.id, cohort_person_id=part.id, state="absent", reason="health", extra={}),
            SessionRecord(session_id=session.id, hash="sha256:1", content={"head_count": 1}, sealed_at=NOW,
                          sealed_by="time", extra={}),
            SummaryFact(cohort_id=cohort.id, indicator="I7", definition_hash="sha256:2", status="reported",
                        numerator=9, counted_at=NOW, extra={}),
            CommunityProfile(cohort_id=cohort.id, listening="They said", themes={"power": "moved"}, extra={}),
        ])  # fmt: skip
        return Past(instance, slug, cohort.id, person.id)


@pytest.mark.parametrize("when", [None, years_ago(1.9)])
def test_nothing_goes_before_its_time(corra: Instance, when: datetime | None) -> None:
    past = make_past(corra, "corra", when)
    past.run()
    person, part = past.row(Person), past.row(CohortPerson)
    assert (person.name, person.email, person.phone) == ("Kirsty Bell", "kirsty@bell.example", "07")
    assert (part.question, past.row(Attendance).reason) == ("Why?", "health")
    assert past.row(CommunityProfile).listening == "They said"


def test_what_is_kept_until_the_end_goes_at_the_end(corra: Instance) -> None:
    past = make_past(corra, "corra", NOW - timedelta(days=1))
    assert past.due() == past.run() == {("access_needs",): 1, ("safeguarding_name", "safeguarding_contact"): 1}
    assert past.row(Person).access_needs is None
    assert past.row(Cohort).safeguarding_name is None
    assert past.row(Person).name == "Kirsty Bell"


def test_after_two_years_nobody_can_be_named(corra: Instance) -> None:
    past = make_past(corra, "corra", years_ago(2))
    before = past.row(Person).version
    done = past.run()
    person = past.row(Person)
    assert (person.name, person.email, person.phone, person.job) == (REMOVED, None, None, None)
    assert person.version == before + 2, "a form that somebody has open meets a conflict"
    assert (past.row(CohortPerson).question, past.row(Attendance).reason) == (None, None)
    assert past.row(CohortSession).notes is None
    assert done["question",] == done["reason",] == done["notes",] == 1


def test_a_plugin_is_kept_to_its_word_even_where_it_is_off(corra: Instance) -> None:
    past = make_past(corra, "alder", years_ago(5))
    assert past.run()["listening", "assets", "hopes", "themes"] == 1
    profile = past.row(CommunityProfile)
    assert (profile.listening, profile.themes) == (None, {})


def test_sealed_records_and_figures_stay_as_they_are(corra: Instance) -> None:
    past = make_past(corra, "corra", years_ago(20))
    past.run()
    assert past.row(SessionRecord).content == {"head_count": 1}
    assert (past.row(SummaryFact).numerator, past.row(SummaryFact).version) == (9, 1)
    assert past.row(Attendance).state == "absent"
    with corra.scope("corra") as scope:
        assert SEALED.isdisjoint({each.table for each in queries.holdings(scope)})


def test_done_again_it_finds_nothing(corra: Instance) -> None:
    past = make_past(corra, "corra", years_ago(20))
    assert past.run()
    assert past.due() == {}
    assert past.run() == {}


def test_only_this_partner_s_rows_go(corra: Instance) -> None:
    mine, theirs = make_past(corra, "corra", years_ago(3)), make_past(corra, "alder", years_ago(3))
    mine.run()
    assert mine.row(Person).name == REMOVED
    assert theirs.row(Person).name == "Kirsty Bell"


def test_who_is_in_another_cohort_stays(corra: Instance) -> None:
    past = make_past(corra, "corra", years_ago(3))
    with corra.scope("corra", write=True) as scope:
        cohort = Cohort(name="New", state="running", extra={})
        scope.db.add(cohort)
        scope.db.flush()
        manager = Person(name="Lorna", extra={})
        scope.db.add(manager)
        scope.db.flush()
        scope.db.add(CohortPerson(cohort_id=cohort.id, person_id=manager.id, manager_id=past.person, extra={}))
    past.run()
    assert past.row(Person, id=past.person).email == "kirsty@bell.example"


def test_who_runs_things_or_was_here_lately_stays(corra: Instance, calum: ActorFacts, morag: ActorFacts) -> None:
    past = make_past(corra, "corra", years_ago(3))
    seen_at = NOW - timedelta(days=300)
    with corra.scope("corra", write=True) as scope:
        for actor in (calum, morag):
            assert actor.person_id is not None
            scope.db.add(CohortPerson(cohort_id=past.cohort, person_id=actor.person_id, extra={}))
        scope.db.add(AuditEvent(at=seen_at, name="account.signed_in", actor_account_id=calum.account_id, extra={}))
    past.run()
    assert past.row(Person, id=calum.person_id).name == "Calum Reid"
    assert past.row(Person, id=morag.person_id).name == "Morag Bain"
    corra.kit.clock = FixedClock(seen_at + timedelta(days=732))
    with corra.scope("corra", write=True) as scope:
        scope.db.execute(sa.update(Membership).values(deleted_at=NOW))
    past.run()
    assert {past.row(Person, id=each.person_id).name for each in (calum, morag)} == {REMOVED}


def test_who_was_never_in_a_cohort_stays(corra: Instance, ines: ActorFacts) -> None:
    past = make_past(corra, "corra", years_ago(30))
    past.run()
    assert past.row(Person, id=ines.person_id).name == "Ines Moreau"


def test_a_cancelled_cohort_ended_too(corra: Instance) -> None:
    past = make_past(corra, "corra", None)
    with corra.scope("corra", write=True) as scope:
        over = sa.update(Cohort).values(state="cancelled", updated_at=years_ago(2.5))
        scope.db.execute(over)
    assert past.run()["question",] == 1


def test_a_complaint_that_was_closed_is_forgotten_and_an_open_one_is_not(corra: Instance) -> None:
    with corra.scope("corra", write=True) as scope:
        for name, closed in (("Open", None), ("Late", years_ago(1)), ("Old", years_ago(2))):
            scope.db.add(Complaint(name=name, contact="a@b.example", words="Stop", received_at=years_ago(5),
                                   closed_at=closed, extra={}))  # fmt: skip
    with corra.scope("corra", write=True) as scope:
        service.let_go(scope)
    with corra.scope("corra") as scope:
        assert set(scope.db.scalars(sa.select(Complaint.name))) == {"Open", "Late", REMOVED}


def test_it_records_how_much_of_what_went_and_never_what(corra: Instance) -> None:
    past = make_past(corra, "corra", years_ago(3))
    past.run()
    event = past.row(AuditEvent, name="retention.let_go")
    assert {"attendance.reason", "person.email", "person.phone"} <= set(event.changed)
    tables = Base.metadata.tables
    assert all(column in tables[table].columns for table, _, column in (each.partition(".") for each in event.changed))
    assert "Kirsty" not in " ".join(event.changed)
    past.run()
    past.row(AuditEvent, name="retention.let_go")


def test_the_server_does_it_by_itself_once_a_day(corra: Instance, ines: ActorFacts) -> None:
    past = make_past(corra, "corra", years_ago(3))
    dispatcher, browser = make_dispatcher(house_of(corra.app)), corra.client("corra", ines)
    page = browser.get("/settings/privacy/retention").text
    assert "It has not been done yet" in page
    assert page.count('data-head="Due now">1<') == 6
    assert queries.JOB in dispatcher.run_timed()
    assert queries.JOB not in dispatcher.run_timed()
    assert past.row(Person, id=past.person).name == REMOVED
    page = browser.get("/settings/privacy/retention").text
    assert "Last done on 27 March 2026" in page
    assert 'data-head="Due now">1<' not in page


def test_the_page_is_for_administrators(corra: Instance, morag: ActorFacts) -> None:
    assert corra.client("corra", morag).get("/settings/privacy/retention").status_code == 403
