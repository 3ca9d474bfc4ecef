"""What plugins do wrong in a real request, transaction or job stays theirs: the core's rows and pages are safe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.cohorts.queries import cohort_facts
from systems_changers.hooks.facts import Endpoint, Event, Page, Panel, Redirect, RequestFacts, Route
from systems_changers.hooks.scope import Scope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import open_session
from systems_changers.infra.jobs import MOST_TRIES, OutboxRow, enqueue_mail
from systems_changers.web import dispatch, edge, pages
from systems_changers.web.addresses import PLACE, Place
from systems_changers.web.dispatch import Dispatcher
from tests.plugins.house import NOW, Host

HostOf = Callable[..., Host]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
STAFF = frozenset({"facilitator"})
UNSAID = "The plugin bad could not say whether this is all right, so it can't happen yet."


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Faults are logged on purpose here."""
    with caplog.at_level(logging.CRITICAL):
        yield


# --- savepoints ---


def spoils(scope: Scope, **_: Any) -> Any:
    """Write a row that breaks a rule of the database, and then ask for more."""
    scope.db.add(Cohort(name=None, form="place"))
    scope.db.flush()


def misspells(scope: Scope) -> Any:
    scope.db.execute(sa.text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize("bad", [lambda scope, cohort, to: spoils(scope), misspells])
def test_a_failing_check_loses_no_row_of_the_core(host_of: HostOf, bad: Callable[..., Any]) -> None:
    host = host_of(bad={"sc_check_cohort_transition": bad})
    partner = host.partner("p", "bad")
    with host.scope(partner, write=True) as scope:
        before = host.cohort(scope, name="Before")
        found = scope.hooks.check_cohort_transition(scope, cohort_facts(before), "confirmed")
        assert [str(each.message) for each in found] == [UNSAID]
        host.cohort(scope, name="After")
        before.state = "confirmed"
    with host.scope(partner) as scope:
        rows = scope.db.execute(sa.select(Cohort.name, Cohort.state).order_by(Cohort.name)).all()
    assert [tuple(row) for row in rows] == [("After", "planned"), ("Before", "confirmed")]
    assert [(fault.plugin, fault.hook) for fault in host.faults] == [("bad", "sc_check_cohort_transition")]


def test_what_a_good_check_writes_is_kept(host_of: HostOf) -> None:
    def notes(scope: Scope, cohort: Any) -> list[Any]:
        scope.db.get_one(Cohort, (scope.partner.id, cohort.id)).purpose = "Checked."
        return []

    host = host_of(good={"sc_check_cohort_transition": notes})
    partner = host.partner("p", "good")
    with host.scope(partner, write=True) as scope:
        cohort = host.cohort(scope)
        assert scope.hooks.check_cohort_transition(scope, cohort_facts(cohort), "confirmed") == []
    with host.scope(partner) as scope:
        assert scope.db.scalar(sa.select(Cohort.purpose)) == "Checked."


def test_a_reader_reads_on_after_a_plugins_failing_statement(host_of: HostOf) -> None:
    host = host_of(bad={"sc_offer_slot": misspells})
    partner = host.partner("p", "bad")
    with host.scope(partner, write=True) as scope:
        host.cohort(scope, name="Still here")
    with host.scope(partner) as scope:
        assert scope.hooks.offer_slot(scope, "front.body") == []
        assert scope.db.scalars(sa.select(Cohort.name)).all() == ["Still here"]
    assert [fault.hook for fault in host.faults] == ["sc_offer_slot"]


# --- addresses ---


def hello(_scope: Scope, request: RequestFacts, **values: object) -> Page | Redirect:
    if request.method == "POST":
        return Redirect("x.tea.hello", values)
    return Page("tea/hello.html", {"cups": request.query.get("cups", "1")})


def drinks() -> dict[str, Callable[..., Any]]:
    routes = [
        Route("/hello/", "hello", hello, STAFF),
        Route("/hello/", "again", hello, STAFF, ("POST",)),
        Route("/open/", "open", hello, frozenset({"anyone"})),
    ]
    endpoints = [Endpoint("/cups", "cups", lambda _scope: {"cups": 3}, STAFF)]
    return {"sc_offer_routes": lambda: routes, "sc_offer_endpoints": lambda: endpoints}


@pytest.fixture
def tea(host_of: HostOf, tmp_path: Path) -> Host:
    """A host with a plugin that has two pages and a JSON answer."""
    (tmp_path / "templates" / "tea").mkdir(parents=True)
    (tmp_path / "templates" / "tea" / "hello.html").write_text("{{ partner.name }}: {{ cups }} <{{ _('Home') }}>")
    host = host_of(tea=drinks())
    registry = host.kit.registry
    registry.manifests["tea"] = replace(registry.manifests["tea"], folder=tmp_path)
    return host


def test_a_plugins_page_is_a_page_of_the_partner(tea: Host) -> None:
    partner = tea.partner("corra", "tea")
    with tea.scope(partner, write=True) as scope:
        actor = tea.actor(scope, "facilitator")
    browser = tea.browser(partner, actor)
    assert browser.get("/x/tea/hello/?cups=2<b>").text == "Corra: 2&lt;b&gt; <Home>"
    assert browser.get("/api/v1/x/tea/cups").json == {"cups": 3}
    answer = browser.post("/x/tea/hello/")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/p/{partner.slug}/x/tea/hello/")
    assert "nonce-" in answer.headers["Content-Security-Policy"]


def test_who_may_is_asked_before_the_plugin(tea: Host) -> None:
    partner = tea.partner("corra", "tea")
    with tea.scope(partner, write=True) as scope:
        actor = tea.actor(scope, "participant")
    nobody, participant = tea.browser(partner), tea.browser(partner, actor)
    assert nobody.get("/x/tea/hello/").status_code == 303
    assert nobody.get("/x/tea/open/").status_code == 200
    assert participant.get("/x/tea/hello/").status_code == 403
    assert nobody.get("/api/v1/x/tea/cups").status_code == 401
    assert participant.get("/api/v1/x/tea/cups").status_code == 403
    forged = participant.client.post(f"/p/{partner.slug}/x/tea/hello/", base_url="http://127.0.0.1")
    assert forged.status_code == 400


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/x/tea/hello/", "/x/tea/hello", "/x/tea/", "/api/v1/x/tea/cups", "/x/gone/hello/"])
def test_what_is_off_is_not_there_for_any_method(tea: Host, method: str, path: str) -> None:
    partner = tea.partner("alder")
    with tea.scope(partner, write=True) as scope:
        actor = tea.actor(scope, "facilitator", "administrator")
    assert tea.browser(partner, actor).open(path, method).status_code == 404


@pytest.mark.parametrize("path", ["/x/tea/hello", "/x/tea//hello/", "/x/tea/open", "/x/tea/hello//"])
def test_no_plugin_page_leads_out_of_the_partner(tea: Host, path: str) -> None:
    partner = tea.partner("corra", "tea")
    with tea.scope(partner, write=True) as scope:
        actor = tea.actor(scope, "facilitator")
    answer = tea.browser(partner, actor).get(path)
    leads = answer.headers.get("Location", "")
    assert answer.status_code in {200, 404} or leads.startswith(f"http://127.0.0.1/p/{partner.slug}/x/tea/")


def test_switching_off_takes_the_page_away_at_once(tea: Host) -> None:
    partner = tea.partner("corra", "tea")
    browser = tea.browser(partner)
    assert browser.get("/x/tea/open/").status_code == 200
    tea.change(partner, plugins=())
    assert browser.get("/x/tea/open/").status_code == 404


def test_an_address_that_cannot_be_leaves_the_plugin_out(host_of: HostOf) -> None:
    bad = [Route("no-slash", "x", hello, STAFF), Route("/fine/", "fine", hello, STAFF)]
    host = host_of(bad={"sc_offer_routes": lambda: bad}, tea=drinks())
    browser = host.browser(host.partner("corra", "bad", "tea"))
    assert browser.get("/x/bad/fine/").status_code == 404
    assert browser.get("/api/v1/x/tea/cups").status_code == 401
    assert [(fault.plugin, fault.hook) for fault in host.faults] == [("bad", "sc_offer_routes")]


# --- panels ---


def test_a_broken_panel_leaves_the_page_standing(host: Host, host_of: HostOf) -> None:
    panels = [Panel("nowhere.html"), Panel("web/motif.html", order=60), Panel("web/error.html", order=70)]
    made = host_of(bad={"sc_offer_slot": lambda: panels})
    app = made.app()
    partner = made.partner("corra", "bad")
    environ = {PLACE: Place("127.0.0.1", slug=partner.slug)}
    with app.test_request_context("/", environ_overrides=environ), ExitStack() as closing:
        visit = edge.begin(app.extensions["house"], closing, write=False)
        shown = pages.panels(visit, "front.body")
    assert len(shown) == 1
    assert 'class="motif"' in shown[0]
    assert [fault.why.split(":")[0] for fault in made.faults] == ["nowhere.html", "web/error.html"]


# --- jobs ---


def test_a_listener_is_told_again_and_then_parked(host_of: HostOf) -> None:
    heard: list[str] = []

    def stumbles(scope: Scope, event: Event) -> None:
        host.cohort(scope, name="From a listener that stumbles")
        raise ZeroDivisionError(event.name)

    host = host_of(bad={"sc_on_event": stumbles}, good={"sc_on_event": lambda event: heard.append(event.name)})
    partner = host.partner("p", "bad", "good")
    with open_session(host.kit.engine, None, write=True) as db:
        db.execute(sa.delete(OutboxRow))
        db.commit()
    with host.scope(partner, write=True) as scope:
        host.cohort(scope, name="The user's work")
        scope.announce("cohort.opened.v1", cohort_id=partner.id)
    find = {partner.id: partner}.get
    dispatcher = Dispatcher(host.house(), lambda *_, **__: None, find, lambda: [partner])
    for step in range(MOST_TRIES + 2):
        host.kit.clock = FixedClock(NOW + timedelta(days=step))
        dispatcher.run_due()
    with open_session(host.kit.engine, None) as db:
        rows = db.execute(sa.select(OutboxRow.kind, OutboxRow.listener, OutboxRow.state, OutboxRow.tries)).all()
    assert sorted(map(str, rows)) == [
        "('event', None, 'done', 0)",
        f"('notice', 'bad', 'parked', {MOST_TRIES})",
        "('notice', 'good', 'done', 0)",
    ]
    assert heard == ["cohort.opened.v1"]
    with host.scope(partner) as scope:
        assert scope.db.scalars(sa.select(Cohort.name)).all() == ["The user's work"]


@pytest.mark.parametrize(("template", "known", "secret"), [
    ("people/mail_sign_in", False, True), ("people/mail_invitation", True, True),
    ("people/mail_invitation", False, False), ("sessions/mail/write_up_reminder", True, False),
])  # fmt: skip
def test_the_mailbox_shows_nobody_a_way_in_as_somebody(
    host_of: HostOf, monkeypatch: pytest.MonkeyPatch, template: str, known: bool, secret: bool
) -> None:
    host, kept = host_of(), list[bool]()
    monkeypatch.setattr(dispatch, "compose", lambda *_: EmailMessage())
    partner = host.partner("p")
    with open_session(host.kit.engine, None, write=True) as db:
        db.execute(sa.delete(OutboxRow))
        enqueue_mail(db, partner.id, template, "ailsa@example.org", "en_GB", {}, NOW)
        db.commit()
    send = lambda _message, *, secret: kept.append(secret)  # noqa: E731 - a line is enough
    find = {partner.id: partner}.get
    Dispatcher(
        host.house(), send, find, lambda: [partner], has_account=lambda address: known and "@" in address
    ).run_due()
    assert kept == [secret]
