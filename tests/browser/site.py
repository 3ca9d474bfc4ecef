"""A demo that is served from this process, and what a test needs of it that no page gives."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from systems_changers.app import create_app, house_of, make_dispatcher
from systems_changers.core.home.service import demo
from systems_changers.core.home.service.demo_people import PEOPLE
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.passwords import hash_password
from systems_changers.infra.settings import load_settings
from systems_changers.web.house import House
from tests.faults.trial import free_port

CARDS = {card.key: card for card in PEOPLE}


@dataclass(frozen=True)
class Site:
    """A demo that is being served."""

    address: str
    house: House

    def session(self, email: str) -> str:
        """The secret of a new session for somebody whom the demo's front page doesn't offer."""
        with self.house.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            account = scope.db.scalars(sa.select(Account.id).where(Account.email == email)).one()
            secret = people.start_session(scope, account, people.Browser("127.0.0.1"))
            scope.db.commit()
        return secret

    def give_password(self, email: str, password: str) -> None:
        """Nobody of the demo has one."""
        with self.house.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            account = scope.db.scalars(sa.select(Account).where(Account.email == email)).one()
            account.password_hash = hash_password(password)
            scope.db.commit()

    def send_mail(self) -> None:
        """What the job process does of its own accord."""
        make_dispatcher(self.house).run_due()


def somebody(key: str) -> tuple[str, str]:
    """The partner's slug and the e-mail address of somebody of the story."""
    if key in CARDS:
        return CARDS[key].partner, CARDS[key].email
    for story in demo.STORIES:
        for one in (*story.staff, *(each for cohort in story.cohorts for each in cohort.people)):
            if one.key == key and one.roles:
                return story.slug, one.email
    raise LookupError(key)


@contextmanager
def serve(pristine: Path, data: Path, days: int) -> Iterator[Site]:
    """A copy of a demo on a free port of this machine, so many days after it was made."""
    shutil.copytree(pristine, data, symlinks=True)
    port = free_port()
    settings = load_settings(data, {}, port=port, public_url=f"http://127.0.0.1:{port}")
    app = create_app(settings, clock=FixedClock(datetime.now(UTC) + timedelta(days=days)))
    with at_port(app, port) as site:
        yield site


@contextmanager
def at_port(app: Flask, port: int) -> Iterator[Site]:
    """An application at a port of this machine, in a thread of this process; its database is closed at the end."""
    house = house_of(app)
    server = create_server(app, host="127.0.0.1", port=port, threads=4)
    worker = threading.Thread(target=server.run, daemon=True)
    worker.start()
    yield Site(f"http://127.0.0.1:{port}", house)
    # In the server's own thread: what is closed under its select() is a bad descriptor there.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    worker.join(10)
    server.task_dispatcher.shutdown()
    house.kit.engine.dispose()
