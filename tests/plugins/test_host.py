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
from systems_changers.core.operations.queries import faults_by_plugin
from systems_changers.core.operations.service import FaultBook
from systems_changers.hooks.facts import ANYONE, Endpoint, Event, Page, Panel, Redirect, RequestFacts, Route
from systems_changers.hooks.scope import Scope, no_links
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import open_session
from systems_changers.infra.errors import NotFound
from systems_changers.infra.jobs import MOST_TRIES, OutboxRow, enqueue_mail
from systems_changers.web import dispatch, edge, pages
from systems_changers.web.addresses import PLACE, Place
from systems_changers.web.brand import DEFAULT_BRAND
from systems_changers.web.dispatch import Dispatcher
from systems_changers.web.safety import NONCE
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


def cup(_scope: Scope, number: int) -> dict[str, int]:
    """One cup.

    And how full it is.
    """
    return {"number": number}


def drinks() -> dict[str, Callable[..., Any]]:
    routes = [
        Route("/hello/", "hello", hello, STAFF),
        Route("/hello/", "again", hello, STAFF, ("POST",)),
        Route("/open/", "open", hello, frozenset({"anyone"})),
    ]
    endpoints = [
        Endpoint("/cups", "cups", lambda _scope: {"cups": 3}, STAFF),
        Endpoint("/cups/<int:number>", "cup", cup, STAFF),
    ]
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


def test_a_partners_description_names_its_plugins_answers(tea: Host) -> None:
    with_tea, without = tea.browser(tea.partner("corra", "tea")), tea.browser(tea.partner("alder"))
    assert without.get("/api/v1/openapi.json").json["paths"] == {}
    document = with_tea.get("/api/v1/openapi.json").json
    assert sorted(document["paths"]) == ["/api/v1/x/tea/cups", "/api/v1/x/tea/cups/{number}"]
    asked = document["paths"]["/api/v1/x/tea/cups/{number}"]["get"]
    assert (asked["operationId"], asked["summary"], asked["tags"]) == ("x.tea.cup", "One cup.", ["tea"])
    assert asked["parameters"] == [
        {"in": "path", "name": "number", "required": True, "schema": {"type": "integer", "minimum": 0}}
    ]
    assert sorted(asked["responses"]) == ["200", "401", "403", "404"]


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


def breaks(scope: Scope, request: RequestFacts) -> Page:
    scope.db.add(Cohort(name="Half done", place="Portlaggan"))
    scope.db.flush()
    raise ZeroDivisionError(request.query.get("why"))


def breaks_at_the_commit(scope: Scope, request: RequestFacts) -> Redirect:
    scope.db.add(Cohort(name=None, place="Portlaggan"))
    return Redirect("x.bad.answers")


def junk(_scope: Scope, _request: RequestFacts) -> Any:
    return "text"


def missing(_scope: Scope, request: RequestFacts) -> Page:
    raise NotFound


ANYBODY = frozenset({"anyone"})
BROKEN = {
    "sc_offer_routes": lambda: [
        Route("/breaks", "breaks", breaks, STAFF, ("GET", "POST")),
        Route("/commit", "commit", breaks_at_the_commit, STAFF, ("POST",)),
        Route("/template", "template", lambda _scope, _request: Page("bad/nowhere.html"), STAFF),
        Route("/answers", "answers", junk, STAFF),
        Route("/missing", "missing", missing, STAFF),
    ],
    "sc_offer_endpoints": lambda: [Endpoint("/cups", "cups", lambda _scope: {"cups": object()}, ANYBODY)],
}  # fmt: skip


@pytest.fixture
def bad(host_of: HostOf) -> Host:
    """A host with a plugin whose pages fail in every way there is."""
    return host_of(bad=BROKEN)


@pytest.mark.parametrize(("method", "path", "hook", "why"), [
    ("get", "/x/bad/breaks?why=tired", "sc_offer_routes", "/x/bad/breaks: ZeroDivisionError: tired"),
    ("post", "/x/bad/breaks", "sc_offer_routes", "/x/bad/breaks: ZeroDivisionError: None"),
    ("post", "/x/bad/commit", "sc_offer_routes", "/x/bad/commit: IntegrityError: "),
    ("get", "/x/bad/template", "sc_offer_routes", "/x/bad/template: TemplateNotFound: bad/nowhere.html"),
    ("get", "/x/bad/answers", "sc_offer_routes", "/x/bad/answers: TypeError: a view answered str"),
    ("get", "/api/v1/x/bad/cups", "sc_offer_endpoints", "/api/v1/x/bad/cups: TypeError: Object of type object"),
])  # fmt: skip
def test_a_failing_page_is_reported_and_told_in_a_sentence(
    bad: Host, method: str, path: str, hook: str, why: str
) -> None:
    partner = bad.partner("corra", "bad")
    with bad.scope(partner, write=True) as scope:
        actor = bad.actor(scope, "facilitator")
    answer = getattr(bad.browser(partner, actor), method)(path)
    assert answer.status_code == 502
    assert "This page of the plugin Bad could not be made. The operator has been told." in answer.text
    ((fault),) = bad.faults
    assert (fault.plugin, fault.hook, fault.why[: len(why)]) == ("bad", hook, why)
    assert "\n" not in fault.why
    with bad.scope(partner) as scope:
        assert scope.db.scalars(sa.select(Cohort.name)).all() == []


