"""The pages for changing one's address: asking, the one tap on the link, and what is said without a mail server."""

import re
from pathlib import Path

import pytest

from systems_changers.core.people import service
from systems_changers.infra.jobs import SECRET
from tests.core.instance import Instance, fresh_email
from tests.core.site import Browser, Site, open_site

PASSWORD = "porridge rain kettle"
FORM = "/account/address"


def link_in(site: Site, new: str) -> str:
    """The path of the link that was mailed."""
    links = [values["link"] for template, to, values in site.instance.mails()
             if (template, to) == ("people/mail_address", new)]  # fmt: skip
    return str(links[-1]).removeprefix("http://127.0.0.1")


def asked(browser: Browser, new: str) -> str:
    answer = browser.post(FORM, {"email": new}, seen_at=FORM)
    assert answer.status_code == 200
    return str(answer.text)


@pytest.mark.parametrize("slug", ["", None])
def test_one_asks_on_a_page_and_signs_in_to_tap_the_link(site: Site, slug: str | None) -> None:
    browser, new = site.come_in("facilitator", slug=slug), fresh_email()
    assert f'href="{browser.root}{FORM}"' in browser.get("/account/").text
    asked(browser, new)
    path, phone = link_in(site, new), site.browser(slug)
    assert path.startswith(f"{browser.root}{FORM}/")
    first = phone.get(path)
    assert (first.status_code, first.headers["Location"].partition("?")[0]) == (303, f"{phone.root}/sign-in")
    stranger = site.come_in("facilitator", slug=slug)
    assert stranger.get(path).status_code == 403
    assert "This link is for another account" in stranger.get(path).text
    assert stranger.post(path, seen_at="/account/").status_code == 403
    assert new not in browser.get("/account/").text
    old = site.instance.mails()[-1][1]
    back = path.removeprefix(phone.root)
    answer = phone.post("/sign-in", {"email": old, "password": PASSWORD, "back": back})
    assert answer.headers["Location"] == path
    for _ in range(2):
        assert new in phone.get(path).text
    answer = phone.post(path, seen_at=path.removeprefix(phone.root))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{phone.root}/account/")
    assert browser.get("/account/").status_code == 303  # the session in which it was asked for ended
    gone = phone.get(path)
    assert gone.status_code == 404
    assert "Ask for it again" in gone.text
    assert phone.post(path, seen_at="/account/").status_code == 404
    phone.post("/sign-out", seen_at="/account/")
    answer = phone.post("/sign-in", {"email": new, "password": PASSWORD, "back": ""})
    assert answer.status_code == 303
    assert new in phone.get("/account/").text


def test_whoever_taps_signed_in_stays_in(site: Site) -> None:
    browser, new = site.come_in("participant"), fresh_email()
    asked(browser, new)
    path = link_in(site, new)
    answer = browser.post(path, seen_at=path.removeprefix(browser.root))
    assert answer.headers["Location"] == f"{browser.root}/account/"
    page = browser.get("/account/").text
    assert new in page
    assert "Your address is changed" in page


def test_an_address_that_is_taken_gets_the_same_page(site: Site) -> None:
    browser, texts = site.come_in("participant"), []
    taken = fresh_email()
    site.instance.do(service.make_account, taken, PASSWORD, proven=True)
    told = r"[\w.]+@example.org|value=\"[0-9a-f]{64}\"|nonce=\"[^\"]*\""
    texts = [re.sub(told, "", asked(browser, new)) for new in (fresh_email(), taken)]
    assert texts[0] == texts[1]


def test_it_is_asked_again_who_is_there(site: Site) -> None:
    browser, new = site.come_in("participant"), fresh_email()
    site.instance.later(minutes=16)
    answer = browser.post(FORM, {"email": new}, seen_at=FORM)
    assert answer.status_code == 403
    assert "Is it you?" in answer.text
    assert site.instance.mails() == []
    waiting = {"confirm_to": f"{browser.root}{FORM}", "email": new, "confirm_password": PASSWORD}
    assert browser.post("/account/confirm", waiting, seen_at=FORM).status_code == 307
    asked(browser, new)
    assert link_in(site, new)


def test_what_is_wrong_is_said_at_the_field(site: Site) -> None:
    browser = site.come_in("participant")
    answer = browser.post(FORM, {"email": "no address"}, seen_at=FORM)
    assert answer.status_code == 422
    assert 'value="no address"' in answer.text
    assert site.browser().get(FORM).status_code == 303  # signed out: to the page for signing in
    assert site.browser().get(f"{FORM}/none-such").status_code == 303
    assert browser.get(f"{FORM}/none-such").status_code == 404


@pytest.mark.parametrize("mail_host", ["", "mail.example.org"])
def test_without_a_mail_server_no_mail_is_promised(instance: Instance, tmp_path: Path, mail_host: str) -> None:
    browser = open_site(instance, tmp_path, mail_host=mail_host).come_in("participant")
    help_needed = "Ask whoever looks after this site to change your address."
    for page in (browser.get(FORM).text, asked(browser, fresh_email())):
        assert (help_needed in page) is (mail_host == "")


def test_the_link_is_cut_out_of_the_operators_mailbox() -> None:
    assert "people/mail_address" in SECRET


def test_a_new_address_says_that_the_invitation_ended(site: Site) -> None:
    staff = site.come_in("facilitator")
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth", fresh_email()).id)
    page = f"/people/{ruth}/"
    staff.post(f"{page}invite", {"role": "participant"})
    assert "Another address ends the invitation that is open." in staff.get(page).text
    staff.post(page, {"name": "Ruth", "email": fresh_email()})
    after = staff.get(page).text
    assert "The invitation that was open ended: invite them again." in after
    assert "Invited until" not in after
