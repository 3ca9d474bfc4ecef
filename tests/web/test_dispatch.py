"""The outbox is worked off: mails are rendered and sent once, trouble is put off, timed work starts once."""

from __future__ import annotations

from datetime import date, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from systems_changers.app import house_of, make_dispatcher
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import Scope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MOST_TRIES, MailRow, OutboxRow
from systems_changers.testing.instance import NOW, Instance, no_links
from systems_changers.web.dispatch import Dispatcher, Timed

SLUG = "corra-scotland"


class Post:
    """Keeps what is sent, or fails."""

    def __init__(self) -> None:
        self.sent: list[tuple[EmailMessage, bool]] = []
        self.away = False

    def __call__(self, message: EmailMessage, *, secret: bool) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.sent.append((message, secret))


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def dispatcher(instance: Instance, post: Post) -> Dispatcher:
    instance.add_partner("Corra & Friends", slug=SLUG)
    made = make_dispatcher(house_of(instance.app))
    made.send = post
    return made


def enqueue(instance: Instance) -> None:
    with instance.scope(SLUG, write=True) as scope:
        values = {
            "link": "https://kit.example.org/p/x?a=1&b=2",
            "minutes": 15,
            "name": "Mòrag",
            "partner_name": "Corra",
        }
        scope.mail("people/mail_sign_in", "morag@example.org", "gd", values)


def rows(instance: Instance) -> tuple[list[str], int]:
    with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        states = list(scope.db.scalars(sa.select(OutboxRow.state)))
        return states, scope.db.scalar(sa.select(sa.func.count()).select_from(MailRow)) or 0


def test_a_mail_is_sent_once_and_its_words_are_forgotten(
    instance: Instance, dispatcher: Dispatcher, post: Post
) -> None:
    enqueue(instance)
    assert dispatcher.run_due() == 1
    assert dispatcher.run_due() == 0
    [(message, secret)] = post.sent
    assert (message["To"], secret) == ("morag@example.org", True)
    assert message["Subject"]
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "https://kit.example.org/p/x?a=1&b=2" in text.get_content()
    assert "&#39;" not in text.get_content()
    assert 'style="' in html.get_content()
    assert rows(instance) == (["done"], 0)


def test_a_mail_says_its_days_in_its_readers_language(instance: Instance, dispatcher: Dispatcher, post: Post) -> None:
    with instance.scope(SLUG, write=True) as scope:
        values = {"name": "Ines", "partner_name": "Corra", "link": "https://kit.example.org", "day": date(2026, 4, 11)}
        scope.mail("people/mail_complaint", "ines@example.org", "cy", values)
        scope.mail("people/mail_complaint", "morag@example.org", "en_GB", values)
    assert dispatcher.run_due() == 2
    texts = {message["To"]: message.as_string() for message, _ in post.sent}
    assert "11 Ebrill 2026" in texts["ines@example.org"]
    assert "11 April 2026" in texts["morag@example.org"]
    assert all("2026-04-11" not in text for text in texts.values())


def test_a_mail_that_cannot_be_sent_waits(instance: Instance, dispatcher: Dispatcher, post: Post) -> None:
    enqueue(instance)
    post.away = True
    assert dispatcher.run_due() == 0
    assert rows(instance) == (["waiting"], 1)
    post.away = False
    assert dispatcher.run_due() == 0, "it isn't due yet"
    dispatcher.house.kit.clock = FixedClock(NOW + timedelta(minutes=1))
    assert dispatcher.run_due() == 1
    assert rows(instance) == (["done"], 0)


def test_a_row_that_cannot_be_read_is_put_off_and_the_others_go_on(
    instance: Instance, dispatcher: Dispatcher, post: Post, database_kind: str
) -> None:
    never = "'garbage'" if database_kind == "sqlite" else "'infinity'"
    with instance.scope(SLUG, write=True) as scope:
        partner = f"X'{scope.partner.id.hex}'" if database_kind == "sqlite" else f"'{scope.partner.id}'"
        id_ = f"X'{new_id().hex}'" if database_kind == "sqlite" else f"'{new_id()}'"
        scope.db.execute(sa.text(
            "INSERT INTO outbox (id, kind, partner_ref, name, at, due_at, state, tries, data)"
            f" VALUES ({id_}, 'event', {partner}, 'x', {never}, '2020-01-01 00:00:00+00', 'waiting', 0, '{{}}')"
        ))  # fmt: skip
    enqueue(instance)
    assert dispatcher.run_due() == 1
    assert [message["To"] for message, _ in post.sent] == ["morag@example.org"]
    assert sorted(rows(instance)[0]) == ["done", "waiting"]
    for _ in range(MOST_TRIES - 1):
        dispatcher.house.kit.clock = FixedClock(dispatcher.house.kit.clock.now() + timedelta(days=1))
        assert dispatcher.run_due() == 0
    assert sorted(rows(instance)[0]) == ["done", "parked"]


def test_timed_work_starts_once_an_interval_at_every_partner(instance: Instance, dispatcher: Dispatcher) -> None:
    instance.add_partner("South East", slug="south-east")
    seen: list[str] = []

    def work(scope: Scope) -> None:
        seen.append(scope.partner.slug)
        if scope.partner.slug == SLUG:
            raise ZeroDivisionError

    dispatcher.timed, dispatcher.whole = (Timed("count", timedelta(hours=1), work),), ()
    assert dispatcher.run_timed() == ["count"]
    assert dispatcher.run_timed() == []
    assert sorted(seen) == [SLUG, "south-east"]
    dispatcher.house.kit.clock = FixedClock(NOW + timedelta(hours=2))
    assert dispatcher.run_timed() == ["count"]
