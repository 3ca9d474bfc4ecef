"""Signing in with an organisation's own accounts: whose account it opens, where that counts, and setting it up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.people import queries, service
from systems_changers.core.people.models import (
    Account,
    Membership,
    Person,
    SignInSession,
    SignOnIdentity,
    SignOnProvider,
)
from systems_changers.core.people.queries import hash_secret
from systems_changers.core.people.service import Browser, Errand, Returned, Saver, sign_on
from systems_changers.core.people.service.sign_on_settings import secret_of
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from tests.core.instance import HOST, Instance, fresh_email
from tests.core.people.factors import PASSWORD, SEALER, browser
from tests.core.people.organisation import (
    ANNA,
    DIRECTORY,
    REDIRECT,
    Organisation,
    anna,
    answers,
    count,
    member,
    refusal,
    set_up,
)

# --- whose account: what a rogue service gets, and what not ---


def test_a_rogue_service_opens_no_account_of_another_partner(instance: Instance, rogue: Organisation) -> None:
    """Its administrator puts the other's administrator on the list, and the service says that it is her."""
    member(instance, ANNA, "administrator")
    anna(instance, at=instance.other)
    assert refusal(rogue, instance.other) == "sign_on_nobody"
    assert (count(instance, SignOnIdentity), count(instance, SignInSession)) == (0, 0)


def test_nor_one_that_is_its_own_partners_too(instance: Instance, rogue: Organisation) -> None:
    member(instance, ANNA, "administrator")
    member(instance, ANNA, "facilitator", at=instance.other)
    assert refusal(rogue, instance.other) == "sign_on_nobody"


def test_nor_an_operators_nor_one_that_was_there_before(instance: Instance, rogue: Organisation) -> None:
    operator = instance.do(service.make_account, "root@charity.example", PASSWORD)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, operator).is_operator = True
    for email in ("root@charity.example", ANNA):
        rogue.claims = {"email": email, "sub": email}
        anna(instance, email, at=instance.other)
        if email == ANNA:
            instance.do(service.make_account, ANNA, PASSWORD, proven=True)
        assert refusal(rogue, instance.other) == "sign_on_nobody"


def test_one_that_it_brought_about_is_lost_once_it_is_somebodys_elsewhere(
    instance: Instance, rogue: Organisation
) -> None:
    """Somebody is made an account before she has one; later she comes in at the other partner with her address."""
    anna(instance, at=instance.other)
    early = rogue.lets_in(instance.other)
    account_id = instance.actor(early, instance.other).account_id
    assert account_id is not None
    assert instance.arrive(early, slug=instance.partner.slug).account is None
    assert instance.arrive(early).account is None
    member(instance, ANNA, "administrator")
    assert refusal(rogue, instance.other) == "sign_on_nobody"
    assert instance.arrive(early, slug=instance.partner.slug).account is None


def test_its_session_confirms_nothing(instance: Instance, rogue: Organisation) -> None:
    """So no passkey, password or app can be left in an account that may become somebody's elsewhere."""
    anna(instance, at=instance.other)
    secret = rogue.lets_in(instance.other)
    account = instance.arrive(secret, slug=instance.other.slug).account
    assert account is not None
    assert (account.confirmed_at, account.signed_on) == (None, True)


def test_nobody_operates_the_instance_in_such_a_session(instance: Instance, charity: Organisation) -> None:
    account_id = member(instance, ANNA, "facilitator")
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, account_id).is_operator = True
    charity.says(actor=ActorFacts(account_id))
    account = instance.arrive(charity.lets_in(), slug=instance.partner.slug).account
    assert account is not None
    assert (account.id, account.is_operator) == (account_id, False)


def test_its_name_for_somebody_is_no_others(instance: Instance, rogue: Organisation, charity: Organisation) -> None:
    """Two services may call different people the same."""
    anna(instance)
    first = instance.actor(charity.lets_in()).account_id
    anna(instance, "eve@charity.example", at=instance.other)
    rogue.claims = {"email": "eve@charity.example"}
    second = instance.actor(rogue.lets_in(instance.other), instance.other).account_id
    assert first != second


