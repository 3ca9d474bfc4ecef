"""The main path of those in a cohort, at each partner, as a person takes it; what it costs is counted and printed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.site import Site, somebody
from tests.browser.visitor import Visitor

PASSWORD = "a walk round the harbour"
PARTICIPANTS = ("kirsty", "priti", "grace")
Count = Callable[[str, str], None]


@pytest.fixture
def site(own_site: Site) -> Site:
    """What is done here is done in a demo of each test's own."""
    return own_site


def at(key: str) -> str:
    """Where somebody is, as the printed lines say it."""
    return f"at {somebody(key)[0]}"


def waiting(visitor: Visitor, what: str) -> None:
    """Tap the first session for which `what` stands open."""
    visitor.taps += 1
    visitor.page.locator("main .card", has_text=what).first.get_by_role("link").click()


def seal(visitor: Visitor) -> None:
    """Write up what is open, as planned, and see that it is sealed."""
    visitor.tap("button", "Write up and seal")
    expect(visitor.page.locator("main")).to_contain_text("Sealed by the facilitator")


@pytest.mark.parametrize(
    ("key", "days", "here"), [("morag", 4, 11), ("yasmin", 7, 12), ("bridget", 6, 11)]
)  # days: when the session to come has taken place
def test_a_facilitator_takes_the_register_and_writes_up(
    key: str, here: int, visitor: Callable[..., Visitor], count: Count
) -> None:
    facilitator = visitor(key)
    expect(facilitator.page.get_by_role("heading", level=1)).to_have_text("What needs doing")
    waiting(facilitator, "Take the register")
    facilitator.tap("link", "Take the register")
    facilitator.tap("button", "Everyone here")
    assert facilitator.page.locator("input[type=radio][value=present]:checked").count() == here
    facilitator.tap("button", "Delivered", exact=True)
    seal(facilitator)
    count(f"register and write up a session as planned, {at(key)}", f"{facilitator.taps} taps (at most 12)")
    assert facilitator.taps <= 12
    facilitator.turn_to("/home/")
    expect(facilitator.page.locator("main .card", has_text="Take the register")).to_have_count(0)


def test_what_was_left_is_written_up(visitor: Callable[..., Visitor]) -> None:
    yasmin = visitor("yasmin")
    waiting(yasmin, "Write up")
    yasmin.tap("link", "Write up", exact=True)
    seal(yasmin)
    yasmin.turn_to("/home/")
    expect(yasmin.page.locator("main .card", has_text="Write up")).to_have_count(0)


@pytest.mark.parametrize("key", PARTICIPANTS)
def test_a_participant_notes_an_idea_and_opens_it(key: str, visitor: Callable[..., Visitor], count: Count) -> None:
    participant = visitor(key)
    idea = "Ask what the letter is for"
    form = participant.page.locator('main form:has(input[name="title"])')
    fields = form.locator(":is(input:not([type=hidden]), textarea, select)").count()
    form.locator('input[name="title"]').fill(idea)
    form.locator("button").click()
    expect(participant.page.locator("main")).to_contain_text(idea)
    participant.turn_to("/experiments/")
    participant.tap("link", idea)
    expect(participant.page.get_by_role("heading", level=1)).to_have_text(idea)
    count(f"note an idea for an experiment, {at(key)}", f"{fields} field (1)")
    assert fields == 1


@pytest.mark.parametrize(
    ("key", "title"),
    [("kirsty", "Safe-to-fail design"), ("priti", "Mapping what is there"), ("grace", "Circle at twelve months")],
)
def test_a_participant_sees_her_next_session_and_no_notes(
    key: str, title: str, visitor: Callable[..., Visitor]
) -> None:
    participant = visitor(key)
    participant.tap("link", title)
    expect(participant.page.get_by_role("heading", level=1)).to_contain_text(title)
    answer = participant.context.request.get(participant.site.address + participant.root + "/modules/")
    assert answer.status == 403


@pytest.mark.parametrize(
    ("key", "author", "title", "others"),
    [
        ("alan", "Kirsty Lennox", "An arrears letter that asks, and names a person", "Nadia Rahman"),
        ("dawn", "Kwame Boateng", "One page that says the plan", "Priti Solanki"),
    ],
)
def test_a_line_manager_sees_what_was_shared_and_no_more(
    key: str, author: str, title: str, others: str, visitor: Callable[..., Visitor]
) -> None:
    manager = visitor(key)
    manager.turn_to("/experiments/")
    expect(manager.page.locator("main")).to_contain_text(author)
    expect(manager.page.locator("main")).not_to_contain_text(others)
    manager.tap("link", title)
    expect(manager.page.get_by_role("heading", level=1)).to_have_text(title)
    expect(manager.page.get_by_role("link", name="Share it")).to_have_count(0)


def test_a_line_manager_sees_nothing_until_it_is_shown(visitor: Callable[..., Visitor]) -> None:
    anne, grace, title = visitor("anne"), visitor("grace"), "Go back and tell them"
    anne.turn_to("/experiments/")
    expect(anne.page.locator("main")).to_contain_text("Nothing has been shared with you yet")
    grace.turn_to("/experiments/")
    grace.tap("link", title)
    refused = anne.context.request.get(grace.page.url)
    assert refused.status == 404
    grace.tap("link", "Share it")
    grace.page.get_by_text("Show some of it to one person").click()
    grace.page.get_by_label("Who?", exact=True).select_option(label="Anne Forsey")
    grace.page.locator('input[name="shown"]').first.check()
    grace.tap("button", "Show it")
    anne.turn_to("/experiments/")
    anne.tap("link", title)
    expect(anne.page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("key", ["morag", "yasmin", "bridget"])
def test_signing_in_leads_to_what_needs_doing(
    key: str, visitor: Callable[..., Visitor], site: Site, count: Count
) -> None:
    slug, email = somebody(key)
    site.give_password(email, PASSWORD)
    stranger = visitor()
    stranger.go(f"/p/{slug}/sign-in")
    stranger.page.get_by_label("E-mail").first.fill(email)
    stranger.page.get_by_label("Password").first.fill(PASSWORD)
    before = stranger.pages
    stranger.page.locator("main form button:not([type=button])").first.click()
    expect(stranger.page).to_have_url(re.compile(f"/p/{slug}/home/$"))
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text("What needs doing")
    needed = stranger.pages - before
    count(f"sign in to what needs doing, {at(key)}", f"{needed} page (1)")
    assert (before, needed) == (1, 1)


def test_the_gate_holds_an_experiment(visitor: Callable[..., Visitor]) -> None:
    gwen = visitor("gwen")
    gwen.go("/p/childrens-society/x/childrens-society/safeguarding/")
    expect(gwen.page.locator("main")).to_contain_text("Held")


def test_a_switch_of_person_is_one_tap(visitor: Callable[..., Visitor]) -> None:
    somebody_else = visitor("morag")
    somebody_else.page.locator(".demo-people summary").click()
    somebody_else.page.locator('.demo-people button[value="yasmin"]').click()
    expect(somebody_else.page).to_have_url(re.compile("/p/childrens-society/home/$"))
