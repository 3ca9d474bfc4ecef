"""A form that is sent twice is taken once; the same answers on another page are another form."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.core.operations.models import Token
from systems_changers.core.operations.rules import FORM
from systems_changers.core.operations.service import tidy
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.clock import FixedClock
from systems_changers.testing.instance import NOW, Browser, Instance, no_links

SLUG = "corra"


@pytest.fixture
def morag(instance: Instance) -> Browser:
    """A participant's browser."""
    instance.add_partner("Corra", slug=SLUG)
    return instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant"))


def titles(instance: Instance) -> list[str]:
    with instance.scope(SLUG) as scope:
        return list(scope.db.scalars(sa.select(Experiment.title).order_by(Experiment.id)))


def form(morag: Browser, **answers: str) -> dict[str, str]:
    """Answers on a page of their own."""
    return {"csrf_token": morag.token(), **answers}


def send(morag: Browser, data: dict[str, str], path: str = "/experiments/") -> Any:
    return morag.post(path, data, token=False)


def test_a_form_sent_twice_is_taken_once_and_leads_to_the_same_place(instance: Instance, morag: Browser) -> None:
    idea = form(morag, title="A shorter form")
    answers = [send(morag, idea) for _ in range(3)]
    assert titles(instance) == ["A shorter form"]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    page = morag.client.get(answers[-1].headers["Location"], base_url="http://127.0.0.1").text
    assert "You sent this twice; it was taken once." in page


def test_what_differs_is_another_form(instance: Instance, morag: Browser) -> None:
    first = form(morag, title="One")
    for idea in (first, first | {"title": "Two"}, form(morag, title="One")):
        assert send(morag, idea).status_code == 303
    assert titles(instance) == ["One", "Two", "One"]


def test_a_form_that_was_refused_can_be_sent_again(instance: Instance, morag: Browser) -> None:
    empty = form(morag, title=" ")
    assert [send(morag, empty).status_code for _ in range(2)] == [422, 422]
    assert titles(instance) == []


def test_each_page_has_a_token_of_its_own_and_all_are_good(instance: Instance, morag: Browser) -> None:
    tokens = {morag.token() for _ in range(3)}
    assert len(tokens) == 3
    assert [send(morag, {"csrf_token": each, "title": "One"}).status_code for each in tokens] == [303] * 3
    assert titles(instance) == ["One"] * 3


@pytest.mark.parametrize("spoilt", ["0" * 64, "", "é" * 64, "0" * 32])
def test_a_token_that_was_not_signed_here_is_refused(instance: Instance, morag: Browser, spoilt: str) -> None:
    assert send(morag, {"csrf_token": spoilt, "title": "Planted"}).status_code == 400
    assert send(morag, {"csrf_token": morag.token()[:32] + spoilt[:32], "title": "Planted"}).status_code == 400
    assert titles(instance) == []


def test_what_is_remembered_is_no_answer_and_is_forgotten_after_a_day(instance: Instance, morag: Browser) -> None:
    send(morag, form(morag, title="Nobody else's business"))

    def kept() -> list[Token]:
        with instance.kit.operator_scope(ANYONE, links=no_links) as scope:
            return list(scope.db.scalars(sa.select(Token).where(Token.purpose == FORM)))

    [row] = kept()
    assert re.fullmatch(r"/p/corra/experiments/[0-9a-f-]{36}/", row.data["to"])
    assert (row.account_id, "business" in str(row.data)) == (None, False)
    instance.kit.clock = FixedClock(NOW.replace(day=NOW.day + 2))
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        tidy(scope)
        scope.db.commit()
    assert kept() == []
