"""Brands: contrast, what may stand in them, and their CSS."""

from dataclasses import replace
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from systems_changers.infra.errors import Invalid
from systems_changers.web.brand import (
    DEFAULT_BRAND,
    brand_css,
    brand_from_json,
    brand_icon,
    check_brand,
    contrast,
    monogram,
)


@pytest.mark.parametrize(
    ("a", "b", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542),
        ("#ff0000", "#ffffff", 3.998),
        ("#0000FF", "#ffffff", 8.592),
    ],
)
def test_contrast_is_wcags(a: str, b: str, ratio: float) -> None:
    assert contrast(a, b) == pytest.approx(ratio, abs=0.001)
    assert contrast(b, a) == contrast(a, b)


def test_the_kits_own_brand_passes() -> None:
    assert check_brand(DEFAULT_BRAND) == []


def test_low_contrast_is_named() -> None:
    pale = replace(DEFAULT_BRAND, light=replace(DEFAULT_BRAND.light, ink="#999999"))
    assert [str(each.values["what"]) for each in check_brand(pale)] == [
        "text on the page",
        "text on the soft colour",
    ]
    (text, *_) = (str(each) for each in check_brand(pale))
    assert text == "The contrast of text on the page (light) is 2.69, and must be at least 4.5."
    faint = replace(DEFAULT_BRAND, dark=replace(DEFAULT_BRAND.dark, accent="#3a2a1a", on_accent="#ffffff"))
    assert [(str(each.values["what"]), str(each.values["scheme"])) for each in check_brand(faint)] == [
        ("the accent colour on the page", "dark")
    ]


def test_css() -> None:
    css = brand_css(DEFAULT_BRAND)
    assert css.startswith(":root { --brand-main: light-dark(#4b2142, #5c2b51); --brand-on-main: light-dark(")
    assert '--brand-body-font: system-ui, "Segoe UI", sans-serif; --brand-radius: 10px; }' in css


@pytest.mark.parametrize(
    "wrong",
    [
        {"light": {"main": "red"}},
        {"light": {"main": "#12345"}},
        {"dark": {"ink": "#000000; } body { display: none"}},
        {"light": {"soft": "#000000\n"}, "dark": {"soft": "url(x)"}},
        {"head_font": 'x; } </style><script>alert("1")</script>'},
        {"head_font": "a, url(//evil.example/f)"},
        {"body_font": '"unclosed'},
        {"radius": "10px; color: red"},
        {"radius": "calc(1px)"},
        {"mark": "TOOLONG"},
        {"tagline": "x" * 201},
    ],
)
def test_nothing_but_colours_fonts_and_lengths(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        brand_from_json(wrong, "Corra")
    assert refused.value.code == "brand"


def test_css_refuses_what_was_made_by_hand() -> None:
    with pytest.raises(Invalid):
        brand_css(replace(DEFAULT_BRAND, radius="1px}"))
    assert len(check_brand(replace(DEFAULT_BRAND, body_font="a;b"))) == 1


def test_from_json_fills_what_is_missing() -> None:
    brand = brand_from_json({"tagline": "By the loch", "light": {"main": "#123456"}, "unknown": 1}, "Loch Trust")
    assert (brand.name, brand.mark, brand.tagline) == ("Loch Trust", "LT", "By the loch")
    assert (brand.light.main, brand.light.ink) == ("#123456", DEFAULT_BRAND.light.ink)
    assert brand_from_json({}, "South East").name == "South East"
    assert not brand_from_json({}, "x").invented


@pytest.mark.parametrize(
    ("name", "mark"), [("Corra Foundation", "CF"), ("place of hope", "PO"), ("Éire", "É"), ("…", "SC")]
)
def test_monogram(name: str, mark: str) -> None:
    assert monogram(name) == mark


@pytest.mark.parametrize(("mark", "size"), [("É", "15"), ("CF", "15"), ("NHS", "12"), ('<&">', "9")])
def test_the_icon_draws_the_mark_in_the_main_colour(mark: str, size: str) -> None:
    start, _, drawn = brand_icon(replace(DEFAULT_BRAND, mark=mark)).partition(",")
    assert start == "data:image/svg+xml"
    assert not set(drawn) & set("<>#\"' ")
    shape, text = ET.fromstring(unquote(drawn))
    assert shape.get("fill") == DEFAULT_BRAND.light.main
    assert (text.text, text.get("font-size"), text.get("fill")) == (mark, size, DEFAULT_BRAND.light.on_main)
