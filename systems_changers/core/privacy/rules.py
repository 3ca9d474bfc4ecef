"""What the law's words mean in plain ones, what people may agree to, and the clock of a complaint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from systems_changers.infra.text import N_, Message

BECAUSE: Mapping[str, str] = MappingProxyType({
    "consent": N_("Because you agreed to it. You can take that back at any time, and need not say why."),
    "contract": N_("Because you asked to take part, and it can't be done without."),
    "legal obligation": N_("Because the law asks it of us."),
    "vital interests": N_("Because somebody's life may depend on it."),
    "public task": N_("Because it is part of a task in the public interest that we have been given."),
    "legitimate interests": N_(
        "Because running the programme well needs it, and we weighed that against what it means to you. You can object."
    ),
})  # fmt: skip
"""Why something is held, said to the person it is about."""
RIGHTS = (
    N_("Ask what we hold about you, and get a copy of it."),
    N_("Have what is wrong put right."),
    N_("Have it deleted, or have us hold it without using it."),
    N_("Object to what we do because we think that running the programme needs it."),
    N_("Take what you gave us with you, in a form that other programs can read."),
    N_("Take back whatever you agreed to. What was done before stays right."),
)
REGULATOR = "https://ico.org.uk/make-a-complaint/"
"""Where anybody in the United Kingdom can complain; every notice must say so (UK GDPR article 13(2)(d))."""
ACKNOWLEDGED_WITHIN = timedelta(days=30)
"""Data (Use and Access) Act 2025, section 103: a complaint is acknowledged within 30 days of its receipt."""
SOON = timedelta(days=7)

COHORT = "cohort"
"""The channel of what people in the same cohort see of each other."""
CONSENTS: Mapping[str, str] = MappingProxyType({
    "show.job": N_("Show what I do"),
    "show.organisation": N_("Show where I work"),
    "show.team": N_("Show my team"),
    "show.about": N_("Show what I say about me"),
    "show.asks": N_("Show what I ask for"),
    "show.offers": N_("Show what I offer"),
    "reach.email": N_("Show my e-mail address"),
    "reach.phone": N_("Show my phone number"),
})  # fmt: skip
"""What somebody may agree to about the room that a cohort is, in a few words; a plugin may add its own."""
CHANNELS: Mapping[str, str] = MappingProxyType({COHORT: N_("The others in my cohort")})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is shown a wording: the language, what says a sentence in it, and the page or form where it stands."""

    locale: str = "en_GB"
    say: Callable[[Message], str] = str
    place: str = "account"


ENGLISH = Reader()


@dataclass(frozen=True, slots=True)
class Told:
    """A complaint as it came in."""

    name: str
    contact: str
    words: str


def asked_for(purpose: str) -> Message:
    """What somebody agrees to, in a few words; a purpose of a plugin's is shown as it is, made readable."""
    return Message(CONSENTS.get(purpose) or purpose.rpartition(".")[2].replace("_", " ").capitalize())


def shown_to(channel: str) -> Message:
    """Where it is used."""
    return Message(CHANNELS.get(channel) or channel.replace("_", " ").capitalize())


def wording_hash(purpose: str, locale: str, text: str) -> str:
    """By which the same words for the same thing in the same language are known again."""
    told = f"{purpose}\x1f{locale}\x1f{text}".encode()
    return f"sha256:{hashlib.sha256(told).hexdigest()}"


def answer_by(received_at: datetime) -> datetime:
    """By when a complaint must be acknowledged."""
    return received_at + ACKNOWLEDGED_WITHIN


def clock_tone(received_at: datetime, now: datetime) -> str:
    """How pressing an unacknowledged complaint is: stop (too late), wait (a week is left), or live."""
    left = answer_by(received_at) - now
    if left < timedelta(0):
        return "stop"
    return "wait" if left < SOON else "live"
