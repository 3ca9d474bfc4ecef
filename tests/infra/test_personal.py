"""How long something about a person is kept is one thing, whether a person reads it or the retention run does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
import sqlalchemy as sa

from systems_changers.infra.personal import (
    BASES,
    CONDITIONS,
    REMOVED,
    Basis,
    Condition,
    Keep,
    can_be_emptied,
    emptied,
    problems,
)

NOW = datetime(2028, 2, 29, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (Keep.while_account(), "While the account exists"),
        (Keep.until_withdrawn(), "Until the person takes it back"),
        (Keep.until_sent(), "Until it is sent"),
        (Keep.with_the_trail(), "As long as the record of who did what, which nobody can change"),
        (Keep.after_cohort(), "Until the cohort has ended"),
        (Keep.after_last_cohort(), "Until the person's last cohort has ended"),
        (Keep.after_cohort(days=1), "1 day after the cohort has ended"),
        (Keep.after_cohort(years=5), "5 years after the cohort has ended"),
        (Keep.after("decided", years=6), "6 years after the decision"),
        (Keep.after("used", days=90), "90 days after it was last used"),
    ],
)
def test_it_says_in_words_until_when(keep: Keep, said: str) -> None:
    assert str(keep.sentence) == said


def test_a_year_is_a_calendar_year() -> None:
    assert Keep.after("made", years=2).before(NOW) == datetime(2026, 2, 28, 10, 0, tzinfo=UTC)
    assert Keep.after("made", years=4).before(NOW) == datetime(2024, 2, 29, 10, 0, tzinfo=UTC)
    assert Keep.after("made", days=30).before(NOW) == datetime(2028, 1, 30, 10, 0, tzinfo=UTC)
    assert Keep.after_cohort().before(NOW) == NOW


def test_only_some_of_them_end_by_time() -> None:
    standing = (Keep.while_account(), Keep.until_withdrawn(), Keep.until_sent(), Keep.with_the_trail())
    assert [each.by_time for each in standing] == [False] * 4
    assert Keep.after_cohort().by_time
    assert Keep.after("closed", years=1).by_time


def test_the_law_s_lists_have_words() -> None:
    assert tuple(BASES) == get_args(Basis)
    assert tuple(CONDITIONS) == get_args(Condition)


def test_what_stands_in_a_column_afterwards() -> None:
    assert emptied(sa.Column("a", sa.Text, nullable=True)) is None
    assert emptied(sa.Column("a", sa.Text, nullable=False)) == REMOVED
    assert emptied(sa.Column("a", sa.JSON, nullable=False, default=list)) == []
    assert emptied(sa.Column("a", sa.JSON, nullable=False)) == {}
    assert emptied(sa.Column("a", sa.Integer, nullable=False, default=0)) == 0
    assert can_be_emptied(sa.Column("a", sa.Integer, nullable=False, default=0))
    assert not can_be_emptied(sa.Column("a", sa.Integer, nullable=False))
    with pytest.raises(LookupError):
        emptied(sa.Column("a", sa.Integer, nullable=False))


def test_a_column_that_can_t_be_emptied_is_told() -> None:
    said = {"personal": True, "purpose": "counting", "basis": "consent"}
    table = sa.Table(
        "leaf", sa.MetaData(), sa.Column("created_at", sa.DateTime),
        sa.Column("age", sa.Integer, nullable=False, info={**said, "keep": Keep.after("made", days=1)}),
        sa.Column("size", sa.Integer, nullable=False, info={**said, "keep": Keep.after("made", days=1, rows=True)}),
    )  # fmt: skip
    wrong = "column age can't be emptied when its time is over: let it be empty, or give a default"
    assert [str(each) for column in table.columns for each in problems(column)] == [wrong]
