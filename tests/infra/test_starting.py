"""A start leaves the garbage collector as it found it, and what was made kept out of its way."""

import gc

import pytest

from systems_changers.infra.starting import starting


def test_nothing_is_collected_while_starting_and_what_is_left_is_frozen() -> None:
    before = gc.get_freeze_count()
    try:
        with starting():
            assert not gc.isenabled()
            kept = [[number] for number in range(1000)]
        assert gc.isenabled()
        assert gc.get_freeze_count() - before >= len(kept)
    finally:
        gc.unfreeze()


def test_a_start_that_fails_leaves_the_collector_on() -> None:
    try:
        with pytest.raises(ZeroDivisionError), starting():
            raise ZeroDivisionError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
