"""Dates, times and numbers as people read them."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from systems_changers.infra.catalogues import Catalogues
from systems_changers.web.formats import Formats
from tests.infra.catalogue_files import one, write

NOW = datetime(2026, 3, 27, 10, 0, tzinfo=UTC)
SUMMER = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)


def formats(locale: str = "en_GB", zone: str = "Europe/London") -> Formats:
    return Formats(locale, zone, None, lambda: NOW)


def test_british_days() -> None:
    fmt = formats()
    day = date(2026, 3, 27)
    assert (fmt.day(day), fmt.short_day(day), fmt.weekday(day), fmt.month(day)) == (
        "27 March 2026",
        "27 Mar 2026",
        "Friday 27 March 2026",
        "March 2026",
    )


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("gd", "27mh dhen Mhàrt 2026"),
        ("cy", "27 Mawrth 2026"),
        ("en_GB@scots", "27 March 2026"),
        ("en_GB@easyread", "27 March 2026"),
    ],
)
def test_days_in_other_languages(locale: str, said: str) -> None:
    assert formats(locale).day(date(2026, 3, 27)) == said


def test_moments_show_their_zone_on_the_same_line() -> None:
    assert formats().moment(NOW) == "27 March 2026, 10:00\xa0GMT"
    assert formats().moment(SUMMER) == "1 June 2026, 10:30\xa0BST"
    assert formats(zone="Asia/Karachi").moment(SUMMER) == "1 June 2026, 14:30\xa0PKT"
    assert formats(zone="Asia/Dubai").time(SUMMER) == "13:30\xa0UTC+04"
    assert formats(zone="Nowhere/Land").time(SUMMER) == "09:30\xa0UTC"
    assert formats().moment(SUMMER.replace(tzinfo=None)) == "1 June 2026, 10:30\xa0BST"
    assert formats().moment(SUMMER.astimezone(timezone(timedelta(hours=5)))) == "1 June 2026, 10:30\xa0BST"


def test_a_moments_day_is_the_readers_day() -> None:
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    assert formats().day(late) == "2 June 2026"
    assert formats(zone="America/New_York").day(late) == "1 June 2026"


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-400), "1 year ago"),
    ],
)
def test_ago(away: timedelta, said: str) -> None:
    assert formats().ago(NOW + away) == said


def test_sizes() -> None:
    fmt = formats()
    assert [fmt.size(each) for each in (0, 1, 1000, 1001, 999_999, 1_234_567, 20_000_000, 1_000_000_000)] == [
        "0\xa0kB", "1\xa0kB", "1\xa0kB", "2\xa0kB", "1,000\xa0kB", "1.2\xa0MB", "20\xa0MB", "1\xa0GB",
    ]  # fmt: skip


def test_numbers_and_minutes(tmp_path: Path) -> None:
    fmt = formats()
    assert (fmt.number(1983), fmt.number(2.5), fmt.percent(0.818)) == ("1,983", "2.5", "82%")
    assert [fmt.minutes(each) for each in (0, 45, 60, 90, 360)] == [
        "0\xa0min", "45\xa0min", "1\xa0h", "1\xa0h\xa030\xa0min", "6\xa0h",
    ]  # fmt: skip
    assert [fmt.time_of_many(each) for each in (90, 5999, 6029, 82655)] == [
        "1\xa0h\xa030\xa0min", "99\xa0h\xa059\xa0min", "100\xa0h", "1,378\xa0h",
    ]  # fmt: skip
    write(tmp_path, "gd", one("%(hours)s h %(minutes)s min", "%(hours)s u %(minutes)s mion"))
    gaelic = Formats("gd", "Europe/London", Catalogues(tmp_path).catalogue("gd"))
    assert gaelic.minutes(90) == "1\xa0u\xa030\xa0mion"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London", "UTC"])
@pytest.mark.parametrize("when", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC),
                                  datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
                                  datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))])  # fmt: skip
def test_the_ends_of_the_calendar_are_shown(when: datetime, zone: str) -> None:
    fmt = formats(zone=zone)
    assert str(when.year) in fmt.day(when)
    assert all((fmt.moment(when), fmt.time(when), fmt.ago(when), fmt.month(when), fmt.weekday(when)))


def test_without_another_clock_it_is_now() -> None:
    assert Formats("en_GB", "Europe/London", None).ago(datetime.now(UTC) - timedelta(hours=3)) == "3 hours ago"
