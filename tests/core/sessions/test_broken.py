"""Broken on purpose, the suite sees it: a way that a life may not go is opened, or a guard is taken away.

The ways of cohorts, sessions and experiments are drawn a second time here, so that none is opened by a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from systems_changers.core.cohorts import rules as cohort_rules
from systems_changers.core.cohorts.service import steps as cohort_steps
from systems_changers.core.experiments import rules as experiment_rules
from systems_changers.core.sessions.rules import steps as session_rules
from systems_changers.core.sessions.service import steps as session_steps
from systems_changers.hooks.calls import Calls
from tests.core.cohorts import test_rules as cohort_rules_suite
from tests.core.cohorts import test_service as cohort_suite
from tests.core.experiments import test_rules as experiment_suite
from tests.core.programme import World
from tests.core.running import Ground
from tests.core.sessions import test_rules as session_rules_suite
from tests.core.sessions import test_sealing as sealing_suite
from tests.core.sessions import test_service as session_suite

Ways = Mapping[str, Collection[str]]

DRAWN = {
    "cohort": """
        planned: recruiting cancelled
        recruiting: confirmed planned cancelled
        confirmed: running recruiting cancelled
        running: closing cancelled
        closing: follow_up running
        follow_up: closed
        closed: follow_up
        cancelled: planned
    """,
    "session": """
        planned: confirmed delivered cancelled
        confirmed: delivered moved cancelled
        moved: confirmed delivered cancelled
        delivered: written_up confirmed
        written_up:
        cancelled: planned
    """,
    "experiment": """
        noticing: framed
        framed: ready
        ready: running
        running: reviewing
        reviewing: grow adapt pause stop
        adapt: framed running
        pause: running stop
        stop:
        grow: scaling
        scaling: embedded
        embedded:
    """,
}
WAYS: dict[str, Ways] = {
    "cohort": cohort_rules.NEXT, "session": session_rules.NEXT, "experiment": experiment_rules.MOVES
}  # fmt: skip


def drawn(life: str) -> dict[str, set[str]]:
    """Where each state may lead, as it is drawn here."""
    lines = (line.partition(":") for line in DRAWN[life].strip().splitlines())
    return {state.strip(): set(then.split()) for state, _, then in lines}


def otherwise(life: str, ways: Ways) -> list[str]:
    """Ways that are open and not drawn, or drawn and not open."""
    known = drawn(life)
    return sorted(
        f"{state} > {to}"
        for state in known.keys() | ways.keys()
        for to in known.get(state, set()) ^ set(ways.get(state, ()))
    )


@pytest.mark.parametrize("life", WAYS)
def test_every_way_is_drawn(life: str) -> None:
    assert otherwise(life, WAYS[life]) == []


def every_other_way(life: str) -> Iterator[tuple[str, str]]:
    """Each step that there is not."""
    for state, then in drawn(life).items():
        yield from ((state, to) for to in drawn(life) if to not in then)


@pytest.mark.parametrize("life", WAYS)
def test_each_way_that_is_opened_or_closed_is_noticed(life: str) -> None:
    ways = WAYS[life]
    for state, to in every_other_way(life):
        assert otherwise(life, {**ways, state: [*ways[state], to]}) == [f"{state} > {to}"]
    for state, then in ways.items():
        for to in then:
            assert otherwise(life, {**ways, state: [each for each in then if each != to]}) == [f"{state} > {to}"]


# --- guards ---


@dataclass
class Case:
    """What a check of the suite may ask for."""

    world: World
    running: Ground


Check = Callable[[Case], None]


def _ready(**made: Any) -> Callable[..., Any]:
    """A cohort's rules that believe something to be there."""
    judge = cohort_rules.stands_against
    return lambda ready, to: judge(replace(ready, **made), to)


def _without_need(part: str) -> tuple[experiment_rules.Need, ...]:
    return tuple(each for each in experiment_rules.NEEDS if each.part != part)


def _nothing(*_anything: object) -> list[object]:
    return []


EVERYWHERE = frozenset(cohort_rules.STATES)
GUARDS: dict[str, tuple[object, str, object, Check]] = {
    "a cohort is confirmed without a safeguarding lead": (
        cohort_rules_suite, "stands_against", _ready(safeguarding=True),
        lambda _: cohort_rules_suite.test_confirming_names_everything_that_is_missing_at_once(),
    ),
    "a cohort starts without people": (
        cohort_rules_suite, "stands_against", _ready(confirmed=1),
        lambda _: cohort_rules_suite.test_a_cohort_starts_with_people_and_a_plan(),
    ),
    "a cohort goes any way": (
        cohort_rules, "may_step", lambda _state, _to: True,
        lambda _: cohort_rules_suite.test_every_other_step_is_refused("planned"),
    ),
    "a cohort's step asks no rule": (
        cohort_steps, "stands_against", _nothing,
        lambda case: cohort_suite.test_a_plugin_may_say_no_beside_the_rules(case.world),
    ),
    "a cohort's step asks no plugin": (
        Calls, "check_cohort_transition", _nothing,
        lambda case: cohort_suite.test_a_plugin_may_say_no_beside_the_rules(case.world),
    ),
    "a session goes any way": (
        session_rules, "may_step", lambda _state, _to: True,
        lambda _: session_rules_suite.test_only_these_steps_exist("planned"),
    ),
    "a session is held in a cohort that does not take place": (
        session_rules, "UNDER_WAY", EVERYWHERE,
        lambda _: session_rules_suite.test_only_a_cohort_that_takes_place_delivers_sessions("planned"),
    ),
    "a register is taken before its day": (
        session_rules, "_against_delivery", _nothing,
        lambda _: session_rules_suite.test_dates_count(),
    ),
    "a session's step asks no rule": (
        session_steps, "stands_against", _nothing,
        lambda case: sealing_suite.test_writing_up_needs_a_delivered_session_and_the_version_seen(case.running),
    ),
    "a session's step asks no plugin": (
        Calls, "check_session_transition", _nothing,
        lambda case: session_suite.test_a_plugins_gate_holds_a_session(case.running),
    ),
    "an experiment goes any way": (
        experiment_rules, "next_states", lambda _state: experiment_rules.STATES,
        lambda _: experiment_suite.test_no_other_step_can_be_taken(),
    ),
    "an experiment runs without a word on harm": (
        experiment_rules, "NEEDS", _without_need("harm"),
        lambda _: experiment_suite.test_what_is_missing_is_named_with_its_page(
            "ready", "running", ("harm_check",), ["harm"]
        ),
    ),
    "an experiment stops without what it taught": (
        experiment_rules, "NEEDS", _without_need("learning"),
        lambda _: experiment_suite.test_stopping_needs_a_sentence("", enough=False),
    ),
    "an experiment scales without a way": (
        experiment_rules, "NEEDS", _without_need("travel"),
        lambda _: experiment_suite.test_scaling_needs_a_way(),
    ),
}  # fmt: skip
"""What is broken: where, its name, what stands in its place, and the suite's own check that is to notice it."""


@pytest.fixture
def case(world: World, running: Ground) -> Case:
    """A partner of its own for each check."""
    return Case(world, running)


@pytest.mark.parametrize("guard", GUARDS)
def test_the_check_holds_while_nothing_is_broken(guard: str, case: Case) -> None:
    GUARDS[guard][3](case)


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_taken_away_is_noticed(guard: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, instead, check = GUARDS[guard]
    monkeypatch.setattr(place, name, instead)
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):  # a list of reasons that has none left
        check(case)
