"""What the demo tells: the same people, texts and figures every time, and as the services would have made them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort, CohortPerson, PlannedModule
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentOwner
from systems_changers.core.partners.models import Partner
from systems_changers.core.people.models import Person
from systems_changers.core.sessions.models import CohortSession, RecordCorrection, SessionBlock, SessionRecord
from systems_changers.core.sessions.rules import chain_holds
from systems_changers.core.summaries.models import ReceivedSummary, SharingAgreement, SummaryFact
from systems_changers.infra.db import Base
from systems_changers.infra.jobs import OutboxRow
from tests.core.home.conftest import NOW, Tell, Told

LATER = datetime(2027, 11, 2, 23, 30, tzinfo=UTC)


def partner_ids(told: Told) -> dict[str, UUID]:
    return dict(map(tuple, told.rows(sa.select(Partner.slug, Partner.id))))


def people_in(told: Told, *states: str) -> dict[str, list[int]]:
    """Participants of each cohort in these states, by partner."""
    found = (
        sa.select(Partner.slug, sa.func.count())
        .select_from(CohortPerson)
        .join(Cohort, sa.and_(Cohort.partner_id == CohortPerson.partner_id, Cohort.id == CohortPerson.cohort_id))
        .join(Partner, Partner.id == Cohort.partner_id)
        .where(CohortPerson.part == "participant", Cohort.state.in_(states))
        .group_by(Partner.slug, Cohort.id)
    )
    counted: dict[str, list[int]] = {}
    for slug, count in told.rows(found):
        counted.setdefault(slug, []).append(count)
    return {slug: sorted(counts) for slug, counts in counted.items()}


# --- the same every time ---


def test_two_are_identical(story: Told, tell: Tell) -> None:
    first, second = story.dump(), tell(NOW).dump()
    assert [name for name in first if first[name] != second[name]] == []
    assert len(first["session_block"]) > 900


def test_another_day_moves_the_dates_and_nothing_else(story: Told, tell: Tell) -> None:
    later = tell(LATER)
    for column in (Experiment.title, Experiment.learning, Person.name, Cohort.name, SessionBlock.reason):
        assert sorted(story.rows(sa.select(column)), key=repr) == sorted(later.rows(sa.select(column)), key=repr)
    figures = sa.select(
        ReceivedSummary.about_name, ReceivedSummary.indicator, ReceivedSummary.numerator, ReceivedSummary.denominator
    )
    assert sorted(story.rows(figures)) == sorted(later.rows(figures))
    days = {told: next_sessions(told) for told in (story, later)}
    assert {name: when - date(2026, 3, 12) for name, when in days[story].items()} == {
        name: when - date(2027, 11, 2) for name, when in days[later].items()
    }


def next_sessions(told: Told) -> dict[str, date]:
    """The day of each cohort's confirmed session."""
    found = sa.select(Cohort.name, CohortSession.starts_at).join(
        Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id)
    )
    return {name: starts_at.date() for name, starts_at in told.rows(found.where(CohortSession.state == "confirmed"))}


# --- the story ---


def test_the_people_are_as_many_as_the_story_says(story: Told) -> None:
    assert people_in(story, "running", "follow_up") == {
        "corra-scotland": [11], "childrens-society": [12], "south-east": [12],
    }  # fmt: skip
    circle = sa.select(Cohort.id).where(Cohort.state == "follow_up")
    part = CohortPerson.cohort_id.in_(circle), CohortPerson.part == "participant"
    states = [state for (state,) in story.rows(sa.select(CohortPerson.state).where(*part))]
    assert sorted(states) == ["confirmed"] * 11 + ["left"]
    assert people_in(story, "closed", "follow_up") == {
        "corra-scotland": [11, 12, 13], "childrens-society": [12, 12, 12], "south-east": [12, 12, 12],
    }  # fmt: skip


def test_where_the_three_cohorts_stand(story: Told) -> None:
    found = (
        sa.select(Cohort.name, CohortSession.number, CohortSession.starts_at, CohortSession.kind)
        .join(Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id))
        .where(CohortSession.state == "confirmed")
    )
    days = {name: (number, (when.date() - NOW.date()).days, kind) for name, number, when, kind in story.rows(found)}
    assert days == {
        "Portlaggan, third time round": (5, 3, "led"),
        "Four teams, ninety minutes": (7, 6, "led"),
        "Wealdham, Saltmarsh and Oakhythe": (12, 5, "follow_up"),
    }
    led = sa.select(sa.func.count()).select_from(CohortSession).join(
        Cohort, sa.and_(Cohort.partner_id == CohortSession.partner_id, Cohort.id == CohortSession.cohort_id)
    ).where(Cohort.name == "Portlaggan, third time round", CohortSession.kind == "led")  # fmt: skip
    assert story.rows(led)[0][0] == 9


def test_the_rehearsal_became_a_walk_three_times(story: Told) -> None:
    swapped = (
        sa.select(Cohort.name, SessionBlock.outcome, SessionBlock.reason, SessionBlock.effect)
        .join(CohortSession, CohortSession.id == SessionBlock.session_id)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(SessionBlock.block_key == "rehearsal", Cohort.place == "Portlaggan")
        .order_by(Cohort.starts_on)
    )
    told = story.rows(swapped)
    assert [row[0] for row in told] == [f"Portlaggan, {each} time round" for each in ("first", "second", "third")]
    ((outcome, reason, effect),) = {tuple(row[1:]) for row in told}
    assert (outcome, effect) == ("replaced", "keeps")
    assert reason.startswith("In a place this small a rehearsal among ourselves felt like play. We walked to the comm")
    planned = (
        sa.select(PlannedModule.identity)
        .join(Cohort, Cohort.id == PlannedModule.cohort_id)
        .where(Cohort.place == "Portlaggan", PlannedModule.number == 7, PlannedModule.deleted_at.is_(None))
        .order_by(Cohort.starts_on)
    )
    assert [row[0] for row in story.rows(planned)] == ["core:power-and-permission"] * 3


