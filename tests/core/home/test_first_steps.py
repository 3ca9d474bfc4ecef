"""First steps say how far things are by what is there, lead to their pages, and go once done or hidden."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.home.service.first_steps import (
    TEST_MAIL,
    Mail,
    administrators_secured,
    first_steps,
    mail_state,
)
from systems_changers.core.operations.models import AuditEvent
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.core.people.service.set_up import NewPerson
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.mail import Mailbox
from systems_changers.testing.instance import Instance
from tests.statements import statements

KEYS = ["details", "brand", "languages", "second-factor", "mail", "cohort"]


@pytest.fixture
def ada(instance: Instance) -> ActorFacts:
    instance.add_partner("Harbour Trust", slug="harbour")
    return instance.add_person("harbour", "Ada", "administrator")


def done(instance: Instance, *, factor: bool = False) -> list[str]:
    instance.partners["harbour"] = fresh(instance)
    with instance.scope("harbour") as scope:
        steps = first_steps(scope, second_factor=factor)
    assert [step.key for step in steps] == KEYS
    return [step.key for step in steps if step.done]


def fresh(instance: Instance) -> PartnerFacts:
    return next(each for each in hosting_partners(instance.kit.engine) if each.slug == "harbour")


def test_a_step_is_done_where_what_it_makes_is_there(instance: Instance, ada: ActorFacts) -> None:
    assert done(instance) == []
    browser = instance.client("harbour", ada)
    sheet = browser.get("/settings/").text
    version = re.search(r'name="version" value="(\d+)"', sheet)
    assert version is not None
    details = {"name": "Harbour Trust", "locales": ["en_GB"], "time_zone": "Europe/London", "version": version[1],
               "care_name": "Priya", "care_contact": "priya@harbour.example"}  # fmt: skip
    assert browser.post("/settings/", details).status_code == 303
    assert done(instance) == ["details"], "languages that nobody looked at are nobody's choice"
    browser.post("/get-started/languages")
    assert done(instance) == ["details", "languages"]
    instance.add_cohort("harbour", ada, "Crew", form="place", place="Quay")
    assert done(instance, factor=True) == ["details", "languages", "second-factor", "cohort"]
    with instance.kit.operator_scope(ada, links=lambda *_a, **_v: "", write=True) as scope:
        row = scope.db.scalars(sa.select(Partner).where(Partner.slug == "harbour")).one()
        row.plugins = ["corra-scotland"]
        scope.db.commit()
    assert "brand" in done(instance)


def test_languages_are_done_once_somebody_kept_or_changed_them(instance: Instance, ada: ActorFacts) -> None:
    browser = instance.client("harbour", ada)
    assert "Keep these languages" in browser.get("/get-started").text
    version = re.search(r'name="version" value="(\d+)"', browser.get("/settings/").text)
    assert version is not None
    details = {"name": "Harbour Trust", "locales": ["en_GB", "gd"], "time_zone": "Europe/London", "version": version[1]}
    assert browser.post("/settings/", details).status_code == 303
    assert done(instance) == ["languages"]
    assert "Keep these languages" not in browser.get("/get-started").text
    instance.add_partner("Alder", slug="alder")
    ben = instance.client("alder", instance.add_person("alder", "Ben", "administrator"))
    ben.post("/get-started/languages")
    assert "Your languages stay as they are." in ben.get("/get-started").text
    assert "Keep these languages" not in ben.get("/get-started").text
    with instance.scope("alder") as scope:
        names = list(scope.db.scalars(sa.select(AuditEvent.name)))
    assert "partner.languages_kept" in names


def test_mail_is_tried_through_the_outbox_and_its_fate_is_told(instance: Instance, ada: ActorFacts) -> None:
    browser = instance.client("harbour", ada)
    assert "Send me a test mail" in browser.get("/get-started").text
    browser.post("/get-started/mail")
    page = browser.get("/get-started").text
    assert "The test mail is on its way" in page
    assert "A test mail goes to ada@harbour.example." in page
    dispatcher = make_dispatcher(house_of(instance.app))

    def away(*_given: object, **_named: object) -> None:
        raise ConnectionRefusedError("mail.example.org for ada@harbour.example")

    dispatcher.send = away
    dispatcher.run_due()
    page = browser.get("/get-started").text
    assert "The mail server said: ConnectionRefusedError." in page
    assert "mail.example.org" not in page
    with instance.kit.operator_scope(ada, links=lambda *_a, **_v: "", write=True) as scope:
        now = instance.kit.clock.now()
        scope.db.execute(sa.update(OutboxRow).where(OutboxRow.name == TEST_MAIL).values(due_at=now - timedelta(1)))
        scope.db.commit()
    make_dispatcher(house_of(instance.app)).run_due()
    page = browser.get("/get-started").text
    assert "The test mail went out" in page
    assert "There is no mail server yet" in page
    (kept,) = Mailbox(instance.kit.settings.data / "mailbox").list().rows
    assert (kept.subject, kept.to) == ("Mail works", "ada@harbour.example")
    instance.partners["harbour"] = fresh(instance)
    with instance.scope("harbour") as inside:
        assert mail_state(inside) == Mail("went")
    assert "mail" in done(instance)
    with instance.kit.operator_scope(ada, links=lambda *_a, **_v: "", write=True) as scope:
        scope.db.execute(sa.delete(OutboxRow))
        scope.db.commit()
    assert "mail" in done(instance), "rows that are done are cleared away after a month"


def test_without_an_address_mail_cannot_be_tried(instance: Instance, ada: ActorFacts) -> None:
    with instance.scope("harbour", write=True) as scope:
        scope.db.get_one(Person, (scope.partner.id, ada.person_id)).email = None
    browser = instance.client("harbour", ada)
    assert "Send me a test mail" not in browser.get("/get-started").text
    assert browser.post("/get-started/mail").status_code == 403


def test_they_are_shown_under_home_until_hidden_and_again(instance: Instance, ada: ActorFacts) -> None:
    browser = instance.client("harbour", ada)
    page = browser.get("/home/").text
    assert 'href="/p/harbour/get-started#mail"' in page
    assert "Say who you are" in page
    assert "Choose your languages" in page
    assert 'href="/p/harbour/get-started#languages"' in page
    browser.post("/get-started/languages")
    page = browser.get("/home/").text
    assert "Choose your languages" not in page, "what is done is not listed"
    browser.post("/get-started/hide")
    page = browser.get("/home/").text
    assert "Say who you are" not in page
    assert "/get-started/show" in page
    assert "Show this under Home again" in browser.get("/get-started").text
    browser.post("/get-started/show")
    assert "Say who you are" in browser.get("/home/").text


def test_others_see_and_reach_none_of_it(instance: Instance, ada: ActorFacts) -> None:
    morag = instance.client("harbour", instance.add_person("harbour", "Morag", "facilitator"))
    assert "Say who you are" not in morag.get("/home/").text
    assert morag.get("/get-started").status_code == 403
    assert morag.post("/get-started/hide").status_code == 403
    assert "Say who you are" in instance.client("harbour", ada).get("/home/").text


def test_the_foundation_makes_no_cohort(instance: Instance) -> None:
    instance.add_partner("Fenwater", slug="fenwater", kind="foundation")
    with instance.scope("fenwater") as scope:
        assert [step.key for step in first_steps(scope, second_factor=False)] == KEYS[:-1]


def test_whoever_opens_the_set_up_link_is_led_there(instance: Instance) -> None:
    instance.add_partner("Harbour Trust", slug="harbour")
    with instance.scope("harbour", write=True) as scope:
        secret = people.issue_set_up(scope, NewPerson("Ines Moreau", "ines@harbour.example"))
    browser = instance.client("harbour")
    answer = browser.post(f"/set-up/{secret}", {"password": "a long and quiet harbour"})
    assert answer.headers["Location"].startswith("/p/harbour/account/second-factor?back=")
    assert "get-started" in answer.headers["Location"]


def test_on_the_command_line_each_administrator_counts(instance: Instance, ada: ActorFacts) -> None:
    with instance.scope("harbour") as scope:
        assert not administrators_secured(scope)
    instance.client("harbour", ada)  # signing in gives her an app
    with instance.scope("harbour") as scope:
        assert administrators_secured(scope)
    instance.add_person("harbour", "Ben", "administrator")
    with instance.scope("harbour") as scope:
        assert not administrators_secured(scope)


def test_the_page_asks_little(instance: Instance, ada: ActorFacts) -> None:
    browser = instance.client("harbour", ada)
    browser.post("/get-started/mail")
    for path in ("/get-started", "/home/"):
        with statements(instance.kit.engine) as asked:
            assert browser.get(path).status_code == 200
        assert len(asked) <= 6, asked
