"""Every kind of page that the six can reach: axe is content, nothing overflows, no script complains.

A kind that two people of one partner see with the same forms is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import VARIANTS, Variant, Visitor
from tests.browser.pages import reachable, variants_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Axe().axe_script  # its own run() sends the half megabyte, and every rule's passes, once a look
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
PEOPLE = {
    "corra-scotland": ("morag", "kirsty", "alan"),
    "childrens-society": ("yasmin", "gwen"),
    "foundation": ("seun",),
}
LANGUAGES = {"corra-scotland": ("gd", "en_GB@scots"), "childrens-society": ("cy", "en_GB@easyread")}


def look(page: Page, variant: Variant) -> list[str]:
    """What is wrong with the page that is open, in one variant."""
    page.set_viewport_size({"width": variant.width, "height": 900})
    page.emulate_media(color_scheme="dark" if variant.dark else "light")
    page.evaluate("dir => { document.documentElement.dir = dir }", "rtl" if variant.rtl else "ltr")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("async rules => (await axe.run(rules)).violations", RULES)
    wrong = [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]
    wide = page.evaluate("() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    return [*wrong, f"{wide}px too wide"] if wide > 1 else wrong


@pytest.mark.parametrize("partner", PEOPLE)
def test_every_page_that_somebody_reaches(partner: str, visitor: Callable[..., Visitor]) -> None:
    faults, seen = [], set[str]()
    for key in PEOPLE[partner]:
        somebody = visitor(key)
        reached = reachable(somebody)
        assert len(reached) >= 4
        for shape, path in reached.items():
            if shape in seen:
                continue
            seen.add(shape)
            somebody.go(path)
            for variant in variants_of(path):
                faults += [f"{key} {path} {variant}: {wrong}" for wrong in look(somebody.page, variant)]
    assert faults == []


def test_pages_without_signing_in(visitor: Callable[..., Visitor]) -> None:
    stranger = visitor()
    faults = []
    for path in ("/", "/p/corra-scotland/", "/p/childrens-society/", "/p/south-east/", "/p/corra-scotland/sign-in"):
        stranger.go(path)
        for variant in VARIANTS if path == "/" else variants_of(path):
            faults += [f"{path} {variant}: {wrong}" for wrong in look(stranger.page, variant)]
    assert faults == []


@pytest.mark.parametrize("slug", LANGUAGES)
def test_front_pages_in_their_languages(slug: str, visitor: Callable[..., Visitor]) -> None:
    stranger = visitor()
    for code in LANGUAGES[slug]:
        stranger.go(f"/p/{slug}/")
        stranger.page.locator("details.menu", has=stranger.page.locator(f'button[value="{code}"]')).click()
        stranger.page.locator(f'button[name="locale"][value="{code}"]').click()
        html = stranger.page.locator("html").get_attribute("lang")
        assert html == {"en_GB@scots": "sco", "en_GB@easyread": "en-GB"}.get(code, code)
        assert [wrong for variant in variants_of(f"/{code}") for wrong in look(stranger.page, variant)] == []


def test_a_fault_is_seen(visitor: Callable[..., Visitor]) -> None:
    stranger = visitor()
    stranger.go("/p/south-east/")
    stranger.page.evaluate(
        "() => { const img = document.createElement('img'); img.src = 'data:,';"
        " img.style.minInlineSize = '5000px'; document.querySelector('main').append(img) }"
    )
    seen = look(stranger.page, VARIANTS[0])
    assert any(each.startswith("image-alt") for each in seen)
    assert any("too wide" in each for each in seen)
