"""Signing in with an organisation's own accounts: the way there and back, and what is believed."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from joserfc.jwk import RSAKey

from systems_changers.core.people import queries, service
from systems_changers.core.people.models import (
    Account,
    SignOnIdentity,
    SignOnProvider,
)
from systems_changers.core.people.service import Browser, Errand, HalfSignedIn, Means, Returned, Saver, sign_on
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.sealing import Sealer
from tests.core.instance import Instance, fresh_email
from tests.core.people.factors import SEALER, Owner, browser
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


def test_so_many_services_keys_are_kept_and_no_more(
    instance: Instance, charity: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_on, "_KEYS", {"https://a.example/keys": (0.0, {}), "https://b.example/keys": (0.0, {})})
    monkeypatch.setattr(sign_on, "MOST_KEPT", 2)
    anna(instance)
    charity.lets_in()
    assert list(sign_on._KEYS) == [f"{charity.issuer}/keys"]


def test_a_service_without_a_token_or_with_a_secret_of_another_instance(
    instance: Instance, charity: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna(instance)
    strange = Means(charity.means.outside, Sealer("k" * 40))
    monkeypatch.setattr(Organisation, "token", lambda _self, _nonce: None)
    assert refusal(charity) == "service_token"
    monkeypatch.setattr(Organisation, "means", property(lambda _self: strange))
    assert refusal(charity) == "service_secret"
    assert count(instance, Account) == 0


def test_what_began_with_another_service_does_not_end_with_this_one(instance: Instance, charity: Organisation) -> None:
    anna(instance)
    here = browser()
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    state = parse_qs(urlsplit(instance.see(service.way_there, secret, here)).query)["state"][0]
    with instance.scope(write=True) as scope:
        row = scope.db.scalars(sa.select(SignOnProvider)).one()
        row.client_id = "another"
    with pytest.raises(NotFound) as late:
        instance.do(service.finish_sign_on, charity.means, Returned(secret, state, "c"), here)
    assert late.value.code == "sign_on_late"


def test_what_is_saved_as_it_was_tells_nobody(instance: Instance, charity: Organisation) -> None:
    before = instance.see(queries.sign_on_at)
    told = instance.audit()
    saver = Saver(signed_on=False, session_id=None)
    instance.do(service.save_sign_on, SEALER, answers(secret=""), before.version, saver)
    assert instance.audit() == told


@pytest.mark.usefixtures("nobody")
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
    entra_answers = answers(kind="entra", directory=DIRECTORY.upper())
    instance.do(service.save_sign_on, SEALER, entra_answers, version, Saver(signed_on=False, session_id=None))
    ben = anna(instance, "ben@charity.example")
    entra = Organisation(instance, f"https://login.microsoftonline.com/{DIRECTORY}/v2.0")
    known = {"email": None, "email_verified": None, "preferred_username": "ben@charity.example", "oid": "ben-oid"}
    for wrong in ({"tid": None}, {"tid": DIRECTORY.replace("0", "1")}, {"tid": DIRECTORY, "oid": None}):
        entra.claims = {**known, **wrong}
        assert refusal(entra) == "token_tenant"
    entra.claims = {**known, "tid": DIRECTORY, "preferred_username": "ben@evil.example"}
    assert refusal(entra) == "token_domain"
    entra.claims = {**known, "tid": DIRECTORY}
    actor = instance.actor(entra.lets_in())
    assert (actor.person_id, actor.account_id != first) == (ben, True)
    with instance.operator() as scope:
        subjects = set(scope.db.scalars(sa.select(SignOnIdentity.subject)))
    assert subjects == {"anna", f"{DIRECTORY}:ben-oid"}


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


def test_one_way_is_tried_five_times(instance: Instance, charity: Organisation) -> None:
    """What fails isn't used up, and nobody asks the service for ever with it."""
    here = browser()
    secret = instance.do(service.begin_sign_on, charity.means.outside, Errand(REDIRECT), here)
    state = instance.see(service.way_there, secret, here).partition("state=")[2].partition("&")[0]
    codes = []
    for _ in range(6):
        with pytest.raises(Refused) as refused:
            instance.do(service.finish_sign_on, charity.means, Returned(secret, state, "c"), here)
        codes.append(refused.value.code)
    assert codes == [codes[0]] * 5 + ["too_many"]
    assert (codes[0] != "too_many", len(charity.sent)) == (True, 5)


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
