"""Says a day in a reader's own language; each text is made once a process.

The data of languages are loaded with the first day that is said, not before.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache


@lru_cache(maxsize=8192)
def in_words(formats: str, day: date, style: str = "long") -> str:
    """27 March 2026, in a locale that Babel knows; `style` is Babel's, or "month" for March 2026."""
    from babel import dates  # slow: the data of languages are megabytes

    if style == "month":
        return dates.format_skeleton("yMMMM", day, locale=formats)
    text = dates.format_date(day, style, locale=formats)
    return text.replace(", ", " ") if formats == "en_GB" else text


def moment_in_words(formats: str, when: datetime) -> str:
    """27 March 2026, 10:00 UTC: for whom the reader's zone isn't known. A moment without a zone is UTC's."""
    there = when.astimezone(UTC) if when.tzinfo else when
    return f"{in_words(formats, there.date())}, {there:%H:%M} UTC"
