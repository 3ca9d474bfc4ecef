"""Web workers are killed while people send forms: each form that is sent until it is answered is taken once.

Two workers of gunicorn on PostgreSQL; a browser whose connection broke sends the same form again, as a person would.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.hooks.registry import Registry
from systems_changers.infra.clock import SystemClock
from systems_changers.infra.settings import PREFIX
from systems_changers.testing.instance import KEY, Instance, open_instance
from tests.faults.conftest import SLUG
from tests.faults.trial import ROOT, chances, free_port, say, times
from tests.instance import Template

FAULT = "web workers are killed"
WORKERS, BROWSERS, PATIENCE = 2, 4, 60.0
TOKEN = re.compile(rb'name="csrf_token" value="([0-9a-f]{64})"')
PAGE = f"/p/{SLUG}/experiments/"


@dataclass
class Served:
    """gunicorn, its port, and the cookie of somebody who is signed in."""

    master: int
    port: int
    cookie: str
    again: Counter[str] = field(default_factory=Counter)
    answers: int = 0

    def ask(self, method: str, body: str | None = None) -> tuple[int, bytes]:
        """One request on a connection of its own; raises OSError or HTTPException where it breaks."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, PAGE, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def surely(self, method: str, body: str | None = None) -> bytes:
        """The same until it is answered well."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                status, page = self.ask(method, body)
            except (OSError, HTTPException):
                self.again[method] += 1
            else:
                assert status in {200, 303, 503}, page
                if status != 503:
                    self.answers += 1
                    return page
            time.sleep(0.02)
        raise AssertionError("nobody answered")

    def wait_for(self, answers: int) -> None:
        """Until so many requests have been answered."""
        until = time.monotonic() + PATIENCE
        while self.answers < answers:
            assert time.monotonic() < until
            time.sleep(0.002)

    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [int(pid) for pid in Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()]


@pytest.fixture
def instance(place: Template, registry: Registry, tmp_path: Path) -> Iterator[Instance]:
    """On PostgreSQL, by the machine's own clock."""
    made = open_instance(place.copy(tmp_path), tmp_path, registry, clock=SystemClock())
    made.add_partner("Corra", slug=SLUG)
    yield made
    made.kit.engine.dispose()


@pytest.fixture
def served(instance: Instance) -> Iterator[Served]:
    settings, port = instance.kit.settings, free_port()
    morag = instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant"))
    cookie = morag.client.get_cookie("sc-session", domain="127.0.0.1")
    assert cookie is not None
    given = {"data": str(settings.data), "database": settings.database, "owner_database": settings.owner_database,
             "secret_key": KEY, "public_url": f"http://127.0.0.1:{port}"}  # fmt: skip
    environment = {**os.environ, **{PREFIX + name.upper(): value for name, value in given.items()}}
    options = ["--workers", str(WORKERS), "--threads", "4", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "systems_changers.cli.wsgi:app"]
    with (settings.data / "gunicorn.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            made = Served(process.pid, port, f"sc-session={cookie.value}")
            made.surely("GET")
            yield made
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()


def write(served: Served, browser: int, over: Event) -> list[str]:
    """Send one idea after the other until it is over; the titles of those that were answered, all in the end."""
    titles = list[str]()
    while not over.is_set():
        found = TOKEN.search(served.surely("GET"))
        assert found is not None
        title = f"Idea {browser}.{len(titles)}"
        served.surely("POST", urlencode({"csrf_token": found[1].decode(), "title": title}))
        titles.append(title)
    return titles


def test_no_form_is_missing_and_none_is_doubled(served: Served, instance: Instance) -> None:
    chance, over = chances(FAULT), Event()
    with ThreadPoolExecutor(BROWSERS) as pool:
        sent = [pool.submit(write, served, browser, over) for browser in range(BROWSERS)]
        for _ in range(times(FAULT)):
            served.wait_for(served.answers + chance.randint(1, 8))
            time.sleep(chance.uniform(0, 0.03))
            os.kill(chance.choice(served.workers()), signal.SIGKILL)
        time.sleep(0.5)
        over.set()
        answered = [title for each in sent for title in each.result(PATIENCE)]
    with instance.scope(SLUG) as scope:
        kept = Counter(scope.db.scalars(sa.select(Experiment.title)))
    say(f"{len(answered)} forms, {served.again['POST']} sent again, {served.again['GET']} pages asked for again")
    assert kept == Counter(answered)
    assert len(answered) >= BROWSERS
