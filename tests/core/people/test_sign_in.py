"""Signing in by password and by link, without an oracle; sessions per host that end."""

from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import Token
from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.service import Browser
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra import passwords
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from tests.core.instance import HOST, Instance, fresh_email

PASSWORD = "porridge rain kettle"


def browser(address: str = "") -> Browser:
    return Browser(HOST, address or new_id().hex, "Firefox · Windows", hours=24)


def account(instance: Instance, email: str, password: str | None = PASSWORD, *, proven: bool = True) -> UUID:
    made: UUID = instance.do(service.make_account, email, password, proven=proven)
    return made


def signed_in(instance: Instance, email: str) -> str:
    secret: str = instance.do(service.sign_in_by_password, email, PASSWORD, browser())
    return secret


def link_secret(instance: Instance, email: str) -> str:
    instance.do(service.send_sign_in_link, email, browser())
    template, to, values = instance.mails()[-1]
    assert (template, to) == ("people/mail_sign_in", email)
    return str(values["link"]).rpartition("/")[2]


def test_the_right_password_starts_a_session_at_its_host(instance: Instance) -> None:
    email = fresh_email()
    id_ = account(instance, email)
    secret = instance.do(service.sign_in_by_password, f" {email.upper()} ", PASSWORD, browser())
    found = instance.arrive(secret).account
    assert found is not None
    assert found.id == id_
    assert not found.stale
    assert instance.arrive(secret, host="elsewhere.example.org").account is None
    assert instance.arrive("another").account is None
    assert instance.arrive(None).account is None


def test_only_a_hash_of_the_secret_is_kept(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)
    secret = signed_in(instance, email)
    assert len(secret) >= 43
    with instance.operator() as scope:
        assert scope.db.scalar(sa.select(SignInSession.id).where(SignInSession.secret_hash == secret)) is None


def test_wrong_unknown_disabled_and_without_password_answer_alike(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, link_only, disabled = fresh_email(), fresh_email(), fresh_email()
    account(instance, known)
    account(instance, link_only, None)
    id_ = account(instance, disabled)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, id_).disabled_at = instance.clock.now()
    asked: list[str | None] = []
    matches = passwords.password_matches

    def noted(kept: str | None, password: str) -> bool:
        asked.append(kept)
        return matches(kept, password)

    monkeypatch.setattr("systems_changers.core.people.service.sign_in.password_matches", noted)
    said = []
    for email, password in ((known, "wrong"), (fresh_email(), "wrong"), (link_only, "wrong"), (disabled, PASSWORD)):
        with pytest.raises(Invalid) as error, instance.counted() as sent:
            instance.do(service.sign_in_by_password, email, password, browser())
        said.append((str(error.value), error.value.code, dict(error.value.fields), len(sent)))
    assert len(set(map(str, said))) == 1
    assert len(asked) == 4  # one hash was worked out each time
    assert asked[1:] == [None, None, None]


def test_the_try_after_the_tenth_waits_even_with_the_right_password(instance: Instance) -> None:
    email, here = fresh_email(), browser()
    account(instance, email)
    for _ in range(10):
        with pytest.raises(Invalid):
            instance.do(service.sign_in_by_password, email, "wrong", here)
    with pytest.raises(Refused) as error:
        instance.do(service.sign_in_by_password, email, PASSWORD, here)
    assert error.value.code == "too_many"
    assert 0 < int(str(error.value.message.values["count"])) <= 900
    instance.later(minutes=15)
    assert instance.do(service.sign_in_by_password, email, PASSWORD, here)


@pytest.mark.parametrize("known", [True, False])
def test_guessing_one_password_is_slowed_whatever_the_address(instance: Instance, known: bool) -> None:
    email = fresh_email()
    if known:
        account(instance, email)
        for _ in range(60):  # a right one never counts
            assert signed_in(instance, email)
    for _ in range(50):
        with pytest.raises(Invalid):
            instance.do(service.sign_in_by_password, email, "wrong", browser())
    for _ in range(3):
        with pytest.raises(Refused) as error:
            instance.do(service.sign_in_by_password, email, PASSWORD, browser())
        assert (error.value.code, error.value.message.values["count"]) == ("too_many", 3600)
    instance.later(hours=1)
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, email, "wrong", browser())
    assert not known or signed_in(instance, email)


