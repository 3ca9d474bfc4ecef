"""Signing in with an organisation's own accounts: what is believed, whose account it opens, and where that counts."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from joserfc.jwk import RSAKey

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
from systems_changers.core.people.service import Browser, Errand, HalfSignedIn, Returned, Saver, sign_on
from systems_changers.core.people.service.sign_on_settings import secret_of
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from tests.core.instance import HOST, Instance, fresh_email
from tests.core.people.factors import PASSWORD, SEALER, Owner, browser
from tests.core.people.organisation import REDIRECT, TENANT, Organisation, answers, set_up

ANNA = "anna@charity.example"


@pytest.fixture(autouse=True)
def nobody(instance: Instance) -> None:
    """Accounts are the same at every partner, and other tests left some."""
    with instance.operator(write=True) as scope:
        for model in (SignOnIdentity, SignInSession):
            scope.db.execute(sa.delete(model))
        for account in scope.db.scalars(sa.select(Account).where(Account.email.endswith("@charity.example"))):
            account.email = fresh_email()


@pytest.fixture
def charity(instance: Instance) -> Organisation:
    """The first partner's service; each test's addresses are asked anew."""
    sign_on._KEYS.clear()
    set_up(instance)
    return Organisation(instance)


def anna(instance: Instance, email: str = ANNA, at: PartnerFacts | None = None) -> UUID:
    """A person on the partner's list who has no account."""
    found: UUID = instance.do(lambda scope: service.find_or_make_person(scope, "Anna", email).id, at=at)
    return found


def member(instance: Instance, email: str, *roles: str, at: PartnerFacts | None = None) -> UUID:
    """Somebody with an account who is in already."""

    def make(scope: Any) -> UUID:
        known = queries.account_of(scope, email)
        account_id = known or service.make_account(scope, email, PASSWORD, proven=True)
        service.find_or_make_person(scope, "Anna", email).account_id = account_id
        for role in roles:
            service.grant_role(scope, account_id, role)
        return account_id

    found: UUID = instance.do(make, at=at)
    return found


def refusal(organisation: Organisation, at: PartnerFacts | None = None) -> str:
    with pytest.raises(Refused) as refused:
        organisation.says(at)
    return refused.value.code


def count(instance: Instance, model: Any) -> int:
    """How many rows there are; of accounts, those with an address of the charity's."""
    rows = sa.select(sa.func.count()).select_from(model)
    with instance.operator() as scope:
        wanted = rows.where(Account.email.endswith("@charity.example")) if model is Account else rows
        return scope.db.scalar(wanted) or 0


# --- coming in ---


def test_a_person_on_the_list_comes_in_and_comes_again(instance: Instance, charity: Organisation) -> None:
    person = anna(instance, "Anna@Charity.example")
    secret = charity.lets_in()
    actor = instance.actor(secret)
    assert (actor.person_id, actor.roles) == (person, frozenset({"participant"}))
    assert {"person.came_by_sign_on", "account.sign_on_used", "account.signed_in"} <= set(instance.audit())
    again = instance.actor(charity.lets_in())
    assert again.account_id == actor.account_id
    assert count(instance, SignOnIdentity) == 1
    with instance.operator() as scope:
        account = scope.db.get_one(Account, actor.account_id)
        assert (account.email, account.password_hash, account.email_proven_at) == (ANNA, None, None)
        identity = scope.db.scalars(sa.select(SignOnIdentity)).one()
        assert (identity.subject, identity.by_owner, identity.last_used_at) == ("anna", False, instance.clock.now())


def test_an_invitation_says_in_which_role(instance: Instance, charity: Organisation) -> None:
    administrator = ActorFacts(member(instance, fresh_email(), "administrator"), roles=frozenset({"administrator"}))
    person = anna(instance)
    instance.do(service.invite, person, "facilitator", actor=administrator)
    assert instance.actor(charity.lets_in()).roles == {"facilitator"}
    assert instance.see(queries.open_invitations, [person]) == {}


