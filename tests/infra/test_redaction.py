"""A person's name and addresses are found in others' words, and nothing else is."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.infra.redaction import (
    excerpts,
    holds_anything,
    names,
    searched_columns,
    sought,
    texts_in,
    without,
)


@pytest.fixture
def wanted() -> re.Pattern[str]:
    return sought("Mòrag Fraser", ["morag@example.org"], "01463 123 456")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask MÒRAG  Fraser.", "Ask […]."),
        ("Mòrag\nFraser said", "[…] said"),
        ("Mòrag alone, and Fraser", "Mòrag alone, and Fraser"),
        ("Mòrag Frasers", "Mòrag Frasers"),
        ("xMòrag Fraser", "xMòrag Fraser"),
        ("write to Morag@Example.org, please", "write to […], please"),
        ("not to amorag@example.org", "not to amorag@example.org"),
        ("nor to morag@example.org-chart", "nor to morag@example.org-chart"),
        ("nor to morag@example.organic", "nor to morag@example.organic"),
        ("call 01463123456 or (01463) 123-456", "call […] or ([…]"),
        ("not 014631234567", "not 014631234567"),
        ("", ""),
    ],
)
def test_the_person_is_taken_out_of_a_text(text: str, left: str, wanted: re.Pattern[str]) -> None:
    if "(01463)" in text:
        assert "123-456" not in without(text, wanted)
    else:
        assert without(text, wanted) == left
    assert names(text, wanted) == (without(text, wanted) != text)


@pytest.mark.parametrize(("name", "phone"), [("Hope", None), ("", "12345"), ("Joy", "")])
def test_a_single_name_and_a_short_number_are_not_looked_for(name: str, phone: str | None) -> None:
    assert not names("Hope and Joy call 12345", sought(name, ["", "a@b.example"], phone))
    assert not names("anything", sought(name, []))


def test_a_number_of_seven_digits_is_long_enough() -> None:
    assert names("ring 123 4567", sought("", [], "1234567"))
    assert not names("ring 123 456", sought("", [], "123456"))


@pytest.mark.parametrize("text", ["a.morag@example.org", "a+morag@example.org", "a-morag@example.org"])
def test_an_address_is_found_whole_alone(text: str, wanted: re.Pattern[str]) -> None:
    assert not names(text, wanted)
    assert names(f"({text[2:]})", wanted)


def test_documents_are_searched_all_through(wanted: re.Pattern[str]) -> None:
    document = {"who": ["Mòrag Fraser", 3, None], "Mòrag Fraser": {"at": "home"}}
    assert sorted(texts_in(document)) == ["Mòrag Fraser", "Mòrag Fraser", "at", "home", "who"]
    assert without(document, wanted) == {"who": ["[…]", 3, None], "[…]": {"at": "home"}}
    assert names(document, wanted)
    assert not names({"who": 3}, wanted)


def test_an_excerpt_is_no_more_than_what_is_around(wanted: re.Pattern[str]) -> None:
    text = "a" * 200 + " Mòrag Fraser " + "b" * 200
    assert excerpts([text], wanted) == ["a" * 79 + " Mòrag Fraser " + "b" * 79]
    assert excerpts("nobody", wanted) == []


def test_personal_texts_and_extra_are_searched() -> None:
    about = {"personal": True}
    kinds: list[Any] = [sa.Text, sa.String(60), sa.String(59), sa.JSON, sa.Integer]
    columns = [sa.Column(f"c{place}", kind, info=about) for place, kind in enumerate(kinds)]
    table = sa.Table("t", sa.MetaData(), *columns, sa.Column("plain", sa.Text), sa.Column("extra", sa.JSON))
    assert [each.name for each in searched_columns(table)] == ["c0", "c1", "c3", "extra"]
    bare = sa.Table("bare", sa.MetaData(), sa.Column("plain", sa.Text), sa.Column("extra", sa.JSON))
    assert searched_columns(bare) == []
    engine = sa.create_engine("sqlite://")
    table.create(engine)
    with engine.begin() as connection:
        connection.execute(sa.insert(table), [
            {"c0": None, "c1": "", "c3": {}, "extra": {}}, {"c0": "x", "c1": None, "c3": [], "extra": {}},
            {"c0": None, "c1": None, "c3": None, "extra": {"a": 1}},
        ])  # fmt: skip
        found = sa.select(sa.func.count()).where(holds_anything(searched_columns(table)))
        assert connection.scalar(found) == 2
