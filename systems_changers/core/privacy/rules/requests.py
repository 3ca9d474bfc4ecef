"""What people may ask for about their own data, and by when it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from systems_changers.infra.text import N_
from systems_changers.infra.working_days import months_later, working_day_from

REQUESTS: Mapping[str, str] = {"access": N_("Everything that is held"), "erasure": N_("To be erased")}
MONTHS, MONTHS_LONGER = 1, 2


def answer_by(received: date, *, extended: bool = False) -> date:
    """The last day for an answer: a calendar month after the day of receipt, three where it is complex.

    A month without that day ends it on its last; a day on which nobody works moves it to the next working day
    (Information Commissioner's Office, A guide to subject access, time limits).
    """
    return working_day_from(months_later(received, MONTHS + (MONTHS_LONGER if extended else 0)))
