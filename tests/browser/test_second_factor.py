"""A passkey and an app in a real browser, with an authenticator that the browser itself plays; axe looks on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import CDPSession, expect
from pyotp import TOTP

from tests.browser.pages import faults_of
from tests.browser.site import Site, somebody
from tests.browser.visitor import Visitor

PASSWORD = "a walk round the harbour"


@pytest.fixture
def site(own_site: Site) -> Site:
    """A demo of each test's own, at a name: browsers have no passkeys for a number."""
    return Site(own_site.address.replace("127.0.0.1", "localhost"), own_site.house)


def authenticator(visitor: Visitor, *, verifies: bool = True) -> CDPSession:
    """A phone that keeps passkeys and checks its owner."""
    session = visitor.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": verifies, "automaticPresenceSimulation": True}  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def with_password(site: Site, visitor: Callable[..., Visitor]) -> Visitor:
    """Kirsty, who has signed in with a password."""
    slug, email = somebody("kirsty")
    site.give_password(email, PASSWORD)
    kirsty = visitor()
    sign_in(kirsty, slug, email)
    expect(kirsty.page).to_have_url(re.compile(r"^[^?]*/home/$"))
    return kirsty


def sign_in(visitor: Visitor, slug: str, email: str) -> None:
    visitor.go(f"/p/{slug}/sign-in")
    visitor.page.get_by_label("E-mail").first.fill(email)
    visitor.page.get_by_label("Password").first.fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_made_and_signs_in_alone_and_as_a_second_step(site: Site, visitor: Callable[..., Visitor]) -> None:
    kirsty = with_password(site, visitor)
    slug, email = somebody("kirsty")
    authenticator(kirsty)
    kirsty.go(f"/p/{slug}/account/second-factor")
    kirsty.tap("link", "Add a passkey")
    faults = faults_of(kirsty, "/account/passkeys/new")
    kirsty.page.get_by_label("What shall we call it?").fill("My phone")
    kirsty.tap("button", "Make the passkey")
    expect(kirsty.page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    assert kirsty.page.locator(".codes code").count() == 10
    faults += faults_of(kirsty, "/account/codes")
    kirsty.tap("link", "I have kept them")
    expect(kirsty.page.locator("main")).to_contain_text("My phone")

    kirsty.context.clear_cookies()
    kirsty.go(f"/p/{slug}/sign-in?back=/experiments/")
    kirsty.tap("button", "Sign in with a passkey")
    expect(kirsty.page).to_have_url(re.compile(r"^[^?]*/experiments/$"))

    kirsty.context.clear_cookies()
    sign_in(kirsty, slug, email)
    expect(kirsty.page.get_by_role("heading", level=1)).to_have_text("One more step")
    faults += faults_of(kirsty, "/sign-in/second")
    kirsty.tap("button", "Use a passkey")
    expect(kirsty.page).to_have_url(re.compile(r"^[^?]*/home/$"))

    kirsty.go(f"/p/{slug}/account/confirm?back=/account/")
    faults += faults_of(kirsty, "/account/confirm")
    kirsty.tap("button", "Use a passkey")
    expect(kirsty.page).to_have_url(re.compile(r"^[^?]*/account/$"))
    assert faults == []


def test_a_device_that_checks_nobody_makes_no_passkey(site: Site, visitor: Callable[..., Visitor]) -> None:
    kirsty = with_password(site, visitor)
    authenticator(kirsty, verifies=False)
    kirsty.go(f"/p/{somebody('kirsty')[0]}/account/passkeys/new")
    kirsty.tap("button", "Make the passkey")
    expect(kirsty.page.locator("[data-passkey-trouble]")).to_be_visible()
    expect(kirsty.page.locator("[data-passkey-start]")).to_be_enabled()


def test_an_app_is_set_up_from_the_account_page(site: Site, visitor: Callable[..., Visitor]) -> None:
    kirsty = with_password(site, visitor)
    slug, email = somebody("kirsty")
    kirsty.go(f"/p/{slug}/account/")
    kirsty.page.locator("#factor ~ p a").click()
    kirsty.tap("link", "Set up an app")
    secret = kirsty.page.locator("#secret").get_attribute("value") or ""
    now = site.house.kit.clock.now()
    kirsty.page.get_by_label("Code").fill(TOTP(secret).at(now))
    kirsty.tap("button", "Turn it on")
    expect(kirsty.page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    kirsty.context.clear_cookies()
    sign_in(kirsty, slug, email)
    kirsty.page.get_by_label("Code").fill(TOTP(secret).at(now + timedelta(seconds=30)))
    kirsty.tap("button", "Go on")
    expect(kirsty.page).to_have_url(re.compile(r"^[^?]*/home/$"))


def test_without_scripts_the_page_says_so_and_the_other_ways_stay(site: Site, visitor: Callable[..., Visitor]) -> None:
    slug, email = somebody("kirsty")
    site.give_password(email, PASSWORD)
    browser = visitor().context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/p/{slug}/sign-in")
    expect(page.locator("main")).to_contain_text("Passkeys need JavaScript")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.get_by_label("E-mail").first.fill(email)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(re.compile(r"^[^?]*/home/$"))
    context.close()
