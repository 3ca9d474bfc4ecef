"""A partner's settings pages: who may see them, what they save, and how two who save at once both keep their text."""

import re
from typing import Any

import pytest

from systems_changers.core.partners import service
from systems_changers.infra.identifiers import new_id
from tests.core.instance import manifest
from tests.core.site import Browser, Site
from tests.infra.catalogue_files import one, write

DETAILS = {"name": "Corra", "locales": ["en_GB"], "time_zone": "Europe/London"}


def version(browser: Browser, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def colours(page: str) -> dict[str, Any]:
    return dict(re.findall(r'name="((?:light|dark)_\w+)" value="(#[0-9a-f]{6})"', page))


@pytest.mark.parametrize("path", ["", "look", "words", "plugins/", "changes"])
def test_only_administrators_see_the_settings(site: Site, path: str) -> None:
    path = f"/settings/{path}"
    assert site.come_in("administrator").get(path).status_code == 200
    assert site.come_in("facilitator").get(path).status_code == 403
    assert site.browser().get(path).status_code == 303
    assert site.come_in("administrator", slug=site.instance.other.slug).get(path).status_code == 403


def test_details_are_saved(site: Site) -> None:
    browser = site.come_in("administrator")
    old = version(browser, "/settings/")
    answers = {**DETAILS, "care_name": "Ailsa", "care_contact": "01234", "version": old}
    assert browser.post("/settings/", answers, seen_at="/settings/").status_code == 303
    page = browser.get("/settings/").text
    assert "Saved." in page
    assert 'value="Ailsa"' in page
    late = browser.post("/settings/", {**answers, "name": "Mine"}, seen_at="/settings/")
    assert late.status_code == 409
    assert "Mine" in late.text
    assert "Corra" in late.text
    moved = browser.post("/settings/", {**answers, "care_contact": "05678"}, seen_at="/settings/")
    shown = moved.text.partition('class="conflict')[2].partition("</section>")[0]
    assert [each in shown for each in ("How to reach them", "05678", "01234", "Time zone")] == [True, True, True, False]


def test_an_administrator_reads_the_domains_and_the_operator_changes_them(site: Site) -> None:
    domain, administrator = f"{new_id().hex}.example.org", site.come_in("administrator")
    claim = {**DETAILS, "domains": domain, "version": version(administrator, "/settings/")}
    assert administrator.post("/settings/", claim, seen_at="/settings/").status_code == 422
    operator = site.come_in(operator=True)
    assert operator.post("/settings/", claim, seen_at="/settings/").status_code == 303
    page = administrator.get("/settings/").text
    assert domain in page
    assert 'name="domains"' not in page
    kept = {**DETAILS, "version": version(administrator, "/settings/")}
    assert administrator.post("/settings/", kept, seen_at="/settings/").status_code == 303
    assert domain in administrator.get("/settings/").text


def test_what_is_wrong_is_said_beside_the_field(site: Site) -> None:
    browser = site.come_in("administrator", operator=True)
    answers = {
        **DETAILS,
        "time_zone": "Mars",
        "domains": "127.0.0.1\nnot a domain",
        "version": version(browser, "/settings/"),
    }
    answer = browser.post("/settings/", answers, seen_at="/settings/")
    assert answer.status_code == 422
    assert "Mars is not a time zone" in answer.text
    assert "is not a domain name" in answer.text
    assert "Mars" in answer.text


def test_a_look_is_checked_saved_and_taken_back(site: Site) -> None:
    browser = site.come_in("administrator")
    page = browser.get("/settings/look").text
    font = "Georgia, Charter, Cambria, serif"
    chosen = {**colours(page), "tagline": "Kind and bold", "mark": "CS", "radius": "6px"}
    chosen |= {"head_font": font, "body_font": font}
    assert len(colours(page)) == 14
    pale = {**chosen, "light_accent": "#ffff00", "version": version(browser, "/settings/look")}
    answer = browser.post("/settings/look", pale, seen_at="/settings/")
    assert answer.status_code == 422
    assert '<a href="#field-light_accent">The contrast of the accent colour on the page (light) is' in answer.text
    good = {**chosen, "mark": "SCOT", "light_accent": "#8a1c5b", "version": version(browser, "/settings/look")}
    assert browser.post("/settings/look", good, seen_at="/settings/").status_code == 303
    shown = browser.get("/").text
    assert "Kind and bold" in shown
    assert '<span class="mark mark-4" aria-hidden="true">SCOT</span>' in shown
    assert "#8a1c5b" in shown
    assert browser.post("/settings/look/drop", seen_at="/settings/").status_code == 303
    assert "Kind and bold" not in browser.get("/").text


def test_words_are_added_and_taken_back(site: Site) -> None:
    texts = ("Sign out", "%(name)s is in", "Sign out everywhere else")
    write(site.settings.data, "gd", "".join(one(text, text) for text in texts))
    browser = site.come_in("administrator")
    word = {"locale": "en_GB", "msgid": "Sign out", "text": "Away ye go"}
    assert browser.post("/settings/words", word, seen_at="/settings/words").status_code == 303
    assert "Away ye go" in browser.get("/account/").text
    wrong = browser.post("/settings/words", {**word, "msgid": "%(name)s is in"}, seen_at="/settings/words")
    assert wrong.status_code == 422
    assert "Keep every place" in wrong.text
    nonsense = browser.post("/settings/words", {**word, "msgid": "Zebra"}, seen_at="/settings/words")
    assert (nonsense.status_code, "The kit never says this" in nonsense.text) == (422, True)
    found = browser.get("/settings/words?word=sign+out&msgid=Sign+out+everywhere+else").text
    assert found.count('class="row-words" href=') == 2
    assert re.search(r'name="msgid"[^>]*>\s*Sign out everywhere else', found)
    drop = {"locale": "en_GB", "msgid": "Sign out"}
    assert browser.post("/settings/words/drop", drop, seen_at="/settings/words").status_code == 303
    assert "Away ye go" not in browser.get("/account/").text


def test_plugins_are_turned_on_set_and_turned_off(site: Site) -> None:
    declared = {
        "themes": {"kind": "number", "label": "Themes", "default": 5, "least": 1, "most": 9},
        "gate": {"kind": "yes_no", "label": "Gate", "default": True},
        "tone": {"kind": "choice", "label": "Tone", "choices": ["plain", "warm"], "default": "plain"},
    }
    site.instance.registry.manifests["alba"] = manifest("alba", settings=declared)
    browser = site.come_in("administrator")
    assert browser.post("/settings/plugins/none/on", seen_at="/settings/").status_code == 404
    assert browser.post("/settings/plugins/alba/on", seen_at="/settings/").status_code == 303
    path = "/settings/plugins/alba/"
    page = browser.get(path).text
    assert 'value="5"' in page
    wrong = browser.post(path, {"themes": "12", "tone": "warm"}, seen_at=path)
    assert wrong.status_code == 422
    assert browser.post(path, {"themes": "7", "tone": "warm"}, seen_at=path).status_code == 303
    site.instance.refresh()
    assert site.instance.partner.settings["alba"] == {"themes": 7, "gate": False, "tone": "warm"}
    late = browser.post(path, {"themes": "8", "tone": "warm"}, seen_at=path)
    assert late.status_code == 409
    assert browser.post("/settings/plugins/alba/move", {"up": "1"}, seen_at="/settings/").status_code == 303
    assert browser.post("/settings/plugins/alba/off", seen_at="/settings/").status_code == 303
    site.instance.refresh()
    assert site.instance.partner.plugins == ()


def test_the_operator_sees_partners_and_nobody_else_does(site: Site) -> None:
    with site.instance.operator(write=True) as scope:
        service.make_partner(scope, "Zzz Listed", kind="listed")
    operator = site.come_in(operator=True, slug=None)
    page = operator.get("/operator/")
    assert page.status_code == 200
    assert "Zzz Listed" not in page.text
    assert "Zzz Listed" in operator.get("/operator/?kind=listed&q=zzz").text
    nothing = operator.get("/operator/?q=zzz").text
    assert "Nothing found" in nothing
    assert '<a class="button" href="/operator/">Show all</a>' in nothing
    assert "in the terminal" not in nothing
    assert site.come_in("administrator", slug=None).get("/operator/").status_code == 403
    assert site.come_in(operator=True).get("/operator/").status_code == 404


@pytest.mark.parametrize("path", ["/", "/cohorts/"])
def test_where_no_partner_is_a_page_says_so(site: Site, path: str) -> None:
    answer = site.browser("nobody").get(path)
    assert answer.status_code == 404
    assert "We cannot find that page" in answer.text
    assert '<a class="button" href="/">Go to the front page</a>' in answer.text
    assert "/p/nobody" not in answer.text.replace('value="/p/nobody', "")
