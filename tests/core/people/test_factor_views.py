"""Pages of the second factor: signing in with it, being led to it, setting it up, and being asked again who it is."""

import json
import re
from typing import Any

import pytest
from pyotp import TOTP

from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ActorFacts
from systems_changers.testing.instance import set_up_app
from tests.core.instance import fresh_email
from tests.core.people.factors import PASSWORD, SoftKey
from tests.core.site import KEY, ORIGIN, TOKEN, Browser, Site

SECRET = re.compile(r'id="secret" value="([A-Z2-7]{32})"')
SEALED = re.compile(r'name="sealed" value="([^"]+)"')
CODE = re.compile(r"<code>([0-9a-z-]{19})</code>")


def person(site: Site, *roles: str, operator: bool = False) -> str:
    """Somebody without a second factor; answers the address."""
    email = fresh_email()
    account_id = site.instance.do(service.make_account, email, PASSWORD, proven=True)
    for role in roles:
        site.instance.do(service.grant_role, account_id, role)
    if operator:
        with site.instance.operator(write=True) as scope:
            scope.db.get_one(Account, account_id).is_operator = True
    return email


def signed_in(site: Site, *roles: str, slug: str | None = "", operator: bool = False) -> Browser:
    browser = site.browser(slug)
    email = person(site, *roles, operator=operator)
    browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    return browser


def now(secret: str, site: Site) -> str:
    return TOTP(secret).at(site.instance.clock.now())


def turn_on(browser: Browser, site: Site) -> tuple[str, Any]:
    """Set an app up on its page; answers its secret and the page that follows."""
    page = browser.get("/account/second-factor/app").text
    secret, sealed = SECRET.search(page), SEALED.search(page)
    assert secret is not None
    assert sealed is not None
    values = {"code": now(secret[1], site), "sealed": sealed[1], "back": "/home/?tab=2"}
    return secret[1], browser.post("/account/second-factor/app", values, seen_at="/account/second-factor/app")


def test_an_app_is_set_up_and_then_asked_for(site: Site) -> None:
    email, browser = person(site, "participant"), site.browser()
    browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    secret, done = turn_on(browser, site)
    assert done.status_code == 200
    codes = CODE.findall(done.text)
    assert len(set(codes)) == 10
    assert f'href="{browser.root}/home/?tab=2"' in done.text
    shown = browser.get("/account/second-factor").text
    assert "10 recovery codes are left" in shown
    assert not any(code in shown for code in codes)
    site.instance.later(minutes=1)
    phone = site.browser()
    first = phone.post("/sign-in", {"email": email, "password": PASSWORD, "back": "/account/"})
    assert first.headers["Location"] == f"{phone.root}/sign-in/second?back=%2Faccount%2F"
    assert "sc-session" not in first.headers["Set-Cookie"]
    for path in ("/account/", "/home/", "/account/second-factor"):
        assert phone.get(path).headers["Location"].startswith(f"{phone.root}/sign-in?back=")
    page = phone.get(first.headers["Location"])
    assert 'name="code"' in page.text
    assert "<form" in page.text
    wrong = phone.post("/sign-in/second", {"code": "abc", "back": ""})
    assert (wrong.status_code, "isn&#39;t right" in wrong.text) == (422, True)
    right = phone.post("/sign-in/second", {"code": now(secret, site), "back": "/account/"})
    assert right.headers["Location"] == f"{phone.root}/account/"
    assert phone.get("/account/").status_code == 200
    again = phone.get("/sign-in/second")
    assert (again.status_code, again.headers["Location"]) == (303, f"{phone.root}/sign-in")


def test_a_recovery_code_is_taken_in_the_same_field(site: Site) -> None:
    email, browser = person(site), site.browser()
    browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    _, done = turn_on(browser, site)
    phone = site.browser()
    phone.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    answer = phone.post("/sign-in/second", {"code": CODE.findall(done.text)[3], "back": ""})
    assert answer.headers["Location"] == f"{phone.root}/home/"
    assert "9 recovery codes are left" in phone.get("/account/second-factor").text


def test_without_a_first_step_there_is_no_second(site: Site) -> None:
    browser = site.browser()
    assert browser.get("/sign-in/second").headers["Location"] == f"{browser.root}/sign-in"
    assert browser.post("/sign-in/second", {"code": "123456"}).headers["Location"] == f"{browser.root}/sign-in"