def test_a_session_ends_with_its_time(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)
    secret = signed_in(instance, email)
    instance.later(hours=23, minutes=59)
    found = instance.arrive(secret).account
    assert found is not None
    assert found.stale
    instance.later(minutes=1)
    assert instance.arrive(secret).account is None


def test_a_disabled_account_is_out_at_once(instance: Instance) -> None:
    email = fresh_email()
    id_ = account(instance, email)
    secret = signed_in(instance, email)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, id_).disabled_at = instance.clock.now()
    assert instance.arrive(secret).account is None


def test_signing_out_ends_it(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)
    secret = signed_in(instance, email)
    instance.do(service.sign_out, secret)
    instance.do(service.sign_out, None)
    assert instance.arrive(secret).account is None


def test_sessions_are_listed_and_revoked(instance: Instance) -> None:
    email = fresh_email()
    id_ = account(instance, email)
    actor = ActorFacts(id_)
    first, second, third = (signed_in(instance, email) for _ in range(3))
    here = instance.arrive(third).account
    assert here is not None
    lines = instance.see(queries.account_sheet, here.session_id, actor=actor).sessions
    assert len(lines) == 3
    assert [line.device for line in lines if line.current] == ["Firefox · Windows"]
    gone = instance.arrive(first).account
    assert gone is not None
    instance.do(service.revoke_session, gone.session_id, actor=actor)
    assert instance.arrive(first).account is None
    assert instance.do(service.revoke_other_sessions, here.session_id, actor=actor) == 1
    assert instance.arrive(second).account is None
    assert instance.arrive(third).account is not None


def test_sessions_are_forgotten_a_month_after_their_end(instance: Instance) -> None:
    account = instance.do(service.make_account, fresh_email(), PASSWORD, proven=True)
    by_time, by_hand = (instance.do(service.start_session, account, Browser(HOST, hours=24)) for _ in range(2))
    lasting = instance.do(service.start_session, account, Browser(HOST, hours=24 * 90))
    instance.do(service.sign_out, by_hand, actor=ActorFacts(account))

    def kept() -> set[str]:
        with instance.operator(write=True) as scope:
            service.forget_sessions(scope)
            found = sa.select(SignInSession.secret_hash).where(SignInSession.account_id == account)
            return set(scope.db.scalars(found))

    instance.later(days=29)
    assert kept() == {queries.hash_secret(each) for each in (by_time, by_hand, lasting)}
    instance.later(days=1, minutes=1)
    assert kept() == {queries.hash_secret(each) for each in (by_time, lasting)}
    instance.later(days=1)
    assert kept() == {queries.hash_secret(lasting)}


def test_nobody_ends_anothers_session(instance: Instance) -> None:
    mine, theirs = fresh_email(), fresh_email()
    id_ = account(instance, mine)
    account(instance, theirs)
    secret = signed_in(instance, theirs)
    found = instance.arrive(secret).account
    assert found is not None
    for actor in (ActorFacts(id_), ActorFacts()):
        with pytest.raises(NotFound):
            instance.do(service.revoke_session, found.session_id, actor=actor)
    assert instance.arrive(secret).account is not None


def test_a_link_signs_in_once_within_15_minutes(instance: Instance) -> None:
    email = fresh_email()
    id_ = account(instance, email)
    secret = link_secret(instance, email)
    assert instance.see(service.open_sign_in_link, secret) == email
    assert instance.see(service.open_sign_in_link, secret) == email  # a scanner that looks doesn't use it up
    session = instance.do(service.sign_in_by_link, secret, browser())
    found = instance.arrive(session).account
    assert found is not None
    assert found.id == id_
    with pytest.raises(NotFound) as error:
        instance.do(service.sign_in_by_link, secret, browser())
    assert error.value.code == "link_gone"
    late = link_secret(instance, email)
    instance.later(minutes=15)
    with pytest.raises(NotFound):
        instance.do(service.sign_in_by_link, late, browser())


def test_asking_for_a_link_says_nothing_and_does_alike(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)

    def tokens() -> int:
        with instance.operator() as scope:
            return scope.db.scalar(sa.select(sa.func.count()).select_from(Token)) or 0

    before, mails = tokens(), len(instance.mails())
    assert instance.do(service.send_sign_in_link, fresh_email(), browser()) is None
    assert (tokens(), len(instance.mails())) == (before + 1, mails)
    assert instance.do(service.send_sign_in_link, email, browser()) is None
    assert (tokens(), len(instance.mails())) == (before + 2, mails + 1)


