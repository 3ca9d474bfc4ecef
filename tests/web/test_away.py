"""A database that is away: a plain sentence, 503 with Retry-After, what was typed, and a read is tried once more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.testing.instance import Browser, Instance

SLUG = "corra"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def morag(instance: Instance) -> Browser:
    instance.add_partner("Corra", slug=SLUG, locales=("en_GB", "gd"))
    return instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant"))


@contextmanager
def database_away(instance: Instance, *, times: int = 10**6, broken: bool = True) -> Iterator[None]:
    """Every statement fails, so often."""
    left = [times]

    def fail(*_given: object) -> None:
        if left[0]:
            left[0] -= 1
            error = sqlite3.OperationalError("gone")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise sa.exc.OperationalError("SELECT", {}, error, connection_invalidated=broken)

    sa.event.listen(instance.kit.engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        sa.event.remove(instance.kit.engine, "before_cursor_execute", fail)


def test_a_page_says_so_and_when_to_come_back(instance: Instance, morag: Browser) -> None:
    with database_away(instance):
        answer = morag.get("/experiments/?whose=shared")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The data can&#39;t be reached just now. Please try again in a moment." in answer.text
    assert 'href="/p/corra/experiments/?whose=shared"' in answer.text
    assert 'lang="en-GB"' in answer.text
    assert morag.get("/experiments/?whose=shared").status_code == 200


def test_it_is_said_in_the_language_that_was_chosen(instance: Instance, morag: Browser) -> None:
    morag.client.set_cookie("sc-locale", "gd", domain="127.0.0.1")
    with database_away(instance):
        assert 'lang="gd"' in morag.get("/experiments/").text
        morag.client.set_cookie("sc-locale", "../../etc", domain="127.0.0.1")
        assert 'lang="en-GB"' in morag.get("/experiments/").text


def test_a_form_is_kept_and_sent_again_and_taken_once(instance: Instance, morag: Browser) -> None:
    idea = {"csrf_token": morag.token(), "title": "A <b>shorter</b> form"}
    with database_away(instance):
        answer = morag.post("/experiments/", idea, token=False, headers=OURS)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert f'name="csrf_token" value="{idea["csrf_token"]}"' in answer.text
    assert 'name="title" value="A &lt;b&gt;shorter&lt;/b&gt; form"' in answer.text
    assert [morag.post("/experiments/", idea, token=False).status_code for _ in range(2)] == [303, 303]
    with instance.scope(SLUG) as scope:
        assert list(scope.db.scalars(sa.select(Experiment.title))) == ["A <b>shorter</b> form"]


def test_another_sites_form_is_not_shown(instance: Instance, morag: Browser) -> None:
    with database_away(instance):
        answer = morag.post(
            "/experiments/", {"title": "Planted"}, token=False, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert (answer.status_code, "Planted" in answer.text) == (503, False)


def test_a_program_is_told_as_programs_are(instance: Instance, morag: Browser) -> None:
    with database_away(instance):
        answer = morag.get("/api/v1/cohorts/")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json["code"]) == (503, "5", "away")


def test_a_read_on_a_broken_connection_is_tried_once_more_and_a_write_is_not(
    instance: Instance, morag: Browser
) -> None:
    idea = {"csrf_token": morag.token(), "title": "One"}
    with database_away(instance, times=1):
        assert morag.get("/experiments/").status_code == 200
    with database_away(instance, times=1, broken=False):
        assert morag.get("/experiments/").status_code == 503
    with database_away(instance, times=1):
        assert morag.post("/experiments/", idea, token=False).status_code == 503


def test_a_mistake_in_a_statement_is_no_outage(instance: Instance, morag: Browser) -> None:
    def fail(*_given: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: cohort"))

    sa.event.listen(instance.kit.engine, "before_cursor_execute", fail)
    answer = morag.get("/experiments/")
    sa.event.remove(instance.kit.engine, "before_cursor_execute", fail)
    assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
