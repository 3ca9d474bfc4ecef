"""What people may agree to, and the words that they are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from systems_changers.infra.text import N_, Message

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
