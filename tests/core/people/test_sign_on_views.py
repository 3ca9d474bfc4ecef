"""Pages of signing in with an organisation's own accounts, against a real service that runs beside the tests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest

from systems_changers.core.people import queries, service
from systems_changers.core.people.service import Saver
from systems_changers.infra.clock import FixedClock
from tests.core.instance import Instance, fresh_email
from tests.core.people.factors import PASSWORD, SEALER
from tests.core.people.organisation import answers, mock, tell_mock
from tests.core.site import Browser, Site, open_site

WAY = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')
FORM = {
    "mode": "offered", "kind": "other", "name": "Charity", "directory": "", "hosted_domain": "",
    "issuer": "https://login.charity.example", "client_id": "kit", "client_secret": "top of the secret",
    "domains": "charity.example\nsub.charity.example",
}  # fmt: skip


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with mock() as address:
        yield address


@pytest.fixture
def here(instance: Instance, tmp_path: Path) -> Site:
    """A site on this machine that may ask this machine; the service's clock is the true one."""
    instance.clock = FixedClock(datetime.now(UTC))
    return open_site(instance, tmp_path, debug=True)


def set_up(site: Site, issuer: str, **other: Any) -> None:
    saver = Saver(signed_on=True, session_id=None, here=True)
    found = site.instance.see(queries.sign_on_at)
    given = answers(issuer=issuer, **other)
    site.instance.do(service.save_sign_on, SEALER, given, found.version if found else None, saver)


def listed(site: Site, issuer: str, *, verified: str = "true") -> str:
    """A person on the partner's list whom the service knows; answers the address, which is the service's name too."""
    email = fresh_email().partition("@")[0] + "@charity.example"
    site.instance.do(lambda scope: service.find_or_make_person(scope, "Anna", email).id)
    tell_mock(issuer, email, f'{{"email": "{email}", "email_verified": {verified}}}'.encode())
    return email


