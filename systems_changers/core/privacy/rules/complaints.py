"""What a complaint says, and the clock that runs until it is acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

ACKNOWLEDGED_WITHIN = timedelta(days=30)
"""Data (Use and Access) Act 2025, section 103: a complaint is acknowledged within 30 days of its receipt."""
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint as it came in."""

    name: str
    contact: str
    words: str


def acknowledge_by(received_at: datetime) -> datetime:
    """By when a complaint must be acknowledged."""
    return received_at + ACKNOWLEDGED_WITHIN


def clock_tone(received_at: datetime, now: datetime) -> str:
    """How pressing an unacknowledged complaint is: stop (too late), wait (a week is left), or live."""
    left = acknowledge_by(received_at) - now
    if left < timedelta(0):
        return "stop"
    return "wait" if left < SOON else "live"
