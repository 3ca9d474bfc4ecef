"""Changing an account's address: by a link to the new one, with the old one told, and without an oracle."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import OperatorAudit, Token
from systems_changers.core.operations.rules import RATE_LIMITS
from systems_changers.core.people import service
from systems_changers.core.people.models import Account, Person
from systems_changers.core.people.service import Browser, address
from systems_changers.core.privacy.service import bury
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.instance import HOST, Instance, fresh_email

PASSWORD = "porridge rain kettle"


def browser(network: str = "") -> Browser:
    return Browser(HOST, network or new_id().hex, "Phone")


def account(instance: Instance, email: str) -> ActorFacts:
    return ActorFacts(instance.do(service.make_account, email, PASSWORD, proven=True))


def member(instance: Instance, email: str, actor: ActorFacts, *, at: PartnerFacts | None = None) -> UUID:
    """The account's person at a partner, with an address that the partner knows."""
    with instance.scope(write=True, at=at) as scope:
        person = service.find_or_make_person(scope, "Morag", email)
        person.account_id = actor.account_id
        return person.id


def ask(instance: Instance, actor: ActorFacts, new: str, network: str = "") -> None:
    instance.do(service.ask_for_address, new, browser(network), actor=actor)


def mailed(instance: Instance, new: str) -> str:
    """The secret that was mailed to the new address."""
    links = [values["link"] for template, to, values in instance.mails() if (template, to) == (MAIL, new)]
    return str(links[-1]).rpartition("/")[2]


MAIL = "people/mail_address"


def email_of(instance: Instance, actor: ActorFacts) -> tuple[str, Any]:
    with instance.operator() as scope:
        row = scope.db.get_one(Account, actor.account_id)
        return row.email, row.email_proven_at


def known_as(instance: Instance, person_id: UUID, *, at: PartnerFacts | None = None) -> str | None:
    with instance.scope(at=at) as scope:
        return scope.db.scalar(sa.select(Person.email).where(Person.id == person_id))


def test_the_link_changes_the_address_once_and_both_mailboxes_are_told(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    ask(instance, actor, f" {new.upper()} ")
    assert [each[:2] for each in instance.mails()] == [(MAIL, new), ("people/mail_address_asked", old)]
    secret = mailed(instance, new)
    instance.later(hours=1)
    for _ in range(2):
        assert instance.see(service.open_address, secret, actor=actor) == new  # a scanner that looks doesn't use it up
    assert email_of(instance, actor)[0] == old
    instance.do(service.use_address, secret, browser(), actor=actor)
    assert email_of(instance, actor) == (new, instance.clock.now())
    assert instance.mails()[-1] == ("people/mail_address_changed", old, {"by_hand": False})
    assert all(new not in str(values) for _, to, values in instance.mails() if to == old)
    assert instance.audit()[-2:] == ["account.address_asked", "account.address_changed"]
    with pytest.raises(NotFound) as error:
        instance.do(service.use_address, secret, browser(), actor=actor)
    assert error.value.code == "link_gone"
    assert instance.do(service.sign_in_by_password, new, PASSWORD, browser())
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, old, PASSWORD, browser())


