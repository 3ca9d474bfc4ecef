"""What is read without the kit has all that it needs in it, runs nothing, and speaks the reader's language."""

from __future__ import annotations

from dataclasses import replace

from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.paths import translations_dir
from systems_changers.web.brand import DEFAULT_BRAND
from systems_changers.web.standalone import StandalonePage, render_standalone

ENGLISH = Catalogues(translations_dir()).catalogue("en_GB")
INDEX = StandalonePage(
    "home/exit_index.html", ENGLISH,
    {"partner": "<b>Pier</b>", "media": {}, "cohorts": [], "counted": {"sessions": 0, "experiments": 1}}, DEFAULT_BRAND,
)  # fmt: skip


def test_a_page_needs_nothing_from_elsewhere_and_shows_text_as_text() -> None:
    text = render_standalone(INDEX)
    assert "default-src 'none'" in text
    assert "<title>&lt;b&gt;Pier&lt;/b&gt;</title>" in text
    assert "1 shared experiment<" in text
    assert not any(sign in text for sign in ("<script", "<link", "http://", "https://", "<b>"))


def test_only_what_has_a_brand_is_shown_in_one() -> None:
    assert f"light-dark({DEFAULT_BRAND.light.paper}" in render_standalone(INDEX)
    assert "light-dark(" not in render_standalone(replace(INDEX, brand=None))


def test_a_page_says_its_language() -> None:
    scots = Catalogues(translations_dir()).catalogue("en_GB@scots")
    assert f'lang="{scots.language.html}"' in render_standalone(replace(INDEX, words=scots))
    assert scots.language.html != ENGLISH.language.html
