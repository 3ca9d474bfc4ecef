"""What is turned down on people's pages: forms stay with what was typed, and what is nobody's is not there."""

from __future__ import annotations

import re

import pytest

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.service import Ticket
from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Person, SignInSession
from systems_changers.core.people.rules import name_from
from systems_changers.core.people.service import confirming, factors, persons
from systems_changers.core.people.service.accounts import account_with
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance, fresh_email
from tests.core.people.factors import SEALER, Owner, browser
from tests.core.site import Site

PASSWORD = "porridge rain kettle"
LONG = "x" * 30_000

BROKEN = [
    ("/sign-in", {"email": "", "password": ""}, "/sign-in"),
    ("/sign-in/link", {"email": LONG}, "/sign-in"),
    ("/sign-in/link", {"email": "no address"}, "/sign-in"),
    ("/sign-in/passkey", {"passkey": LONG}, "/sign-in"),
    ("/privacy/complaint", {"name": "Ruth", "words": ""}, "/sign-in"),
    ("/account/password", {"current": "", "new": ""}, "/account/"),
    ("/account/password", {"current": PASSWORD, "new": "letmein letmein"}, "/account/"),
    ("/account/address", {"email": "no address"}, "/account/"),
    ("/account/second-factor/app", {"sealed": "x", "code": LONG}, "/account/"),
    ("/account/second-factor/app", {"sealed": "x", "code": "123456"}, "/account/"),
    ("/account/confirm", {"confirm_code": LONG}, "/account/"),
    ("/people/new", {"name": ""}, "/account/"),
    ("/people/new", {"name": "Ruth", "email": "no address"}, "/account/"),
]


@pytest.mark.parametrize(("path", "answers", "seen_at"), BROKEN)
def test_a_form_that_is_turned_down_stays(site: Site, path: str, answers: dict[str, str], seen_at: str) -> None:
    visitor = site.come_in("facilitator") if seen_at == "/account/" else site.browser()
    answer = visitor.post(path, answers, seen_at=seen_at)
    assert answer.status_code == 422
    assert "<form" in answer.text
    assert site.instance.see(queries.people_listed, search="Ruth").total == 0


def test_a_person_s_address_must_be_one(site: Site) -> None:
    facilitator = site.come_in("facilitator")
    path = facilitator.post("/people/new", {"name": "Aileen", "email": ""}, seen_at="/people/new").headers["Location"]
    answer = facilitator.post(path, {"name": "Aileen", "email": "no address"}, seen_at="/people/new")
    assert (answer.status_code, 'value="no address"' in answer.text) == (422, True)
    assert facilitator.post(path, {"name": ""}, seen_at="/people/new").status_code == 422
    assert "Aileen" in facilitator.get(path).text


def test_a_role_that_nobody_has_is_not_taken(site: Site) -> None:
    administrator = site.come_in("administrator")
    site.member("participant", name="Ruth")
    ruth = site.instance.see(queries.people_listed, search="Ruth").rows[0]
    path = f"/people/{ruth.id}/"
    assert administrator.post(f"{path}roles/facilitator/take", seen_at=path).status_code == 404


def test_the_second_step_stays_too(site: Site) -> None:
    owner, visitor = Owner(site.instance).set_up(), site.browser()
    visitor.post("/sign-in", {"email": owner.email, "password": PASSWORD, "back": ""})
    answer = visitor.post("/sign-in/second", {"code": LONG}, seen_at="/sign-in")
    assert (answer.status_code, 'name="code"' in answer.text) == (422, True)


def test_a_time_zone_must_be_one(site: Site) -> None:
    visitor = site.come_in("participant")
    version = re.search(r'name="version" value="(\d+)"', visitor.get("/account/").text)
    assert version is not None
    answers = {"name": "Morag", "time_zone": "Nowhere/At all", "version": version[1]}
    answer = visitor.post("/account/", answers, seen_at="/account/")
    assert (answer.status_code, "Nowhere/At all" in answer.text) == (422, True)


def test_one_s_own_device_is_signed_out(site: Site) -> None:
    visitor = site.come_in("participant")
    cookie = visitor.client.get_cookie("sc-session", domain="127.0.0.1")
    assert cookie is not None
    here = site.instance.arrive(cookie.value, host="127.0.0.1").account
    assert here is not None
    assert visitor.post(f"/account/sessions/{here.session_id}/end", seen_at="/account/").status_code == 303
    assert visitor.get("/account/").status_code == 303


