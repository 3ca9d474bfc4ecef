"""A disk that is full: a clear sentence and when to come back, nothing lost, and it recovers by itself with room."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from operator import add
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.experiments.models import Experiment
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.mail import Mailbox
from systems_changers.testing.instance import NOW, Browser, Instance, no_links, try_out
from tests.faults.conftest import SLUG
from tests.faults.trial import chances, say, times

FAULT = "the disk is full"
OURS = {"Sec-Fetch-Site": "same-origin"}
NO_ROOM = "There is no room left to keep this."
MOST_FORMS = 400


@dataclass
class Small:
    """An instance with little room, and how to take it away and give it back."""

    instance: Instance
    morag: Browser
    fill_up: Callable[[Random], None]
    make_room: Callable[[], None]

    def send(self, title: str) -> tuple[dict[str, str], Any]:
        """A new idea, long enough to need room; the form and what was answered."""
        idea = {"csrf_token": self.morag.token(), "title": title}
        return idea, self.send_again(idea)

    def send_again(self, idea: dict[str, str]) -> Any:
        return self.morag.post("/experiments/", idea, token=False, headers=OURS)

    def titles(self) -> list[str | None]:
        with self.instance.scope(SLUG) as scope:
            return list(scope.db.scalars(sa.select(Experiment.title).order_by(Experiment.id)))


def _small(instance: Instance, fill_up: Callable[[Random], None], make_room: Callable[[], None]) -> Small:
    instance.add_partner("Corra", slug=SLUG)
    return Small(instance, instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant")), fill_up, make_room)


@contextmanager
def few_pages(folder: Path) -> Iterator[Small]:
    """SQLite may not make the database longer: works everywhere."""
    with try_out(folder) as instance:
        engine = instance.kit.engine

        def limit(pages: Callable[[int], int]) -> None:
            def set_limit(driver: Any, _record: object) -> None:
                driver.set_authorizer(None)
                now = driver.execute("PRAGMA page_count").fetchone()[0]
                driver.execute(f"PRAGMA max_page_count={pages(now)}")

            engine.dispose()
            if limits:
                sa.event.remove(engine, "connect", limits.pop())
            limits.append(set_limit)
            sa.event.listen(engine, "connect", set_limit, insert=True)

        limits: list[Callable[..., None]] = []
        yield _small(
            instance,
            lambda chance: limit(partial(add, chance.randint(0, 10))),
            lambda: limit(lambda _now: 2**30),
        )


@contextmanager
def small_disk(folder: Path) -> Iterator[Small]:
    """A disk of a few megabytes of its own, filled up by a file: where this may be mounted."""
    place = folder / "disk"
    place.mkdir()
    mounted = os.geteuid() == 0 and _run("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place))
    if not mounted:
        pytest.skip("a small disk can't be mounted here")
    ballast = place / "ballast"
    try:
        with try_out(place) as instance:
            yield _small(instance, partial(_fill, ballast), ballast.unlink)
    finally:
        _run("umount", "-l", str(place))


def _fill(ballast: Path, chance: Random) -> None:
    left = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(left.f_bavail * left.f_frsize - chance.randint(0, 200) * 4096))


def _run(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", [few_pages, small_disk])
def test_a_full_database_says_so_keeps_all_and_recovers(kind: Any, tmp_path: Path) -> None:
    chance = chances(FAULT)
    with kind(tmp_path) as small:
        kept: list[str] = []
        for turn in range(times(FAULT)):
            small.fill_up(chance)
            refused, answer = _until_full(small, kept, turn)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert NO_ROOM in answer.text
            assert refused["title"] in answer.text
            assert small.titles() == kept
            assert small.morag.get("/experiments/").status_code == 200
            small.make_room()
            assert small.send_again(refused).status_code == 303
            kept.append(refused["title"])
            assert small.titles() == kept
        say(f"{kind.__name__}: {len(kept)} ideas kept")
        with closing(sqlite3.connect(small.instance.kit.settings.data / "systems-changers.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _until_full(small: Small, kept: list[str], turn: int) -> tuple[dict[str, str], Any]:
    for number in range(MOST_FORMS):
        idea, answer = small.send(f"Idea {turn}.{number} {'x' * 150}")
        if answer.status_code != 303:
            return idea, answer
        kept.append(idea["title"])
    raise AssertionError("the disk was never full")


def test_mail_waits_for_room_in_the_mailbox(tmp_path: Path) -> None:
    chance = chances(FAULT)
    with small_disk(tmp_path) as small:
        instance = small.instance
        post = make_dispatcher(house_of(instance.app))
        with instance.scope(SLUG, write=True) as scope:
            values = {"link": "https://x.example/", "minutes": 15, "name": "Morag", "partner_name": "Corra"}
            scope.mail("people/mail_sign_in", "morag@example.org", "en_GB", values)
        mailbox = Mailbox(instance.kit.settings.data / "mailbox")
        mailbox.keep(_mail())
        small.fill_up(chance)
        (instance.kit.settings.data / "rest").write_bytes(_all_that_is_left(instance.kit.settings.data))
        with pytest.raises(OSError, match="space"):
            mailbox.keep(_mail())
        assert mailbox.list().total == 1
        with pytest.raises((sa.exc.OperationalError, OSError)):
            post.run_due()
        assert _states(instance) == ["waiting"]
        small.make_room()
        instance.kit.clock = FixedClock(NOW.replace(hour=NOW.hour + 1))
        assert post.run_due() == 1
        assert _states(instance) == ["done"]
        assert mailbox.list().total == 2


def _all_that_is_left(folder: Path) -> bytes:
    left = os.statvfs(folder)
    return bytes(left.f_bavail * left.f_frsize)


def _mail() -> EmailMessage:
    message = EmailMessage()
    message["To"], message["Subject"] = "calum@example.org", "Words"
    message.set_content("x" * 20_000)
    return message


def _states(instance: Instance) -> list[str]:
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        return list(scope.db.scalars(sa.select(OutboxRow.state).where(OutboxRow.kind == "mail")))