def test_trying_without_a_first_step_is_slowed(site: Site) -> None:
    browser = site.browser()
    browser.client.environ_base["REMOTE_ADDR"] = "198.51.100.60"
    got = [browser.post("/sign-in/second", {"code": f"{number:06}"}).status_code for number in range(61)]
    assert got == [303] * 60 + [429]


# --- who must have one ---


def test_an_administrator_is_led_to_set_one_up_and_may_do_what_a_facilitator_does(site: Site) -> None:
    email, browser = person(site, "administrator"), site.browser()
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": "/people/"})
    assert answer.headers["Location"] == f"{browser.root}/account/second-factor?back=%2Fpeople%2F"
    assert "Your role asks for one of these two" in browser.get(answer.headers["Location"]).text
    people = browser.get("/people/")
    assert people.status_code == 200
    assert "One more step before you look after this place" in people.text
    settings = browser.get("/settings/changes")
    assert settings.headers["Location"] == f"{browser.root}/account/second-factor?back=%2Fsettings%2Fchanges"
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth", fresh_email()).id)
    refused = browser.post(f"/people/{ruth}/roles/facilitator/give", seen_at="/people/new")
    assert refused.status_code == 403
    assert "Set up a second factor first" in refused.text
    invited = browser.post(f"/people/{ruth}/invite", {"role": "administrator"}, seen_at="/people/new")
    assert invited.status_code == 403, "as a facilitator one invites no administrator"
    turn_on(browser, site)
    assert browser.get("/settings/changes").status_code == 200
    assert "One more step" not in browser.get("/people/").text


def test_an_operator_is_led_to_set_one_up(site: Site) -> None:
    browser = signed_in(site, operator=True, slug=None)
    asked = browser.get("/operator/plugins")
    assert asked.headers["Location"] == "/account/second-factor?back=%2Foperator%2Fplugins"
    turn_on(browser, site)
    assert browser.get("/operator/plugins").status_code == 200


def test_the_set_up_link_leads_there_too(site: Site) -> None:
    secret = site.instance.do(service.issue_set_up, service.NewPerson("Euan", fresh_email(), operator=True))
    browser, path = site.browser(), f"/set-up/{secret}"
    answer = browser.post(path, {"password": PASSWORD}, seen_at=path)
    assert answer.headers["Location"] == f"{browser.root}/account/second-factor?back=%2Fget-started"


def test_nobody_else_is_held_up(site: Site) -> None:
    for role in ("facilitator", "participant", "line_manager", "analyst"):
        browser = site.browser()
        answer = browser.post("/sign-in", {"email": person(site, role), "password": PASSWORD, "back": ""})
        assert answer.headers["Location"] == f"{browser.root}/home/"
        assert "One more step" not in browser.get("/account/").text


def test_an_operators_link_asks_for_the_factor_that_the_account_has(site: Site) -> None:
    email = person(site)
    account_id = site.instance.see(queries.account_of, email)
    site.instance.do(set_up_app, KEY, actor=ActorFacts(account_id))
    secret = site.instance.do(service.issue_set_up, service.NewPerson("Euan", email, operator=True))
    browser, path = site.browser(), f"/set-up/{secret}"
    answer = browser.post(path, {"password": "kettle on the hob"}, seen_at=path)
    assert answer.headers["Location"] == f"{browser.root}/sign-in/second?back=%2Fget-started"
    assert browser.get("/account/").status_code == 303


# --- passkeys ---


def use(browser: Browser, key: SoftKey, path: str, name: str = "passkey", **values: str) -> Any:
    """Do what the script does: ask for a challenge, answer it."""
    asked = browser.post("/sign-in/passkey/challenge", seen_at="/sign-in")
    assert asked.content_type == "application/json"
    return browser.post(path, {name: key.use(asked.text), **values})


def with_key(site: Site, browser: Browser) -> SoftKey:
    key = SoftKey("127.0.0.1", ORIGIN)
    asked = browser.post("/account/passkeys/challenge", seen_at="/account/passkeys/new")
    made = browser.post("/account/passkeys/new", {"name": "My phone", "passkey": key.make(asked.text), "back": ""},
                        seen_at="/account/passkeys/new")  # fmt: skip
    assert len(CODE.findall(made.text)) == 10
    return key