def test_it_ends_every_other_session_and_what_was_open(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    here, there = (instance.do(service.sign_in_by_password, old, PASSWORD, browser()) for _ in range(2))
    instance.do(service.send_sign_in_link, old, browser())
    sign_in = str(instance.mails()[-1][2]["link"]).rpartition("/")[2]
    ask(instance, actor, fresh_email())
    ask(instance, actor, new)
    found = instance.arrive(here).account
    assert found is not None
    instance.do(service.use_address, mailed(instance, new), browser(), found.session_id, actor=actor)
    assert instance.arrive(here).account is not None
    assert instance.arrive(there).account is None
    with pytest.raises(NotFound):
        instance.see(service.open_sign_in_link, sign_in)
    with instance.operator() as scope:
        theirs = (Token.account_id == actor.account_id, Token.used_at.is_(None))
        assert scope.db.scalars(sa.select(Token.purpose).where(*theirs)).all() == []


def test_a_link_is_for_one_account_one_address_one_day_and_nothing_else(instance: Instance) -> None:
    actor, first, second = account(instance, fresh_email()), fresh_email(), fresh_email()
    ask(instance, actor, first)
    older = mailed(instance, first)
    ask(instance, actor, second)
    with pytest.raises(NotFound):
        instance.see(service.open_address, older)
    secret = mailed(instance, second)
    with instance.operator() as scope:
        assert scope.db.scalar(sa.select(Token.hash).where(Token.hash == secret)) is None  # only a hash is kept
    for opening in (service.open_sign_in_link, service.open_set_up, service.open_invitation):
        with pytest.raises(NotFound):
            instance.see(opening, secret)
    instance.later(hours=23, minutes=59)
    assert instance.see(service.open_address, secret, actor=actor) == second
    instance.later(minutes=1)
    with pytest.raises(NotFound):
        instance.do(service.use_address, secret, browser(), actor=actor)


@pytest.mark.parametrize("ending", ["password", "everywhere"])
def test_whoever_did_not_ask_ends_the_link(instance: Instance, ending: str) -> None:
    actor, new = account(instance, fresh_email()), fresh_email()
    ask(instance, actor, new)
    if ending == "password":
        instance.do(service.change_password, PASSWORD, "kettle on the hob", None, actor=actor)
    else:
        instance.do(service.revoke_other_sessions, None, actor=actor)
    with pytest.raises(NotFound):
        instance.see(service.open_address, mailed(instance, new))


def test_a_stranger_who_reads_the_new_mailbox_can_do_nothing_with_the_link(instance: Instance) -> None:
    """A slip of the pen sends the link to somebody else's mailbox: neither signed out nor in does it open anything."""
    old, new = fresh_email(), fresh_email()
    actor, stranger = account(instance, old), account(instance, fresh_email())
    ask(instance, actor, new)
    secret = mailed(instance, new)
    for who in (ActorFacts(), stranger):
        for opening in (service.open_address, lambda scope, given: service.use_address(scope, given, browser())):
            with pytest.raises(Refused) as error:
                instance.do(opening, secret, actor=who)
            assert error.value.code == "another_account"
    assert email_of(instance, actor)[0] == old
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, new, PASSWORD, browser())
    instance.do(service.send_sign_in_link, new, browser())
    assert all(to != new for template, to, _ in instance.mails() if template != MAIL), "nor does a link for signing in"
    instance.do(service.use_address, secret, browser(), actor=actor)
    assert email_of(instance, actor)[0] == new, "it goes on working for whoever asked"


def test_a_disabled_account_keeps_its_address(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    ask(instance, actor, new)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, actor.account_id).disabled_at = instance.clock.now()
    for opening in (service.open_address, lambda scope, secret: service.use_address(scope, secret, browser())):
        with pytest.raises(NotFound):
            instance.do(opening, mailed(instance, new))
    assert email_of(instance, actor)[0] == old


def test_an_address_that_is_taken_answers_and_costs_alike(instance: Instance) -> None:
    taken, free, old = fresh_email(), fresh_email(), fresh_email()
    owner, actor = account(instance, taken), account(instance, old)
    seen = []
    for new in (free, taken):
        before, mails = instance.audit(), len(instance.mails())
        with instance.counted() as sent:
            ask(instance, actor, new)
        told = instance.mails()[mails:]
        seen.append((len(sent), instance.audit()[len(before) :], len(told), told[1]))
    assert seen[0] == seen[1]
    assert instance.mails()[-2] == ("people/mail_address_taken", taken, {})
    assert email_of(instance, owner)[0] == taken
    with pytest.raises(NotFound):  # the link that was mailed before ends either way
        instance.see(service.open_address, mailed(instance, free))


