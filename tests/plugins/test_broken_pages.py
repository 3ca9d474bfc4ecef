"""A plugin's template, navigation or address that is wrong is reported, and the core's pages stand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from systems_changers.hooks.facts import NavItem, Page, Route
from systems_changers.infra.jobs import MailRow
from systems_changers.web.dispatch import compose
from tests.plugins.house import Host

HostOf = Callable[..., Host]
FACILITATOR = frozenset({"facilitator"})
BROKEN_PAGES = {
    "syntax": ("{% block %}", "web/page.html, line 1: TemplateSyntaxError: "),
    "next": ('\n{% extends "next/web/pages.html" %}', "web/page.html, line 2: TemplateNotFound: "),
    "value": ('{% extends "next/web/page.html" %}{% block above %}\n{{ nothing.at }}{% endblock %}',
              "web/page.html, line 2: UndefinedError: 'nothing' is undefined"),
    "itself": ('{% extends "web/page.html" %}', "web/page.html, line 1: RecursionError: "),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Faults are logged on purpose here."""
    with caplog.at_level(logging.CRITICAL):
        yield


def with_templates(host: Host, slug: str, folder: Path, files: Mapping[str, str]) -> Host:
    """The host, whose plugin brings these templates."""
    for name, text in files.items():
        file = folder / "templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    manifests = host.kit.registry.manifests
    manifests[slug] = replace(manifests[slug], folder=folder)
    return host


@pytest.mark.parametrize("kind", BROKEN_PAGES)
def test_a_broken_frame_leaves_every_page_standing(host_of: HostOf, tmp_path: Path, kind: str) -> None:
    text, why = BROKEN_PAGES[kind]
    routes = [Route("/open/", "open", lambda scope, request: Page("tea/open.html"), frozenset({"anyone"}))]
    host = host_of(bad={}, tea={"sc_offer_routes": lambda: routes})
    with_templates(host, "bad", tmp_path / "bad", {"web/page.html": text})
    own = '{% extends "web/page.html" %}{% block main %}A cup of tea{% endblock %}'
    with_templates(host, "tea", tmp_path / "tea", {"tea/open.html": own})
    browser = host.browser(host.partner("corra", "bad", "tea"))
    page, error_page = browser.get("/x/tea/open/"), browser.get("/x/gone/")
    assert (page.status_code, error_page.status_code) == (200, 404)
    assert "A cup of tea" in page.text
    assert "There is nothing here." in error_page.text
    assert page.text.count("</html>") == error_page.text.count("</html>") == 1
    assert [(fault.plugin, fault.hook) for fault in host.faults] == [("bad", "templates")] * 2
    assert all(fault.why.startswith(why) for fault in host.faults)


def test_a_plugins_own_broken_page_is_its_own_fault_once(host_of: HostOf, tmp_path: Path) -> None:
    routes = [Route("/open/", "open", lambda scope, request: Page("tea/open.html"), frozenset({"anyone"}))]
    host = host_of(tea={"sc_offer_routes": lambda: routes})
    with_templates(host, "tea", tmp_path, {"tea/open.html": "\n{% if %}"})
    answer = host.browser(host.partner("corra", "tea")).get("/x/tea/open/")
    assert answer.status_code == 502
    ((fault),) = host.faults
    assert (fault.hook, fault.why[:66]) == (
        "sc_offer_routes", "/x/tea/open/: templates/tea/open.html, line 2: TemplateSyntaxError",
    )  # fmt: skip


def test_an_entry_that_leads_nowhere_is_reported(host_of: HostOf) -> None:
    items = [NavItem("Lost", "x.bad.lost", FACILITATOR), NavItem("Home", "home.dashboard", FACILITATOR)]
    host = host_of(bad={"sc_offer_nav": lambda: items})
    partner = host.partner("corra", "bad")
    with host.scope(partner, write=True) as scope:
        actor = host.actor(scope, "facilitator")
    page = host.browser(partner, actor).get("/x/gone/")
    assert ">Lost<" not in page.text
    assert [(fault.hook, fault.why) for fault in host.faults] == [("sc_offer_nav", "there is no page x.bad.lost")]


def test_a_plugin_that_is_off_everywhere_collects_no_faults(host_of: HostOf) -> None:
    bad: list[Any] = [Route("no-slash", "x", lambda scope, request: Page("x.html"), FACILITATOR)]
    host = host_of(bad={"sc_offer_routes": lambda: bad})
    host.browser(host.partner("corra")).get("/x/gone/")
    assert host.faults == []
    host.browser(host.partner("alder", "bad")).get("/x/gone/")
    assert [(fault.plugin, fault.hook) for fault in host.faults] == [("bad", "sc_offer_routes")]


def test_a_broken_mail_goes_out_in_the_kits_own_words(host_of: HostOf, tmp_path: Path) -> None:
    host = with_templates(host_of(bad={}), "bad", tmp_path, {"people/mail_sign_in.txt": "{{ nothing.at }}"})
    values = {"link": "http://127.0.0.1/come", "name": "Isla", "minutes": 20, "hours": 1, "count": 20}
    mail = MailRow(address="isla@example.org", locale="en_GB", values=values)
    message = compose(host.house(), "people/mail_sign_in", mail, host.partner("corra", "bad"))
    assert "http://127.0.0.1/come" in message.as_string()
    ((fault),) = host.faults
    assert (fault.plugin, fault.hook) == ("bad", "templates")
    assert fault.why.startswith("people/mail_sign_in.txt, line 1: UndefinedError: ")
