"""A plugin's settings are typed, completed, and refused by name; the order of plugins moves by one."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from systems_changers.core.cohorts.rules import EVENTS, PARTS
from systems_changers.core.experiments.rules import STATES as EXPERIMENT_STATES
from systems_changers.core.operations import rules
from systems_changers.core.operations.rules import checked_settings, reordered
from systems_changers.core.sessions.rules import STATES as SESSION_STATES
from systems_changers.infra.errors import Invalid
from systems_changers.infra.paths import PACKAGE

DECLARED: dict[str, dict[str, Any]] = {
    "title": {"kind": "text", "label": "Title", "default": "Community update"},
    "themes": {"kind": "number", "label": "Themes", "default": 5, "least": 1, "most": 9},
    "gate": {"kind": "yes_no", "label": "Gate", "default": True},
    "tone": {"kind": "choice", "label": "Tone", "choices": ["plain", "warm"], "default": "plain"},
}


def test_defaults_complete_what_is_not_given() -> None:
    assert checked_settings(DECLARED, {"themes": " 7 ", "gate": "no"}) == {
        "title": "Community update",
        "themes": 7,
        "gate": False,
        "tone": "plain",
    }


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("themes", "0", "1 or more"),
        ("themes", "10", "9 or less"),
        ("themes", "many", "whole number"),
        ("gate", "perhaps", "yes or no"),
        ("tone", "cold", "one of: plain, warm"),
        ("title", "x" * 501, "at most 500"),
        ("colour", "red", "no such setting"),
    ],
)
def test_what_is_wrong_is_said_by_field(name: str, value: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        checked_settings(DECLARED, {name: value})
    assert said in str(error.value.fields[name][0])


def test_a_plugin_moves_one_place() -> None:
    assert reordered(("a", "b", "c"), "b", up=True) == ("b", "a", "c")
    assert reordered(("a", "b", "c"), "b", up=False) == ("a", "c", "b")
    assert reordered(("a", "b", "c"), "a", up=True) == ("a", "b", "c")
    assert reordered(("a", "b", "c"), "c", up=False) == ("a", "b", "c")


def written_out() -> Iterator[str]:
    """The names in calls of what records."""
    for file in (PACKAGE / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {
                "record",
                "_change",
                "_keep",
                "_set",
            }:
                for each in node.args:
                    if isinstance(each, ast.Constant) and re.fullmatch(r"[a-z_]+\.[a-z_]+", str(each.value)):
                        yield str(each.value)


def recorded() -> set[str]:
    """Every name that the core records: written out, or made from the states of what it records."""
    return {
        *written_out(),
        *(name.removesuffix(".v1") for name in EVENTS.values()),
        *(f"session.{state}" for state in SESSION_STATES if state != "planned"),
        *(f"experiment.{state}" for state in EXPERIMENT_STATES),
        *(f"{part}.added" for part in PARTS),
        *(f"invitation.accepted_by_{how}" for how in ("hand", "mail")),
        "person.made",
    }


@pytest.mark.parametrize(("quota", "most", "share"), [
    (1_000_000_000, 20_000_000, 250_000_000), (60_000_000, 20_000_000, 20_000_000), (10_000, 20_000_000, 10_000),
])  # fmt: skip
def test_one_persons_share_is_a_quarter_or_one_file(quota: int, most: int, share: int) -> None:
    assert rules.share_of_room(quota, most) == share


def test_every_recorded_name_has_words_and_no_words_are_left_over() -> None:
    names = recorded()
    assert {"account.link_made", "plan.module_swapped", "partner.plugin_enabled", "partners.listed"} <= names
    assert sorted(names ^ set(rules.DONE)) == []


def test_a_plugins_own_name_is_made_readable() -> None:
    assert rules.doing("childrens_society.review_asked") == "Review asked"


def test_what_is_given_is_read_as_people_write_it() -> None:
    given = {"title": " Our update ", "themes": "", "gate": "on", "tone": "warm"}
    assert checked_settings(DECLARED, given) == {"title": "Our update", "themes": 5, "gate": True, "tone": "warm"}
