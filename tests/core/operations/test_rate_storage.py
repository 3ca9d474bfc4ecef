"""The counters of rate limits: one window a key, which ends by the kit's clock and begins anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import RateWindow
from systems_changers.core.operations.rules import RateLimit
from systems_changers.core.operations.service.rate_storage import SqlStorage, count, look
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance

TWICE_A_MINUTE = RateLimit(2, 60)


@pytest.fixture
def storage(instance: Instance) -> Iterator[SqlStorage]:
    """Counts in a transaction that is rolled back."""
    with instance.operator(write=True) as scope:
        yield SqlStorage(scope.db.connection(), instance.clock)
        scope.db.rollback()


def later(storage: SqlStorage, seconds: float) -> FixedClock:
    storage.clock = FixedClock(storage.clock.now() + timedelta(seconds=seconds))
    return storage.clock


def test_a_window_counts_until_it_ends_and_then_begins_anew(storage: SqlStorage) -> None:
    key, began = new_id().hex, storage.clock.now().timestamp()
    assert (storage.get(key), storage.get_expiry(key)) == (0, began)
    assert [storage.incr(key, 60), storage.incr(key, 60), storage.incr(key, 60, 3)] == [1, 2, 5]
    later(storage, 59)
    assert storage.incr(key, 60) == 6
    assert (storage.get(key), storage.get_expiry(key)) == (6, began + 60)
    later(storage, 1)
    assert storage.get(key) == 0
    assert storage.incr(key, 30, 2) == 2
    assert (storage.get(key), storage.get_expiry(key)) == (2, began + 90)


def test_keys_are_counted_and_cleared_apart(storage: SqlStorage) -> None:
    one, two = new_id().hex, new_id().hex
    storage.incr(one, 60)
    storage.incr(two, 60, 4)
    storage.clear(one)
    assert (storage.get(one), storage.get(two), storage.check()) == (0, 4, True)
    rows = storage.connection.scalar(sa.select(sa.func.count()).select_from(RateWindow))
    assert storage.reset() == rows
    assert storage.get(two) == 0
    assert storage.base_exceptions is sa.exc.SQLAlchemyError


def test_what_is_left_to_wait_is_told_in_whole_seconds(storage: SqlStorage) -> None:
    key, connection = new_id().hex, storage.connection
    waits = [count(connection, storage.clock, TWICE_A_MINUTE, key) for _ in range(3)]
    assert waits == [None, None, 60]
    assert look(connection, later(storage, 0.5), TWICE_A_MINUTE, key) == 60
    assert look(connection, later(storage, 59), TWICE_A_MINUTE, key) == 1
    assert look(connection, later(storage, 0.5), TWICE_A_MINUTE, key) is None
