"""Several people, or one person's two taps, at the same moment: nothing doubled, nothing lost, nobody turned away."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments import service as experiments
from systems_changers.core.experiments.models import Experiment
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.testing.instance import Browser, Instance, no_links
from tests.faults.conftest import SLUG
from tests.faults.trial import chances, say, times

WRITERS = 8


def both(instance: Instance, morag: ActorFacts, path: str, forms: list[dict[str, Any]]) -> list[Any]:
    """Send the forms at the same moment, each in a browser of its own that shares Morag's sign-in."""
    ready = Barrier(len(forms))
    first = instance.client(SLUG, morag)

    def send(form: dict[str, Any]) -> Any:
        browser = Browser(instance.app.test_client(), first.root)
        secret = first.client.get_cookie("sc-session", domain="127.0.0.1")
        assert secret is not None
        browser.client.set_cookie("sc-session", secret.value, domain="127.0.0.1")
        ready.wait(20)
        return browser.post(path, form, token=False)

    token = first.token()
    with ThreadPoolExecutor(len(forms)) as pool:
        return list(pool.map(send, [{"csrf_token": token, **form} for form in forms]))


def test_a_form_sent_twice_at_once_is_taken_once(instance: Instance, morag: ActorFacts) -> None:
    chance, number = chances("a form is sent twice"), times("a form is sent twice")
    for turn in range(number):
        answers = both(instance, morag, "/experiments/", [{"title": f"Idea {turn}"}] * chance.choice([2, 2, 3]))
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.headers["Location"] for answer in answers}) == 1
    with instance.scope(SLUG) as scope:
        kept = Counter(scope.db.scalars(sa.select(Experiment.title)))
    assert kept == {f"Idea {turn}": 1 for turn in range(number)}


def test_of_two_changes_from_one_version_one_is_kept_and_the_other_is_shown_both(
    instance: Instance, morag: ActorFacts
) -> None:
    chances("two people change the same")
    with instance.scope(SLUG, morag, write=True) as scope:
        idea = experiments.note(scope, "Before")
    for turn in range(times("two people change the same")):
        forms = [{"version": version_of(instance, idea), "harm_check": f"{who} {turn}"} for who in ("Morag", "Calum")]
        answers = both(instance, morag, f"/experiments/{idea}/write/harm", forms)
        kept = harm_of(instance, idea)
        found = {answer.status_code: form["harm_check"] for answer, form in zip(answers, forms, strict=True)}
        assert found.keys() == {303, 409}
        assert kept == found[303]
        [page] = [answer.text for answer in answers if answer.status_code == 409]
        assert found[303] in page
        assert found[409] in page


def version_of(instance: Instance, idea: UUID) -> int:
    with instance.scope(SLUG) as scope:
        return scope.db.scalars(sa.select(Experiment.version).where(Experiment.id == idea)).one()


def harm_of(instance: Instance, idea: UUID) -> str | None:
    with instance.scope(SLUG) as scope:
        return scope.db.scalars(sa.select(Experiment.harm_check).where(Experiment.id == idea)).one()


@pytest.mark.usefixtures("morag")
def test_eight_write_at_once_and_nobody_is_turned_away(instance: Instance) -> None:
    number = times("eight write at once") // WRITERS

    def write(writer: int) -> int:
        for turn in range(number):
            with instance.kit.scope(instance.partners[SLUG], ANYONE, links=no_links, write=True) as scope:
                people.find_or_make_person(scope, "Somebody", f"{writer}-{turn}@example.org")
                scope.db.commit()
        return number

    chances("eight write at once")
    with ThreadPoolExecutor(WRITERS) as pool:
        assert list(pool.map(write, range(WRITERS))) == [number] * WRITERS
    with instance.scope(SLUG) as scope:
        kept = scope.db.scalar(sa.select(sa.func.count()).select_from(Person).where(Person.name == "Somebody"))
    say(f"{kept} transactions, no error")
    assert kept == number * WRITERS
