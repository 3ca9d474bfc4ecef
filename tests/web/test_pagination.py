"""Which page of a list is asked for, and where its neighbours are."""

from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from systems_changers.infra.slices import PageRequest, Slice
from systems_changers.web.pagination import page_of, pager


def asked(query: str) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(query))


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


def test_a_plain_mapping_is_a_query_too() -> None:
    shown = pager(Slice([1] * 30, total=31), {"kind": "a", "page": "1"})
    assert (page_of({"page": "2"}), shown.next_href) == ((2, 30), "?kind=a&page=2")
