"""What an e-mail address and a password may be, and how long ways of signing in last."""

from __future__ import annotations

import re
from ipaddress import ip_address

from systems_changers.infra.errors import Invalid
from systems_changers.infra.guessing import guesses
from systems_changers.infra.text import Message, msg, nmsg

INVITATION_HOURS = 14 * 24
SIGN_IN_HOURS = 0.25
BY_HAND_HOURS = 24
SET_UP_HOURS = 7 * 24
ADDRESS_HOURS = 24
LEAST_PASSWORD = 12
LEAST_GUESSES = 10**8  # where zxcvbn's own scale calls a password hard to guess
LEAST_NAME = 3  # letters of a name that say anything
MOST_PASSWORD = 200
LONGEST_EMAIL = 320
STALE_SECONDS = 3600
SECOND_STEP_HOURS = 0.25
PASSKEY_HOURS = 5 / 60
SIGN_ON_HOURS = 10 / 60
RECOVERY_CODES = 10
MOST_PASSKEYS = 20

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s.<>()\[\],;:\\\"]+(?:\.[^@\s.<>()\[\],;:\\\"]+)*")


def takes_passkeys(host: str) -> bool:
    """Whether a browser lets a site of this host have passkeys: those at a bare number it doesn't."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def plain_code(text: str) -> str:
    """A code as it is compared: however it was grouped, in lower case."""
    return re.sub(r"[\s\-\u2010-\u2015]+", "", text[:100]).lower()


def plain_email(text: str) -> str:
    """An e-mail address as it is kept and compared: without space around it, in lower case."""
    return text.strip().lower()


def name_from(email: str) -> str:
    """What to call somebody of whom only the address is known: Ines Moreau for ines.moreau+kit@example.org."""
    local = plain_email(email).partition("@")[0].partition("+")[0]
    return " ".join(re.split(r"[._-]+", local)).strip().title() or email


def email_problem(email: str) -> Message | None:
    """Why this can't be an e-mail address, or None; only a mail that arrives proves that it is one."""
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        return msg("Enter an e-mail address such as name@example.org.")
    return None


def password_problem(password: str, *own: str) -> Message | None:
    """Why this password is too weak, or None; `own` is what strangers know: address, name, partner.

    Length counts and how soon it would be guessed, not kinds of characters (NIST SP 800-63B, 3.1.1.2).
    """
    if len(password) < LEAST_PASSWORD:
        return msg("Use at least %(least)s characters: three or four words are easy to remember.", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        return nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", MOST_PASSWORD)
    rest = _without(password, own)
    if guesses(rest) >= LEAST_GUESSES:
        return None
    if rest != password:
        return msg("Without your name, your address and your partner's name, which are tried first, this is too easy to"
                   " guess: use three or four words that don't belong together.")  # fmt: skip
    return msg("This is too easy to guess: use three or four words that don't belong together.")


def check_new(email: str, password: str | None, *own: str) -> None:
    """Judge what a new account would be made from, whether or not there is one. Raises Invalid (email, password)."""
    email = plain_email(email)
    problem = email_problem(email)
    if problem is not None:
        raise Invalid(fields={"email": [problem]})
    if password is not None and (weak := password_problem(password, email, *own)) is not None:
        raise Invalid(fields={"password": [weak]})


def _without(password: str, own: tuple[str, ...]) -> str:
    """What is left of it when every word of the person's own is taken out."""
    words = sorted({word for text in own for word in re.findall(r"[^\W_]+", text)}, key=len, reverse=True)
    telling = "|".join(re.escape(word) for word in words if len(word) >= LEAST_NAME)
    return re.sub(telling, "", password, flags=re.IGNORECASE) if telling else password


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """What a person would call the browser, such as Firefox on Windows; empty where it doesn't say."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)
