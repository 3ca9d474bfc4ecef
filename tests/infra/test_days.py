"""A day is said in the words of a language."""

from datetime import UTC, date, datetime, timedelta, timezone

from systems_changers.infra.days import in_words, moment_in_words

DAY = date(2026, 3, 27)


def test_a_day_is_said_as_its_language_says_it() -> None:
    assert in_words("en_GB", DAY) == "27 March 2026"
    assert in_words("en_GB", DAY, "full") == "Friday 27 March 2026"
    assert in_words("en_GB", DAY, "month") == "March 2026"
    assert in_words("gd", DAY) == "27mh dhen Mhàrt 2026"


def test_a_moment_is_said_in_utc() -> None:
    late = datetime(2026, 3, 28, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert moment_in_words("en_GB", late) == "27 March 2026, 23:30 UTC"
    assert moment_in_words("cy", datetime(2026, 3, 27, 9, 5, tzinfo=UTC)) == "27 Mawrth 2026, 09:05 UTC"
    assert moment_in_words("en_GB", late.replace(tzinfo=None)) == "28 March 2026, 00:30 UTC"
