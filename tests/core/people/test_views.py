"""The pages about people: signing in, the account, inviting and coming in, and who is turned away."""

import re
from pathlib import Path

import pytest

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.models import PartnerDomain
from systems_changers.core.people import queries, service
from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ActorFacts
from tests.core.instance import Instance, administrator, fresh_email
from tests.core.site import TOKEN, Site, open_site

PASSWORD = "porridge rain kettle"


def account(site: Site) -> str:
    email = fresh_email()
    site.instance.do(service.make_account, email, PASSWORD, proven=True)
    return email


def test_signing_in_by_password_sets_a_cookie_and_goes_on(site: Site) -> None:
    email, browser = account(site), site.browser()
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": "/account/"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{browser.root}/account/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/account/").status_code == 200


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/home/",
    "/\\evil.example",
    "javascript:alert(1)",
    "/none/such",
    "\t//evil.example",
    "/static/x",
    "//[",
    "http://[",
]


@pytest.mark.parametrize("back", ELSEWHERE)
def test_one_goes_on_to_pages_of_this_site_only(site: Site, back: str) -> None:
    email, browser = account(site), site.browser()
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": back})
    assert answer.headers["Location"] == f"{browser.root}/home/"


def test_where_one_was_going_keeps_its_query(site: Site) -> None:
    email, browser = account(site), site.browser()
    asked = browser.get("/home/?tab=2")
    assert asked.status_code == 303
    page = browser.get(asked.headers["Location"])
    back = re.search(r'name="back" value="([^"]*)"', page.text)
    assert back is not None
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": back[1]})
    assert answer.headers["Location"] == f"{browser.root}/home/?tab=2"


def test_wrong_answers_look_alike(site: Site) -> None:
    browser = site.browser()
    texts = []
    for email in (account(site), fresh_email()):
        answer = browser.post("/sign-in", {"email": email, "password": "wrong", "back": ""})
        assert answer.status_code == 422
        assert "don&#39;t go together" in answer.text
        assert "wrong" not in re.findall(r'value="([^"]*)"', answer.text)
        texts.append(re.sub(r"[\w.]+@example.org|value=\"[0-9a-f]{64}\"|nonce=\"[^\"]*\"", "", answer.text))
    assert texts[0] == texts[1]


def test_too_many_tries_are_told_to_wait(site: Site) -> None:
    browser, email = site.browser(), account(site)
    for _ in range(10):
        browser.post("/sign-in", {"email": email, "password": "wrong", "back": ""})
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    assert answer.status_code == 429
    assert "Please wait" in answer.text


@pytest.mark.parametrize("path", ["/sign-in/link", "/privacy/complaint"])
def test_ipv6_addresses_of_one_line_count_together(site: Site, path: str) -> None:
    browser, told = site.browser(), {"name": "Kirsty", "contact": "none", "words": "This is wrong."}

    def status(address: str, number: int) -> int:
        browser.client.environ_base["REMOTE_ADDR"] = address
        words = {**told, "words": f"Wrong {number}"} if "complaint" in path else {"email": fresh_email()}
        return int(browser.post(path, words, seen_at=path).status_code)

    line = f"2001:db8:{len(path):x}:1"
    assert 429 not in [status(f"{line}::{number:x}", number) for number in range(1, 6)]
    assert 429 in [status(f"{line}::{number:x}", number) for number in range(6, 32)]
    assert status(f"2001:db8:{len(path):x}:2::1", 99) != 429


def test_a_form_without_its_token_is_refused(site: Site) -> None:
    browser = site.browser()
    answer = browser.client.post(f"{browser.root}/sign-in", data={"email": "a@b.org", "password": "x"},
                                 base_url="http://127.0.0.1")  # fmt: skip
    assert answer.status_code == 400


def test_a_link_waits_for_a_tap(site: Site) -> None:
    email, browser = account(site), site.browser()
    sent = browser.post("/sign-in/link", {"email": email})
    assert "If" in sent.text
    assert email in sent.text
    link = str(site.instance.mails()[-1][2]["link"])
    path = link.removeprefix("http://127.0.0.1")
    assert path.startswith(f"{browser.root}/sign-in/link/")
    phone = site.browser()
    for _ in range(2):
        assert email in phone.get(path).text
    answer = phone.post(path, {"password": ""}, seen_at=path.removeprefix(browser.root))
    assert answer.status_code == 303
    assert phone.get("/account/").status_code == 200
    gone = phone.get(path)
    assert gone.status_code == 404
    assert "no longer works" in gone.text


