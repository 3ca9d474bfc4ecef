"""A start leaves the garbage collector on, what was made kept out of its way, and what pages leave collected soon."""

import ctypes
import gc
import sys
from collections.abc import Iterator

import pytest

from systems_changers.infra.starting import SOON, starting


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_nothing_is_collected_while_starting_and_what_is_left_is_frozen() -> None:
    before = gc.get_freeze_count()
    with starting():
        assert not gc.isenabled()
        kept = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert gc.get_threshold() == SOON
    assert gc.get_freeze_count() - before >= len(kept)


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ZeroDivisionError), starting():
        raise ZeroDivisionError
    assert gc.isenabled()


class Library:
    """A C library that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def mallopt(self, what: int, value: int) -> int:
        self.asked.append((what, value))
        return 1


def test_threads_share_one_heap(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    with starting():
        assert library.asked == [(-8, 1)]


@pytest.mark.parametrize("told", [OSError, AttributeError])
def test_a_machine_without_glibc_starts_all_the_same(told: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_name: object) -> object:
        raise told

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", none)
    with starting():
        pass
    assert gc.isenabled()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_nothing_is_asked(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library()
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    with starting():
        assert library.asked == []