class _Stays(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """None: it is read, not followed."""


def consent(way: str, subject: str) -> str:
    """Sign in at the service; answers where it sends the browser back to, without the host."""
    try:
        build_opener(_Stays).open(Request(way, f"sub={subject.replace('@', '%40')}".encode()))
    except HTTPError as answer:
        location: str = answer.headers["Location"]
        answer.close()
        return location.removeprefix("http://127.0.0.1")
    raise AssertionError(way)


def go(browser: Browser, subject: str, back: str = "/account/") -> Any:
    """There and back; answers what follows on the form that came back."""
    begun = browser.post("/sign-in/organisation", {"back": back})
    assert begun.headers["Location"] == f"{browser.root}/sign-in/organisation/go"
    return finish(browser, subject)


def finish(browser: Browser, subject: str) -> Any:
    way = WAY.search(browser.get("/sign-in/organisation/go").text)
    assert way is not None
    came = consent(html.unescape(way[1]), subject)
    page = browser.get(came)
    assert page.status_code == 200, page.text
    fields = {name: html.unescape(re.search(f'name="{name}"[^>]*value="([^"]+)"', page.text)[1])  # type: ignore[index]  # shown above
              for name in ("state", "code")}  # fmt: skip
    return browser.post("/sign-in/organisation/back", fields)


def test_a_person_comes_in_with_the_organisations_account(here: Site, issuer: str) -> None:
    browser = here.browser()
    assert "Sign in with Charity" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/organisation").status_code == 404
    set_up(here, issuer)
    email = listed(here, issuer)
    assert "Sign in with Charity" in browser.get("/sign-in").text
    assert "Sign in with Charity" in browser.get("/sign-in/organisation").text
    done = go(browser, email)
    assert (done.status_code, done.headers["Location"]) == (303, f"{browser.root}/account/")
    assert any(each.startswith("sc-sign-on=;") for each in done.headers.getlist("Set-Cookie"))
    assert email in browser.get("/account/").text
    other = here.browser(here.instance.other.slug)
    other.client = browser.client
    assert other.get("/account/").headers["Location"].startswith(f"{other.root}/sign-in")
    outside = here.browser(None)
    outside.client = browser.client
    assert outside.get("/account/").headers["Location"].startswith("/sign-in")
    assert browser.post("/sign-out").headers["Location"] == f"{browser.root}/"
    assert browser.get("/account/").status_code == 303


def test_dangerous_acts_ask_again(here: Site, issuer: str) -> None:
    set_up(here, issuer)
    browser = here.browser()
    go(browser, listed(here, issuer))
    asked = browser.post("/account/password", {"current": "", "new": "four words that fit"}, seen_at="/account/")
    assert (asked.status_code, "Is it you?" in asked.text) == (403, True)
    assert "neither a password nor a second factor" in asked.text


def test_what_goes_wrong_is_said_plainly_and_alike(here: Site, issuer: str) -> None:
    set_up(here, issuer)
    stranger, known = fresh_email().partition("@")[0] + "@charity.example", listed(here, issuer)
    tell_mock(issuer, stranger, f'{{"email": "{stranger}", "email_verified": true}}'.encode())
    here.instance.do(service.make_account, known, PASSWORD, proven=True)
    unverified = listed(here, issuer, verified="false")
    pages = [go(here.browser(), each) for each in (stranger, known, unverified)]
    assert [page.status_code for page in pages] == [403] * 3
    said = [re.search(r"<p>(You can.t come in|Your organisation)", html.unescape(page.text)) for page in pages]
    assert [each[1] if each else None for each in said] == ["You can't come in"] * 2 + ["Your organisation"]
    assert not any("sc-session" in str(page.headers.getlist("Set-Cookie")) for page in pages)


def test_what_did_not_begin_here_is_not_taken(here: Site, issuer: str) -> None:
    set_up(here, issuer)
    email, browser, victim = listed(here, issuer), here.browser(), here.browser()
    browser.post("/sign-in/organisation", {"back": ""})
    way = WAY.search(browser.get("/sign-in/organisation/go").text)
    assert way is not None
    came = consent(html.unescape(way[1]), email)
    for taken in (victim, here.browser(here.instance.other.slug)):
        assert taken.get(came.replace(browser.root, taken.root)).status_code in {403, 404}
    state, code = (re.search(rf"{name}=([^&]+)", came)[1] for name in ("state", "code"))  # type: ignore[index]  # in it
    given = {"state": state, "code": code}
    assert victim.post("/sign-in/organisation/back", given).status_code == 403
    assert browser.client.post(f"{browser.root}/sign-in/organisation/back", data=given).status_code == 400
    assert browser.get("/sign-in/organisation/back?error=access_denied&state=" + state).status_code == 403
    assert browser.post("/sign-in/organisation/back", given).status_code == 303
    assert browser.post("/sign-in/organisation/back", given).status_code == 403


def test_a_service_that_is_away_or_inside_is_not_reached(here: Site, issuer: str, instance: Instance) -> None:
    set_up(here, "http://localhost:9")
    page = here.browser().post("/sign-in/organisation", {"back": ""})
    assert (page.status_code, "can&#39;t be reached" in page.text) == (403, True)
    set_up(here, issuer)
    strict = open_site(instance, here.settings.data)
    page = strict.browser().post("/sign-in/organisation", {"back": ""})
    assert (page.status_code, "can&#39;t be reached" in page.text) == (403, True)


# --- settings ---


def test_an_administrator_sets_it_up(site: Site) -> None:
    browser = site.come_in("administrator")
    page = browser.get("/settings/sign-on").text
    assert f"http://127.0.0.1{browser.root}/sign-in/organisation/back" in page
    saved = browser.post("/settings/sign-on", FORM, seen_at="/settings/sign-on")
    assert saved.headers["Location"] == f"{browser.root}/settings/sign-on"
    page = browser.get("/settings/sign-on").text
    assert 'value="https://login.charity.example"' in page
    assert "top of the secret" not in page
    wrong = browser.post("/settings/sign-on", {**FORM, "issuer": "https://10.0.0.1", "version": "1"})
    assert (wrong.status_code, "inside a private network" in wrong.text) == (422, True)
    assert "top of the secret" not in wrong.text
    late = browser.post("/settings/sign-on", {**FORM, "name": "Another"})
    assert (late.status_code, "top of the secret" in late.text) == (409, False)
    for other in ({"mode": "always"}, {"kind": "saml"}):
        assert browser.post("/settings/sign-on", {**FORM, **other, "version": "1"}).status_code == 422
    required = browser.post("/settings/sign-on", {**FORM, "mode": "required", "version": "1"})
    assert (required.status_code, "sign in with it yourself" in required.text) == (422, True)
    assert site.come_in("facilitator").get("/settings/sign-on").status_code == 403


def test_it_is_confirmed_first_and_the_secret_is_typed_again(site: Site) -> None:
    browser = site.come_in("administrator")
    token = browser.get("/settings/sign-on").text
    assert 'name="client_secret"' in token
    site.instance.later(minutes=20)
    assert 'name="client_secret"' not in browser.get("/settings/sign-on").text
    asked = browser.post("/settings/sign-on", FORM, seen_at="/account/")
    assert (asked.status_code, "top of the secret" in asked.text) == (403, False)
    assert 'name="confirm_back" value="/settings/sign-on"' in asked.text


def test_staff_are_asked_to_come_in_with_it(here: Site, issuer: str) -> None:
    set_up(here, issuer)
    browser = here.come_in("facilitator", "participant")
    subject = listed(here, issuer)
    assert "Connect my account" in browser.get("/account/sign-on").text
    browser.post("/account/sign-on", seen_at="/account/sign-on")
    done = finish(browser, subject)
    assert done.headers["Location"] == f"{browser.root}/account/sign-on"
    assert "Connected" in browser.get("/account/sign-on").text
    assert browser.get("/people/").status_code == 200
    set_up(here, issuer, mode="required")
    led = browser.get("/people/")
    assert led.headers["Location"] == f"{browser.root}/sign-in/organisation?back=%2Fpeople%2F"
    assert "asks its staff" in browser.get("/sign-in/organisation").text
    assert "organisation&#39;s account" in browser.get("/home/").text
    refused = browser.post("/people/new", {"name": "Ruth", "email": ""}, seen_at="/account/")
    assert (refused.status_code, "organisation&#39;s account first" in refused.text) == (403, True)
    done = go(browser, subject, "/people/")
    assert done.headers["Location"] == f"{browser.root}/people/"
    assert browser.get("/people/").status_code == 200
    assert browser.post("/account/sign-on/end", seen_at="/account/").status_code in {303, 403}