def test_what_the_service_is_asked(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    here = browser()
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT, "/x"), here)
    way = instance.see(service.way_there, secret, here)
    assert way.startswith("https://login.charity.example/authorize?response_type=code&client_id=kit&redirect_uri=https")
    assert "code_challenge_method=S256" in way
    assert secret not in way
    charity.says()
    sent = charity.sent[0]
    assert sent["Authorization"] == "Basic " + base64.b64encode(b"kit:the%20client%27s%20secret").decode()
    assert len(sent["code_verifier"]) == 43
    assert (sent["redirect_uri"], sent["grant_type"]) == (REDIRECT, "authorization_code")
    charity.told = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    charity.says()
    assert charity.sent[1]["client_secret"] == "the client's secret"
    assert "Authorization" not in charity.sent[1]


def test_a_second_factor_is_still_asked_for(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    account_id = instance.actor(charity.lets_in()).account_id
    assert account_id is not None
    owner = Owner.__new__(Owner)
    owner.instance, owner.id = instance, account_id
    owner.set_up()
    charity.claims = {"amr": ["mfa"], "acr": "high"}
    half = charity.says().found
    assert isinstance(half, HalfSignedIn)
    with pytest.raises(NotFound):
        instance.do(service.finish_by_code, SEALER, half.secret, owner.code(), browser(), at=instance.other)
    with instance.operator(write=True) as scope, pytest.raises(NotFound):
        service.finish_by_code(scope, SEALER, half.secret, owner.code(), browser())
    secret = owner.finish(half.secret, owner.code())
    assert instance.arrive(secret, slug=instance.other.slug).account is None
    here = instance.arrive(secret, slug=instance.partner.slug).account
    assert here is not None
    assert (here.signed_on, here.confirmed_at) == (True, instance.clock.now())


# --- what is believed ---


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email_verified": False}, "token_unverified"), ({"email_verified": None}, "token_unverified"),
        ({"email_verified": "true"}, "token_unverified"), ({"email": "anna@evil.example"}, "token_domain"),
        ({"email": "anna@sub.charity.example"}, "token_domain"), ({"email": None}, "token_domain"),
        ({"email": ["anna@charity.example"]}, "token_domain"),
        ({"email": "a@evil.example@charity.example"}, "token_domain"),
        ({"nonce": "another"}, "token_nonce"), ({"aud": "another"}, "token_audience"), ({"exp": 1}, "token_expired"),
        ({"iss": "https://evil.example"}, "token_issuer"),
    ],
)  # fmt: skip
def test_what_is_not_believed(instance: Instance, charity: Organisation, claims: dict[str, Any], code: str) -> None:
    anna(instance)
    charity.claims = claims
    assert refusal(charity) == code
    assert (count(instance, Account), count(instance, SignOnIdentity)) == (0, 0)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"issuer": "https://evil.example"}, "service_issuer"), ({"issuer": None}, "service_issuer"),
        ({"token_endpoint": "https://169.254.169.254/token"}, "service_address"),
        ({"jwks_uri": "http://login.charity.example/keys"}, "service_address"), ({"jwks_uri": None}, "service_address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "service_address"),
    ],
)  # fmt: skip
def test_what_a_service_may_not_say_of_itself(instance: Instance, charity: Organisation, told: Any, code: str) -> None:
    charity.told = told
    assert refusal(charity) == code
    assert count(instance, Account) == 0