def test_who_is_on_no_list_or_on_it_twice_stays_out(instance: Instance, charity: Organisation) -> None:
    assert refusal(charity) == "sign_on_nobody"
    anna(instance)
    with instance.scope(write=True) as scope:
        scope.db.add(Person(name="Anna again", email=ANNA))
    assert refusal(charity) == "sign_on_nobody"


def test_who_left_or_is_disabled_stays_out(instance: Instance, charity: Organisation) -> None:
    person = anna(instance)
    account_id = instance.actor(charity.lets_in()).account_id
    with instance.scope(write=True) as scope:
        scope.db.get_one(Person, (scope.partner.id, person)).account_id = None
        for row in scope.db.scalars(sa.select(Membership).where(Membership.account_id == account_id)):
            row.deleted_at = scope.clock.now()
    assert refusal(charity) == "sign_on_nobody"
    with instance.scope(write=True) as scope:
        scope.db.get_one(Person, (scope.partner.id, person)).account_id = account_id
    charity.lets_in()
    with instance.operator(write=True) as outside:
        outside.db.get_one(Account, account_id).disabled_at = instance.clock.now()
    assert refusal(charity) == "sign_on_nobody"


def test_whoever_has_an_account_already_keeps_it(instance: Instance, charity: Organisation) -> None:
    """The list has her with the service's address, and she signs in here with another of her own."""
    account_id = member(instance, "anna@elsewhere.example", "facilitator")
    with instance.scope(write=True) as scope:
        scope.db.scalars(sa.select(Person).where(Person.account_id == account_id)).one().email = ANNA
    assert refusal(charity) == "sign_on_nobody"
    with instance.scope() as scope:
        assert list(scope.db.scalars(sa.select(Person.account_id).where(Person.email == ANNA))) == [account_id]


# --- connecting ---


def test_an_owner_connects_and_then_it_opens_her_account_here_alone(instance: Instance, charity: Organisation) -> None:
    account_id = member(instance, ANNA, "administrator")
    member(instance, ANNA, "facilitator", at=instance.other)
    assert refusal(charity) == "sign_on_nobody"
    assert charity.says(actor=ActorFacts(account_id)).found is None
    secret = charity.lets_in()
    assert instance.actor(secret).account_id == account_id
    assert instance.arrive(secret, slug=instance.other.slug).account is None
    assert "account.sign_on_connected" in instance.audit()
    assert charity.says(actor=ActorFacts(account_id)).found is None
    assert count(instance, SignOnIdentity) == 1
    instance.do(service.disconnect_account, charity.issuer, actor=ActorFacts(account_id))
    assert instance.audit()[-1] == "account.sign_on_disconnected"
    assert refusal(charity) == "sign_on_nobody"


def test_nobody_connects_what_is_somebody_elses(instance: Instance, charity: Organisation) -> None:
    account_id = member(instance, ANNA, "facilitator")
    charity.says(actor=ActorFacts(account_id))
    other = ActorFacts(member(instance, fresh_email(), "facilitator"))
    with pytest.raises(Refused) as refused:
        charity.says(actor=other)
    assert refused.value.code == "sign_on_taken"
    here = browser()
    who = {"actor": ActorFacts(account_id)}
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT, connect=True), here, **who)
    charity.nonce = sign_on._made(secret, "nonce")
    state = sign_on._made(secret, "state")
    with pytest.raises(NotFound):
        instance.do(service.finish_sign_on, charity.means, Returned(secret, state, "c"), here, actor=other)
    with pytest.raises(NotFound):
        instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT, connect=True), here)
    with pytest.raises(NotFound):
        instance.do(service.disconnect_account, charity.issuer)


