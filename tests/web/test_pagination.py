"""Which page of a list is asked for, and where its neighbours are."""

import pytest
from flask import Flask, Request, request

from systems_changers.infra.slices import PageRequest, Slice
from systems_changers.web.pagination import page_of, pager

app = Flask("test")


def asked(query: str) -> Request:
    with app.test_request_context(f"/list?{query}"):
        return request._get_current_object()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", (1, 30)),
        ("page=3", (3, 30)),
        ("page=2&size=50", (2, 50)),
        ("page=0&size=0", (1, 1)),
        ("page=-1&size=x", (1, 30)),
        ("page=%D9%A3", (1, 30)),
        ("page=99999999999999999999&size=5000", (1, 30)),
        ("page=9999999&size=999", (1_000_000, 100)),
    ],
)
def test_page_of(query: str, page: tuple[int, int]) -> None:
    assert page_of(asked(query)) == page


def test_offset() -> None:
    assert PageRequest(3, 20).offset == 40


def test_neighbours_keep_the_filters() -> None:
    shown = pager(Slice([1] * 10, total=35, number=2, size=10), asked("page=2&size=10&kind=a%26b&tag=x&tag=y"))
    assert (shown.first, shown.last, shown.total) == (11, 20, 35)
    assert shown.previous_href == "?size=10&kind=a%26b&tag=x&tag=y&page=1"
    assert shown.next_href == "?size=10&kind=a%26b&tag=x&tag=y&page=3"
    only = pager(Slice([1], total=1), asked(""))
    assert (only.previous_href, only.next_href) == (None, None)
