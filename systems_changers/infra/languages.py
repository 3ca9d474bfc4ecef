"""What the kit knows of each language it can speak: how pages name it, which way it runs, how it counts.

Scots and Easy Read are forms of en_GB, because no locale data exists for them: their words are their own, their dates
and numbers are British.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import msg

if TYPE_CHECKING:
    from babel import Locale

SOURCE = "en_GB"

# code: (lang attribute, name in its own words)
_NAMED = {
    "en_GB": ("en-GB", "English"),
    "en_GB@scots": ("sco", "Scots"),
    "en_GB@easyread": ("en-GB", "Easy Read"),
}

# Written from right to left somewhere in the world; which, Babel says, whose data the others need not load.
_SOMEWHERE_RTL = frozenset(
    {"ar", "apc", "az", "bal", "bgn", "ckb", "dv", "fa", "ff", "ha", "he", "iw", "kk", "ks", "lrc", "ms", "mzn", "nqo"}
    | {"pa", "ps", "rhg", "sd", "sdh", "skr", "syr", "trw", "ug", "ur", "uz", "yi", "ji"}
)
SCRIPT = 4
"""How many letters the code of a script has."""

# As gettext headers say it. Babel's own table is wrong for gd, cy and ar; these follow CLDR.
_TWO = "nplurals=2; plural=(n != 1);"
_SLAVIC = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"
PLURAL_FORMS = {
    "en_GB": _TWO,
    "en_GB@scots": _TWO,
    "en_GB@easyread": _TWO,
    "gd": "nplurals=4; plural=(n==1||n==11)?0:(n==2||n==12)?1:(n>2&&n<20)?2:3;",
    "cy": "nplurals=6; plural=(n==0)?0:(n==1)?1:(n==2)?2:(n==3)?3:(n==6)?4:5;",
    "ar": ("nplurals=6; plural=(n==0)?0:(n==1)?1:(n==2)?2:(n%100>=3&&n%100<=10)?3:(n%100>=11&&n%100<=99)?4:5;"),
    "pl": ("nplurals=3; plural=(n==1)?0:(n%10>=2&&n%10<=4&&(n%100<12||n%100>14))?1:2;"),
    "uk": f"nplurals=3; plural=({_SLAVIC});",
    "ur": _TWO,
    "so": _TWO,
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language as pages need it. `draft` until a named speaker has accepted its catalogue.

    Its name is looked up when it is asked for: the data of languages are four megabytes.
    """

    code: str
    html: str
    formats: str
    draft: bool = False

    @property
    def name(self) -> str:
        """What its speakers call it."""
        return _NAMED[self.code][1] if self.code in _NAMED else _locale(self.formats).get_display_name() or self.code

    @property
    def dir(self) -> str:
        """Which way it is written: ltr or rtl."""
        language_, *rest = self.formats.lower().split("_")
        if language_ not in _SOMEWHERE_RTL and all(len(each) != SCRIPT for each in rest):
            return "ltr"
        return "rtl" if _locale(self.formats).text_direction == "rtl" else "ltr"


@lru_cache(maxsize=64)
def language(code: str, *, draft: bool = False) -> Language:
    """The facts of one language; raises Invalid for a code that nobody knows."""
    formats = code.partition("@")[0]
    try:
        _locale(formats)
    except ValueError:
        raise Invalid(msg("No language %(code)s is known here.", code=code)) from None
    if "@" in code and code not in _NAMED:
        raise Invalid(msg("No language %(code)s is known here.", code=code))
    html = _NAMED[code][0] if code in _NAMED else formats.replace("_", "-")
    return Language(code, html, formats, draft and code != SOURCE)


@lru_cache(maxsize=64)
def _locale(formats: str) -> Locale:
    from babel import Locale, UnknownLocaleError  # slow: not needed for a command's help

    try:
        return Locale.parse(formats)
    except UnknownLocaleError as error:
        raise ValueError from error


def fallbacks(code: str) -> tuple[str, ...]:
    """The locales whose catalogues answer, best first; always ends with the source language."""
    chain = [code]
    base = code.partition("@")[0]
    chain += [each for each in (base, base.partition("_")[0]) if each not in chain]
    return (*(each for each in chain if each not in {SOURCE, "en"}), SOURCE)


def plural_forms(code: str) -> str | None:
    """The Plural-Forms header that a catalogue in this language must carry, or None where we know of none."""
    return PLURAL_FORMS.get(code) or PLURAL_FORMS.get(code.partition("_")[0])


_WISH = re.compile(r"^([a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)(?:;q=([01](?:\.\d{0,3})?))?$")


def match_accept_language(header: str | None, offered: Sequence[str]) -> str | None:
    """The offered code that suits an Accept-Language header best, or None; `sco` is en_GB@scots."""
    for tag in _wishes(header or ""):
        if tag == "*":
            return next(iter(offered), None)
        exact = [code for code in offered if _tag(code) == tag]
        near = [code for code in offered if "@" not in code and _base(_tag(code)) == _base(tag)]
        if exact or near:
            return (exact + near)[0]
    return None


def _wishes(header: str) -> list[str]:
    wishes = []
    for part in header[:500].lower().replace(" ", "").split(","):
        found = _WISH.match(part)
        if found and (weight := float(found[2] or 1)) > 0:
            wishes.append((weight, found[1]))
    return [tag for _, tag in sorted(wishes, key=lambda wish: -wish[0])]


def _tag(code: str) -> str:
    if code == "en_GB@scots":
        return "sco"
    return code.replace("_", "-").lower()


def _base(tag: str) -> str:
    return tag.partition("-")[0]
