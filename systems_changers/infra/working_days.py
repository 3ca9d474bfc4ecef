"""Calendar months and working days in the United Kingdom, with bank holidays by rule.

A day is off only where it is off in every nation asked for: a time limit that ends too early does no harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

NATIONS = ("england", "scotland")
MONDAY, SATURDAY = 0, 5
DAY = timedelta(days=1)


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    after = date(year + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004 - December, counted from 0
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), after - DAY)


def working_day_from(day: date, nations: tuple[str, ...] = NATIONS) -> date:
    """The day itself, or the next that is neither at a weekend nor a bank holiday everywhere asked for."""
    while day.weekday() >= SATURDAY or all(day in bank_holidays(day.year, nation) for nation in nations):
        day += DAY
    return day


def bank_holidays(year: int, nation: str) -> frozenset[date]:
    """A year's bank holidays in england (and Wales) or scotland (Banking and Financial Dealings Act 1971, schedule 1).

    Without those that are proclaimed for one year alone.
    """
    may, spring = _monday(year, 5, 1), _last_monday(year, 5)
    friday = easter(year) - timedelta(days=2)
    if nation == "scotland":
        moved = _moved(date(year, 1, 1), date(year, 1, 2)), _moved(date(year, 11, 30))
        return frozenset({*moved[0], *moved[1], friday, may, spring, _monday(year, 8, 1), *_christmas(year)})
    own = {easter(year) + DAY, _last_monday(year, 8)}
    return frozenset({*_moved(date(year, 1, 1)), friday, may, spring, *own, *_christmas(year)})


def _christmas(year: int) -> frozenset[date]:
    return _moved(date(year, 12, 25), date(year, 12, 26))


def _moved(*days: date) -> frozenset[date]:
    """The days; one at a weekend moves to the next weekday that is not one of them already."""
    made: set[date] = {day for day in days if day.weekday() < SATURDAY}
    for day in days:
        if day.weekday() >= SATURDAY:
            made.add(next(each for each in _from(day) if each.weekday() < SATURDAY and each not in made))
    return frozenset(made)


def _from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += DAY


def _monday(year: int, month: int, day: int) -> date:
    return next(each for each in _from(date(year, month, day)) if each.weekday() == MONDAY)


def _last_monday(year: int, month: int) -> date:
    return _monday(year, month, 25)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus, Nature, 20 April 1876)."""
    century, rest = divmod(year, 100)
    golden, leaps = year % 19, century // 4
    epact = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
