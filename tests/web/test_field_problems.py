"""What is wrong with an answer is said in a plain sentence that names the field, whichever step found it."""

from __future__ import annotations

import enum
from datetime import date
from typing import Any

import pytest
from marshmallow import Schema, ValidationError, fields, validate

from systems_changers.infra.text import N_, msg
from systems_changers.web.field_problems import field_problems


class Tide(enum.Enum):
    EBB = "ebb"


def said(field: fields.Field[Any], *given: Any) -> list[str]:
    """What is said of an answer in a field called Boat, or of none."""
    schema = Schema.from_dict({"boat": field})()
    raw = {"boat": given[0]} if given else {}
    with pytest.raises(ValidationError) as found:
        schema.load(raw)
    return [str(each) for each in field_problems(schema, raw, found.value)["boat"]]


def refuses(_value: str) -> bool:
    raise ValidationError({"deep": ["Not this one.", {"deeper": "Nor that."}]})


MISSING: dict[str, tuple[fields.Field[Any], str]] = {
    "own words": (fields.String(required=True, error_messages={"required": N_("Name her.")}), "Name her."),
    "own message": (fields.String(required=True, error_messages={"required": msg("No %(n)s.", n=2)}), "No 2."),  # type: ignore[dict-item]  # the kit's own sentences
    "a list": (fields.List(fields.String(), required=True), "Boat: choose an answer."),
    "a choice": (fields.String(required=True, validate=validate.OneOf(["a"])), "Boat: choose an answer."),
    "a tick": (fields.Boolean(required=True), "Boat: tick this box to go on."),
    "a text": (fields.String(required=True), "Boat: this needs an answer."),
}


@pytest.mark.parametrize("case", MISSING)
def test_what_was_left_out(case: str) -> None:
    field, sentence = MISSING[case]
    assert said(field) == [sentence]


UNREAD: dict[str, tuple[fields.Field[Any], Any, str]] = {
    "own words": (fields.Integer(error_messages={"invalid": N_("Count them.")}), "x", "Count them."),
    "a moment": (fields.DateTime(), "x", "Boat: enter a date and a time."),
    "a day": (fields.Date(), "x", "Boat: enter a date, such as 27 3 2026."),
    "a time": (fields.Time(), "x", "Boat: enter a time, such as 14:30."),
    "a count": (fields.Integer(), "x", "Boat: enter a whole number, such as 12."),
    "a number": (fields.Float(), "x", "Boat: enter a number, such as 2.5."),
    "one of some": (fields.Enum(Tide), "x", "Boat: choose one of the answers shown."),
    "a text": (fields.String(), 7, "Boat: this can't be read. Enter plain text."),
}


@pytest.mark.parametrize("case", UNREAD)
def test_what_can_not_be_read(case: str) -> None:
    field, given, sentence = UNREAD[case]
    assert said(field, given) == [sentence]


DAY = date(2026, 3, 27)
REFUSED: dict[str, tuple[fields.Field[Any], Any, list[str]]] = {
    "nested": (fields.String(validate=refuses), "x", ["Not this one."]),
    "few": (fields.List(fields.String(), validate=validate.Length(min=2)), ["a"], ["Boat: choose at least 2."]),
    "many": (fields.List(fields.String(), validate=validate.Length(max=1)), ["a", "b"], ["Boat: choose at most 1."]),
    "nothing": (fields.String(validate=validate.Length(min=2)), "", ["Boat: this needs an answer."]),
    "short": (fields.String(validate=validate.Length(min=2)), "a", ["Boat: use at least 2 characters."]),
    "long": (fields.String(validate=validate.Length(max=1)), "ab",
             ["Boat: use at most 1 character. There are 2 now."]),
    "least": (fields.Integer(validate=validate.Range(min=2)), 1, ["Boat: enter 2 or more."]),
    "most": (fields.Integer(validate=validate.Range(max=2)), 3, ["Boat: enter 2 or less."]),
    "between": (fields.Integer(validate=validate.Range(1, 2)), 3, ["Boat: enter a number from 1 to 2."]),
    "early": (fields.Date(validate=validate.Range(min=DAY)), "2026-03-26",
              ["Boat: enter a date on or after 27 3 2026."]),
    "late": (fields.Date(validate=validate.Range(max=DAY)), "2026-03-28",
             ["Boat: enter a date on or before 27 3 2026."]),
    "around": (fields.Date(validate=validate.Range(DAY, DAY)), "2026-03-28",
               ["Boat: enter a date from 27 3 2026 to 27 3 2026."]),
    "inside": (fields.List(fields.String(validate=validate.OneOf(["a"]))), ["a", "b"],
               ["Boat: choose one of the answers shown."]),
    "own": (fields.String(validate=validate.Regexp("^a", error=N_("Begin with an a."))), "b", ["Begin with an a."]),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_possible_answer(case: str) -> None:
    field, given, sentences = REFUSED[case]
    assert said(field, given) == sentences


def test_a_field_that_is_not_there_and_what_concerns_the_whole() -> None:
    schema = Schema.from_dict({"boat": fields.String()})()
    found = ValidationError({"oars": ["Unknown field."], "_schema": ["Two of them."]})
    assert {name: list(map(str, each)) for name, each in field_problems(schema, {}, found).items()} == {
        "oars": ["This form has no field oars."], "_schema": ["Two of them."],
    }  # fmt: skip