def test_the_bus_was_cancelled(story: Told) -> None:
    skipped = sa.select(SessionBlock.title, SessionBlock.reason, SessionBlock.adaptation).where(
        SessionBlock.reason.contains("bus was cancelled")
    )
    ((title, _reason, adaptation),) = story.rows(skipped)
    assert title == "Two listening talks where nobody wants anything"
    assert adaptation["decided_by"] == "circumstances"


def test_the_three_experiments_that_the_story_is_known_by(story: Told) -> None:
    texts = sa.select(Experiment.id, Experiment.state, Experiment.learning, Experiment.scaling)
    ((letter, state, learning, scaling),) = story.rows(texts.where(Experiment.title.startswith("An arrears letter")))
    assert (state, scaling) == ("embedded", ["up"])
    assert learning.startswith("2 of 14 rang back after the old letter, 9 of 15 after the new one.")
    seen = [text for (text,) in story.rows(sa.select(Evidence.text).where(Evidence.experiment_id == letter))]
    assert sum("14 sent, 2 people" in text or "15 sent, 9 people" in text for text in seen) == 2
    ((_, state, learning, _),) = story.rows(texts.where(Experiment.title.startswith("An evening drop-in")))
    assert state == "stop"
    assert "It was never about our door: it is about the bus." in learning
    ((visit, state, _, _),) = story.rows(texts.where(Experiment.title.startswith("One first visit")))
    assert state == "running"
    owners = (
        sa.select(Person.organisation)
        .join(ExperimentOwner, ExperimentOwner.person_id == Person.id)
        .where(ExperimentOwner.experiment_id == visit)
    )
    author = sa.select(Person.organisation).join(Experiment, Experiment.author_id == Person.id)
    both = [*story.rows(owners), *story.rows(author.where(Experiment.id == visit))]
    assert {row[0] for row in both} == {"Laggan Homes", "Portlaggan Health Centre"}


def test_the_gate_holds_one_experiment(story: Told) -> None:
    review = Base.metadata.tables["childrens_society_safeguarding_review"]
    held = sa.select(Experiment.title, Experiment.state).join(review, review.c.experiment_id == Experiment.id)
    assert story.rows(held.where(review.c.decision == "held")) == [("Young carers choose the first question", "framed")]


def test_people_differ(story: Told) -> None:
    found = story.rows(sa.select(Person.account_id, Person.locale, Person.time_zone, Person.shows, Person.access_needs))
    assert {"gd", "cy", "en_GB@easyread"} <= {row.locale for row in found}
    assert {"America/Halifax", "Africa/Nairobi"} <= {row.time_zone for row in found}
    assert sum(row.account_id is None for row in found) > 100
    assert sum(row.access_needs is not None for row in found) >= 5
    assert len({tuple(row.shows) for row in found}) >= 4


# --- figures, by hand ---


def test_figures_agree_with_what_is_counted_by_hand(story: Told) -> None:
    """Places: 11+12+13 of 12+12+14; 12+12+12 of 14+14+12; 12+12+12 of 12+13+14.

    Completion is everybody but those who left early or missed a quarter: at Corra billy and leila, stuart and kenny,
    paul, blessing and shona; at the Children's Society siobhan, tariq, joel, nadine and amrit, karen and pete, callie,
    otis and faisal; in the South East terry and kit, colin, gemma and marek, keith, samir and hazel.
    """
    ids = partner_ids(story)
    columns = (ReceivedSummary.about_partner, ReceivedSummary.numerator, ReceivedSummary.denominator)
    found = {
        indicator: {row[0]: tuple(row[1:]) for row in story.rows(
            sa.select(*columns).where(ReceivedSummary.indicator == indicator, ReceivedSummary.confidentiality == "free")
        )}
        for indicator in ("core:I1", "core:I7")
    }  # fmt: skip
    assert found["core:I1"] == {
        ids["corra-scotland"]: (36, 38), ids["childrens-society"]: (36, 40), ids["south-east"]: (36, 39),
    }  # fmt: skip
    assert found["core:I7"] == {
        ids["corra-scotland"]: (29, 36), ids["childrens-society"]: (26, 36), ids["south-east"]: (28, 36),
    }  # fmt: skip


def test_every_figure_shows_and_is_shared(story: Told) -> None:
    shown = story.rows(sa.select(ReceivedSummary.status, ReceivedSummary.confidentiality))
    assert [tuple(row) for row in shown] == [("reported", "free")] * 18
    assert [row[0] for row in story.rows(sa.select(SharingAgreement.policy))] == ["sck-1"] * 3
    assert len(story.rows(sa.select(SummaryFact.id))) == 11 * 6


# --- as the services would have made it ---


def test_every_sealed_record_holds(story: Told) -> None:
    records = story.rows(sa.select(SessionRecord.id, SessionRecord.hash, SessionRecord.content))
    chain = sa.select(
        RecordCorrection.record_id, RecordCorrection.follows, RecordCorrection.hash, RecordCorrection.number,
        RecordCorrection.content,
    )  # fmt: skip
    links = {row[0]: [tuple(row[1:])] for row in story.rows(chain)}
    assert len(records) == (4 + 36) + (5 + 46) + 35
    assert len(links) == 1
    assert all(chain_holds(hash_, content, links.get(id_, [])) for id_, hash_, content in records)


def test_nobody_is_told_of_what_was_before(story: Told) -> None:
    assert story.rows(sa.select(OutboxRow.id)) == []
