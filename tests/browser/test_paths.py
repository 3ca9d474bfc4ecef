"""Each role's main path, as a person takes it; the effort it costs is counted and printed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from systems_changers.core.people.models import Account
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.passwords import hash_password
from tests.browser.conftest import Site, Visitor

PASSWORD = "a walk round the harbour"


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Callable[[str, str], None]:
    """Say at the end of the run what a task costs."""
    return lambda task, cost: record_property("effort", f"{task}: {cost}")


def visible_fields(visitor: Visitor, form: str) -> int:
    """How many fields of a form somebody has to look at."""
    return visitor.page.locator(f"{form} :is(input:not([type=hidden]), textarea, select)").count()


def test_a_facilitator_takes_the_register_and_writes_up(
    visitor: Callable[..., Visitor], count: Callable[[str, str], None]
) -> None:
    morag = visitor("morag")
    morag.tap("link", "Finding the flex")
    morag.tap("link", "Take the register")
    morag.tap("button", "Everyone here")
    checked = morag.page.locator("input[type=radio][value=present]:checked").count()
    assert checked == 11
    morag.tap("button", "Delivered", exact=True)
    morag.tap("button", "Write up and seal")
    expect(morag.page.locator("main")).to_contain_text("Sealed by the facilitator")
    count("register and write up a session as planned", f"{morag.taps} taps (at most 12)")
    assert morag.taps <= 12


def test_an_idea_is_one_field(visitor: Callable[..., Visitor], count: Callable[[str, str], None]) -> None:
    kirsty = visitor("kirsty")
    form = 'form[action$="/experiments/note"]'
    if kirsty.page.locator(form).count() == 0:
        form = 'form:has(input[name="title"])'
    fields = visible_fields(kirsty, form)
    kirsty.page.locator(f'{form} input[name="title"]').fill("Ask what the letter is for")
    kirsty.page.locator(f"{form} button").click()
    expect(kirsty.page.locator("main")).to_contain_text("Ask what the letter is for")
    count("note an idea for an experiment", f"{fields} field (1)")
    assert fields == 1


def test_signing_in_leads_to_what_needs_doing(
    visitor: Callable[..., Visitor], site: Site, count: Callable[[str, str], None]
) -> None:
    engine = open_owner_engine(f"sqlite:///{site.data / 'systems-changers.db'}")
    with engine.begin() as connection:
        changed = connection.execute(
            sa.update(Account)
            .where(Account.email == "morag.macaskill@corra.example")
            .values(password_hash=hash_password(PASSWORD))
        )
    engine.dispose()
    assert changed.rowcount == 1
    stranger = visitor()
    stranger.go("/p/corra-scotland/sign-in")
    stranger.page.get_by_label("E-mail").first.fill("morag.macaskill@corra.example")
    stranger.page.get_by_label("Password").first.fill(PASSWORD)
    stranger.page.locator("main form button:not([type=button])").first.click()
    expect(stranger.page).to_have_url(re.compile(r"/p/corra-scotland/home/$"))
    expect(stranger.page.get_by_role("heading", level=1)).to_have_text("What needs doing")
    count("sign in to what needs doing", "1 page (1)")


def test_a_participant_sees_her_next_session_and_no_notes(visitor: Callable[..., Visitor]) -> None:
    kirsty = visitor("kirsty")
    expect(kirsty.page.locator("main")).to_contain_text("Safe-to-fail design")
    answer = kirsty.context.request.get(kirsty.site.address + kirsty.root + "/modules/")
    assert answer.status == 403


def test_a_line_manager_sees_what_was_shared_and_no_more(visitor: Callable[..., Visitor]) -> None:
    alan = visitor("alan")
    alan.go(alan.root + "/experiments/")
    expect(alan.page.locator("main")).to_contain_text("Kirsty Lennox")
    expect(alan.page.locator("main")).not_to_contain_text("Nadia Rahman")


def test_the_gate_holds_an_experiment(visitor: Callable[..., Visitor]) -> None:
    gwen = visitor("gwen")
    gwen.go("/p/childrens-society/x/childrens-society/safeguarding/")
    expect(gwen.page.locator("main")).to_contain_text("Held")


def test_a_printed_invitation_is_the_letter_alone(visitor: Callable[..., Visitor]) -> None:
    morag = visitor("morag")
    morag.go("/p/corra-scotland/people/new")
    morag.page.get_by_label("Name").fill("Ben Çelik")
    morag.page.locator("main form button").click()
    morag.page.get_by_role("button", name="Invite").click()
    morag.page.emulate_media(media="print")
    expect(morag.page.locator(".letter")).to_be_visible()
    for unprinted in (".band", ".demo", ".main > h1", ".main .actions", ".foot"):
        for each in morag.page.locator(unprinted).all():
            expect(each).to_be_hidden()
    assert morag.page.locator("body").inner_text().strip().startswith("Dear Ben Çelik,")


def test_an_analyst_compares_and_keeps_the_file(visitor: Callable[..., Visitor]) -> None:
    seun = visitor("seun")
    expect(seun.page.get_by_role("heading", level=1)).to_have_text("Partners side by side")
    names = seun.page.locator("main table").first.locator("tbody th").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    with seun.page.expect_download() as kept:
        seun.page.get_by_role("link", name="Download as CSV").click()
    text = kept.value.path().read_text("utf-8-sig")
    assert "Invented people and figures" in text
    assert "Corra" in text


def test_a_switch_of_person_is_one_tap(visitor: Callable[..., Visitor]) -> None:
    somebody = visitor("morag")
    somebody.page.locator(".demo-people summary").click()
    somebody.page.locator('.demo-people button[value="yasmin"]').click()
    expect(somebody.page).to_have_url(re.compile("/p/childrens-society/home/$"))
