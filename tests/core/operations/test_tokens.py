"""One-time secrets: single use, in time, for one purpose, at one partner."""

import hashlib
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import Token
from systems_changers.core.operations.service import (
    Ticket,
    issue_token,
    peek_token,
    record,
    redeem_token,
    tidy,
    void_tokens,
    void_tokens_of,
)
from systems_changers.core.people.service import make_account
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance, fresh_email


def test_a_token_says_what_it_is_for_once(instance: Instance) -> None:
    subject = new_id()
    ticket = Ticket("invitation", 2, partner_id=instance.partner.id, subject=subject, data={"role": "participant"})
    secret = instance.do(issue_token, ticket)
    facts = instance.do(redeem_token, secret, "invitation")
    assert (facts.partner_id, facts.subject, facts.data) == (instance.partner.id, subject, {"role": "participant"})
    with pytest.raises(NotFound) as error:
        instance.do(redeem_token, secret, "invitation")
    assert error.value.code == "link_gone"


def test_only_a_hash_is_kept(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 1))
    assert len(secret) >= 32  # 24 random bytes: 192 bits
    with instance.operator() as scope:
        kept = scope.db.scalar(sa.select(Token).where(Token.hash == hashlib.sha256(secret.encode()).hexdigest()))
        assert kept is not None
        assert secret not in repr(vars(kept))


def test_looking_does_not_use_it_up(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 1))
    assert instance.see(peek_token, secret, "sign_in") == instance.see(peek_token, secret, "sign_in")
    assert instance.do(redeem_token, secret, "sign_in").purpose == "sign_in"


@pytest.mark.parametrize("purpose", ["set_up", "invitation"])
def test_it_opens_only_what_it_is_for(instance: Instance, purpose: str) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 1))
    with pytest.raises(NotFound):
        instance.do(redeem_token, secret, purpose)
    assert instance.do(redeem_token, secret, "sign_in").purpose == "sign_in"


def test_its_time_ends(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 0.25))
    instance.later(minutes=14, seconds=59)
    assert instance.see(peek_token, secret, "sign_in").purpose == "sign_in"
    instance.later(seconds=1)
    with pytest.raises(NotFound):
        instance.do(redeem_token, secret, "sign_in")


def test_it_works_at_its_partner_only(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("invitation", 1, partner_id=instance.partner.id))
    with pytest.raises(NotFound):
        instance.do(redeem_token, secret, "invitation", at=instance.other)
    with instance.operator(write=True) as scope, pytest.raises(NotFound):
        redeem_token(scope, secret, "invitation")
    assert instance.do(redeem_token, secret, "invitation").purpose == "invitation"


def test_one_without_a_partner_works_anywhere(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 1))
    assert instance.do(redeem_token, secret, "sign_in", at=instance.other).partner_id is None


def test_older_ones_of_the_same_kind_can_be_ended(instance: Instance) -> None:
    subject = new_id()
    ticket = Ticket("invitation", 1, partner_id=instance.partner.id, subject=subject)
    first, elsewhere = (
        instance.do(issue_token, ticket),
        Ticket("invitation", 1, partner_id=instance.other.id, subject=subject),
    )
    theirs = instance.do(issue_token, elsewhere, at=instance.other)
    assert instance.do(void_tokens, purpose="invitation", subject=subject) == 1
    assert instance.do(void_tokens, purpose="invitation", subject=subject) == 0
    with pytest.raises(NotFound):
        instance.do(redeem_token, first, "invitation")
    assert instance.do(redeem_token, theirs, "invitation", at=instance.other).subject == subject


def test_a_purpose_must_be_known(instance: Instance) -> None:
    with pytest.raises(ValueError, match="anything"):
        instance.do(issue_token, Ticket("anything", 1))


@pytest.mark.parametrize("junk", ["", "x", "x" * 5000, "\udce4", "'; DROP TABLE token"])
def test_junk_is_not_found(instance: Instance, junk: str) -> None:
    with pytest.raises(NotFound):
        instance.do(redeem_token, junk, "sign_in")


def test_old_ones_are_forgotten(instance: Instance) -> None:
    secret = instance.do(issue_token, Ticket("sign_in", 1))
    kept = hashlib.sha256(secret.encode()).hexdigest()
    for days, there in ((29, True), (2, False)):
        instance.later(days=days)
        with instance.operator(write=True) as scope:
            tidy(scope)
        with instance.operator() as scope:
            assert (scope.db.get(Token, kept) is not None) is there


def test_those_of_an_account_end_wherever_they_were_made(instance: Instance) -> None:
    mine, theirs = (instance.do(make_account, fresh_email()) for _ in range(2))

    def issued(purpose: str, account_id: UUID) -> str:
        return str(instance.do(issue_token, Ticket(purpose, 1, account_id=account_id)))

    with instance.operator(write=True) as scope:
        outside = issue_token(scope, Ticket("sign_in", 1, account_id=mine))
    other_purpose, other_account = issued("address", mine), issued("sign_in", theirs)
    gone = [outside, issued("sign_in", mine), issued("second_step", mine)]
    instance.do(void_tokens_of, mine, ("sign_in", "second_step"))
    for secret, purpose in zip(gone, ("sign_in", "sign_in", "second_step"), strict=True):
        with pytest.raises(NotFound):
            instance.see(peek_token, secret, purpose)
    assert instance.see(peek_token, other_purpose, "address").account_id == mine
    assert instance.see(peek_token, other_account, "sign_in").account_id == theirs


def test_what_is_no_purpose_and_no_field_s_name_is_refused(instance: Instance) -> None:
    with pytest.raises(ValueError, match="picnic"):
        instance.do(issue_token, Ticket("picnic", 1))
    with pytest.raises(ValueError, match="fields' names, and nothing else"):
        instance.do(record, "person.made", changed=["Ines Moreau"])
    assert "person.made" not in instance.audit()
