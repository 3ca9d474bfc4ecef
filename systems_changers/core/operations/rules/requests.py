"""What people may ask for about their own data, by when, and by what they are known after an erasure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

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


Key = tuple[str, str]
"""What a tombstone's hash is of: its kind (person, email, source, account), and the text."""


def keys_of(person_id: UUID | None, emails: Collection[str], source: tuple[str, str] | None = None) -> list[Key]:
    """A person's stable keys: the id, every address, and where an import had them from."""
    keys = [("person", str(person_id))] if person_id is not None else []
    keys += [("email", email) for email in sorted(emails)]
    return [*keys, ("source", "\x1f".join(source))] if source is not None else keys
