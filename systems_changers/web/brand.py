"""A partner's look as CSS: six colours and two fonts a scheme, checked for contrast, and unable to carry anything else.

Contrast is WCAG 2.2's (relative luminance, success criteria 1.4.3 and 1.4.11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from systems_changers.hooks.facts import Brand, Colours
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import N_, Message, msg, nmsg

TEXT = 4.5
SHAPE = 3.0

DEFAULT_BRAND = Brand(
    name="Systems Changers",
    tagline="",
    mark="SC",
    light=Colours(
        main="#4b2142",
        on_main="#fff8f2",
        accent="#b8400b",
        on_accent="#ffffff",
        paper="#fcf8f4",
        ink="#281d27",
        soft="#f3e9ea",
    ),
    dark=Colours(
        main="#5c2b51",
        on_main="#fff3ea",
        accent="#ff9d6b",
        on_accent="#2b0f02",
        paper="#19131a",
        ink="#f3eaef",
        soft="#2b212b",
    ),
    head_font='"Avenir Next", Avenir, Corbel, "Segoe UI", system-ui, sans-serif',
    body_font='system-ui, "Segoe UI", sans-serif',
    radius="10px",
    invented=False,
)

COLOURS = tuple(each.name for each in fields(Colours))
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_FAMILY = r"""(?:[A-Za-z][A-Za-z0-9 -]*|"[A-Za-z][A-Za-z0-9 -]*"|'[A-Za-z][A-Za-z0-9 -]*')"""
_FONT = re.compile(rf"{_FAMILY}(?:, ?{_FAMILY}){{0,9}}")
_RADIUS = re.compile(r"(?:0|\d{1,2}(?:\.\d{1,2})?(?:px|rem|em))")
FIRST_NAME = "first_name"
"""The key in a partner's settings of the name it was made with, once it has another; no plugin's slug is like it."""

_LONGEST = {"name": 200, "tagline": 200, "mark": 4}

# (upper colour, lower colour, least contrast, what it is for)
_PAIRS = (
    ("on_main", "main", TEXT, N_("text on the main colour")),
    ("on_accent", "accent", TEXT, N_("text on the accent colour")),
    ("ink", "paper", TEXT, N_("text on the page")),
    ("ink", "soft", TEXT, N_("text on the soft colour")),
    ("accent", "paper", SHAPE, N_("the accent colour on the page")),
)
_LIGHT_PAIRS = (("main", "paper", TEXT, N_("links on the page")),)
_SCHEMES = {"light": N_("light"), "dark": N_("dark")}


def contrast(a: str, b: str) -> float:
    """WCAG's contrast ratio of two #rrggbb colours, from 1 to 21."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own


def check_brand(brand: Brand) -> list[Message]:
    """What is wrong with a brand: values that aren't colours or fonts, and contrast below AA; empty is good."""
    return _malformed(brand) or [said for of_colour in too_faint(brand).values() for said in of_colour]


def too_faint(brand: Brand) -> dict[str, list[Message]]:
    """Contrast below AA of a brand whose values are colours, by the colour to change, such as light_accent."""
    wrong: dict[str, list[Message]] = {}
    for scheme in _SCHEMES:
        for upper, lower, least, what in (*_PAIRS, *(_LIGHT_PAIRS if scheme == "light" else ())):
            found = _contrast_in(brand, scheme, upper, lower)
            if found < least:
                wrong.setdefault(f"{scheme}_{upper}", []).append(_faint(what, scheme, found, least))
    return wrong


def _faint(what: str, scheme: str, found: float, least: float) -> Message:
    return msg(
        "The contrast of %(what)s (%(scheme)s) is %(found)s, and must be at least %(least)s.",
        what=Message(what),
        scheme=Message(_SCHEMES[scheme]),
        found=f"{int(found * 100) / 100:.2f}",
        least=f"{least:g}",
    )