def test_a_passkey_is_added_used_and_removed(site: Site) -> None:
    browser = signed_in(site, "administrator")
    key = with_key(site, browser)
    assert browser.get("/settings/changes").status_code == 200
    assert "My phone" in browser.get("/account/second-factor").text
    phone = site.browser()
    answer = use(phone, key, "/sign-in/passkey", back="/people/")
    assert answer.headers["Location"] == f"{phone.root}/people/"
    remove = re.search(r'action="([^"]*/account/passkeys/[^"]*/remove)"', browser.get("/account/second-factor").text)
    assert remove is not None
    assert browser.post(remove[1], seen_at="/account/").status_code == 303
    gone = use(site.browser(), key, "/sign-in/passkey", back="")
    assert gone.status_code == 422
    assert "This passkey doesn&#39;t work here" in gone.text


def test_a_passkey_is_a_second_step(site: Site) -> None:
    email, browser = person(site), site.browser()
    browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    key, phone = with_key(site, browser), site.browser()
    assert phone.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""}).status_code == 303
    stranger = use(phone, with_key(site, signed_in(site)), "/sign-in/second", back="")
    assert stranger.status_code == 422
    answer = use(phone, key, "/sign-in/second", back="/account/")
    assert answer.headers["Location"] == f"{phone.root}/account/"


def test_a_name_is_missing_or_the_address_is_a_number(site: Site) -> None:
    browser = signed_in(site)
    assert "this address is a number" in browser.get("/account/passkeys/new").text
    empty = browser.post("/account/passkeys/new", {"name": "", "passkey": "{}"}, seen_at="/account/")
    assert empty.status_code == 422
    junk = browser.post("/account/passkeys/new", {"name": "Key", "passkey": "{}"}, seen_at="/account/")
    assert (junk.status_code, "work here" in junk.text) == (422, True)


def test_the_challenge_wants_the_form_token(site: Site) -> None:
    browser = site.browser()
    assert browser.client.post(f"{browser.root}/sign-in/passkey/challenge", base_url=ORIGIN).status_code == 400
    token = TOKEN.search(browser.get("/sign-in").text)
    assert token is not None
    asked = browser.client.post(f"{browser.root}/sign-in/passkey/challenge", base_url=ORIGIN,
                                headers={"X-CSRF-Token": token[1]})  # fmt: skip
    assert set(json.loads(asked.text)) >= {"challenge", "rpId", "userVerification"}


def test_the_factor_is_turned_off_and_codes_are_made_anew(site: Site) -> None:
    browser = signed_in(site)
    _, done = turn_on(browser, site)
    made = browser.post("/account/second-factor/codes", seen_at="/account/")
    assert set(CODE.findall(made.text)).isdisjoint(CODE.findall(done.text))
    assert browser.post("/account/second-factor/app/off", seen_at="/account/").status_code == 303
    assert "Set up an app" in browser.get("/account/second-factor").text
    assert browser.post("/account/second-factor/app/off", seen_at="/account/").status_code == 404


# --- asked again ---


@pytest.fixture
def late(site: Site) -> Browser:
    """An administrator who signed in a quarter of an hour ago."""
    browser = site.come_in("administrator")
    site.instance.later(minutes=15)
    return browser


def hidden(page: str) -> dict[str, str]:
    """What the first form of a page carries."""
    form = page.split("<main", 1)[1].split("<form", 1)[1].split("</form>", 1)[0]
    return dict(re.findall(r'<input type="hidden"[^>]*name="([^"]+)" value="([^"]*)"', form))


def test_a_dangerous_act_asks_who_is_there_and_then_goes_on(site: Site, late: Browser) -> None:
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth", fresh_email()).id)
    path = f"/people/{ruth}/invite"
    asked = late.post(path, {"role": "administrator"}, seen_at="/people/new")
    assert asked.status_code == 403
    assert "Is it you?" in asked.text
    carried = hidden(asked.text)
    assert (carried["confirm_to"], carried["role"]) == (late.root + path, "administrator")
    wrong = late.post("/account/confirm", {**carried, "confirm_password": "wrong"}, seen_at="/people/new")
    assert wrong.status_code == 422
    assert hidden(wrong.text)["role"] == "administrator"
    right = late.post("/account/confirm", {**carried, "confirm_password": PASSWORD}, seen_at="/people/new")
    assert (right.status_code, right.headers["Location"]) == (307, late.root + path)
    done = late.post(path, {**carried, "confirm_password": PASSWORD}, seen_at="/people/new")
    assert done.status_code == 200
    assert "/invitation/" in done.text
    assert late.post(path, {"role": "administrator"}, seen_at="/people/new").status_code == 200


