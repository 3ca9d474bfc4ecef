"""The pages over figures: who may open them, what they say, and that nothing hidden is anywhere in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from systems_changers.app import SLICES, open_house
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, Membership
from systems_changers.core.summaries import queries, service
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import set_up_app
from systems_changers.web import edge, errors
from systems_changers.web.layers import Templates
from tests.core.kits import Ground, nowhere
from tests.core.summaries.records import cohort_with
from tests.layers import in_layers

ORIGIN = "http://127.0.0.1"
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')
ALL = list(indicators())
TEMPLATES: dict[str, Templates] = {}  # compiled once a run: that takes longer than most tests
HIDDEN = [2] * 9 + [1] * 2  # 2 of 11 did not complete


@dataclass
class Doors:
    """The application, with the foundation, one partner that shares and one that does not."""

    ground: Ground
    app: Flask
    partners: dict[str, PartnerFacts]

    def come_in(self, slug: str, role: str) -> Callable[[str], Any]:
        """A way to get pages of a partner as somebody with a role there."""
        client = self.client(slug, role)
        return lambda path: client.get(f"/p/{slug}{path}", base_url=ORIGIN)

    def client(self, slug: str, role: str) -> FlaskClient:
        """A signed-in client."""
        with self.ground.kit.operator_scope(ANYONE, links=nowhere, write=True) as outside:
            account = Account(email=f"{new_id().hex}@{slug}.example")
            outside.db.add(account)
            outside.db.commit()
        with self.ground.scope(self.partners[slug], write=True) as scope:
            if role == "administrator":
                set_up_app(replace(scope, actor=ActorFacts(account.id)), self.ground.kit.settings.secret_key)
            scope.db.add(Membership(account_id=account.id, role=role))
            secret = people.start_session(scope, account.id, people.Browser("127.0.0.1", "", "Firefox"))
        client = self.app.test_client()
        client.set_cookie("sc-session", secret, domain="127.0.0.1")
        return client


@pytest.fixture
def doors(ground: Ground) -> Doors:
    ground.kit.settings = replace(ground.kit.settings, secret_key="for-tests-only-" + "k" * 40, public_url=ORIGIN)
    partners = {slug: ground.partner(slug.title(), "foundation" if slug == "foundation" else "hosting")
                for slug in ("foundation", "corra", "alder")}  # fmt: skip
    with ground.scope(partners["corra"], write=True) as scope:
        cohort_with(scope, HIDDEN, tried=6)
        service.roll_up(scope)
        service.agree_sharing(scope, ALL)
    service.gather_all(ground.kit)
    return Doors(ground, application(ground), partners)


def application(ground: Ground) -> Flask:
    """Every page over the kit; not create_app, which wants a database that migrations have made."""
    app, house = Flask("figures", static_folder=None, template_folder=None), open_house(ground.kit)
    house.templates = TEMPLATES.setdefault("compiled", house.templates)
    app.extensions["house"] = house
    errors.install(app, house)
    edge.install(app, house, [each.pages for each in SLICES])
    in_layers(app, ground.kit.settings.hosts)
    return app


@pytest.mark.parametrize(
    ("slug", "role", "path", "status"),
    [
        ("corra", "administrator", "/figures/", 200),
        ("corra", "facilitator", "/figures/", 200),
        ("corra", "participant", "/figures/", 403),
        ("corra", "line_manager", "/figures/sharing", 403),
        ("corra", "facilitator", "/figures/sharing", 200),
        ("corra", "administrator", "/compare/", 403),
        ("corra", "analyst", "/compare/", 404),
        ("corra", "analyst", "/compare/file", 404),
        ("foundation", "analyst", "/compare/", 200),
        ("foundation", "analyst", "/compare/?kind=listed", 200),
        ("foundation", "analyst", "/compare/?kind=secret", 404),
        ("foundation", "analyst", "/compare/figures/I7", 200),
        ("foundation", "analyst", "/compare/figures/I7?kind=listed", 404),
        ("foundation", "analyst", "/compare/figures/I99", 404),
        ("foundation", "administrator", "/compare/figures/I7", 403),
        ("corra", "analyst", "/compare/figures/I7", 404),
        ("foundation", "analyst", "/figures/", 403),
        ("foundation", "administrator", "/figures/sharing", 404),
    ],
)
def test_who_may_open_what(doors: Doors, slug: str, role: str, path: str, status: int) -> None:
    assert doors.come_in(slug, role)(path).status_code == status


def test_no_agreement_is_asked_of_listed_partners(doors: Doors) -> None:
    page = doors.come_in("foundation", "analyst")("/compare/?kind=listed").text
    assert "Nothing has been gathered yet" in page
    assert "have agreed to share" not in page
    assert "“Gather again” brings it now." in page


def test_a_partner_sees_its_own_figures_whole(doors: Doors) -> None:
    page = doors.come_in("corra", "facilitator")("/figures/").text
    assert "9 of 11" in page
    assert "52% to 95%" in page
    assert "No figures yet" in doors.come_in("alder", "facilitator")("/figures/").text


def test_the_foundation_does_not(doors: Doors) -> None:
    get = doors.come_in("foundation", "analyst")
    page, file = get("/compare/").text, get("/compare/file")
    assert "hidden: fewer than 5 people" in page
    assert "1 of 2 hosting partners share figures with you." in " ".join(page.split())
    assert "9 of 11" not in page
    assert "52%" not in page
    assert "6 of 11" in page
    assert page.index("Alder") < page.index("Corra")
    hidden, shown = get("/compare/figures/I7").text, get("/compare/figures/I14").text
    assert ("9 of 11" in hidden, "52%" in hidden, "hidden: fewer than 5 people" in hidden) == (False, False, True)
    assert ("6 of 11" in shown, "28% to 79%" in shown, "canonical: 0" in shown) == (True, True, True)
    assert shown.index("Alder") < shown.index("Corra")
    assert file.headers["Content-Disposition"] == "attachment; filename=figures-hosting.csv"
    completion = next(line for line in file.data.decode("utf-8-sig").splitlines() if '"Corra","core:I7"' in line)
    assert completion.startswith('"Corra","core:I7","Completion","reported","suppressed","","","","","","","","","",')
    time = next(line for line in file.data.decode("utf-8-sig").splitlines() if '"Corra","core:I6"' in line)
    assert '"11","","","95","100","95","100","1",' in time


def test_a_kept_page_changes_with_every_change_of_what_was_received(doors: Doors) -> None:
    get = doors.come_in("foundation", "analyst")
    first = get("/compare/").text
    with doors.ground.counted() as again:
        assert "6 of 11" in get("/compare/").text
    assert (len([said for said in again if "received_summary" in said]), "not shared" in first) == (1, True)
    for shared, seen in ((["core:I7"], False), (ALL, True)):
        with doors.ground.scope(doors.partners["corra"], write=True) as scope:
            agreement = queries.agreement_of(scope)
            assert agreement is not None
            assert agreement.id is not None
            service.end_sharing(scope, agreement.id)
            scope.db.flush()
            service.agree_sharing(scope, shared)
        service.gather_all(doors.ground.kit)
        assert ("6 of 11" in get("/compare/").text) is seen


def test_a_kept_page_is_kept_apart_by_foundation(doors: Doors) -> None:
    other = doors.ground.partner("Other foundation", "foundation")
    doors.partners[other.slug] = other
    assert "6 of 11" in doors.come_in("foundation", "analyst")("/compare/").text
    assert "6 of 11" not in doors.come_in(other.slug, "analyst")("/compare/").text


def test_time_is_told_in_hours_and_minutes(doors: Doors) -> None:
    own, seen = doors.come_in("corra", "facilitator")("/figures/").text, doors.come_in("foundation", "analyst")
    for page in (own, seen("/compare/figures/I6").text):
        assert "33\xa0h\xa020\xa0min of 36\xa0h\xa040\xa0min" in page
        assert "2,000 of" not in page


def test_the_median_is_told_with_the_middle_half(doors: Doors) -> None:
    own, seen = doors.come_in("corra", "facilitator")("/figures/").text, doors.come_in("foundation", "analyst")
    for page in (own, seen("/compare/figures/I6").text):
        assert "median between 95% and 100%, the middle half between 95% and 100%" in page


def test_a_heading_is_not_said_twice(doors: Doors) -> None:
    page = doors.come_in("foundation", "analyst")("/compare/").text
    assert page.count(">What is here<") == 2
    assert '<caption class="hide">What is here</caption>' in page


def test_partners_on_one_page_have_no_pager(doors: Doors) -> None:
    get = doors.come_in("foundation", "analyst")
    assert 'class="pager"' not in get("/compare/").text
    beyond = get("/compare/?page=9&size=1").text
    assert "It has 2 entries." in beyond
    assert 'href="?size=1&amp;page=2"' in beyond
    assert "Nothing has been gathered yet" not in beyond


def test_what_a_partner_is_told_of_the_sharing_is_what_is_shared(doors: Doors) -> None:
    page = doors.come_in("corra", "administrator")("/figures/sharing").text
    assert "hidden: fewer than 5 people" in page
    assert "6 of 11" in page
    assert "9 of 11" not in page


def send(doors: Doors, slug: str, role: str, path: str, **values: Any) -> Any:
    client = doors.client(slug, role)
    seen = f"/p/{slug}/figures/sharing" if slug != "foundation" else f"/p/{slug}/compare/"
    token = TOKEN.search(client.get(seen, base_url=ORIGIN).text)
    assert token is not None
    return client.post(f"/p/{slug}{path}", data={"csrf_token": token[1]} | values, base_url=ORIGIN)


def test_sharing_is_begun_and_ended_by_an_administrator(doors: Doors) -> None:
    assert send(doors, "alder", "facilitator", "/figures/sharing", indicators=ALL).status_code == 403
    assert send(doors, "alder", "administrator", "/figures/sharing", indicators=["core:I7"]).status_code == 303
    page = doors.come_in("alder", "facilitator")("/figures/sharing").text
    assert "You have shared figures with Foundation since 12 March 2026." in page
    assert page.count("not shared") == 5


def test_an_empty_choice_is_asked_for_again(doors: Doors) -> None:
    answer = send(doors, "alder", "administrator", "/figures/sharing")
    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_gathering_and_counting_by_hand(doors: Doors) -> None:
    assert send(doors, "foundation", "analyst", "/compare/gather").status_code == 303
    assert send(doors, "corra", "facilitator", "/figures/count").status_code == 303


@pytest.mark.parametrize(("slug", "role", "path"), [("corra", "facilitator", "/figures/"),
                                                    ("corra", "administrator", "/figures/sharing"),
                                                    ("foundation", "analyst", "/compare/"),
                                                    ("foundation", "analyst", "/compare/figures/I7"),
                                                    ("foundation", "analyst", "/compare/?kind=listed")])  # fmt: skip
def test_a_page_costs_no_more_than_six_statements(doors: Doors, slug: str, role: str, path: str) -> None:
    get = doors.come_in(slug, role)
    get(path)
    with doors.ground.counted() as statements:
        assert get(path).status_code == 200
    assert len(statements) <= 5  # and the naming of the partner on PostgreSQL
