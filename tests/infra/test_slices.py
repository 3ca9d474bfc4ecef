"""One page of a longer list."""

from systems_changers.infra.slices import Slice


def test_the_middle_of_a_list() -> None:
    rows = Slice(["k"] * 10, total=35, number=2, size=10)
    assert (rows.pages, rows.previous, rows.next, rows.first, rows.last) == (4, 1, 3, 11, 20)


def test_the_ends() -> None:
    assert Slice([1], total=1).next is None
    assert Slice([1], total=1).previous is None
    last = Slice([1] * 5, total=35, number=4, size=10)
    assert (last.previous, last.next, last.first, last.last) == (3, None, 31, 35)


def test_nothing_and_beyond() -> None:
    empty: Slice[int] = Slice([], total=0)
    assert (empty.pages, empty.previous, empty.next, empty.first, empty.last) == (1, None, None, 0, 0)
    beyond: Slice[int] = Slice([], total=35, number=9, size=10)
    assert (beyond.previous, beyond.next) == (4, None)