def test_keys_are_kept_and_asked_for_again_where_they_changed(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    charity.lets_in()
    charity.lets_in()
    assert sum(each.endswith("/keys") for each in charity.asked) == 1
    new = RSAKey.generate_key(2048, {"kid": "two"})
    charity.key = new
    assert refusal(charity) == "token_key"
    charity.published = [new]
    charity.lets_in()
    assert sum(each.endswith("/keys") for each in charity.asked) == 3


def test_google_and_entra_keep_to_their_domain_and_tenant(instance: Instance) -> None:
    anna(instance)
    set_up(instance, kind="google", hosted_domain="charity.example")
    google = Organisation(instance, "https://accounts.google.com")
    for hd in (None, "evil.example", ["charity.example"]):
        google.claims = {"hd": hd}
        assert refusal(google) == "token_tenant"
    google.claims = {"hd": "charity.example"}
    first = instance.actor(google.lets_in()).account_id
    version = instance.see(queries.sign_on_at).version
    entra_answers = answers(kind="entra", tenant=TENANT.upper())
    instance.do(service.save_sign_on, SEALER, entra_answers, version, Saver(signed_on=False, session_id=None))
    ben = anna(instance, "ben@charity.example")
    entra = Organisation(instance, f"https://login.microsoftonline.com/{TENANT}/v2.0")
    known = {"email": None, "email_verified": None, "preferred_username": "ben@charity.example", "oid": "ben-oid"}
    for wrong in ({"tid": None}, {"tid": TENANT.replace("0", "1")}, {"tid": TENANT, "oid": None}):
        entra.claims = {**known, **wrong}
        assert refusal(entra) == "token_tenant"
    entra.claims = {**known, "tid": TENANT, "preferred_username": "ben@evil.example"}
    assert refusal(entra) == "token_domain"
    entra.claims = {**known, "tid": TENANT}
    actor = instance.actor(entra.lets_in())
    assert (actor.person_id, actor.account_id != first) == (ben, True)
    with instance.operator() as scope:
        subjects = set(scope.db.scalars(sa.select(SignOnIdentity.subject)))
    assert subjects == {"anna", f"{TENANT}:ben-oid"}


# --- there and back ---


def test_what_came_back_belongs_to_one_browser_and_one_way(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    here = browser()
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    state = instance.see(service.way_there, secret, here).partition("state=")[2].partition("&")[0]

    def finish(given: Returned, at_browser: Browser = here, at: PartnerFacts | None = None) -> Any:
        charity.nonce = sign_on._made(given.secret, "nonce")
        return instance.do(service.finish_sign_on, charity.means, given, at_browser, at=at)

    for wrong in (Returned(secret, "another", "c"), Returned("another", state, "c"), Returned("", "", "c")):
        with pytest.raises(NotFound) as late:
            finish(wrong)
        assert late.value.code == "sign_on_late"
    set_up(instance, instance.other)
    for where in ({"at_browser": browser("evil.example")}, {"at": instance.other}):
        with pytest.raises(NotFound):
            finish(Returned(secret, state, "c"), **where)
    assert charity.sent == []
    finish(Returned(secret, state, "c"))
    with pytest.raises(NotFound) as used:
        finish(Returned(secret, state, "c"))
    assert used.value.code == "sign_on_late"


def test_the_way_ends_with_its_time_or_when_the_service_changes(instance: Instance, charity: Organisation) -> None:
    here = browser()
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    instance.later(minutes=11)
    with pytest.raises(NotFound):
        instance.see(service.way_there, secret, here)
    instance.do(service.turn_sign_on_off)
    with pytest.raises(NotFound):
        charity.says()


def test_tries_are_counted(instance: Instance, charity: Organisation) -> None:
    here = browser()
    for _ in range(60):
        instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    with pytest.raises(Refused) as refused:
        instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    assert refused.value.code == "too_many"


# --- whose account: what a rogue service gets, and what not ---


@pytest.fixture
def rogue(instance: Instance, charity: Organisation) -> Organisation:
    """The other partner's service, whose administrator names whom they like."""
    del charity
    set_up(instance, instance.other, issuer="https://rogue.example")
    return Organisation(instance, "https://rogue.example")


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
    instance.do(service.disconnect_account, charity.issuer, actor=ActorFacts(account_id))
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
        ({"issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0"}, "issuer"),
        ({"kind": "entra", "tenant": "common"}, "tenant"), ({"kind": "google", "hosted_domain": ""}, "hosted_domain"),
        ({"domains": ()}, "domains"), ({"domains": ("charity",)}, "domains"), ({"domains": ("*.example",)}, "domains"),
        ({"domains": tuple(f"d{number}.example" for number in range(51))}, "domains"), ({"secret": ""}, "secret"),
        ({"mode": "required"}, "mode"),
    ],
)  # fmt: skip
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
    assert SEALER.open(kept.secret, secret_of(instance.partner.id)) == "the client's secret"
    assert SEALER.open(kept.secret, secret_of(instance.other.id)) is None
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