def test_a_mailed_link_never_names_the_host_that_was_asked_for(site: Site) -> None:
    email, partner = account(site), site.instance.partner
    with site.instance.operator(write=True) as scope:
        scope.db.add(PartnerDomain(host="evil.example.org", partner_ref=partner.id))
    client, there = site.app.test_client(), "http://evil.example.org"
    token = TOKEN.search(client.get("/sign-in/link", base_url=there).text)
    assert token is not None
    sent = client.post("/sign-in/link", data={"email": email, "csrf_token": token[1]}, base_url=there)
    assert sent.status_code == 200
    assert site.instance.mails()[-1][2]["link"].startswith(f"http://127.0.0.1/p/{partner.slug}/sign-in/link/")


def test_asking_for_a_link_answers_alike(site: Site) -> None:
    browser, texts = site.browser(), []
    for email in (account(site), fresh_email()):
        answer = browser.post("/sign-in/link", {"email": email})
        texts.append((answer.status_code, re.sub(r"[\w.]+@example.org|nonce=\"[^\"]*\"", "", answer.text)))
    assert texts[0] == texts[1]


def test_signing_in_works_outside_any_partner(site: Site) -> None:
    email, browser = account(site), site.browser(None)
    answer = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": ""})
    assert answer.headers["Location"] == "/"
    page = browser.get("/account/")
    assert page.status_code == 200
    assert email in page.text


def test_signing_out(site: Site) -> None:
    browser = site.come_in("participant")
    assert browser.post("/sign-out", seen_at="/account/").status_code == 303
    assert browser.get("/account/").status_code == 303


def test_the_account_page_saves_and_keeps_both_texts(site: Site) -> None:
    browser = site.come_in("participant")
    page = browser.get("/account/")
    assert "No names of people you support" in page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version is not None
    answers = {"name": "Morag M", "asks": "Who knows housing?", "shows": ["asks"], "version": version[1]}
    assert browser.post("/account/", answers, seen_at="/account/").status_code == 303
    assert "Who knows housing?" in browser.get("/account/").text
    late = browser.post("/account/", {**answers, "asks": "Mine"}, seen_at="/account/")
    assert late.status_code == 409
    assert "Mine" in late.text
    assert "Who knows housing?" in late.text
    empty = browser.post("/account/", {**answers, "name": ""}, seen_at="/account/")
    assert empty.status_code == 422
    assert "Who knows housing?" in empty.text


def test_other_devices_are_signed_out(site: Site) -> None:
    browser = site.come_in("participant")
    page = browser.get("/account/").text
    assert "This device" in page
    wrong = browser.post("/account/password", {"current": "wrong", "new": "kettle on the hob"}, seen_at="/account/")
    assert wrong.status_code == 422
    right = browser.post("/account/password", {"current": PASSWORD, "new": "kettle on the hob"}, seen_at="/account/")
    assert right.status_code == 303
    assert browser.post("/account/sessions/end-others", seen_at="/account/").status_code == 303
    unknown = "/account/sessions/018f0000-0000-7000-8000-000000000000/end"
    assert browser.post(unknown, seen_at="/account/").status_code == 404


def test_inviting_shows_link_and_letter_once(site: Site) -> None:
    browser = site.come_in("facilitator")
    added = browser.post("/people/new", {"name": "Aileen", "email": ""}, seen_at="/people/new")
    path = added.headers["Location"]
    invited = browser.post(path + "invite", {"role": "participant"}, seen_at="/people/new")
    assert invited.status_code == 200
    assert "<svg" in invited.text
    link = re.search(r'value="(http://127.0.0.1[^"]*/invitation/[^"]+)"', invited.text)
    assert link is not None
    assert link[1] not in browser.get(path).text
    phone = site.browser()
    invitation = link[1].removeprefix("http://127.0.0.1")
    page = phone.get(invitation)
    assert "Welcome, Aileen" in page.text
    seen = invitation.removeprefix(phone.root)
    none = phone.post(seen, {"email": fresh_email(), "password": ""}, seen_at=seen)
    assert none.status_code == 422
    assert "Choose a password" in none.text
    done = phone.post(seen, {"email": fresh_email(), "password": PASSWORD}, seen_at=seen)
    assert done.status_code == 303
    assert "Aileen" in phone.get("/account/").text
    assert phone.get(seen).status_code == 404


