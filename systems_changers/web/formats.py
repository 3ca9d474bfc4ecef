"""Dates, times and numbers in the reader's language and zone; each text is made once a process.

A moment always shows its zone, because a cohort's people may be in several.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale, dates, numbers

from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.clock import zone_named
from systems_changers.infra.days import in_words
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg

HOUR = 60
MANY = 100 * HOUR
KILO, MEGA, GIGA = 10**3, 10**6, 10**9
NO_BREAK = "\N{NO-BREAK SPACE}"
NOW = timedelta(seconds=45)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Formats:
    """`fmt` in templates. `locale` is one of the kit's codes, `zone` an IANA name; naive moments are UTC."""

    __slots__ = ("_catalogue", "_locale", "_now", "_zone")

    def __init__(
        self,
        locale: str,
        zone: str = "Europe/London",
        catalogue: Catalogue | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._locale = language(locale).formats
        self._zone = zone_named(zone) or UTC  # a page is shown all the same
        self._catalogue = catalogue
        self._now = now or _now

    def day(self, when: date) -> str:
        """27 March 2026."""
        return in_words(self._locale, self._local_day(when), "long")

    def short_day(self, when: date) -> str:
        """27 Mar 2026."""
        return in_words(self._locale, self._local_day(when), "medium")

    def weekday(self, when: date) -> str:
        """Friday 27 March 2026."""
        return in_words(self._locale, self._local_day(when), "full")

    def month(self, when: date) -> str:
        """March 2026."""
        return in_words(self._locale, self._local_day(when).replace(day=1), "month")

    def time(self, when: datetime) -> str:
        """10:00 GMT, which no line breaks."""
        local = _local(when, self._zone)
        return f"{_time(self._locale, local.replace(tzinfo=None))}{NO_BREAK}{_abbreviation(local)}"

    def moment(self, when: datetime) -> str:
        """27 March 2026, 10:00 GMT."""
        local = _local(when, self._zone)
        day = in_words(self._locale, local.date(), "long")
        return f"{day}, {self.time(when)}"

    def ago(self, when: datetime) -> str:
        """5 minutes ago, in 3 days; "just now" within 45 seconds."""
        past = _aware(when) - self._now()
        if abs(past) < NOW:
            return self._say(msg("just now"))
        return _ago(self._locale, timedelta(minutes=round(past.total_seconds() / HOUR)))

    def number(self, value: float) -> str:
        """1,983."""
        return _number(self._locale, value)

    def percent(self, share: float) -> str:
        """82% from 0.82, in whole per cent."""
        return _percent(self._locale, share)

    def size(self, octets: int) -> str:
        """1.2 MB from 1 234 567 bytes, in whole kB below one (rounded up), which no line breaks."""
        if octets < MEGA:
            said = msg("%(number)s kB", number=self.number(-(-octets // KILO)))
        elif octets < GIGA:
            said = msg("%(number)s MB", number=self.number(round(octets / MEGA, 1)))
        else:
            said = msg("%(number)s GB", number=self.number(round(octets / GIGA, 1)))
        return self._say(said).replace(" ", NO_BREAK)

    def minutes(self, minutes: int) -> str:
        """1 h 30 min, which no line breaks."""
        hours, rest = divmod(minutes, HOUR)
        said = msg("%(hours)s h %(minutes)s min", hours=self.number(hours), minutes=self.number(rest))
        if not hours:
            said = msg("%(minutes)s min", minutes=self.number(rest))
        elif not rest:
            said = msg("%(hours)s h", hours=self.number(hours))
        return self._say(said).replace(" ", NO_BREAK)

    def time_of_many(self, minutes: int) -> str:
        """1,378 h: the sum of many people's time, in whole hours from a hundred on."""
        return self.minutes(minutes if minutes < MANY else round(minutes / HOUR) * HOUR)

    def _say(self, sentence: Message) -> str:
        return self._catalogue.translate(sentence) if self._catalogue else str(sentence)

    def _local_day(self, when: date) -> date:
        return _local(when, self._zone).date() if isinstance(when, datetime) else when


def _now() -> datetime:
    return datetime.now(UTC)


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _local(when: datetime, zone: tzinfo) -> datetime:
    """The moment in the zone; at the ends of the calendar the last one that there is."""
    try:
        return _aware(when).astimezone(zone)
    except OverflowError:
        return FIRST.replace(tzinfo=zone) if when.year == FIRST.year else LAST.replace(tzinfo=zone)


def _abbreviation(local: datetime) -> str:
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name


@lru_cache(maxsize=32)
def _parsed(locale: str) -> Locale:
    return Locale.parse(locale)


@lru_cache(maxsize=8192)
def _time(locale: str, local: datetime) -> str:
    return dates.format_time(local, "short", locale=_parsed(locale))


@lru_cache(maxsize=8192)
def _ago(locale: str, past: timedelta) -> str:
    return dates.format_timedelta(past, granularity="minute", add_direction=True, locale=_parsed(locale))


@lru_cache(maxsize=8192)
def _number(locale: str, value: float) -> str:
    return numbers.format_decimal(value, locale=_parsed(locale))


@lru_cache(maxsize=1024)
def _percent(locale: str, share: float) -> str:
    return numbers.format_percent(share, "#,##0%", locale=_parsed(locale))
