"""Every list costs a fixed number of SQL statements: the same at 1, 30 and 300 rows of what it lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from systems_changers.core.people.rules import ROUTE_PERMISSIONS
from systems_changers.hooks.registry import Registry
from systems_changers.testing.instance import Instance, open_instance
from tests.core.home import filling
from tests.core.home.filling import House, make_house
from tests.instance import Template

PAGE, ALL, NONE = 25, 10**6, 0
ROW = re.compile(r"row \d{4}", re.IGNORECASE)
Fill = Callable[..., Any]


@dataclass(frozen=True)
class List:
    """A list: who opens which address, what fills it, and how many of the rows are to be seen there at least.

    `{cohort}` in the path stands for the cohort, `{id}` for what `about` answers, which the filling is given too.
    `several` is how many statements more it takes as soon as there is more than one page, however many.
    """

    endpoint: str
    path: str
    who: str
    fill: Fill
    least: int = PAGE
    kind: str = "hosting"
    about: Callable[[House], Any] | None = None
    several: int = 0

    def __str__(self) -> str:
        return f"{self.endpoint} {self.path.partition('?')[2]} {self.who}".replace("  ", " ")


def noted(house: House) -> Any:
    """One experiment of the participant."""
    return filling.experiments(house, range(5001, 5002))[0]


def a_line(house: House) -> Any:
    """One line of the plan."""
    return filling.planned_modules(house, range(5001, 5002))[0]


def planned(house: House) -> Any:
    """A session whose register can be taken."""
    return filling.one_session(house)


def delivered(house: House) -> Any:
    """A session whose register was taken."""
    return filling.one_session(house, "delivered")


def written_up(house: House) -> Any:
    """A session with a sealed record."""
    id_ = filling.one_session(house, "written_up")
    filling.corrections_of(house, range(5001, 5002), id_)
    return id_


listed = partial(filling.partners, kind="listed")
received_listed = partial(filling.received, kind="listed")
COHORT, SESSION, EXPERIMENT = "/cohorts/{cohort}", "/sessions/{id}", "/experiments/{id}"
FILTERED = "/settings/changes?since=2026-01-01&until=2027-01-01&who=administrator&area=people&name=person.changed"
BY_ONE = "?who=administrator%40{slug}.&since=2026-01-01"
LISTS = [
    List("home.front", "/", "anyone", filling.recruiting),
    List("home.front", "/", "operator", filling.memberships, ALL),
    List("home.front", "/", "visitor", filling.partners, NONE),
    *(List("home.dashboard", "/home/", who, filling.cohorts) for who in ("facilitator", "participant", "line_manager")),
    List("home.get_started", "/get-started", "administrator", filling.cohorts, NONE),
    List("home.dashboard", "/home/", "administrator", filling.cohorts),
    *(List("cohorts.index", "/cohorts/", who, filling.cohorts) for who in ("facilitator", "line_manager")),
    List("cohorts.show", COHORT + "/", "facilitator", filling.sessions, ALL),
    List("cohorts.show", COHORT + "/", "participant", filling.sessions, ALL),
    List("cohorts.show", COHORT + "/", "facilitator", filling.participants, ALL),
    List("cohorts.show", COHORT + "/", "participant", filling.participants, ALL),
    List("cohorts.people", COHORT + "/people/", "facilitator", filling.participants, ALL),
    List("cohorts.people", COHORT + "/people/", "administrator", filling.learning_partners, ALL),
    List("cohorts.facilitators", COHORT + "/facilitators?search=Row", "facilitator", filling.people),
    List("cohorts.plan", COHORT + "/plan/", "facilitator", filling.planned_modules, ALL),
    List("curriculum.index", "/modules/", "facilitator", filling.library, ALL),
    List("cohorts.choose_module", COHORT + "/plan/{id}", "facilitator", filling.library, NONE, about=a_line),
    List("experiments.index", "/experiments/?whose=mine", "participant", filling.experiments),
    List("experiments.index", "/experiments/?whose=shared", "facilitator", filling.experiments),
    List("experiments.index", "/experiments/?whose=shared", "line_manager", filling.experiments),
    List("experiments.export", "/experiments/export.csv", "participant", filling.experiments, ALL),
    List("experiments.show", EXPERIMENT + "/", "participant", filling.evidence_of, ALL, about=noted),
    List("experiments.evidence", EXPERIMENT + "/evidence", "participant", filling.evidence_of, NONE, about=noted),
    List("experiments.sharing", EXPERIMENT + "/sharing", "participant", filling.readers_of, ALL, about=noted),
    List("sessions.show", SESSION + "/", "facilitator", filling.blocks_of, ALL, about=planned),
    List("sessions.show", SESSION + "/", "participant", filling.blocks_of, ALL, about=planned),
    List("sessions.show", SESSION + "/", "facilitator", filling.corrections_of, ALL, about=written_up),
    List("sessions.change", SESSION + "/change", "facilitator", filling.blocks_of, ALL, about=planned),
    List("sessions.register", SESSION + "/register", "facilitator", filling.register_of, ALL, about=planned),
    List("sessions.write_up", SESSION + "/write-up", "facilitator", filling.blocks_of, ALL, about=delivered),
    List("sessions.correct", SESSION + "/correct", "facilitator", filling.corrections_of, NONE, about=written_up),
    List("people.index", "/people/", "facilitator", filling.people),
    List("people.index", "/people/?q=row", "facilitator", filling.people),
    List("people.account", "/account/", "administrator", filling.devices),
    List("people.account", "/account/", "operator", filling.devices),
    List("people.agreed", "/account/agreed", "participant", filling.consents, ALL),
    List("people.complaints", "/settings/privacy/complaints/", "administrator", filling.complaints),
    List("people.second_factor", "/account/second-factor", "facilitator", filling.passkeys, ALL),
    List("people.changes", "/settings/changes", "administrator", filling.changes),
    List("home.requests", "/settings/requests", "administrator", filling.requests),
    List("people.operator_changes", "/operator/changes", "operator", filling.operator_changes),
    List("people.changes", FILTERED, "administrator", filling.changes),
    List(
        "people.operator_changes",
        "/operator/changes" + BY_ONE,
        "operator",
        filling.operator_changes,
    ),
    List("people.changes_file", "/settings/changes/file", "administrator", filling.changes, ALL),
    List("people.operator_changes_file", "/operator/changes/file" + BY_ONE, "operator", filling.operator_changes, ALL),
    List("partners.every_partner", "/operator/?q=of+{slug}.", "operator", filling.partners),
    List("partners.every_partner", "/operator/?kind=listed", "operator", listed),
    List("operations.mailbox", "/operator/mailbox", "operator", filling.mails),
    List("operations.outbox", "/operator/outbox", "operator", filling.given_up),
    List("operations.plugins", "/operator/plugins", "operator", filling.faults, ALL),
    List("summaries.figures", "/figures/", "facilitator", filling.counted_cohorts, ALL),
    List("summaries.sharing", "/figures/sharing", "administrator", filling.counted_cohorts, NONE),
    List("summaries.reports", COHORT + "/reports/", "facilitator", filling.participants, NONE),
    List("summaries.report", COHORT + "/reports/corra-community-update", "facilitator", filling.sessions, NONE),
    List("summaries.compare", "/compare/", "analyst", filling.received, kind="foundation", several=1),
    List("summaries.compare", "/compare/?kind=listed", "analyst", received_listed, kind="foundation"),
    List("summaries.compare_figure", "/compare/figures/I7", "analyst", filling.received, kind="foundation"),
    List("summaries.compare_file", "/compare/file", "analyst", filling.received, ALL, kind="foundation"),
    List("summaries.compare_file", "/compare/file?kind=listed", "analyst", received_listed, ALL, kind="foundation"),
    List("api.cohorts.listed", "/api/v1/cohorts/", "participant", filling.cohorts),
    List("api.cohorts.listed", "/api/v1/cohorts/", "line_manager", filling.cohorts),
    List("api.sessions.listed", "/api/v1/sessions/", "participant", filling.sessions),
    List("api.experiments.index", "/api/v1/experiments/", "participant", filling.experiments),
    List("api.experiments.index", "/api/v1/experiments/", "line_manager", filling.experiments),
]
"""The safeguarding list of a partner's plugin is measured among its own tests."""
ONE_THING = {
    "api.cohorts.item", "api.experiments.show", "api.sessions.item", "cohorts.change", "cohorts.choose_list",
    "cohorts.new", "cohorts.new_person", "cohorts.support", "curriculum.show", "experiments.edit",
    "experiments.review", "home.file", "home.show_erasure", "home.why", "operations.mail", "partners.look",
    "partners.plugin", "partners.plugins", "partners.settings", "partners.words", "people.accept", "people.address",
    "people.ask_link", "people.complain", "people.complaint", "people.confirm", "people.connected", "people.new",
    "people.new_app", "people.new_passkey", "people.open_address", "people.open_link", "people.second_step",
    "people.set_up", "people.show", "people.sign_in", "people.sign_on", "people.sign_on_back", "people.sign_on_go",
    "people.sign_on_settings", "privacy.assessment_file", "privacy.notice", "privacy.records",
    "privacy.records_file", "privacy.retention", "sessions.new", "sessions.plan",
}  # fmt: skip
"""Pages about one thing, or with what is installed, that no number of rows makes longer."""


