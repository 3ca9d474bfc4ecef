"""Months, working days and bank holidays, against days that are known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from systems_changers.infra.working_days import NATIONS, bank_holidays, easter, months_later, working_day_from

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-03-31", 1, "2026-04-30"),
        ("2026-03-15", 1, "2026-04-15"),
        ("2026-12-05", 1, "2027-01-05"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-10-31", 1, "2026-11-30"),
        ("2026-11-30", 1, "2026-12-30"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_the_same_day_of_a_later_month(day: str, months: int, expected: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(expected)


@given(day=DAYS, months=st.integers(0, 12))
def test_a_later_month_keeps_the_day_or_ends_on_its_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("year", "day"),
    [(2000, "04-23"), (2008, "03-23"), (2011, "04-24"), (2024, "03-31"), (2025, "04-20"), (2049, "04-18")],
)
def test_easter(year: int, day: str) -> None:
    assert easter(year) == date.fromisoformat(f"{year}-{day}")


@pytest.mark.parametrize(
    ("year", "nation", "days"),
    [
        (2026, "england", "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2021, "england", "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2023, "england", "01-02 04-07 04-10 05-01 05-29 08-28 12-25 12-26"),
        (2025, "scotland", "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26"),
        (2022, "scotland", "01-03 01-04 04-15 05-02 05-30 08-01 11-30 12-26 12-27"),
    ],
)
def test_bank_holidays(year: int, nation: str, days: str) -> None:
    """As gov.uk and mygov.scot list them, but for those of one year alone."""
    assert sorted(bank_holidays(year, nation)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-03-27", "2026-03-27"),
        ("2026-03-28", "2026-03-30"),
        ("2026-04-03", "2026-04-06"),  # Good Friday; Easter Monday is a working day in Scotland
        ("2026-12-25", "2026-12-29"),
        ("2027-01-01", "2027-01-04"),
        ("2026-08-03", "2026-08-03"),
    ],
)
def test_the_next_working_day(day: str, expected: str) -> None:
    assert working_day_from(date.fromisoformat(day)) == date.fromisoformat(expected)


def test_one_nations_holiday_counts_where_it_is_asked_for_alone() -> None:
    assert working_day_from(date(2026, 4, 6), ("england",)) == date(2026, 4, 7)
    assert working_day_from(date(2026, 8, 3), ("scotland",)) == date(2026, 8, 4)


@given(day=DAYS)
def test_a_working_day_is_one_and_comes_soon(day: date) -> None:
    found = working_day_from(day)
    assert day <= found <= day + timedelta(days=5)
    assert found.weekday() < 5
    assert not all(found in bank_holidays(found.year, nation) for nation in NATIONS)
    assert working_day_from(found) == found