def test_somebody_with_an_account_signs_in_and_comes_in(site: Site) -> None:
    email = account(site)
    facilitator = site.come_in("facilitator")
    added = facilitator.post("/people/new", {"name": "Calum", "email": email}, seen_at="/people/new")
    invited = facilitator.post(added.headers["Location"] + "invite", {"role": "participant"}, seen_at="/people/new")
    link = re.search(r'/invitation/[^"<]+', invited.text)
    assert link is not None
    browser = site.browser()
    taken = browser.post(link[0], {"email": email, "password": PASSWORD}, seen_at=link[0])
    assert taken.status_code == 422
    assert "You have an account already" in taken.text
    back = re.search(r'href="([^"]*sign-in\?back=[^"]*)"', taken.text)
    assert back is not None
    page = browser.get(back[1].replace("&amp;", "&"))
    target = re.search(r'name="back" value="([^"]*)"', page.text)
    assert target is not None
    on = browser.post("/sign-in", {"email": email, "password": PASSWORD, "back": target[1]})
    assert on.headers["Location"] == browser.root + link[0]
    assert browser.post(link[0] + "/here", seen_at=link[0]).status_code == 303
    listed = site.instance.see(queries.people_listed, search=email).rows[0]
    assert listed.roles == ("participant",)


def test_people_are_listed_and_given_roles_by_the_administrator(site: Site) -> None:
    site.member("participant", name="Ruth")
    administrator, facilitator = site.come_in("administrator"), site.come_in("facilitator")
    ruth = site.instance.see(queries.people_listed, search="Ruth").rows[0]
    assert "Ruth" in administrator.get("/people/?q=ruth").text
    path = f"/people/{ruth.id}/"
    assert facilitator.post(f"{path}roles/facilitator/give", seen_at="/people/").status_code == 403
    assert administrator.post(f"{path}roles/facilitator/give", seen_at=path).status_code == 303
    assert administrator.post(f"{path}roles/king/give", seen_at=path).status_code == 404
    assert administrator.post(f"{path}roles/facilitator/take", seen_at=path).status_code == 303
    assert "Facilitator" not in re.sub(r"<button[^>]*>[^<]*", "", administrator.get(path).text)
    put = administrator.post(path, {"name": "Ruth B", "email": ""}, seen_at=path)
    assert put.status_code == 303
    assert "Ruth B" in administrator.get(path).text


def test_a_foreign_person_is_not_there(site: Site) -> None:
    with site.instance.scope(write=True, at=site.instance.other) as scope:
        foreign = service.find_or_make_person(scope, "Theirs", None).id
    browser = site.come_in("administrator")
    assert browser.get(f"/people/{foreign}/").status_code == 404
    for path in ("", "invite", "roles/facilitator/give", "roles/facilitator/take"):
        answer = browser.post(f"/people/{foreign}/{path}", {"name": "x", "role": "participant"}, seen_at="/people/new")
        assert answer.status_code in (404, 422), path
    assert browser.post(f"/people/{foreign}/invite", {"role": "participant"}, seen_at="/people/new").status_code == 404


@pytest.mark.parametrize("path", ["/people/", "/people/new"])
def test_participants_are_turned_away(site: Site, path: str) -> None:
    assert site.come_in("participant").get(path).status_code == 403
    assert site.browser().get(path).status_code == 303


def test_the_set_up_link_makes_the_first_administrator(site: Site) -> None:
    secret = site.instance.do(service.issue_set_up, service.NewPerson("Euan", fresh_email(), operator=True))
    browser, path = site.browser(), f"/set-up/{secret}"
    assert "Welcome, Euan" in browser.get(path).text
    assert browser.post(path, {"password": "short"}, seen_at=path).status_code == 422
    assert browser.post(path, {"password": PASSWORD}, seen_at=path).status_code == 303
    assert browser.get("/people/").status_code == 200
    assert browser.get(path).status_code == 404


