"""The machine's clock jumps, forward and back: mail goes out, timed work goes on, nothing waits for a year to come."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from systems_changers.app import house_of, make_dispatcher
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.jobs import LONGEST_PAUSE, OutboxRow
from systems_changers.testing.instance import NOW, Instance, no_links
from systems_changers.web.dispatch import Dispatcher, Timed
from tests.faults.conftest import SLUG

FAR = timedelta(days=400)


class Post:
    """Counts what is sent, or is away."""

    def __init__(self) -> None:
        self.sent, self.away = 0, False

    def __call__(self, message: EmailMessage, *, secret: bool) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.sent += 1


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def dispatcher(instance: Instance, morag: ActorFacts, post: Post) -> Dispatcher:
    made = make_dispatcher(house_of(instance.app))
    made.send = post
    return made


def at(instance: Instance, jump: timedelta) -> None:
    """The clock is so far from now."""
    instance.kit.clock = FixedClock(NOW + jump)


def write(instance: Instance) -> None:
    with instance.scope(SLUG, write=True) as scope:
        values = {"link": "https://x.example/", "minutes": 15, "name": "Morag", "partner_name": "Corra"}
        scope.mail("people/mail_sign_in", "morag@example.org", "en_GB", values)


@pytest.mark.parametrize("jump", [FAR, -FAR, timedelta(hours=1), -timedelta(hours=1)])
def test_mail_from_another_time_is_sent(
    instance: Instance, dispatcher: Dispatcher, post: Post, jump: timedelta
) -> None:
    at(instance, jump)
    write(instance)
    at(instance, timedelta(0))
    dispatcher.run_due()
    at(instance, LONGEST_PAUSE)  # what lies nearer ahead than a pause can be waits for its turn
    dispatcher.run_due()
    assert post.sent == 1


def test_a_pause_that_a_wrong_clock_set_is_not_waited_for(
    instance: Instance, dispatcher: Dispatcher, post: Post
) -> None:
    at(instance, FAR)
    post.away = True
    write(instance)
    assert dispatcher.run_due() == 0
    at(instance, timedelta(0))
    assert dispatcher.run_due() == 0
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        [row] = scope.db.scalars(sa.select(OutboxRow))
    assert (row.tries, row.state) == (2, "waiting")
    assert NOW < row.due_at <= NOW + LONGEST_PAUSE
    post.away = False
    at(instance, LONGEST_PAUSE)
    assert (dispatcher.run_due(), post.sent) == (1, 1)


@pytest.mark.parametrize("jump", [FAR, -FAR])
def test_timed_work_goes_on_after_the_clock_jumped(instance: Instance, dispatcher: Dispatcher, jump: timedelta) -> None:
    done: list[str] = []
    dispatcher.timed, dispatcher.whole = (Timed("count", timedelta(hours=1), lambda _: done.append("x")),), ()
    for when in (timedelta(0), jump, jump + timedelta(minutes=1), timedelta(0), timedelta(minutes=1)):
        at(instance, when)
        dispatcher.run_timed()
    assert len(done) == 3
