"""The life of a cohort: which steps exist, and what stands against each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from systems_changers.core.cohorts.rules import (
    NEXT,
    STATES,
    Readiness,
    StepRefused,
    contact_by_consent,
    may_step,
    shown_to_the_room,
    stands_against,
)
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.text import Message

READY = Readiness(
    new_id(),
    "recruiting",
    target_places=12,
    safeguarding=True,
    facilitators=1,
    confirmed=1,
    teams=2,
    planned_modules=14,
)


def said(ready: Readiness, to: str) -> list[str]:
    return [str(refusal.message) for refusal in stands_against(ready, to)]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        ("planned", "recruiting"), ("recruiting", "confirmed"), ("confirmed", "running"), ("running", "closing"),
        ("closing", "follow_up"), ("follow_up", "closed"), ("recruiting", "cancelled"), ("cancelled", "planned"),
    ],
)  # fmt: skip
def test_steps_that_may_be_taken(state: str, to: str) -> None:
    assert stands_against(replace(READY, state=state), to) == []


@pytest.mark.parametrize("state", STATES)
def test_every_other_step_is_refused(state: str) -> None:
    for to in set(STATES) - set(NEXT[state]):
        assert not may_step(state, to)
        assert len(stands_against(replace(READY, state=state), to)) == 1


def test_confirming_names_everything_that_is_missing_at_once() -> None:
    bare = Readiness(new_id(), "recruiting", least_teams=3)
    assert said(bare, "confirmed") == [
        "Say who looks after safeguarding, and how to reach them.",
        "Say how many places there are.",
        "Name at least one facilitator.",
        "This kind of cohort brings together at least 3 teams; so far: 0.",
    ]
    assert {refusal.endpoint for refusal in stands_against(bare, "confirmed")} == {"cohorts.change", "cohorts.people"}


def test_a_cohort_starts_with_people_and_a_plan() -> None:
    assert said(Readiness(new_id(), "confirmed"), "running") == [
        "Confirm at least one participant.",
        "Choose the modules this cohort follows.",
    ]


def test_one_reason_is_said_itself_and_several_are_counted() -> None:
    two = stands_against(Readiness(new_id(), "confirmed"), "running")
    assert str(StepRefused(two)) == "2 things have to be done first."
    assert str(StepRefused(two[:1])) == "Confirm at least one participant."


def test_the_room_sees_what_was_chosen_and_nothing_else() -> None:
    assert shown_to_the_room(["name", "asks"], {"asks": "A van", "offers": "Soup", "job": None}) == {"asks": "A van"}
    assert contact_by_consent(["phone"], {"email": "a@b.example", "phone": "01"}) == {"phone": "01"}
    assert contact_by_consent(["phone"], {"email": "a@b.example", "phone": None}) == {}


def test_states_in_sentences_can_be_translated() -> None:
    [refusal] = stands_against(replace(READY, state="planned"), "running")
    assert isinstance(refusal.message, Message)
    assert refusal.message.values == {"state": Message("Planned"), "to": Message("Running")}
