"""Pages of long lists: which one is asked for, and the addresses of its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from systems_changers.infra.slices import PageRequest, Slice

__all__ = ["PageRequest", "Pager", "page_of", "pager"]

SIZE = 30
MOST = 100
FARTHEST = 1_000_000


class Pager(NamedTuple):
    """What `parts.paged` shows; the addresses keep the list's filters."""

    first: int
    last: int
    total: int
    previous_href: str | None
    next_href: str | None


def page_of(query: Mapping[str, str], size: int = SIZE) -> PageRequest:
    """The page in `?page=` and `?size=`; nonsense counts as the first page, at most 100 rows a page."""
    asked = _whole(query.get("size"), size)
    return PageRequest(_whole(query.get("page"), 1, FARTHEST), min(asked, MOST))


def pager(rows: Slice[Any], query: Mapping[str, str]) -> Pager:
    """The neighbours of a slice, as addresses relative to this page."""
    asked = query.items(multi=True) if isinstance(query, MultiDict) else query.items()
    kept = [(key, value) for key, value in asked if key != "page"]

    def href(number: int | None) -> str | None:
        return None if number is None else "?" + urlencode([*kept, ("page", number)])

    return Pager(rows.first, rows.last, rows.total, href(rows.previous), href(rows.next))


def _whole(text: str | None, otherwise: int, most: int = MOST) -> int:
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > len(str(most)):
        return otherwise
    return min(max(int(text), 1), most)
