"""Intervals, hiding and counting, with values worked out by hand."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.summaries.rules import (
    CohortBook,
    Counted,
    count,
    disclose,
    indicators,
    median_band,
    middle_half,
    policy,
    pool,
    suppress,
    wilson,
)
from systems_changers.core.summaries.rules.counting import Block, Came, Held, Participant
from systems_changers.core.summaries.rules.disclosure import window_start

SIX = ["core:I1", "core:I6", "core:I7", "core:I12", "core:I14", "core:I26"]


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(9, 11, 0.5230, 0.9486), (0, 11, 0.0, 0.2588), (11, 11, 0.7412, 1.0), (50, 100, 0.4038, 0.5962)],
)
def test_wilson(x: int, n: int, low: float, high: float) -> None:
    assert wilson(x, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("x", "n"), [(0, 0), (13, 12), (-1, 5)])
def test_what_is_no_share_has_no_interval(x: int, n: int) -> None:
    assert wilson(x, n) is None


def test_median_band() -> None:
    edges = tuple(range(0, 101, 10))
    assert median_band([0, 0, 1, 0, 0, 0, 0, 2, 3, 5], edges) == (80, 90)
    assert median_band([0] * 10, edges) is None


@pytest.mark.parametrize(
    ("bins", "half"),
    [
        ([0, 0, 1, 0, 0, 0, 0, 2, 3, 5], (70, 100)),  # of 11, the third from below and from above
        ([0, 0, 0, 0, 0, 2, 0, 2, 0, 0], (50, 80)),  # half of four is from the first to the third
        ([3, 0, 0, 0, 0, 0, 0, 0, 8, 0], (0, 90)),
        ([0, 0, 0, 0, 0, 0, 0, 0, 9, 0], (80, 90)),
        ([0] * 10, None),
    ],
)
def test_the_middle_half(bins: list[int], half: tuple[int, int] | None) -> None:
    assert middle_half(bins, range(0, 101, 10)) == half


@given(st.lists(st.lists(st.integers(0, 30), min_size=20, max_size=20), min_size=1, max_size=4))
def test_the_middle_half_of_several_is_that_of_their_sum_and_holds_the_median(several: list[list[int]]) -> None:
    edges = indicators()["core:I6"].edges
    pooled = pool(Counted("reported", 0, 0, sum(bins), {"bins": bins}, 1) for bins in several).parts["bins"]
    people = sorted(place for bins in several for place, count_ in enumerate(bins) for _ in range(count_))
    band, half = median_band(pooled, edges), middle_half(pooled, edges)
    if not people:
        assert (band, half) == (None, None)
        return
    assert half == (edges[people[(len(people) - 1) // 4]], edges[people[(3 * len(people) + 3) // 4 - 1] + 1])
    assert band is not None
    assert half[0] <= band[0] < band[1] <= half[1]


def test_indicators_are_data() -> None:
    assert list(indicators()) == SIX
    assert len({each.hash for each in indicators().values()}) == len(SIX)
    assert all(each.hash.startswith("sha256:") and len(each.hash) == 71 for each in indicators().values())
    assert {each.id: each.disclosure for each in indicators().values()} == dict(
        zip(SIX, ["P", "P", "P", "N", "P", "N"], strict=True)
    )
    assert indicators()["core:I1"].title == "Places filled (confirmed ÷ target)"
    assert indicators()["core:I6"].edges == tuple(range(0, 101, 5))


def test_the_policy_is_data() -> None:
    rule = policy()
    assert (rule.id, rule.people_from, rule.months) == ("sck-1", 5, 24)
    assert rule.hash != content_hash({"kind": "policy"})


def test_the_window() -> None:
    assert window_start(date(2026, 3, 12), 24) == date(2024, 3, 12)
    assert window_start(date(2026, 1, 31), 11) == date(2025, 2, 28)


# --- hiding ---


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ([29, 7], [29, 7]),
        ([9, 2], [None, None]),  # 2 is hidden, and 9 with it, or 11 - 9 would tell
        ([36, 0], [None, None]),
        ([10, 12, 3], [None, 12, None]),  # 3 alone could be worked out, so the next smallest goes too
        ([10, 3, 1], [None, None, None]),  # 3 and 1 are 4 people together
        ([8, 4, 4], [8, None, None]),
    ],
)
def test_suppress(cells: list[int], shown: list[int | None]) -> None:
    assert suppress(cells, 5) == shown


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_what_is_hidden_cannot_be_worked_out(cells: list[int]) -> None:
    shown = suppress(cells, 5)
    assert all(cell is None or cell >= 5 for cell in shown)
    hidden = [cell for cell, seen in zip(cells, shown, strict=True) if seen is None]
    if hidden and len(hidden) < len(cells):
        assert len(hidden) > 1
        assert sum(hidden) >= 5


def reported(x: int, n: int, people: int | None = None) -> Counted:
    return Counted("reported", x, n, n if people is None else people, {}, 1)


@pytest.mark.parametrize(
    ("name", "counted", "free"),
    [
        ("core:I7", reported(29, 36), True),
        ("core:I7", reported(9, 11), False),
        ("core:I7", reported(36, 36), False),
        ("core:I7", reported(4, 36), False),
        ("core:I7", reported(5, 10), True),
        ("core:I14", reported(31, 36), True),
        ("core:I14", reported(32, 36), False),
        ("core:I1", reported(36, 36, 36), True),  # empty places are no people
        ("core:I1", reported(4, 12, 4), False),
        ("core:I6", reported(900, 1000, 5), True),
        ("core:I6", reported(900, 1000, 4), False),
        ("core:I12", reported(1, 2), True),
        ("core:I26", reported(0, 1), True),
    ],
)
def test_what_the_foundation_sees(name: str, counted: Counted, *, free: bool) -> None:
    seen, confidentiality = disclose(counted, indicators()[name], policy())
    if free:
        assert confidentiality == "free"
        assert (seen.numerator, seen.denominator) == (counted.numerator, counted.denominator)
    else:
        assert confidentiality == "suppressed"
        assert (seen.numerator, seen.denominator, seen.people, seen.parts) == (None, None, None, {})


def test_what_is_not_due_travels_without_its_counts() -> None:
    seen, confidentiality = disclose(Counted("not_due", 3, 12, 12), indicators()["core:I7"], policy())
    assert (seen, confidentiality) == (Counted("not_due"), "free")


def test_small_bands_are_hidden_and_the_middle_is_told() -> None:
    parts = {"bins": [0] * 17 + [6, 3, 9]}
    seen, _ = disclose(Counted("reported", 900, 1000, 18, parts, 2), indicators()["core:I6"], policy())
    bins = [*[None] * 19, 9]  # 6 goes too: 3 alone is fewer than 5
    assert seen.parts == {"bins": bins, "median": [90, 95], "middle_half": [85, 100]}
    small, confidentiality = disclose(Counted("reported", 900, 1000, 4, parts, 2), indicators()["core:I6"], policy())
    assert (small.parts, confidentiality) == ({}, "suppressed")


# --- counting ---


def book() -> tuple[CohortBook, list[UUID]]:
    """Four people, two sessions of 100 and 60 core minutes."""
    module, people, sessions = uuid4(), [uuid4() for _ in range(4)], [uuid4(), uuid4()]
    made = CohortBook("closed", 5)
    made.participants = [Participant(id_, id_, number != 3) for number, id_ in enumerate(people)]
    made.held = [Held(sessions[0], written_up=True), Held(sessions[1], written_up=False)]
    made.core_modules, made.pinned = {module}, {module: frozenset({"map", "voice", "rest"})}
    made.blocks = [
        Block(sessions[0], module, ("map",), 80, None, "as_planned", None),
        Block(sessions[0], module, (), 10, 20, "lengthened", "keeps"),
        Block(sessions[0], None, (), 20, None, "added", None),
        Block(sessions[1], module, ("voice",), 60, None, "shortened", "changes"),
        Block(sessions[1], module, ("rest",), 30, None, "skipped", None),
    ]
    made.came = [
        Came(sessions[0], people[0], "present", None),
        Came(sessions[1], people[0], "present", None),
        Came(sessions[0], people[1], "part", 60),  # of 120 minutes in all: half of the core
        Came(sessions[1], people[1], "part", None),  # no minutes noted: half
        Came(sessions[0], people[2], "absent", None),
    ]
    made.tried = {people[0], people[2]}
    return made, people


def test_a_cohort_counted_by_hand() -> None:
    made, _people = book()
    found = {name: (each.numerator, each.denominator) for name, each in count(made).items()}
    assert found == {
        "core:I1": (3, 5),
        "core:I6": (160 + 50 + 30, 320),
        "core:I7": (1, 2),
        "core:I12": (1, 3),
        "core:I14": (1, 2),
        "core:I26": (1, 2),
    }
    assert count(made)["core:I6"].parts == {"bins": [*[0] * 10, 1, *[0] * 8, 1]}
    assert count(made)["core:I26"].parts == {"keeps": 1, "changes": 1, "unclear": 2}


def test_a_running_cohort_is_not_due_but_counts_so_far() -> None:
    made, _people = book()
    made.state = "running"
    assert count(made)["core:I7"] == Counted("not_due", 1, 2, 2, {}, 1)


def test_three_quarters_complete() -> None:
    made, people = book()
    made.came[1] = Came(made.held[1].id, people[0], "part", 20)  # 100 + 20 of 160 is three quarters exactly
    assert count(made)["core:I7"].numerator == 1
    made.came[1] = Came(made.held[1].id, people[0], "part", 19)
    assert count(made)["core:I7"].numerator == 0


def test_nothing_recorded_is_no_zero() -> None:
    assert {each.status for each in count(CohortBook("closed")).values()} == {"not_recorded"}


def test_pooling_adds_counts_and_leaves_the_unrecorded_alone() -> None:
    parts = {"bins": [1, 2]}
    nine, five = Counted("reported", 9, 11, 11, parts, 1), Counted("reported", 5, 7, 7, parts, 1)
    told = pool([nine, Counted("not_recorded"), five])
    assert told == Counted("reported", 14, 18, 18, {"bins": [2, 4]}, 2)
    assert pool([Counted("not_recorded")]).status == "not_recorded"
    assert pool([]).status == "not_due"
    assert pool([Counted("not_recorded"), Counted("not_due", 1, 2)]) == Counted("not_due")
