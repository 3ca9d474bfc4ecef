"""Steps of a session, the spread of modules, FRAME records, the chain of corrections, and what time asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.sessions.rules import (
    NEXT,
    STATES,
    Departure,
    Portion,
    RecordChanges,
    Standing,
    adaptation,
    chain_holds,
    corrected,
    correction_hash,
    due_step,
    likely_effect,
    may_step,
    minutes_delivered,
    minutes_problem,
    months_after,
    register_opens,
    sessions_for,
    spread,
    stands_against,
    successors,
)
from systems_changers.infra.identifiers import new_id

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("state", STATES)
def test_only_these_steps_exist(state: str) -> None:
    for to in STATES:
        refused = stands_against(Standing(state, NOW), to, NOW)
        assert bool(refused) is not may_step(state, to)
        assert may_step(state, to) is (to in NEXT[state])


def test_a_sealed_session_says_how_it_can_be_put_right() -> None:
    assert "correction" in str(stands_against(Standing("written_up", NOW), "planned", NOW)[0].message)


def test_dates_count() -> None:
    assert len(stands_against(Standing("planned"), "confirmed", NOW)) == 1
    assert len(stands_against(Standing("confirmed", NOW + timedelta(minutes=1)), "delivered", NOW)) == 1
    assert stands_against(Standing("planned"), "delivered", NOW) == []


@pytest.mark.parametrize(("began", "minutes", "refused"), [(3, 330, True), (6, 330, False), (1, 0, False)])
def test_a_session_is_delivered_when_it_is_over(began: int, minutes: int, refused: bool) -> None:
    session = Standing("confirmed", NOW - timedelta(hours=began), minutes)
    assert ["still going on" in str(each.message) for each in stands_against(session, "delivered", NOW)] == (
        [True] if refused else []
    )


@pytest.mark.parametrize("state", ["planned", "recruiting", "cancelled", "closed"])
def test_only_a_cohort_that_takes_place_delivers_sessions(state: str) -> None:
    (refusal,) = stands_against(Standing("confirmed", NOW, cohort_state=state), "delivered", NOW)
    assert ("Confirm the cohort first" in str(refusal.message), refusal.endpoint) == (True, "cohorts.show")


def test_the_register_opens_on_the_sessions_own_day() -> None:
    evening = datetime(2026, 3, 13, 1, 0, tzinfo=UTC)  # the 13th in London, still the 12th in New York
    assert not register_opens(evening, "Europe/London", NOW)
    assert register_opens(evening, "America/New_York", NOW)
    assert register_opens(None, "Europe/London", NOW)


@pytest.mark.parametrize(
    ("outcome", "minutes", "fits"),
    [
        ("shortened", 14, True), ("shortened", 15, False), ("shortened", 500, False), ("lengthened", 16, True),
        ("lengthened", 15, False), ("replaced", 500, True), ("shortened", None, True),
    ],
)  # fmt: skip
def test_shorter_is_less_than_planned_and_longer_is_more(outcome: str, minutes: int | None, fits: bool) -> None:
    assert (minutes_problem(outcome, 15, minutes) is None) is fits
    assert minutes_problem(outcome, 0, minutes) is None


@pytest.mark.parametrize(
    ("outcome", "keeps", "effect"),
    [
        ("skipped", ["x"], "changes"), ("skipped", [], "keeps"), ("replaced", ["x"], "unclear"),
        ("shortened", ["x"], "keeps"), ("lengthened", ["x"], "keeps"), ("replaced", [], "keeps"),
    ],
)  # fmt: skip
def test_the_effect_on_the_core_is_guessed_from_outcome_and_block(outcome: str, keeps: list[str], effect: str) -> None:
    assert likely_effect(outcome, keeps) == effect


def test_one_tap_and_one_sentence_make_a_whole_frame_record() -> None:
    record = adaptation(Departure(new_id(), "skipped", "The bus was cancelled."), ["field-time"], "fixed")
    assert record == {
        "when": "delivery", "planned": "reactive", "decided_by": "facilitator", "what": "content", "level": "cohort",
        "nature": "removing", "core": True, "effect": "changes",
    }  # fmt: skip
    said = adaptation(
        Departure(new_id(), "replaced", "x", reactive=False, decided_by="group", effect="keeps"), ["y"], "free"
    )
    assert (said["planned"], said["decided_by"], said["effect"], said["core"]) == ("proactive", "group", "keeps", False)
    assert adaptation(Departure(new_id(), "as_planned"), [], "free") == {}


def test_minutes_are_never_guessed() -> None:
    assert minutes_delivered("as_planned", 40, None) == 40
    assert minutes_delivered("skipped", 40, 10) == 0
    assert minutes_delivered("shortened", 40, None) is None
    assert minutes_delivered("shortened", 40, 25) == 25


def block(key: str, minutes: int, setting: str = "room") -> dict[str, Any]:
    return {"key": key, "minutes": minutes, "setting": setting}


def portion(title: str, *blocks: dict[str, Any]) -> Portion:
    return Portion(new_id(), title, 1, blocks)


def titles(sessions: tuple[tuple[Portion, ...], ...]) -> list[str]:
    return ["".join(part.title for part in parts) for parts in sessions]


def test_modules_spread_evenly_and_in_order() -> None:
    modules = [
        portion(name, block("a", minutes)) for name, minutes in zip("ABCDEF", (180, 150, 240, 60, 180, 90), strict=True)
    ]
    made = spread(modules, 3, 360)
    assert titles(made.sessions) == ["AB", "CD", "EF"]
    assert titles(spread(modules, 60, 360).sessions) == list("ABCDEF")
    assert titles(spread(modules, 1, 360).sessions) == ["ABCDEF"]


def test_as_many_sessions_as_keep_each_within_its_minutes() -> None:
    modules = [portion("A", block("a", 60), block("b", 50)), portion("B", block("c", 30), block("d", 120))]
    assert sessions_for(modules, 1, 90, 90) == 3, "60, then 50 and 30, and 120 stands alone"
    assert sessions_for(modules[:1], 1, 90, 90) == 2
    assert sessions_for(modules, 1, 90, 300) == 1
    assert sessions_for(modules, 3, 90, 300) == 3
    assert sessions_for([], 9, 90, 90) == 9


def test_a_module_that_is_too_long_is_cut_between_blocks() -> None:
    long = portion("L", block("a", 60), block("b", 60), block("c", 60))
    made = spread([long, portion("S", block("d", 90))], 4, 90)
    assert [[b["key"] for part in parts for b in part.blocks] for parts in made.sessions] == [
        ["a"],
        ["b"],
        ["c"],
        ["d"],
    ]
    assert len({part.planned_id for parts in made.sessions[:3] for part in parts}) == 1


def test_fieldwork_stays_with_its_module_and_follow_ups_stand_alone() -> None:
    module = portion(
        "M",
        block("talk", 60),
        block("diary", 240, "field"),
        block("three", 60, "follow_up"),
        block("six", 60, "follow_up"),
    )
    made = spread([module, portion("N", block("n", 60))], 2, 90)
    assert [b["key"] for b in made.sessions[0][0].blocks] == ["talk", "diary"]
    assert [part.blocks[0]["key"] for part in made.follow_ups] == ["three", "six"]


def test_of_a_split_module_each_session_keeps_its_own_blocks() -> None:
    before = [block(key, 30) for key in "abc"]
    after = [block(key, 30) for key in ("new", "a", "c", "x")]
    assert [b["key"] for b in successors({"a", "b"}, before, after)] == ["new", "a"]
    assert [b["key"] for b in successors({"c"}, before, after)] == ["c", "x"]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [((2026, 11, 30), 3, (2027, 2, 28)), ((2026, 1, 31), 12, (2027, 1, 31)), ((2026, 8, 31), 6, (2027, 2, 28))],
)
def test_months_later(start: tuple[int, int, int], months: int, end: tuple[int, int, int]) -> None:
    assert months_after(datetime(*start, 10, tzinfo=UTC), months) == datetime(*end, 10, tzinfo=UTC)


CONTENT = {"head_count": 10, "blocks": [{"key": "a", "outcome": "as_planned", "minutes": 40}]}
SEALED = content_hash(CONTENT)


def chain(*changes: RecordChanges) -> list[tuple[str, str, int, dict[str, Any]]]:
    links, last = [], SEALED
    for number, change in enumerate(changes, 1):
        content = change.content()
        own = correction_hash(last, number, content)
        links.append((last, own, number, content))
        last = own
    return links


def test_corrections_hang_on_each_other() -> None:
    links = chain(RecordChanges(9), RecordChanges(blocks={0: {"outcome": "skipped", "minutes": 0}}))
    assert chain_holds(SEALED, CONTENT, links)
    made = corrected(CONTENT, [link[3] for link in links])
    assert made == {"head_count": 9, "blocks": [{"key": "a", "outcome": "skipped", "minutes": 0}]}
    assert CONTENT["head_count"] == 10
    assert not chain_holds(SEALED, CONTENT | {"head_count": 11}, links)
    assert not chain_holds(SEALED, CONTENT, links[1:])
    assert not chain_holds(SEALED, CONTENT, links[::-1])
    tampered = [(links[0][0], links[0][1], 1, {"head_count": 1}), links[1]]
    assert not chain_holds(SEALED, CONTENT, tampered)


@pytest.mark.parametrize(
    ("days", "reminders", "reminded", "step"),
    [
        (4, 0, None, None), (5, 0, None, "remind"), (9, 1, 5, None), (10, 1, 5, "remind"), (13, 2, 10, None),
        (14, 2, 10, "seal"), (30, 0, None, "remind"), (30, 1, 30, None), (31, 1, 30, "remind"), (31, 2, 31, None),
        (32, 2, 31, "seal"),
    ],
)  # fmt: skip
def test_two_reminders_come_before_the_seal(days: int, reminders: int, reminded: int | None, step: str | None) -> None:
    at = NOW + timedelta(days=reminded) if reminded is not None else None
    assert due_step(NOW, reminders, at, NOW + timedelta(days=days)) == step


def test_of_nothing_no_session_is_made() -> None:
    assert spread([], 3, 90).sessions == ()
