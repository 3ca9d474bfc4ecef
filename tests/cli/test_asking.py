"""`person why` says on the command line what the page says: which rule decides whether somebody sees a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from systems_changers.cli import main
from systems_changers.core.home.service import instance
from systems_changers.core.home.service.data_subjects import person_with
from systems_changers.core.partners.queries import partner_here
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.scope import no_links
from systems_changers.infra.settings import load_settings

EMAIL = "ines@harbour.example"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real instance's folder, whose administrator has not come in yet."""
    folder = tmp_path_factory.mktemp("asking") / "instance"
    run(folder, "init", "--yes", "--partner", "Harbour Trust", "--name", "Ines Moreau", "--email", EMAIL)
    run(folder, "partner", "administrator", "harbour-trust", EMAIL)
    return folder


def run(data: Path, *words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, [*words, "--data", str(data)])
    assert done.exit_code == status, done.output
    return done.output


def why(data: Path, *words: str, status: int = 0) -> str:
    return run(data, "person", "why", *words, "--partner", "harbour-trust", status=status)


def test_it_says_which_rule_decides(data: Path) -> None:
    said = why(data, EMAIL, "/people/")
    assert said.splitlines()[0] == "No: Ines Moreau can't open /people/."
    assert "1. Can Ines Moreau sign in? No (this decides). Ines Moreau has no account to sign in with" in said
    assert why(data, EMAIL, "/privacy").startswith("Yes: Ines Moreau can open /privacy.")


def test_a_whole_address_and_an_id_are_taken_too(data: Path) -> None:
    asked = json.loads(why(data, EMAIL, "http://127.0.0.1:8765/p/harbour-trust/people/?q=x", "--json"))
    assert (asked["page"], asked["form"], asked["answer"]) == ("/people/", False, "no")
    assert asked["steps"][0]["question"] == "Can Ines Moreau sign in?"
    settings = load_settings(data)
    with instance.opened(settings) as kit:
        facts = partner_here(kit.engine, "harbour-trust")
        with kit.scope(facts, ANYONE, links=no_links) as scope:
            id_ = person_with(scope, EMAIL).subject.person_id
    assert why(data, str(id_), "/people/").startswith("No: Ines Moreau can't open /people/.")


def test_a_form_is_told_from_the_page_at_its_address(data: Path) -> None:
    said = why(data, EMAIL, "/account/data/ask")
    assert said.startswith("No: Ines Moreau can't send the form at /account/data/ask.")
    assert "It takes the form “home: ask for data”" in said
    assert json.loads(why(data, EMAIL, "/settings/", "--form", "--json"))["form"] is True
    assert "is no page and no form of Harbour Trust" in why(data, EMAIL, "/people/", "--form", status=1)


def test_what_is_not_here_is_said(data: Path) -> None:
    assert "is no page and no form of Harbour Trust" in why(data, EMAIL, "/nowhere", status=1)
    assert "is no page and no form of" in why(data, EMAIL, "https://elsewhere.example/people/", status=1)
    assert "Nobody at Harbour Trust has the address" in why(data, "x@y.example", "/people/", status=1)
    assert "No partner nowhere is here." in run(
        data, "person", "why", EMAIL, "/people/", "--partner", "nowhere", status=1
    )
    unknown = "01a20471-7db4-737f-8f28-2bd46c4f5cfe"
    assert why(data, unknown, "/people/", status=1).startswith("Error: ")
