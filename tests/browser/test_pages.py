"""Every kind of page that the demo's people can reach: axe is content, nothing overflows, no script complains.

A kind that two people of one place see with the same forms is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from tests.browser.pages import faults_of, look, part_of, reachable
from tests.browser.visitor import VARIANTS, Visitor

PEOPLE = {
    "corra-scotland": ("morag", "kirsty", "alan", "helen"),
    "childrens-society": ("yasmin", "priti", "dawn", "gwen"),
    "south-east": ("bridget", "grace", "anne"),
    "foundation": ("seun",),
}
LANGUAGES = {"corra-scotland": ("gd", "en_GB@scots"), "childrens-society": ("cy", "en_GB@easyread")}
PARTS = 2  # of one partner's pages, so that two cores share the work
Count = Callable[[str, str], None]


@pytest.fixture(scope="session")
def crawled() -> dict[str, dict[str, str]]:
    """What each of the people reaches, for whoever looks at another part of it; nothing is changed in this module."""
    return {}


@pytest.mark.parametrize(("partner", "part"), [*product(list(PEOPLE)[:3], range(PARTS)), ("foundation", None)])
def test_every_page_that_somebody_reaches(
    partner: str,
    part: int | None,
    visitor: Callable[..., Visitor],
    crawled: dict[str, dict[str, str]],
    count: Count,
) -> None:
    faults, seen, looked = [], set[str](), 0
    prefix = f"/p/{partner}/"
    for key in PEOPLE[partner]:
        somebody = visitor(key)
        if key not in crawled:
            starts = [somebody.path, f"{prefix}account/"]
            crawled[key] = reachable(somebody, starts, lambda path: path.startswith(prefix))
        assert len(crawled[key]) >= 4
        for shape, path in crawled[key].items():
            if shape in seen or part not in (None, part_of(path, PARTS)):
                continue
            seen.add(shape)
            looked += 1
            somebody.go(path)
            faults += [f"{key} {fault}" for fault in faults_of(somebody, path)]
    count(f"axe at {partner}{'' if part is None else f', part {part + 1} of {PARTS}'}", f"{looked} pages")
    assert faults == []


def test_every_page_of_the_instance(visitor: Callable[..., Visitor], count: Count) -> None:
    gwen = visitor("gwen")
    reached = reachable(gwen, ["/", "/account/", "/operator/"], lambda path: not path.startswith(("/p/", "/api/")))
    kinds = {shape.split()[0] for shape in reached}
    assert kinds >= {"/", "/account/", "/operator/", "/operator/plugins", "/operator/mailbox", "/operator/changes"}
    faults = []
    for path in reached.values():
        gwen.go(path)
        faults += faults_of(gwen, path)
    count("axe outside any partner", f"{len(reached)} pages")
    assert faults == []


def test_a_crawl_says_what_it_leaves_out(visitor: Callable[..., Visitor]) -> None:
    alan = visitor("alan")
    with pytest.raises(AssertionError, match=r"more than 2 kinds of page: .* left out"):
        reachable(alan, [alan.path], lambda path: path.startswith(alan.root), most=2)


def test_pages_without_signing_in(visitor: Callable[..., Visitor]) -> None:
    stranger = visitor()
    faults = []
    places = ("", "/p/corra-scotland", "/p/childrens-society", "/p/south-east", "/p/foundation")
    for path in (f"{place}{page}" for place in places for page in ("/", "/sign-in", "/sign-in/link")):
        stranger.go(path)
        faults += faults_of(stranger, path, VARIANTS if path == "/" else ())
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
        assert faults_of(stranger, f"/{code}") == []


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