def test_what_is_not_dangerous_asks_nothing(site: Site, late: Browser) -> None:
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth", fresh_email()).id)
    assert late.post(f"/people/{ruth}/invite", {"role": "participant"}, seen_at="/people/new").status_code == 200
    assert late.get("/settings/changes").status_code == 200


def test_a_page_that_asks_first_comes_after_the_answer(site: Site, late: Browser) -> None:
    asked = late.get("/account/second-factor/app")
    assert asked.headers["Location"] == f"{late.root}/account/confirm?back=%2Faccount%2Fsecond-factor%2Fapp"
    page = late.get(asked.headers["Location"]).text
    answer = late.post("/account/confirm", {**hidden(page), "confirm_password": PASSWORD}, seen_at="/account/")
    assert answer.headers["Location"] == f"{late.root}/account/second-factor/app"
    assert late.get("/account/second-factor/app").status_code == 200


def test_a_password_that_was_typed_is_never_written_into_a_page(site: Site, late: Browser) -> None:
    assert "field-current" not in late.get("/account/").text
    values = {"current": PASSWORD, "new": "kettle on the hob"}
    asked = late.post("/account/password", values, seen_at="/people/new")
    assert asked.status_code == 403
    assert not any(each in asked.text for each in values.values())
    assert hidden(asked.text)["confirm_back"] == "/account/"
    late.post("/account/confirm", {"confirm_password": PASSWORD, "confirm_back": "/account/"}, seen_at="/people/new")
    assert "field-current" in late.get("/account/").text
    assert late.post("/account/password", values, seen_at="/people/new").status_code == 303


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/people/new", "{root}/people/new",
                                "{root}/x/corra/", "{root}//evil.example", "{root}/none"])  # fmt: skip
def test_one_goes_on_to_what_asks_first_and_nowhere_else(site: Site, late: Browser, to: str) -> None:
    values = {"confirm_to": to.format(root=late.root), "confirm_password": PASSWORD}
    answer = late.post("/account/confirm", values, seen_at="/people/new")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{late.root}/home/")


def test_a_code_or_a_passkey_confirms_as_well(site: Site) -> None:
    browser = signed_in(site)
    secret, _ = turn_on(browser, site)
    site.instance.later(minutes=16)
    assert browser.get("/account/passkeys/new").status_code == 303
    answer = browser.post("/account/confirm", {"confirm_code": now(secret, site)}, seen_at="/account/")
    assert answer.status_code == 303
    key = SoftKey("127.0.0.1", ORIGIN)
    asked = browser.post("/account/passkeys/challenge", seen_at="/account/passkeys/new")
    browser.post("/account/passkeys/new", {"name": "Key", "passkey": key.make(asked.text)}, seen_at="/account/")
    site.instance.later(minutes=16)
    other = with_key(site, signed_in(site))
    assert use(browser, other, "/account/confirm", "confirm_passkey").status_code == 422
    assert browser.get("/account/passkeys/new").status_code == 303
    assert use(browser, key, "/account/confirm", "confirm_passkey").status_code == 303
    assert browser.get("/account/passkeys/new").status_code == 200


def test_somebody_with_neither_signs_in_again(site: Site) -> None:
    account_id = site.instance.do(service.make_account, fresh_email(), None, proven=True)
    secret = site.instance.do(service.start_session, account_id, service.Browser("127.0.0.1"))
    browser = site.browser()
    browser.client.set_cookie("sc-session", secret, domain="127.0.0.1")
    site.instance.later(minutes=15)
    page = browser.get(browser.get("/account/second-factor/app").headers["Location"]).text
    assert "neither a password nor a second factor" in page
    assert browser.post("/account/confirm", {"confirm_password": ""}, seen_at="/account/").status_code == 422
