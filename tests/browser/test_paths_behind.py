"""The main path of those behind the cohorts: who administers a partner, compares partners, looks after the instance."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.pages import faults_of
from tests.browser.site import Site, somebody
from tests.browser.visitor import Visitor

NEW = "Ben Çelik"


@pytest.fixture
def site(own_site: Site) -> Site:
    """What is done here is done in a demo of each test's own."""
    return own_site


def invite(visitor: Visitor, email: str = "") -> str:
    """Add somebody and invite them, from the list of people; answers the path of the invitation."""
    visitor.turn_to("/people/")
    visitor.tap("link", "Add somebody")
    visitor.page.get_by_label("Name").fill(NEW)
    if email:
        visitor.page.get_by_label("E-mail").fill(email)
    visitor.page.locator("main form button").click()
    visitor.tap("button", "Invite")
    letter = visitor.page.locator(".letter code").inner_text()
    return letter.removeprefix(visitor.site.address)


@pytest.mark.parametrize("key", ["helen", "gwen", "bridget"])
def test_an_administrator_looks_after_settings_and_people(key: str, visitor: Callable[..., Visitor]) -> None:
    administrator = visitor(key)
    administrator.turn_to("/settings/")
    administrator.page.get_by_label("How to reach them").fill("01632 960999")
    administrator.tap("button", "Save")
    expect(administrator.page.get_by_label("How to reach them")).to_have_value("01632 960999")
    for tab in ("Look", "Words", "Plugins", "Changes"):
        administrator.tap("link", tab, exact=True)
        expect(administrator.page.get_by_role("heading", level=1)).to_be_visible()
    expect(administrator.page.locator("main")).to_contain_text(administrator.page.locator(".menu-who").inner_text())
    invite(administrator)
    administrator.turn_to("/people/")
    expect(administrator.page.locator("main")).to_contain_text(NEW)


def test_an_analyst_compares_and_keeps_the_file(visitor: Callable[..., Visitor]) -> None:
    seun = visitor("seun")
    expect(seun.page.get_by_role("heading", level=1)).to_have_text("Partners side by side")
    names = seun.page.locator("main table").first.locator("tbody th").all_inner_texts()
    assert len(names) == 3
    assert names == sorted(names, key=str.casefold)
    seun.tap("link", "Completion")
    expect(seun.page.get_by_role("heading", level=1)).to_have_text("Completion")
    told = seun.page.locator("main table tbody th").all_text_contents()
    assert told
    assert {each.strip() for each in told} <= set(names)
    with seun.page.expect_download() as kept:
        seun.tap("link", "Download as CSV")
    text = kept.value.path().read_text("utf-8-sig")
    assert "Invented people and figures" in text
    assert all(name in text for name in names)


def test_an_operator_looks_after_the_instance(visitor: Callable[..., Visitor]) -> None:
    gwen = visitor("gwen")
    gwen.page.locator(".band details.menu summary", has_text="Gwen").click()
    gwen.tap("link", "Look after this instance")
    expect(gwen.page.get_by_role("heading", level=1)).to_have_text("Partners")
    for slug in ("corra-scotland", "childrens-society", "south-east", "foundation"):
        expect(gwen.page.get_by_role("link", name=f"/p/{slug}/")).to_be_visible()
    gwen.tap("link", "Plugins", exact=True)
    for plugin in ("Corra: communities in place", "The Children's Society: inside one organisation"):
        expect(gwen.page.locator("main")).to_contain_text(plugin)
    gwen.tap("link", "Mailbox", exact=True)
    expect(gwen.page.locator("main")).to_contain_text("No mail")


@pytest.mark.parametrize("key", ["helen", "gwen", "bridget"])
def test_an_invitation_is_found_in_the_mailbox_and_taken_up(key: str, visitor: Callable[..., Visitor]) -> None:
    slug, operator, stranger = somebody(key)[0], visitor("gwen"), visitor()
    invite(visitor(key), "ben@new.example")
    operator.site.send_mail()
    operator.go("/operator/mailbox")
    operator.page.locator("main a.row-link").first.click()
    text = operator.page.locator("main").inner_text()
    assert faults_of(operator, "/operator/mailbox/*") == []
    found = re.search(rf"{stranger.site.address}(/p/{slug}/invitation/\S+)", text)
    assert found is not None
    stranger.go(found[1])
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text(f"Welcome, {NEW}")
    assert faults_of(stranger, f"/p/{slug}/invitation/*") == []
    stranger.page.get_by_label("Password", exact=True).fill("a walk round the harbour")
    stranger.page.get_by_role("button", name="Come in").click()
    expect(stranger.page).to_have_url(re.compile(f"/p/{slug}/home/$"))


def test_a_printed_invitation_is_the_letter_alone(visitor: Callable[..., Visitor]) -> None:
    morag = visitor("morag")
    invite(morag)
    morag.page.emulate_media(media="print")
    expect(morag.page.locator(".letter")).to_be_visible()
    for unprinted in (".band", ".demo", ".main > h1", ".main .actions", ".foot"):
        for each in morag.page.locator(unprinted).all():
            expect(each).to_be_hidden()
    assert morag.page.locator("body").inner_text().strip().startswith(f"Dear {NEW},")
