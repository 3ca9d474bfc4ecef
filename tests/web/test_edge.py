"""Every route, swept: a foreign or unknown id is not found, a form without its token is refused, headers are there."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from werkzeug.routing import Rule

from systems_changers.core.cohorts.models import Cohort, CohortPerson
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.people.rules import ROLES
from systems_changers.core.sessions.models import CohortSession
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance

MINE, THEIRS = "corra-scotland", "childrens-society"
OTHER_VALUES = {"hash": "sha256:" + "0" * 64, "digest": "sha256:" + "0" * 64, "key": "nothing", "secret": "nothing",
                "plugin": "nothing", "slug": "nothing", "name": "nothing", "place": 9, "number": 9}  # fmt: skip


@pytest.fixture
def theirs(instance: Instance) -> dict[str, UUID]:
    """Ids of real rows at another partner, by the name that routes give them."""
    instance.add_partner("Mine", slug=MINE, plugins=(MINE,))
    instance.add_partner("Theirs", slug=THEIRS, plugins=(THEIRS,))
    other = instance.add_person(THEIRS, "Priya Other", "participant")
    with instance.scope(THEIRS, write=True) as scope:
        cohort = Cohort(name="Their cohort", state="running")
        scope.db.add(cohort)
        scope.db.flush()
        session = CohortSession(cohort_id=cohort.id, number=1, title="Their session", minutes=90)
        part = CohortPerson(cohort_id=cohort.id, person_id=other.person_id, state="confirmed")
        trial = Experiment(author_id=other.person_id, cohort_id=cohort.id, title="Their secret try-out")
        scope.db.add_all([session, part, trial])
        scope.db.flush()
        assert other.person_id is not None
        return {"cohort_id": cohort.id, "session_id": session.id, "experiment_id": trial.id,
                "person_id": other.person_id, "cohort_person_id": part.id}  # fmt: skip


@pytest.fixture
def everyone(instance: Instance, theirs: dict[str, UUID]) -> Browser:
    """A browser of somebody who has every role at the first partner, and is a person there."""
    return instance.client(MINE, instance.add_person(MINE, "Everyone Here", *ROLES))


def rules(instance: Instance, method: str) -> Iterator[Rule]:
    """The routes of pages and answers that take a method and name a record."""
    for rule in instance.app.url_map.iter_rules():
        plugin = rule.endpoint in {"x", "api.x"}
        if method in (rule.methods or ()) and rule.arguments - {"slug", "plugin"} and not plugin:
            yield rule


def address(rule: Rule, ids: dict[str, UUID]) -> str:
    values = {name: ids.get(name, OTHER_VALUES.get(name, new_id())) for name in rule.arguments}
    path = rule.rule
    for name, value in values.items():
        for kind in ("", "uuid:", "int:", "string:", "path:"):
            path = path.replace(f"<{kind}{name}>", str(value))
    return path


def test_a_foreign_or_unknown_id_is_not_found(instance: Instance, everyone: Browser, theirs: dict[str, UUID]) -> None:
    asked = {}
    for ids in (theirs, {}):
        for rule in rules(instance, "GET"):
            path = address(rule, ids)
            asked[rule.endpoint, path] = everyone.get(path).status_code
    wrong = {key: status for key, status in asked.items() if status != 404}
    assert wrong == {}
    assert len(asked) > 40


def test_a_form_for_a_foreign_id_is_not_found_and_changes_nothing(
    instance: Instance, everyone: Browser, theirs: dict[str, UUID]
) -> None:
    token = everyone.token()
    asked = {}
    for rule in rules(instance, "POST"):
        data = {"csrf_token": token, "version": "1", "title": "x", "name": "x", "why": "x", "to": "cancelled"}
        path = address(rule, theirs)
        asked[rule.endpoint] = everyone.post(path, data, token=False).status_code
    wrong = {key: status for key, status in asked.items() if status not in (404, 422)}
    assert wrong == {}
    assert len(asked) > 40
    with instance.scope(THEIRS) as scope:
        assert scope.db.scalars(sa.select(Cohort.state)).all() == ["running"]
        assert scope.db.scalars(sa.select(Experiment.title)).all() == ["Their secret try-out"]
        assert scope.db.scalars(sa.select(CohortPerson.state)).all() == ["confirmed"]


def test_a_form_without_its_token_is_refused(instance: Instance, everyone: Browser, theirs: dict[str, UUID]) -> None:
    asked = {}
    for rule in instance.app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint not in {"x", "api.x"}:
            asked[rule.endpoint] = everyone.post(address(rule, {}), {}, token=False).status_code
    assert {key: status for key, status in asked.items() if status not in (400, 404)} == {}
    assert sum(status == 400 for status in asked.values()) > 60


def test_a_token_of_another_browser_or_site_is_refused(instance: Instance, everyone: Browser) -> None:
    stranger = instance.client(MINE)
    assert (
        everyone.post("/language", {"csrf_token": stranger.token(), "locale": "en_GB"}, token=False).status_code == 400
    )
    data = {"csrf_token": everyone.token(), "locale": "en_GB"}
    crossed = everyone.post("/language", data, token=False, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 400
    assert everyone.post("/language", data, token=False).status_code == 303


@pytest.mark.parametrize("path", ["/", "/home/", "/sign-in", "/cohorts/", "/nothing-here", "/api/v1/cohorts/"])
def test_every_answer_carries_the_headers(everyone: Browser, path: str) -> None:
    headers = everyone.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_plugins_pages_are_gone_where_it_is_off(instance: Instance, everyone: Browser) -> None:
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        for path in ("/x/childrens-society/", "/x/childrens-society/safeguarding/", "/api/v1/x/childrens-society/"):
            answer = everyone.client.open(everyone.root + path, method=method, base_url="http://127.0.0.1")
            assert answer.status_code == 404, (method, path)


def test_a_signed_out_reader_is_sent_to_sign_in_and_back(instance: Instance, theirs: dict[str, UUID]) -> None:
    answer = instance.client(MINE).get("/cohorts/?page=2")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/p/{MINE}/sign-in?back=%2Fcohorts%2F%3Fpage%3D2"


def test_the_cookie_is_out_of_reach_of_scripts(instance: Instance, theirs: dict[str, UUID]) -> None:
    cookies = instance.client(MINE).get("/sign-in").headers.getlist("Set-Cookie")
    assert cookies
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie for cookie in cookies)


def test_an_unclaimed_host_is_answered_with_nothing(instance: Instance, theirs: dict[str, UUID]) -> None:
    answer = instance.app.test_client().get("/", base_url="http://evil.example")
    assert answer.status_code == 404
    assert "Mine" not in answer.text


def test_a_large_body_is_refused(instance: Instance, everyone: Browser) -> None:
    data = {"csrf_token": everyone.token(), "locale": "x" * 3_000_000}
    assert everyone.post("/language", data, token=False).status_code == 413


@pytest.mark.parametrize("path", ["/", "/sign-in", "/home/", "/api/v1/cohorts/"])
def test_who_is_only_listed_from_a_register_has_no_pages(instance: Instance, path: str) -> None:
    instance.add_partner("AAAS", slug="aaas", kind="listed")
    operator = instance.client("aaas", instance.add_person("aaas", "Olga Operator", *ROLES))
    for browser in (instance.client("aaas"), operator):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert "AAAS" not in answer.text
