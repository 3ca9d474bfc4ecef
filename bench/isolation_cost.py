"""What keeping partners apart costs a request: the same unit of work with it and without, interleaved.

The unit opens a session and reads 30 rows three times, by statements made on the spot, as most pages make them. Without
isolation the partner is filtered by hand, as any page would have to; the goal is at most 0.2 ms more of the processors'
time, here and at the database's server. What the quietest tenth of the runs took is compared: a neighbour makes the
same instructions take up to twice as long.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import ClassVar, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from systems_changers.infra import isolation
from systems_changers.infra.db import Id, Moment, PartnerOwned, open_session, plain, using
from systems_changers.infra.engine import ask_the_idle, open_engine, open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.roles import prepare_roles
from tests.postgres import start_postgres

PAIRS, TIMES, ROWS, READS, GOAL = 1000, 3, 30, 3, 0.2
Unit = Callable[[], int]
Clock = Callable[[], float]


class Taken(NamedTuple):
    """Milliseconds a unit took: of the processors, and by the wall's clock."""

    processors: float
    wall: float


class Bench(DeclarativeBase):
    type_annotation_map: ClassVar = {UUID: Id(), datetime: Moment(), dict[str, object]: sa.JSON()}


class Partner(Bench):
    __tablename__ = "partner"

    id: Mapped[UUID] = plain(primary_key=True, default=new_id)


class Cohort(PartnerOwned, Bench):
    __tablename__ = "cohort"

    name: Mapped[str] = plain(sa.String(80))
    extra: Mapped[dict[str, object]] = plain(default=dict)


def prepare(url: str, partners: list[UUID]) -> None:
    """Two partners with 90 cohorts each."""
    owner = open_owner_engine(url)
    with owner.begin() as connection:
        Bench.metadata.create_all(connection)
        isolation.arm(connection, Bench.metadata)
    with Session(owner) as db:
        db.add_all(Partner(id=partner) for partner in partners)
        db.flush()
        db.add_all(Cohort(partner_id=partner, name=f"cohort {n}") for partner in partners for n in range(90))
        db.commit()


@contextmanager
def sqlite_engines(partners: list[UUID]) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """The isolated engine, and one with the same settings and the same BEGIN without a guard."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        prepare(url, partners)
        bare = sa.create_engine(url, connect_args={"isolation_level": None, "cached_statements": 512})
        sa.event.listen(bare, "begin", lambda connection: connection.connection.driver_connection.execute("BEGIN"))
        yield open_engine(url, Bench.metadata), bare


@contextmanager
def postgresql_engines(partners: list[UUID]) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """The isolated engine, and one of the owner, whom row security does not hold."""
    server = start_postgres()
    try:
        name = server.create_database()
        owner = open_owner_engine(server.url(name))
        with owner.begin() as connection:
            prepare_roles(connection, password="bench")
        prepare(server.url(name), partners)
        app = sa.make_url(server.url(name, "sc_app")).set(password="bench")
        bare = open_owner_engine(server.url(name), poolclass=sa.QueuePool, pool_use_lifo=True)
        ask_the_idle(bare)
        yield open_engine(app, Bench.metadata), bare
    finally:
        server.stop()


ENGINES = {"sqlite": sqlite_engines, "postgresql": postgresql_engines}


def processor_seconds(engine: sa.Engine) -> Clock:
    """The time of this thread and, on PostgreSQL, of the server process behind the engine's one connection.

    Not the wall's clock, which counts the neighbours too.
    """
    if engine.dialect.name == "sqlite":
        return time.thread_time
    with engine.connect() as connection:
        spent = Path(f"/proc/{connection.scalar(sa.text('SELECT pg_backend_pid()'))}/schedstat")
    return lambda: time.thread_time() + int(spent.read_text().split()[0]) / 1e9


def measure(guarded: tuple[Unit, Clock], bare: tuple[Unit, Clock]) -> list[tuple[Taken, Taken]]:
    """Pairs of what was taken, one after the other, who goes first changing every time."""

    def milliseconds(unit: Unit, clock: Clock) -> Taken:
        start, wall = clock(), time.perf_counter()
        for _ in range(TIMES):
            assert unit() == READS * ROWS
        wall = time.perf_counter() - wall
        return Taken((clock() - start) * 1000 / TIMES, wall * 1000 / TIMES)

    for unit, _ in (guarded, bare) * 50:
        unit()
    pairs = []
    for number in range(PAIRS):
        first, second = (guarded, bare) if number % 2 else (bare, guarded)
        taken = {first: milliseconds(*first), second: milliseconds(*second)}
        pairs.append((taken[guarded], taken[bare]))
    return pairs


def quietest(runs: Iterable[Taken]) -> float:
    """What the best tenth of the runs took of the processors at most."""
    sorted_ = sorted(each.processors for each in runs)
    return sorted_[len(sorted_) // 10]


def main(kind: str) -> None:
    """Measure, print, and fail where the goal was missed."""
    partners = [new_id(), new_id()]
    page, mine = sa.select(Cohort).order_by(Cohort.id).limit(ROWS), partners[0]
    with ENGINES[kind](partners) as (app, plain_engine):

        def guarded() -> int:
            with using(open_session(app, mine)) as db:
                return sum(len(db.scalars(page.offset(number)).all()) for number in range(READS))

        def bare() -> int:
            with Session(plain_engine, expire_on_commit=False, autoflush=False) as db:
                own = page.where(Cohort.partner_id == mine)
                return sum(len(db.scalars(own.offset(number)).all()) for number in range(READS))

        pairs = measure((guarded, processor_seconds(app)), (bare, processor_seconds(plain_engine)))
        app.dispose()
        plain_engine.dispose()
    kept_apart, filtered = (quietest(side) for side in zip(*pairs, strict=True))
    more = sorted(one.processors - other.processors for one, other in pairs)
    cost, half = kept_apart - filtered, f"{more[PAIRS // 4]:+.3f} to {more[PAIRS * 3 // 4]:+.3f}"
    wall = median(one.wall - other.wall for one, other in pairs)
    print(f"with isolation     {kept_apart:.3f} ms a request")
    print(f"filtered by hand   {filtered:.3f} ms a request")
    print(f"isolation's cost   {cost:+.3f} ms (pairs' middle half {half})")
    print(f"by the wall's clock {wall:+.3f} ms, the median of the pairs")
    print(f"goal               {GOAL:.3f} ms: {'met' if cost <= GOAL else 'missed'}")
    sys.exit(cost > GOAL)


if __name__ == "__main__":
    main(sys.argv[1] if sys.argv[1:] else "sqlite")