@pytest.fixture(scope="module")
def home(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One instance for every list: each is filled at a partner of its own."""
    folder = tmp_path_factory.mktemp("home")
    made = open_instance(template.copy(folder), folder, registry)
    made.add_partner("Fenwater", slug="fenwater", kind="foundation")
    yield made
    made.kit.engine.dispose()


@pytest.mark.parametrize("asked", LISTS, ids=str)
def test_a_list_costs_the_same_at_any_length(home: Instance, asked: List) -> None:
    house = make_house(home, asked.kind)
    about = asked.about(house) if asked.about else None
    more = {} if asked.about is None or asked.fill is filling.library else {"about": about}
    path = asked.path.format(cohort=house.cohort, slug=house.slug, id=about)
    browser = house.come_in(asked.who)
    before = shown(browser.get(path))
    costs = []
    for first, last in ((1, 1), (2, 30), (31, 300)):
        asked.fill(house, range(first, last + 1), *more.values())
        with house.counted() as sent:
            answer = browser.get(path)
        costs.append(len(sent))
        assert len(shown(answer) - before) >= min(last, asked.least), f"{last} rows"
    assert costs == [costs[0], costs[0], costs[0] + asked.several], "\n".join(sent)


def test_every_page_is_measured_or_about_one_thing(home: Instance) -> None:
    read = {rule.endpoint for rule in home.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    measured = {each.endpoint for each in LISTS}
    assert (read & ROUTE_PERMISSIONS.keys()) - measured == ONE_THING
    assert measured.isdisjoint(ONE_THING)


def shown(answer: Any) -> set[str]:
    """The rows that a page or a file shows."""
    assert answer.status_code == 200
    return set(ROW.findall(answer.text))