def test_with_a_mail_server_one_may_come_in_without_a_password(instance: Instance, tmp_path: Path) -> None:
    site = open_site(instance, tmp_path, mail_host="mail.example.org")
    with site.instance.scope(write=True) as scope:
        person = service.find_or_make_person(scope, "Calum", fresh_email())
    facilitator = site.come_in("facilitator")
    invited = facilitator.post(f"/people/{person.id}/invite", {"role": "participant"}, seen_at="/people/new")
    link = re.search(r'/invitation/[^"<]+', invited.text)
    assert link is not None
    browser = site.browser()
    assert browser.post(link[0], {"email": person.email, "password": ""}, seen_at=link[0]).status_code == 303


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_page_takes_five_statements(site: Site, rows: int) -> None:
    browser = site.come_in("facilitator")
    with site.instance.scope(write=True) as scope:
        for number in range(rows):
            service.find_or_make_person(scope, f"P{number:02}", fresh_email())
    with site.instance.counted() as sent:
        assert browser.get("/people/").status_code == 200
    assert len(sent) == 5


def text_of(page: str) -> str:
    """What is read on a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_changes_say_who_did_what_to_whom(site: Site) -> None:
    morag = site.come_in("administrator", name="Morag MacAskill")
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth Beag", fresh_email()).id)
    morag.post(f"/people/{ruth}/invite", {"role": "participant"})
    site.instance.do(operations.record, "figures.counted", kind="summary_fact")
    page = text_of(morag.get("/settings/changes").text)
    assert "Counted the figures The kit itself" in page
    assert "Invited somebody: Ruth Beag Morag MacAskill" in page
    assert "Gave a role Somebody" not in page
    assert "person.invited" not in page
    assert "summary_fact" not in page


def test_signing_in_is_told_of_whoever_signed_in(site: Site) -> None:
    morag = site.come_in("administrator", name="Morag MacAskill")
    assert "Signed in Morag MacAskill" in text_of(morag.get("/settings/changes").text)


def test_the_operator_reads_addresses(site: Site) -> None:
    operator = site.come_in(operator=True, slug=None)
    account_id = site.member(name="Olga")
    with site.instance.operator(ActorFacts(account_id, is_operator=True), write=True) as scope:
        email = scope.db.get_one(Account, account_id).email
        service.issue_sign_in(scope, email)
    assert f"Made a one-time link for signing in {email}" in text_of(operator.get("/operator/changes").text)


def test_the_account_menu_leads_the_operator_to_the_instance(site: Site) -> None:
    link = 'href="/operator/">Look after this instance</a>'
    assert link in site.come_in("facilitator", operator=True).get("/home/").text
    assert link not in site.come_in("administrator").get("/home/").text


def invited_page(site: Site) -> tuple[str, str]:
    """The page about somebody to invite, and the one after inviting her."""
    facilitator = site.come_in("facilitator")
    ruth = site.instance.do(lambda scope: service.find_or_make_person(scope, "Ruth Beag", fresh_email()).id)
    before = facilitator.get(f"/people/{ruth}/").text
    return before, facilitator.post(f"/people/{ruth}/invite", {"role": "participant"}).text


def test_no_mail_is_promised_where_none_can_be_sent(site: Site) -> None:
    before, after = invited_page(site)
    assert "We mail a link" not in before
    assert "A mail is on its way" not in after
    assert "No mail can be sent from here yet, so pass the invitation on yourself." in after


def test_a_mail_is_told_of_where_one_is_sent(instance: Instance, tmp_path: Path) -> None:
    before, after = invited_page(open_site(instance, tmp_path, mail_host="mail.example.org"))
    assert "We mail a link" in before
    assert "A mail is on its way" in after


def test_a_password_that_must_be_given_is_not_called_optional(instance: Instance, tmp_path: Path) -> None:
    for mail_host, optional in (("", False), ("mail.example.org", True)):
        site = open_site(instance, tmp_path, mail_host=mail_host)
        with site.instance.scope(administrator(), write=True) as scope:
            person = service.find_or_make_person(scope, "Ruth", fresh_email()).id
        with site.instance.scope(administrator(), write=True) as scope:
            link = service.invite(scope, person, "participant").link
        with site.instance.scope(administrator(), write=True) as scope:
            secret = service.issue_set_up(scope, service.NewPerson("Ada", fresh_email()))
        page = site.browser().get("/invitation/" + (link or "").rpartition("=")[2].rpartition("/")[2]).text
        assert ("(optional)" in page) is optional
        assert "(optional)" not in site.browser().get(f"/set-up/{secret}").text
