"""What people may agree to, ask for and complain of, by when they are answered, and what the notice tells them."""

from systems_changers.core.privacy.rules.complaints import NewComplaint, acknowledge_by, clock_tone
from systems_changers.core.privacy.rules.consents import (
    CHANNELS,
    COHORT,
    CONSENTS,
    ENGLISH,
    Reader,
    asked_for,
    shown_to,
    wording_hash,
)
from systems_changers.core.privacy.rules.notice import BECAUSE, REGULATOR, RIGHTS
from systems_changers.core.privacy.rules.requests import REQUESTS, answer_by
from systems_changers.core.privacy.rules.tombstones import Key, keys_of

__all__ = [
    "BECAUSE",
    "CHANNELS",
    "COHORT",
    "CONSENTS",
    "ENGLISH",
    "REGULATOR",
    "REQUESTS",
    "RIGHTS",
    "Key",
    "NewComplaint",
    "Reader",
    "acknowledge_by",
    "answer_by",
    "asked_for",
    "clock_tone",
    "keys_of",
    "shown_to",
    "wording_hash",
]
