"""What a partner may be called and where it may be found; pure, so that an import can ask before it writes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from systems_changers.infra.clock import zone_named
from systems_changers.infra.text import Message, msg

KINDS = ("hosting", "listed", "foundation")
REGISTER = "register"
"""The source of what came in with a register of past deliveries."""
LONGEST_NAME = 200
LONGEST_SLUG = 60
RESERVED = frozenset({"admin", "api", "new", "operator", "static", "www", "x"})
CARE = "care"
"""The key in a partner's settings that names whom to turn to."""
PRIVACY = "privacy"
"""The key that says who answers for people's data."""
FIRST_STEPS = "first_steps"
LANGUAGES_CHOSEN = "languages"
"""What first steps keep where somebody has chosen the languages, or kept them after a look."""
"""The key that says how far first steps are."""
SIGN_ON = "sign_on"
"""The key that says, while it is on, what the partner's sign-on is called, and whether staff must use it.

Every other key but these four and FIRST_NAME's is a plugin's slug.
"""

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"^(?:[a-z][a-z0-9+.-]*://|www\.)", re.IGNORECASE)


def folded(name: str) -> str:
    """A name as it is compared: case, spacing and ways of writing one letter don't matter."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def spelt(name: str) -> str:
    """What of a name can stand in an address: letters without their accents, digits and hyphens; empty for none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", plain)).strip("-")[: LONGEST_SLUG - 6].strip("-")


def slug_from(name: str) -> str:
    """A slug for a name, before it is made unique."""
    return spelt(name) or "partner"


def first_free(slug: str, taken: Collection[str]) -> str:
    """The slug, or the slug with the first number from 2 that is neither taken nor reserved."""
    if slug not in taken and slug not in RESERVED:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def slug_problem(slug: str) -> Message | None:
    """Why this can't be a slug, or None."""
    if not _SLUG.fullmatch(slug):
        return msg("Use small letters, digits and hyphens, at most %(most)s of them.", most=LONGEST_SLUG)
    if slug in RESERVED:
        return msg("%(slug)s is kept for the kit itself.", slug=slug)
    return None


def name_problem(name: str) -> Message | None:
    """Why this can't be a partner's name, or None: a blank, a bare number, a web address."""
    if not name.strip():
        return msg("A partner needs a name.")
    if not any(letter.isalpha() for letter in name):
        return msg("%(name)s can't be a partner's name: it has no letters.", name=name)
    if _ADDRESS.match(name.strip()):
        return msg("%(name)s is a web address, not a name.", name=name)
    if len(name) > LONGEST_NAME:
        return msg("A name can be at most %(most)s characters long.", most=LONGEST_NAME)
    return None


def domain_problem(host: str, own_hosts: Collection[str]) -> Message | None:
    """Why this can't be a partner's own domain, or None; `own_hosts` are the instance's."""
    if not _HOST.fullmatch(host):
        return msg("%(host)s is not a domain name such as changers.example.org.", host=host)
    if host in own_hosts:
        return msg("%(host)s is this installation's own address.", host=host)
    return None


LEAST_LETTERS = 3
"""The shortest word that is looked for alone: "a" and "is" stand everywhere."""


def texts_with(words: str, known: Collection[str]) -> list[str]:
    """The texts that hold these words, the shortest first; where none holds all of them, those that hold any."""
    phrase = " ".join(words.casefold().split())
    found = [text for text in known if phrase and phrase in text.casefold()]
    if not found:
        each = [word for word in phrase.split() if len(word) >= LEAST_LETTERS]
        found = [text for text in known if any(word in text.casefold() for word in each)]
    return sorted(found, key=lambda text: (len(text), text))


def time_zone_problem(name: str) -> Message | None:
    """Why this can't be a time zone, or None."""
    return None if zone_named(name) else msg("%(name)s is not a time zone such as Europe/London.", name=name)
