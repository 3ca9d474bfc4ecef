"""Finds one page of every kind that somebody can reach by following links, and looks at pages as others see them."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe

from tests.browser.visitor import VARIANTS, Variant, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|sha256:[0-9a-f]{64}|sha256%3A[0-9a-f]{64}")
FILES = ("export", ".csv", "/static/", "letter", "/file")
MOST = 150
AXE = Axe().axe_script  # its own run() sends the half megabyte, and every rule's passes, once a look
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


def kind(path: str) -> str:
    """A path without what names one record; of its query only the names, without what merely turns or searches."""
    parts = urlsplit(path)
    asked = sorted(parse_qs(parts.query).keys() - {"page", "q", "back"})
    return NAMED.sub("*", parts.path) + (f"?{'&'.join(asked)}" if asked else "")


def reachable(
    visitor: Visitor, starts: Sequence[str], inside: Callable[[str], bool], most: int = MOST
) -> dict[str, str]:
    """Paths of one page of each kind by shape: the kind, and what its forms do.

    Only paths that are `inside` are followed. Raises AssertionError where there are more kinds than `most`, because a
    page that nobody looks at must not go unsaid.
    """
    site = visitor.site.address
    known, waiting, found = {kind(start) for start in starts}, deque(starts), dict[str, str]()
    while waiting:
        assert len(found) < most, f"more than {most} kinds of page: {len(waiting)} are left out, {list(waiting)[:5]} …"
        here = waiting.popleft()
        answer = visitor.context.request.get(site + here)
        assert answer.ok, f"{here} answered {answer.status}"
        text = answer.text()
        found[" ".join([kind(here), *sorted({kind(each) for each in re.findall(r'action="([^"]+)"', text)})])] = here
        for link in re.findall(r'href="([^"]+)"', text):
            address = urldefrag(urljoin(site + here, link.replace("&amp;", "&")))[0]
            path = address.removeprefix(site)
            wanted = address.startswith(site) and inside(path) and not any(each in path for each in FILES)
            if wanted and kind(path) not in known:
                known.add(kind(path))
                waiting.append(path)
    return found


def part_of(path: str, parts: int) -> int:
    """Which of so many parts a kind of page belongs to, the same every time."""
    return hashlib.sha256(kind(path).encode()).digest()[1] % parts


def variants_of(path: str) -> list[Variant]:
    """Two of the eight ways to look at a page, the same two every time; all of them with SC_FULL."""
    if os.environ.get("SC_FULL"):
        return VARIANTS
    chosen = hashlib.sha256(kind(path).encode()).digest()[0] % len(VARIANTS)
    return [VARIANTS[chosen], VARIANTS[(chosen + 5) % len(VARIANTS)]]


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


def faults_of(visitor: Visitor, name: str, variants: Sequence[Variant] = ()) -> list[str]:
    """What is wrong with the page that is open, in the variants of its `name`."""
    seen = variants or variants_of(name)
    return [f"{name} {variant}: {wrong}" for variant in seen for wrong in look(visitor.page, variant)]
