"""A mail server that is down, busy or breaks off: what is written meanwhile is sent once it is back, each mail once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.operations import service as operations
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.jobs import LONGEST_PAUSE, MailRow, OutboxRow
from systems_changers.infra.mail import deliver
from systems_changers.testing.instance import NOW, Instance, no_links
from systems_changers.web.dispatch import Dispatcher
from tests.faults.conftest import SLUG
from tests.faults.trial import chances, free_port, say, times

FAULT = "the mail server is away"
MOODS = ("well", "busy", "full", "breaks off", "stopped")


class Server:
    """A real mail server with moods; `got` is whom it took a mail for, and how many."""

    def __init__(self) -> None:
        self.mood, self.got, self.port = "well", Counter[str](), free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own name
        self, server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.mood == "stopped":
            server.transport.close()
        envelope.mail_from = address
        return "421 come back later" if self.mood == "busy" else "250 go on"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        if self.mood == "full":
            return "452 no room"
        if self.mood == "breaks off":
            server.transport.abort()
            return "451 gone"
        self.got[envelope.rcpt_tos[0]] += 1
        return "250 taken"


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.controller.stop()


@pytest.fixture
def dispatcher(instance: Instance, morag: ActorFacts, server: Server) -> Dispatcher:
    made = make_dispatcher(house_of(instance.app))
    settings = replace(instance.kit.settings, mail_host="127.0.0.1", mail_port=server.port, mail_tls=False)
    made.send = partial(deliver, settings)
    return made


def write(instance: Instance, number: int) -> str:
    address = f"person-{number}@example.org"
    with instance.scope(SLUG, write=True) as scope:
        values = {"link": "https://x.example/", "minutes": 15, "name": "Somebody", "partner_name": "Corra"}
        scope.mail("people/mail_sign_in", address, "en_GB", values)
    return address


def test_what_is_written_while_it_is_away_arrives_once(
    instance: Instance, dispatcher: Dispatcher, server: Server
) -> None:
    chance, written = chances(FAULT), list[str]()
    for turn in range(times(FAULT)):
        server.mood = chance.choice(MOODS)
        written.append(write(instance, turn))
        _later(instance, chance)
        dispatcher.run_due()
    server.mood = "well"
    given_up = try_again(instance)
    _later(instance, None)
    dispatcher.run_due()
    assert server.got == Counter(written)
    assert left(instance) == ({"done"}, 0)
    say(f"{len(written)} mails written, each arrived once; {given_up} of them asked for again")


def _later(instance: Instance, chance: Random | None) -> None:
    span = LONGEST_PAUSE if chance is None else timedelta(seconds=chance.randint(0, 120))
    instance.kit.clock = FixedClock(instance.kit.clock.now() + span)


def try_again(instance: Instance) -> int:
    """What was given up after many tries is asked for again, as the operator does on a page; answers how many."""
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        parked = list(scope.db.scalars(sa.select(OutboxRow.id).where(OutboxRow.state == "parked")))
        for each in parked:
            operations.try_again(scope, each)
        scope.db.commit()
    return len(parked)


def left(instance: Instance) -> tuple[set[str], int]:
    """What state the rows are in, and how many mails are still kept."""
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        mails = scope.db.scalar(sa.select(sa.func.count()).select_from(MailRow)) or 0
        return set(scope.db.scalars(sa.select(OutboxRow.state).where(OutboxRow.kind == "mail"))), mails


def test_a_server_that_is_not_there_at_all(instance: Instance, dispatcher: Dispatcher, server: Server) -> None:
    server.controller.stop()
    address = write(instance, 1)
    assert dispatcher.run_due() == 0
    assert left(instance) == ({"waiting"}, 1)
    server.controller = Controller(server, hostname="127.0.0.1", port=server.port)
    server.controller.start()
    instance.kit.clock = FixedClock(NOW + LONGEST_PAUSE)
    assert (dispatcher.run_due(), server.got) == (1, Counter([address]))