def _contrast_in(brand: Brand, scheme: str, upper: str, lower: str) -> float:
    colours = getattr(brand, scheme)
    return contrast(getattr(colours, upper), getattr(colours, lower))


def _malformed(brand: Brand) -> list[Message]:
    values = [
        (f"{scheme}.{name}", getattr(getattr(brand, scheme), name), _COLOUR, N_("a colour such as #4b2142"))
        for scheme in _SCHEMES
        for name in COLOURS
    ]
    values += [(name, getattr(brand, name), _FONT, N_("a list of font names")) for name in ("head_font", "body_font")]
    values.append(("radius", brand.radius, _RADIUS, N_("a length such as 10px")))
    wrong = [_not_this(name, value, wanted) for name, value, shape, wanted in values if not _is(shape, value)]
    return wrong + [
        nmsg("%(name)s: at most %(count)s character.", "%(name)s: at most %(count)s characters.", most, name=name)
        for name, most in _LONGEST.items()
        if len(getattr(brand, name)) > most
    ]


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _not_this(name: str, value: object, wanted: str) -> Message:
    shown = str(value)[:40]
    return msg("%(name)s: %(value)s is not %(wanted)s.", name=name, value=shown, wanted=Message(wanted))


def brand_css(brand: Brand) -> str:
    """Custom properties on :root; raises Invalid for anything that isn't a colour, a font or a length."""
    wrong = _malformed(brand)
    if wrong:
        raise Invalid(wrong[0], code="brand")
    lines = [
        f"--brand-{name.replace('_', '-')}: light-dark({getattr(brand.light, name)}, {getattr(brand.dark, name)});"
        for name in COLOURS
    ]
    lines += [
        f"--brand-head-font: {brand.head_font};",
        f"--brand-body-font: {brand.body_font};",
        f"--brand-radius: {brand.radius};",
    ]
    return ":root { " + " ".join(lines) + " }"


MARK_SIZES = {3: 12, 4: 9}
"""Of the letters in the icon, by how many there are; 15 for fewer."""


def brand_icon(brand: Brand) -> str:
    """The browser's icon for the brand as a data URL: its mark in its main colour. The brand's colours were checked."""
    size, colours = MARK_SIZES.get(len(brand.mark), 15), brand.light
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="9" fill="{colours.main}"/>'
        '<text x="16" y="22" text-anchor="middle" font-family="sans-serif" font-weight="700" '
        f'font-size="{size}" fill="{colours.on_main}">{escape(brand.mark)}</text></svg>'
    )
    return "data:image/svg+xml," + quote(drawn)


def brand_from_json(values: Mapping[str, Any], name: str) -> Brand:
    """A stored brand over the kit's own, under the partner's name; raises Invalid where a value can't be one.

    Contrast is not its concern: see check_brand.
    """
    plain = {
        key: clean_text(str(values[key]), lines=False)
        for key in ("name", "tagline", "mark", "head_font", "body_font", "radius")
        if values.get(key)
    }
    brand = replace(
        DEFAULT_BRAND,
        **{"name": name, "mark": monogram(name), **plain},
        light=_colours(DEFAULT_BRAND.light, values.get("light")),
        dark=_colours(DEFAULT_BRAND.dark, values.get("dark")),
        invented=bool(values.get("invented", False)),
    )
    wrong = _malformed(brand)
    if wrong:
        raise Invalid(wrong[0], code="brand")
    return brand


def _colours(otherwise: Colours, values: object) -> Colours:
    given = values if isinstance(values, Mapping) else {}
    chosen = {name: str(given[name]).strip() for name in COLOURS if given.get(name)}
    return replace(otherwise, **chosen)


def monogram(name: str) -> str:
    """Up to two capitals that stand for a name; small words and punctuation don't count."""
    words = [word for word in re.findall(r"\w+", name) if word[:1].isupper()] or re.findall(r"\w+", name)
    return "".join(word[0] for word in words[:2]).upper() or "SC"