def test_links_that_are_gone_say_so(site: Site) -> None:
    visitor = site.come_in("participant")
    for path in ("/invitation/gone", "/invitation/gone/here", "/set-up/gone", "/sign-in/link/gone"):
        answer = visitor.post(path, {"email": fresh_email(), "password": PASSWORD}, seen_at="/account/")
        assert (path, answer.status_code) == (path, 404)
        assert "ask for a new one" in answer.text


def test_a_weak_password_leaves_every_link_as_it_was(site: Site) -> None:
    email = fresh_email()
    set_up = site.instance.do(service.issue_set_up, service.NewPerson("Gwen Tudor", email))
    answer = site.browser().post(f"/set-up/{set_up}", {"password": "gwen tudor 1974"})
    assert (answer.status_code, "Without your name" in answer.text) == (422, True)
    assert site.browser().post(f"/set-up/{set_up}", {"password": LONG}).status_code == 422
    assert site.browser().post(f"/set-up/{set_up}", {"password": PASSWORD}).status_code == 303
    account = site.instance.see(account_with, email)
    link = site.instance.do(operations.issue_token, Ticket("sign_in", 1, account_id=account.id))
    for weak in ("letmein letmein", LONG):
        answer = site.browser().post(f"/sign-in/link/{link}", {"password": weak})
        assert (answer.status_code, email in answer.text) == (422, True)
    assert site.browser().post(f"/sign-in/link/{link}", {"password": ""}).status_code == 303


def test_whoever_made_an_invitation_does_not_use_it(site: Site) -> None:
    facilitator = site.come_in("facilitator")
    path = facilitator.post("/people/new", {"name": "Aileen", "email": ""}, seen_at="/people/new").headers["Location"]
    invited = facilitator.post(path + "invite", {"role": "participant"}, seen_at="/people/new")
    link = re.search(r'/invitation/[^"<]+', invited.text)
    assert link is not None
    answer = facilitator.post(link[0], {"email": fresh_email(), "password": PASSWORD}, seen_at="/account/")
    assert answer.status_code == 403
    assert "You made this invitation for Aileen" in answer.text


@pytest.mark.parametrize("path", ["/account/sign-on", "/sign-in/organisation"])
def test_without_a_sign_on_there_is_no_page_for_it(site: Site, path: str) -> None:
    assert site.come_in("participant").get(path).status_code == 404


def test_without_a_sign_on_nobody_sets_out_or_disconnects(site: Site) -> None:
    visitor = site.come_in("participant")
    assert visitor.post("/account/sign-on/end", seen_at="/account/").status_code == 404
    for path in ("/account/sign-on", "/sign-in/organisation"):
        assert visitor.post(path, {"back": ""}, seen_at="/account/").status_code in (403, 404)
    assert visitor.get("/sign-in/organisation/go").status_code in (403, 404)


# --- below the pages ---


def test_nobody_has_no_account(instance: Instance) -> None:
    for ask in (
        lambda scope: service.change_password(scope, PASSWORD, "kettle on the hob", None),
        lambda scope: service.revoke_other_sessions(scope, None),
        lambda scope: service.revoke_session(scope, new_id()),
        lambda scope: confirming.confirm_session(scope, SEALER, new_id(), confirming.Proof(), browser()),
        lambda scope: factors.factors_of(scope, None, "changers.example.org"),
        lambda scope: persons.take_back(scope, new_id()),
        lambda scope: queries.account_sheet(scope, None),
    ):
        with pytest.raises(NotFound):
            instance.do(ask)


def test_a_link_about_nobody_opens_nothing(instance: Instance) -> None:
    for purpose, read in (("invitation", service.open_invitation), ("set_up", service.open_set_up)):
        data = {"role": "participant", "email": None, "by": "hand", "operator": False}
        secret = instance.do(operations.issue_token, Ticket(purpose, 1, partner_id=instance.partner.id, data=data))
        with pytest.raises(NotFound):
            instance.see(read, secret)


