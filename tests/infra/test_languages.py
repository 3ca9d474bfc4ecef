"""What pages are told of a language, and which one a browser gets."""

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from babel.plural import to_gettext

from systems_changers.infra.catalogues import parse_plural_forms
from systems_changers.infra.errors import Invalid
from systems_changers.infra.languages import PLURAL_FORMS, language, match_accept_language, plural_forms

OFFERED = ("en_GB", "gd", "en_GB@scots", "en_GB@easyread", "cy")


@pytest.mark.parametrize(
    ("code", "html", "way", "name", "formats"),
    [
        ("en_GB", "en-GB", "ltr", "English", "en_GB"),
        ("gd", "gd", "ltr", "Gàidhlig", "gd"),
        ("cy", "cy", "ltr", "Cymraeg", "cy"),
        ("en_GB@scots", "sco", "ltr", "Scots", "en_GB"),
        ("en_GB@easyread", "en-GB", "ltr", "Easy Read", "en_GB"),
        ("ar", "ar", "rtl", "العربية", "ar"),
        ("ur", "ur", "rtl", "اردو", "ur"),
    ],
)
def test_facts(code: str, html: str, way: str, name: str, formats: str) -> None:
    found = language(code)
    assert (found.html, found.dir, found.name, found.formats) == (html, way, name, formats)


@pytest.mark.parametrize("code", ["sco", "tlh", "", "gd@mod", "../gd", "en_GB@"])
def test_unknown_codes_are_refused(code: str) -> None:
    with pytest.raises(Invalid):
        language(code)


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("gd", "gd"),
        ("gd-GB, en;q=0.5", "gd"),
        ("sco", "en_GB@scots"),
        ("en-GB,en;q=0.9", "en_GB"),
        ("en-US", "en_GB"),
        ("fr, cy;q=0.3, gd;q=0.8", "gd"),
        ("gd;q=0, cy;q=0.1", "cy"),
        ("fr, *;q=0.1", "en_GB"),
        ("fr", None),
        ("", None),
        (None, None),
        (";;;q=,,", None),
        ("gd;q=NaN", None),
    ],
)
def test_accept_language(header: str | None, chosen: str | None) -> None:
    assert match_accept_language(header, OFFERED) == chosen
    assert match_accept_language(header, ()) is None


@pytest.mark.parametrize("code", [code for code in PLURAL_FORMS if "@" not in code])
def test_plural_rules_divide_numbers_as_cldr_does(code: str) -> None:
    count, ours = parse_plural_forms(PLURAL_FORMS[code])
    cldr = Locale.parse(code).plural_form
    pairs = {(ours(n), cldr(n)) for n in range(500)}
    assert len(pairs) == len({form for form, _ in pairs}) == len({tag for _, tag in pairs}) == count, to_gettext(cldr)


def test_a_region_counts_as_its_language() -> None:
    assert plural_forms("ar_EG") == PLURAL_FORMS["ar"]
    assert plural_forms("fr") is None


def test_the_way_a_language_runs_is_what_babel_says() -> None:
    alone = [code for code in locale_identifiers() if not code[-2:].isupper()]
    known = {code: Locale.parse(code).text_direction for code in alone}
    ways = {code: way for code, way in known.items() if way != "ttb"}  # HTML's `dir` knows no way from top to bottom
    assert len(ways) > 300
    assert {code for code, way in ways.items() if language(code).dir != way} == set()


@pytest.mark.parametrize("code", ["pa_PK", "uz_AF", "az_IR", "az_IQ", "kk_CN", "ha_SD", "sd_IN", "AR", "az_arab", "iw"])
def test_a_country_or_a_script_can_turn_it_round(code: str) -> None:
    assert language(code).dir == Locale.parse(code).text_direction == ("ltr" if code == "sd_IN" else "rtl")
