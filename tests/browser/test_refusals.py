"""The pages that nobody means to see: an error, a form that was refused, two who wrote at once, a link that is gone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.pages import faults_of
from tests.browser.site import Site
from tests.browser.visitor import Visitor

PARTNERS = ("corra-scotland", "childrens-society", "south-east")


@pytest.fixture
def site(own_site: Site) -> Site:
    """What is done here is done in a demo of each test's own."""
    return own_site


def send(visitor: Visitor, button: str, status: int) -> None:
    """Send the form that is open; `status` is what it is answered with."""
    if status >= 400:
        visitor.refusals.add(status)
    with visitor.page.expect_response(lambda answer: answer.request.method == "POST") as got:
        visitor.page.locator("main, .aside").get_by_role("button", name=button, exact=True).first.click()
    assert got.value.status == status
    visitor.page.wait_for_load_state()


def save_meanwhile(visitor: Visitor, field: str, button: str) -> None:
    """Save the form that is open in a second tab, and come back to the first."""
    tab = visitor.context.new_page()
    tab.goto(visitor.page.url)
    tab.locator(f'main [name="{field}"]').fill("What was written meanwhile")
    with tab.expect_navigation() as got:
        tab.locator("main").get_by_role("button", name=button, exact=True).click()
    assert got.value.ok
    tab.close()


def test_error_pages(visitor: Callable[..., Visitor]) -> None:
    stranger, kirsty, faults = visitor(), visitor("kirsty"), []
    for path in ("/nothing", *(f"/p/{slug}/nothing" for slug in PARTNERS), "/p/south-east/invitation/gone",
                 "/sign-in/link/gone"):  # fmt: skip
        stranger.go(path, 404)
        faults += faults_of(stranger, path)
    kirsty.go(kirsty.root + "/modules/", 403)
    expect(kirsty.page.get_by_role("heading", level=1)).to_have_text("That is not open to you")
    assert faults + faults_of(kirsty, kirsty.path) == []


@pytest.mark.parametrize("place", ["", "/p/corra-scotland", "/p/childrens-society"])
def test_signing_in_that_fails_and_a_link_that_is_sent(place: str, visitor: Callable[..., Visitor]) -> None:
    stranger = visitor()
    stranger.go(f"{place}/sign-in")
    stranger.page.get_by_label("E-mail").first.fill("nobody@new.example")
    stranger.page.get_by_label("Password").first.fill("not the harbour")
    send(stranger, "Sign in", 422)
    faults = faults_of(stranger, f"{place}/sign-in refused")
    stranger.go(f"{place}/sign-in/link")
    stranger.page.get_by_label("E-mail").first.fill("nobody@new.example")
    stranger.page.locator("main form button").first.click()
    expect(stranger.page.locator("main form")).to_have_count(0)
    assert faults + faults_of(stranger, f"{place}/sign-in/link sent") == []


def test_two_texts_of_one_experiment(visitor: Callable[..., Visitor]) -> None:
    grace = visitor("grace")
    grace.turn_to("/experiments/")
    grace.tap("link", "Go back and tell them")
    grace.tap("link", "Frame it")
    expect(grace.page.locator("main textarea").first).to_be_visible()
    field = grace.page.locator("main textarea").first.get_attribute("name") or ""
    save_meanwhile(grace, field, "Save")
    grace.page.locator(f'main [name="{field}"]').fill("What was written here")
    send(grace, "Save", 409)
    for text in ("What was written meanwhile", "What was written here"):
        expect(grace.page.locator("main")).to_contain_text(text)
    assert faults_of(grace, "two texts of an experiment") == []
    send(grace, "Keep both", 303)
    expect(grace.page.locator("main")).to_contain_text("What was written meanwhile")


@pytest.mark.parametrize("key", ["helen", "gwen", "bridget"])
def test_two_who_saved_the_settings(key: str, visitor: Callable[..., Visitor]) -> None:
    administrator = visitor(key)
    administrator.turn_to("/settings/")
    expect(administrator.page.get_by_label("How to reach them")).to_be_visible()
    save_meanwhile(administrator, "care_contact", "Save")
    administrator.page.get_by_label("How to reach them").fill("01632 960999")
    send(administrator, "Save", 409)
    assert faults_of(administrator, f"settings met by {key}") == []


@pytest.mark.parametrize("key", ["kirsty", "priti", "grace"])
def test_a_form_of_somebody_who_has_gone_keeps_what_was_written(key: str, visitor: Callable[..., Visitor]) -> None:
    participant = visitor(key)
    participant.page.locator('main input[name="title"]').fill("Ask what the letter is for")
    participant.context.clear_cookies()
    send(participant, "Keep it", 400)
    expect(participant.page.get_by_role("heading", level=1)).to_have_text("Not saved yet, and nothing is lost")
    expect(participant.page.get_by_label("Title")).to_have_value("Ask what the letter is for")
    assert faults_of(participant, f"kept for {key}") == []


@pytest.mark.parametrize("key", ["morag", "yasmin", "bridget"])
def test_an_invitation_and_a_password_that_is_too_easy(key: str, visitor: Callable[..., Visitor]) -> None:
    facilitator, stranger = visitor(key), visitor()
    facilitator.go(facilitator.root + "/people/new")
    facilitator.page.get_by_label("Name").fill("Ben Çelik")
    facilitator.page.locator("main form button").click()
    facilitator.tap("button", "Invite")
    link = facilitator.page.locator(".letter code").inner_text().removeprefix(stranger.site.address)
    faults = faults_of(facilitator, f"invited by {key}")
    stranger.go(link)
    faults += faults_of(stranger, f"invitation of {key}")
    stranger.page.get_by_label("E-mail").first.fill("ben@new.example")
    stranger.page.get_by_label("Password", exact=True).fill("aaaaaaaaaaaaaaaa")
    send(stranger, "Come in", 422)
    faults += faults_of(stranger, f"invitation of {key} refused")
    facilitator.go(link)  # who is signed in is asked whether to come in with that account
    assert faults + faults_of(facilitator, f"invitation of {key} signed in") == []


def test_a_session_that_is_sealed_twice(visitor: Callable[..., Visitor]) -> None:
    yasmin = visitor("yasmin")
    yasmin.page.locator("main .card", has_text="Write up").first.get_by_role("link").click()
    yasmin.tap("link", "Write up", exact=True)
    expect(yasmin.page.get_by_role("button", name="Write up and seal")).to_be_visible()
    tab = yasmin.context.new_page()
    tab.goto(yasmin.page.url)
    tab.get_by_role("button", name="Write up and seal").click()
    expect(tab.locator("main")).to_contain_text("Sealed by the facilitator")
    send(yasmin, "Write up and seal", 409)
    assert faults_of(yasmin, "a session sealed twice") == []


def test_a_step_that_was_taken_already(visitor: Callable[..., Visitor]) -> None:
    morag = visitor("morag")
    morag.tap("link", "Portlaggan Together", exact=True)
    expect(morag.page.get_by_role("button", name="Begin closing")).to_be_visible()
    tab = morag.context.new_page()
    tab.goto(morag.page.url)
    tab.get_by_role("button", name="Begin closing").click()
    expect(tab.get_by_role("button", name="Move to follow-up")).to_be_visible()
    send(morag, "Begin closing", 409)
    expect(morag.page.get_by_role("heading", level=1)).to_have_text("Not yet")
    assert faults_of(morag, "a step refused") == []