def test_it_is_confirmed_for_one_s_own_session_alone(instance: Instance) -> None:
    one, other = Owner(instance).set_up(), Owner(instance)
    theirs = instance.arrive(instance.do(service.start_session, other.id, browser())).account
    assert theirs is not None
    for proof in (confirming.Proof(code=one.code()), confirming.Proof(password=PASSWORD)):
        with pytest.raises(NotFound):
            instance.do(confirming.confirm_session, SEALER, theirs.session_id, proof, browser(), actor=one.actor)
        instance.later(minutes=1)
    with pytest.raises(Invalid) as wrong:
        instance.do(confirming.confirm_session, SEALER, new_id(), confirming.Proof(code="000000"), browser(),
                    actor=one.actor)  # fmt: skip
    assert list(wrong.value.fields) == ["code"]


def test_codes_stay_while_there_is_something_they_stand_in_for(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    instance.do(service.new_codes, actor=owner.actor)
    instance.do(factors.drop_idle_codes, owner.id)
    assert instance.see(factors.factors_of, owner.id, "changers.example.org").codes_left == 10


def test_an_account_that_is_somebody_here_is_nobody_else_by_a_set_up_link(instance: Instance) -> None:
    email = fresh_email()
    account_id = instance.do(service.make_account, email, PASSWORD, proven=True)
    mine = instance.do(service.find_or_make_person, "Morag").id
    with instance.scope(write=True) as scope:
        queries.person_row(scope, mine).account_id = account_id
    secret = instance.do(service.issue_set_up, service.NewPerson("Morag again", email))
    instance.do(service.finish_set_up, secret, "", browser(), actor=ActorFacts(account_id))
    with instance.scope() as scope:
        named = {row.name: row.account_id for row in scope.db.query(Person).where(Person.name.like("Morag%"))}
    assert (named["Morag"], named["Morag again"]) == (account_id, None)


def test_somebody_from_a_register_gets_the_address_that_was_lacking(instance: Instance) -> None:
    key = new_id().hex
    first = instance.do(service.find_or_make_person, "Aileen", source="register", source_key=key).id
    email = fresh_email()
    again = instance.do(service.find_or_make_person, "Aileen", email, source="register", source_key=key).id
    with instance.scope() as scope:
        assert (again, queries.person_row(scope, first).email) == (first, email)


def test_a_session_is_noted_and_ended(instance: Instance) -> None:
    account_id = instance.do(service.make_account, fresh_email(), PASSWORD)
    secret = instance.do(service.start_session, account_id, browser())
    facts = instance.arrive(secret).account
    assert facts is not None
    instance.later(hours=2)
    with instance.operator(write=True) as scope:
        service.mark_seen(scope, facts.session_id)
        service.mark_seen(scope, new_id())
    with instance.operator() as scope:
        assert scope.db.get_one(SignInSession, facts.session_id).seen_at == instance.clock.now()
    for _ in range(2):
        instance.do(service.revoke_session, facts.session_id, actor=ActorFacts(account_id))
    assert instance.audit().count("account.session_revoked") == 1
    other = instance.do(service.start_session, account_id, browser())
    with instance.operator(write=True) as scope:
        service.end_every_session(scope)
    assert instance.arrive(other).account is None


def test_whoever_has_not_arrived_is_held_back_from_nothing(instance: Instance) -> None:
    actor = ActorFacts(roles=frozenset({"administrator"}))
    assert queries.held_back(actor, instance.arrive(None)) is actor


def test_whether_an_address_signs_in_is_asked_outside_any_partner(instance: Instance) -> None:
    email = fresh_email()
    instance.do(service.make_account, email, PASSWORD)
    assert queries.has_account(instance.engine, f" {email.upper()}")
    assert not queries.has_account(instance.engine, fresh_email())


def test_what_to_call_somebody_of_whom_only_the_address_is_known() -> None:
    assert [name_from(each) for each in ("ines.moreau+kit@example.org", "INES_M@example.org", "@")] == [
        "Ines Moreau", "Ines M", "@",
    ]  # fmt: skip


def test_a_language_is_kept_where_there_is_an_account(instance: Instance) -> None:
    person = instance.do(service.find_or_make_person, "Ruth").id
    actor = ActorFacts(new_id(), person)
    answers = service.ProfileAnswers(name="Ruth", locale=instance.partner.locales[0])
    with instance.scope(actor, write=True) as scope:
        service.save_profile(scope, answers, queries.person_row(scope, person).version)
    with instance.scope() as scope:
        assert queries.person_row(scope, person).locale == instance.partner.locales[0]
