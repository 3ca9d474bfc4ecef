"""A plugin's settings are typed, completed, and refused by name; the order of plugins moves by one."""

from typing import Any

import pytest

from systems_changers.core.operations.rules import checked_settings, reordered
from systems_changers.infra.errors import Invalid

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