def test_what_a_page_means_to_refuse_is_no_fault(bad: Host) -> None:
    partner = bad.partner("corra", "bad")
    with bad.scope(partner, write=True) as scope:
        actor = bad.actor(scope, "facilitator")
    assert bad.browser(partner, actor).get("/x/bad/missing").status_code == 404
    assert bad.faults == []


def test_a_failing_page_is_on_the_operators_list(bad: Host) -> None:
    bad.kit.tell_faults = FaultBook()
    partner = bad.partner("corra", "bad")
    with bad.scope(partner, write=True) as scope:
        actor = bad.actor(scope, "facilitator")
    browser = bad.browser(partner, actor)
    for _ in range(2):
        assert browser.post("/x/bad/breaks").status_code == 502
    with bad.kit.operator_scope(ANYONE, links=no_links) as outside:
        (line,) = faults_by_plugin(outside)["bad"]
    assert (line.hook, line.why, line.times) == ("sc_offer_routes", "/x/bad/breaks: ZeroDivisionError: None", 2)


def test_an_error_page_has_a_scope_of_its_own(host_of: HostOf) -> None:
    """A plugin's navigation reads and fails while the page is made: it is reported, and the connection given back."""
    host = host_of(bad={"sc_offer_nav": lambda scope: scope.db.scalars(sa.select(Cohort.id)).all() / 0})
    partner = host.partner("corra", "bad")
    with host.scope(partner, write=True) as scope:
        actor = host.actor(scope, "facilitator")
    browser = host.browser(partner, actor)
    assert browser.get("/x/gone/").status_code == 404
    assert [fault.hook for fault in host.faults] == ["sc_offer_nav"]
    assert host.kit.engine.pool.checkedout() == 0  # type: ignore[attr-defined]  # a queue's


def test_a_brand_that_cannot_be_read_gives_way_and_is_reported(host_of: HostOf) -> None:
    good = replace(DEFAULT_BRAND, name="Good", tagline="Good")
    pale = replace(good, name="Pale", light=replace(good.light, ink=good.light.paper))
    host = host_of(a_pale={"sc_choose_brand": lambda: pale}, b_good={"sc_choose_brand": lambda: good})
    partner = host.partner("corra", "a-pale", "b-good")
    house = host.house()
    with host.scope(partner) as scope:
        assert pages.look_of(house, partner, scope.hooks).brand.tagline == "Good"
    ((fault),) = host.faults
    assert (fault.plugin, fault.hook) == ("a-pale", "sc_choose_brand")
    assert "is 1.00, and must be at least" in fault.why
    both_pale = host.change(partner, plugins=("a-pale",))
    with host.scope(both_pale) as scope:
        assert pages.look_of(house, both_pale, scope.hooks).brand.name == partner.name


# --- panels ---


def test_a_broken_panel_leaves_the_page_standing(host: Host, host_of: HostOf) -> None:
    panels = [Panel("nowhere.html"), Panel("web/motif.html", order=60), Panel("web/error.html", order=70)]
    made = host_of(bad={"sc_offer_slot": lambda: panels})
    app = made.app()
    partner = made.partner("corra", "bad")
    environ = {PLACE: Place("127.0.0.1", slug=partner.slug), NONCE: "this-answer"}
    with app.test_request_context("/", environ_overrides=environ), ExitStack() as closing:
        visit = edge.begin(app.extensions["house"], closing, write=False)
        shown = pages.panels(visit, "front.body")
    assert len(shown) == 1
    assert 'class="motif"' in shown[0]
    assert [fault.why.split(":")[0] for fault in made.faults] == ["nowhere.html", "web/error.html"]


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
    told = ("bad", "sc_on_event", "cohort.opened.v1: ZeroDivisionError: cohort.opened.v1")
    assert [(fault.plugin, fault.hook, fault.why) for fault in host.faults] == [told] * MOST_TRIES
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