@pytest.mark.parametrize("known", [True, False])
def test_links_are_limited(instance: Instance, known: bool) -> None:
    email = fresh_email()
    if known:
        account(instance, email)
    for _ in range(3):
        here = browser()
        for _ in range(5):
            instance.do(service.send_sign_in_link, email, here)
        for _ in range(20):  # what one network is refused leaves room for the others
            with pytest.raises(Refused) as error:
                instance.do(service.send_sign_in_link, email, here)
            assert error.value.code == "too_many"
    for _ in range(5):
        instance.do(service.send_sign_in_link, email, browser())
    with pytest.raises(Refused) as error:
        instance.do(service.send_sign_in_link, email, browser())
    assert error.value.code == "too_many"
    with pytest.raises(Invalid):
        instance.do(service.send_sign_in_link, "not an address", browser())


def test_a_link_can_set_a_new_password(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)
    before = signed_in(instance, email)
    secret = link_secret(instance, email)
    with pytest.raises(Invalid) as weak:
        instance.do(service.sign_in_by_link, secret, browser(), "short")
    assert set(weak.value.fields) == {"password"}
    instance.do(service.sign_in_by_link, secret, browser(), "kettle on the hob")
    assert instance.arrive(before).account is None
    assert instance.do(service.sign_in_by_password, email, "kettle on the hob", browser())
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, email, PASSWORD, browser())


def test_the_first_link_takes_the_account_from_whoever_made_it(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email, proven=False)
    squatter = signed_in(instance, email)
    session = instance.do(service.sign_in_by_link, link_secret(instance, email), browser())
    assert instance.arrive(squatter).account is None
    assert instance.arrive(session).account is not None
    with pytest.raises(Invalid):
        instance.do(service.sign_in_by_password, email, PASSWORD, browser())


def test_a_password_changes_with_the_present_one(instance: Instance) -> None:
    email = fresh_email()
    actor = ActorFacts(account(instance, email))
    here, there = signed_in(instance, email), signed_in(instance, email)
    session = instance.arrive(here).account
    assert session is not None
    for current, new, field in (("wrong", "kettle on the hob", "current"), (PASSWORD, "short", "new")):
        with pytest.raises(Invalid) as error:
            instance.do(service.change_password, current, new, session.session_id, actor=actor)
        assert set(error.value.fields) == {field}
    instance.do(service.change_password, PASSWORD, "kettle on the hob", session.session_id, actor=actor)
    assert instance.arrive(here).account is not None
    assert instance.arrive(there).account is None
    assert "account.password_changed" in instance.audit()


def test_a_new_password_is_more_than_what_strangers_know(instance: Instance) -> None:
    email, partner = fresh_email(), instance.partner.name
    actor = ActorFacts(account(instance, email), name="Seonaidh Bàn")
    for told in (email, "Seonaidh Bàn 1974", f"{partner} {partner}"):
        with pytest.raises(Invalid) as error:
            instance.do(service.change_password, PASSWORD, told, None, actor=actor)
        assert str(error.value.fields["new"][0]).startswith("Without your name")
        with pytest.raises(Invalid):
            instance.do(service.sign_in_by_link, link_secret(instance, email), browser(), new_password=email)
    assert instance.do(service.sign_in_by_password, email, PASSWORD, browser())


def test_arriving_takes_one_statement_and_who_is_another(instance: Instance) -> None:
    email = fresh_email()
    id_ = account(instance, email)
    instance.do(service.find_or_make_person, "Morag", email)
    secret = signed_in(instance, email)
    with instance.counted() as sent:
        arrival = instance.arrive(secret, slug=instance.partner.slug)
    assert len(sent) == 1
    assert arrival.partner == instance.partner
    assert arrival.account is not None
    with instance.scope(ActorFacts(id_)) as scope, instance.counted() as sent:
        queries.who_is(scope.db, instance.partner, arrival.account)
    assert len(sent) == 1
    assert instance.arrive(secret, slug="none-such").partner is None


def test_an_address_has_one_account(instance: Instance) -> None:
    email = fresh_email()
    account(instance, email)
    with pytest.raises(Exception, match="already has an account"):
        account(instance, email.upper())
    with pytest.raises(Invalid) as error:
        account(instance, "no address")
    assert set(error.value.fields) == {"email"}
