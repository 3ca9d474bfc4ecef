"""Keeps the counters of the `limits` library in the table rate_window, so that every process counts together.

Loaded only when a limit is first asked, because the library is slow to import.
"""

from __future__ import annotations

import math

import sqlalchemy as sa
from limits import RateLimitItemPerSecond  # noqa: TID253 - this whole module is loaded only when needed
from limits.storage import Storage  # noqa: TID253 - the same
from limits.strategies import FixedWindowRateLimiter  # noqa: TID253 - the same

from systems_changers.core.operations.models import RateWindow
from systems_changers.core.operations.rules import RateLimit
from systems_changers.infra.clock import Clock
from systems_changers.infra.transactions import inserting


class SqlStorage(Storage):
    """Counts on one connection, in its transaction, by the kit's clock."""

    STORAGE_SCHEME = None

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        super().__init__()
        self.connection, self.clock = connection, clock

    @property
    def base_exceptions(self) -> type[Exception]:
        return sa.exc.SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self.clock.now().timestamp()
        adding = inserting(self.connection.dialect, RateWindow).values(key=key, times=amount, ends_at=now + expiry)
        over = RateWindow.ends_at <= now
        counted = adding.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "times": sa.case((over, amount), else_=RateWindow.times + amount),
                "ends_at": sa.case((over, now + expiry), else_=RateWindow.ends_at),
            },
        ).returning(RateWindow.times)
        return int(self.connection.scalar(counted))

    def get(self, key: str) -> int:
        now = self.clock.now().timestamp()
        live = sa.select(RateWindow.times).where(RateWindow.key == key, RateWindow.ends_at > now)
        return self.connection.scalar(live) or 0

    def get_expiry(self, key: str) -> float:
        ends = self.connection.scalar(sa.select(RateWindow.ends_at).where(RateWindow.key == key))
        return ends or self.clock.now().timestamp()

    def check(self) -> bool:
        return self.connection.scalar(sa.select(sa.literal(1))) == 1

    def reset(self) -> int:
        return self.connection.execute(sa.delete(RateWindow)).rowcount

    def clear(self, key: str) -> None:
        self.connection.execute(sa.delete(RateWindow).where(RateWindow.key == key))


def count(connection: sa.Connection, clock: Clock, limit: RateLimit, key: str) -> int | None:
    """Count one try; None while it is within the limit, else the seconds to wait."""
    return _wait(connection, clock, limit, key, counted=True)


def look(connection: sa.Connection, clock: Clock, limit: RateLimit, key: str) -> int | None:
    """The same for one more try, which is not counted."""
    return _wait(connection, clock, limit, key, counted=False)


def _wait(connection: sa.Connection, clock: Clock, limit: RateLimit, key: str, *, counted: bool) -> int | None:
    item = RateLimitItemPerSecond(limit.times, limit.seconds, namespace="sc")
    limiter = FixedWindowRateLimiter(SqlStorage(connection, clock))
    if limiter.hit(item, key) if counted else limiter.test(item, key):
        return None
    ends = limiter.get_window_stats(item, key).reset_time
    return max(1, math.ceil(ends - clock.now().timestamp()))