def test_an_address_that_was_taken_meanwhile_is_refused_to_its_reader_alone(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    ask(instance, actor, new)
    account(instance, new)
    with pytest.raises(Refused) as error:
        instance.do(service.use_address, mailed(instance, new), browser(), actor=actor)
    assert error.value.code == "address_taken"
    assert email_of(instance, actor)[0] == old


def test_what_cannot_be_asked_for(instance: Instance) -> None:
    old = fresh_email()
    actor = account(instance, old)
    for wrong in ("no address", old.upper(), "a" * 320 + "@example.org"):
        with pytest.raises(Invalid) as error:
            ask(instance, actor, wrong)
        assert set(error.value.fields) == {"email"}
    with pytest.raises(NotFound):
        ask(instance, ActorFacts(), fresh_email())
    assert instance.mails() == []


@pytest.mark.parametrize("limit", ["new_address_account", "new_address_wanted", "new_address_address"])
def test_asking_is_limited(instance: Instance, limit: str) -> None:
    new, network, actor = fresh_email(), new_id().hex, account(instance, fresh_email())
    for again in range(2):
        for _ in range(1 if again else RATE_LIMITS[limit].times):
            who = actor if limit == "new_address_account" else account(instance, fresh_email())
            wanted = new if limit == "new_address_wanted" else fresh_email()
            where = network if limit == "new_address_address" else ""
            if not again:
                ask(instance, who, wanted, where)
                continue
            with pytest.raises(Refused) as error:
                ask(instance, who, wanted, where)
            assert error.value.code == "too_many"


def test_everybody_together_is_limited_too() -> None:
    assert RATE_LIMITS["new_address_everyone"].times == 1000


def test_a_person_follows_where_the_partner_knew_the_old_address(instance: Instance) -> None:
    old, new, work = fresh_email(), fresh_email(), fresh_email()
    actor = account(instance, old)
    here, there = member(instance, old, actor), member(instance, old, actor, at=instance.other)
    bystander = member(instance, work, account(instance, work))
    ask(instance, actor, new)
    assert known_as(instance, here) == old
    instance.do(service.use_address, mailed(instance, new), browser(), actor=actor)
    assert known_as(instance, here) == new
    assert known_as(instance, there, at=instance.other) == old
    for times in (1, 1):
        instance.do(service.follow_addresses, at=instance.other)
        assert instance.audit(at=instance.other).count("person.changed") == times
    assert known_as(instance, there, at=instance.other) == new
    assert known_as(instance, bystander) == work


def test_another_address_that_the_partner_knows_stays(instance: Instance) -> None:
    old, new, work = fresh_email(), fresh_email(), fresh_email()
    actor = account(instance, old)
    person = member(instance, work, actor)
    ask(instance, actor, new)
    instance.do(service.use_address, mailed(instance, new), browser(), actor=actor)
    assert known_as(instance, person) == work


def test_back_and_forth_ends_where_the_account_is(instance: Instance) -> None:
    first, second = fresh_email(), fresh_email()
    actor = account(instance, first)
    person = member(instance, first, actor, at=instance.other)
    for new in (second, first, second):
        ask(instance, actor, new)
        instance.do(service.use_address, mailed(instance, new), browser(), actor=actor)
    instance.do(service.follow_addresses, at=instance.other)
    assert known_as(instance, person, at=instance.other) == second


def test_an_address_that_was_erased_here_is_not_followed(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    person = member(instance, old, actor)
    instance.do(bury, [("email", new)])
    ask(instance, actor, new)
    instance.do(service.use_address, mailed(instance, new), browser(), actor=actor)
    assert known_as(instance, person) == old
    assert email_of(instance, actor)[0] == new


def test_it_works_outside_any_partner(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    with instance.operator(actor, write=True) as scope:
        service.ask_for_address(scope, new, browser())
    with instance.operator(actor, write=True) as scope:
        service.use_address(scope, mailed(instance, new), browser())
    assert email_of(instance, actor)[0] == new


def test_whoever_runs_the_installation_changes_it_by_hand(instance: Instance) -> None:
    old, new = fresh_email(), fresh_email()
    actor = account(instance, old)
    person = member(instance, old, actor)
    session = instance.do(service.sign_in_by_password, old, PASSWORD, browser())
    with instance.operator(write=True) as scope:
        service.set_address(scope, old.upper(), new)
    assert email_of(instance, actor) == (new, None)  # no mail has proven it
    assert instance.arrive(session).account is None
    assert instance.do(service.sign_in_by_password, new, PASSWORD, browser())
    assert [each for each in instance.mails() if each[0] == "people/mail_address_changed"] == [
        ("people/mail_address_changed", to, {"by_hand": True}) for to in (old, new)
    ]  # fmt: skip
    with instance.operator() as scope:
        done = sa.select(OperatorAudit.name).where(OperatorAudit.object_id == actor.account_id)
        assert scope.db.scalars(done).all() == ["account.address_changed"]
    instance.do(address.follow_addresses)
    assert known_as(instance, person) == new


def test_by_hand_it_meets_no_other_account(instance: Instance) -> None:
    old, taken = fresh_email(), fresh_email()
    actor = account(instance, old)
    account(instance, taken)
    for given, wanted, error in (("nobody@example.org", fresh_email(), NotFound), (old, taken, Conflict),
                                 (old, "no address", Invalid)):  # fmt: skip
        with pytest.raises(error), instance.operator(write=True) as scope:
            service.set_address(scope, given, wanted)
    assert email_of(instance, actor)[0] == old