# --- setting it up ---


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"issuer": "http://login.charity.example"}, "issuer"), ({"issuer": "https://127.0.0.1"}, "issuer"),
        ({"issuer": "https://login.charity.example?x=1"}, "issuer"), ({"issuer": ""}, "issuer"),
        ({"issuer": "https://accounts.google.com"}, "issuer"),
        ({"issuer": f"https://login.microsoftonline.com/{DIRECTORY}/v2.0"}, "issuer"),
        ({"kind": "entra", "directory": "common"}, "directory"),
        ({"kind": "google", "hosted_domain": ""}, "hosted_domain"),
        ({"domains": ()}, "domains"), ({"domains": ("charity",)}, "domains"), ({"domains": ("*.example",)}, "domains"),
        ({"domains": tuple(f"d{number}.example" for number in range(51))}, "domains"), ({"secret": ""}, "secret"),
        ({"mode": "required"}, "mode"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nobody")
def test_what_cannot_be_set_up(instance: Instance, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        set_up(instance, **given)
    assert list(invalid.value.fields) == [field]
    assert count(instance, SignInSession) == 0


def test_the_secret_is_sealed_and_goes_nowhere_else(instance: Instance, charity: Organisation) -> None:
    del charity
    saver = Saver(signed_on=False, session_id=None)
    kept = instance.see(queries.sign_on_at)
    assert "secret" not in kept.secret
    assert SEALER.open(kept.secret, instance.see(secret_of)) == "the client's secret"
    assert SEALER.open(kept.secret, instance.see(secret_of, at=instance.other)) is None
    assert kept.secret not in repr(kept)
    moved = answers(issuer="https://elsewhere.example", secret="")
    with pytest.raises(Invalid) as invalid:
        instance.do(service.save_sign_on, SEALER, moved, kept.version, saver)
    assert list(invalid.value.fields) == ["secret"]
    instance.do(service.save_sign_on, SEALER, answers(secret="", name="New"), kept.version, saver)
    now = instance.see(queries.sign_on_at)
    assert (now.name, now.secret) == ("New", kept.secret)
    with pytest.raises(Conflict) as conflict:
        instance.do(service.save_sign_on, SEALER, answers(), kept.version, saver)
    assert "the client" not in str((conflict.value.mine, conflict.value.theirs))
    instance.refresh()
    assert instance.partner.settings["sign_on"] == {"name": "New", "required": False}
    with instance.scope(at=instance.other) as scope:
        assert scope.db.scalars(sa.select(SignOnProvider)).all() == []


def test_it_is_asked_of_staff_by_who_came_in_with_it(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    here, others = charity.lets_in(), charity.lets_in()
    version = instance.see(queries.sign_on_at).version
    required = answers(mode="required", secret="")
    instance.do(service.save_sign_on, SEALER, required, version, Saver(signed_on=True, session_id=None))
    instance.refresh()
    facilitator = ActorFacts(roles=frozenset({"administrator", "participant"}))
    arrived = instance.arrive(here, slug=instance.partner.slug)
    assert queries.held_back(facilitator, arrived).roles == {"facilitator", "participant"}  # a factor is owed alone
    account_id = member(instance, fresh_email(), "administrator")
    plain = instance.do(service.start_session, account_id, Browser(HOST))
    arrived = instance.arrive(plain, slug=instance.partner.slug)
    assert queries.owes_sign_on(facilitator, arrived)
    assert queries.held_back(facilitator, arrived).roles == {"participant"}
    operator = ActorFacts(roles=facilitator.roles, is_operator=True)
    assert not queries.owes_sign_on(operator, arrived)
    assert not queries.owes_sign_on(facilitator, instance.arrive(plain, slug=instance.other.slug))
    mine = instance.arrive(here, slug=instance.partner.slug).account
    assert mine is not None
    version = instance.see(queries.sign_on_at).version
    off = answers(mode="off", secret="")
    instance.do(service.save_sign_on, SEALER, off, version, Saver(signed_on=True, session_id=mine.session_id))
    assert instance.arrive(others, slug=instance.partner.slug).account is None
    assert instance.arrive(here, slug=instance.partner.slug).account is not None
    assert instance.arrive(plain, slug=instance.partner.slug).account is not None


def test_the_command_turns_it_off(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    secret = charity.lets_in()
    assert instance.do(service.turn_sign_on_off) is True
    assert instance.do(service.turn_sign_on_off) is False
    assert instance.arrive(secret, slug=instance.partner.slug).account is None
    instance.refresh()
    assert "sign_on" not in instance.partner.settings
    assert instance.audit()[-2:] == ["partner.sign_on_changed", "account.sign_on_sessions_ended"]
    with instance.operator() as scope:
        ended = scope.db.scalar(
            sa.select(SignInSession.revoked_at).where(SignInSession.secret_hash == hash_secret(secret))
        )
        assert ended == instance.clock.now() + timedelta(0)
