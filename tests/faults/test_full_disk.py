"""A disk that is full: a clear sentence and when to come back, nothing lost, and it recovers by itself with room."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from functools import partial
from operator import add
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.app import house_of, make_dispatcher
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.mail import Mailbox
from systems_changers.testing.instance import NOW, Instance, no_links, try_out
from tests.faults.conftest import SLUG
from tests.faults.room import FAULT, Small, all_that_is_left, fills_and_recovers, leave, small, small_disk
from tests.faults.trial import chances, say


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
        yield small(
            instance,
            lambda chance: limit(partial(add, chance.randint(0, 10))),
            lambda: limit(lambda _now: 2**30),
        )


@contextmanager
def whole_disk(folder: Path) -> Iterator[Small]:
    """A disk of a few megabytes of its own, filled up by a file."""
    with small_disk(folder, 12) as place, try_out(place) as instance:
        yield small(instance, partial(leave, place / "ballast"), (place / "ballast").unlink)


@pytest.mark.parametrize("kind", [few_pages, whole_disk])
def test_a_full_database_says_so_keeps_all_and_recovers(kind: Any, tmp_path: Path) -> None:
    chance = chances(FAULT)
    with kind(tmp_path) as tried:
        say(f"{kind.__name__}: {fills_and_recovers(tried, chance)} ideas kept")
        with closing(sqlite3.connect(tried.instance.kit.settings.data / "systems-changers.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_mail_waits_for_room_in_the_mailbox(tmp_path: Path) -> None:
    chance = chances(FAULT)
    with whole_disk(tmp_path) as tried:
        instance = tried.instance
        post = make_dispatcher(house_of(instance.app))
        with instance.scope(SLUG, write=True) as scope:
            values = {"link": "https://x.example/", "minutes": 15, "name": "Morag", "partner_name": "Corra"}
            scope.mail("people/mail_sign_in", "morag@example.org", "en_GB", values)
        mailbox = Mailbox(instance.kit.settings.data / "mailbox")
        mailbox.keep(_mail())
        tried.fill_up(chance)
        data = instance.kit.settings.data
        (data / "rest").write_bytes(bytes(all_that_is_left(data)))
        with pytest.raises(OSError, match="space"):
            mailbox.keep(_mail())
        assert mailbox.list().total == 1
        with pytest.raises((sa.exc.OperationalError, OSError)):
            post.run_due()
        assert _states(instance) == ["waiting"]
        tried.make_room()
        instance.kit.clock = FixedClock(NOW.replace(hour=NOW.hour + 1))
        assert post.run_due() == 1
        assert _states(instance) == ["done"]
        assert mailbox.list().total == 2


def _mail() -> EmailMessage:
    message = EmailMessage()
    message["To"], message["Subject"] = "calum@example.org", "Words"
    message.set_content("x" * 20_000)
    return message


def _states(instance: Instance) -> list[str]:
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        return list(scope.db.scalars(sa.select(OutboxRow.state).where(OutboxRow.kind == "mail")))
