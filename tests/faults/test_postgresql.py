"""A PostgreSQL that is killed loses nothing it acknowledged; one that is stopped is waited for, in a plain sentence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event
from typing import Any

import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.away import away
from systems_changers.testing.instance import Browser, Instance, no_links
from tests.faults.conftest import SLUG
from tests.faults.trial import chances, say, times
from tests.postgres import PostgresServer

WRITERS = 4
PATIENCE = 20.0
OURS = {"Sec-Fetch-Site": "same-origin"}


class Writers:
    """Threads that make people, and note whom the database said it had kept, until it is gone."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.kept = instance, set[str]()
        self._numbers, self._began = count(), Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They write meanwhile; at the end each must have met the end of the database, and nothing else."""
        self._began.clear()
        with ThreadPoolExecutor(WRITERS) as pool:
            ends = [pool.submit(self._write) for _ in range(WRITERS)]
            assert self._began.wait(PATIENCE)
            yield
            for each in ends:
                assert each.result(PATIENCE) is not None

    def _write(self) -> object:
        while True:
            email = f"person-{next(self._numbers)}@example.org"
            try:
                with self.instance.kit.scope(self.instance.partners[SLUG], ANYONE, links=no_links, write=True) as scope:
                    people.find_or_make_person(scope, "Somebody", email)
                    scope.db.commit()
            except sa.exc.DBAPIError as error:
                return away(error)
            self.kept.add(email)
            self._began.set()


def found(instance: Instance) -> tuple[set[str | None], int]:
    """The people in the database, and how often one was recorded."""
    with instance.scope(SLUG) as scope:
        emails = set(scope.db.scalars(sa.select(Person.email)))
        made = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.name == "person.made")
        return emails, scope.db.scalar(made) or 0


def test_what_a_killed_postgresql_acknowledged_is_there(on_postgresql: Instance, server: PostgresServer) -> None:
    fault = "PostgreSQL is killed"
    chance, writers = chances(fault), Writers(on_postgresql)
    for _ in range(times(fault)):
        with writers.at_work():
            time.sleep(chance.uniform(0, 0.1))
            server.kill()
        server.start()
        emails, recorded = found_again(on_postgresql)
        assert writers.kept <= emails, f"lost: {writers.kept - emails}"
        assert recorded == len(emails)
    say(f"{len(writers.kept)} acknowledged, none lost")


def found_again(instance: Instance) -> tuple[set[str | None], int]:
    """The same by a pool that may still hold what was broken: the first to ask clears it."""
    with suppress(sa.exc.OperationalError):
        return found(instance)
    return found(instance)


def test_while_postgresql_is_stopped_pages_say_so_and_then_recover(
    on_postgresql: Instance, server: PostgresServer
) -> None:
    fault, instance = "the database is stopped", on_postgresql
    chances(fault)
    morag = instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant"))
    for turn in range(times(fault)):
        idea = {"csrf_token": morag.token(), "title": f"Idea {turn}"}
        server.halt()
        try:
            answers = [morag.get("/experiments/"), send(morag, idea), morag.get("/api/v1/cohorts/")]
        finally:
            server.start()
        assert [(each.status_code, each.headers["Retry-After"]) for each in answers] == [(503, "5")] * 3
        assert f"Idea {turn}" in answers[1].text
        assert morag.get("/experiments/").status_code == 200
        assert send(morag, idea).status_code == 303
        assert titles(instance) == {f"Idea {each}" for each in range(turn + 1)}


def test_a_restart_between_two_requests_is_not_noticed_by_readers(
    on_postgresql: Instance, server: PostgresServer
) -> None:
    instance = on_postgresql
    morag = instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant"))
    for mode in ("fast", "immediate"):
        assert morag.get("/experiments/").status_code == 200
        server.halt(mode)
        server.start()
        assert [morag.get("/experiments/").status_code for _ in range(3)] == [200] * 3


def send(morag: Browser, idea: dict[str, str]) -> Any:
    return morag.post("/experiments/", idea, token=False, headers=OURS)


def titles(instance: Instance) -> set[str | None]:
    with instance.scope(SLUG) as scope:
        return set(scope.db.scalars(sa.select(Experiment.title)))
