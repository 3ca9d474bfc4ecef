"""Finds one page of every kind that somebody can reach by following links."""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.browser.conftest import VARIANTS, Variant, Visitor

NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|sha256:[0-9a-f]{64}|sha256%3A[0-9a-f]{64}")
FILES = ("export", ".csv", "/static/", "letter", "/file")
MOST = 60


def kind(path: str) -> str:
    """A path without what names one record, and without its query."""
    return NAMED.sub("*", urlsplit(path).path)


def reachable(visitor: Visitor) -> dict[str, str]:
    """Paths of one page of each kind below the partner's prefix by shape: the kind, and what its forms do."""
    site, root = visitor.site.address, visitor.root
    start = urlsplit(visitor.page.url).path
    known, waiting, found = {kind(start)}, deque([start]), dict[str, str]()
    while waiting and len(found) < MOST:
        here = waiting.popleft()
        answer = visitor.context.request.get(site + here)
        assert answer.ok, f"{here} answered {answer.status}"
        text = answer.text()
        found[" ".join([kind(here), *sorted({kind(each) for each in re.findall(r'action="([^"]+)"', text)})])] = here
        for link in re.findall(r'href="([^"]+)"', text):
            address = urldefrag(urljoin(site + here, link.replace("&amp;", "&")))[0]
            path = address.removeprefix(site)
            wanted = address.startswith(site + root) and not any(each in path for each in FILES)
            if wanted and kind(path) not in known:
                known.add(kind(path))
                waiting.append(path)
    return found


def variants_of(path: str) -> list[Variant]:
    """Two of the eight ways to look at a page, the same two every time; all of them with SC_FULL."""
    if os.environ.get("SC_FULL"):
        return VARIANTS
    chosen = hashlib.sha256(kind(path).encode()).digest()[0] % len(VARIANTS)
    return [VARIANTS[chosen], VARIANTS[(chosen + 5) % len(VARIANTS)]]
