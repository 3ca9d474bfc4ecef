"""Lists of people as they come: heads guessed, encodings and separators found, errors by row and column."""

from __future__ import annotations

import pytest

from systems_changers.core.cohorts.forms import guess_columns, read_roster, roster_text
from systems_changers.core.cohorts.schemas import COLUMNS, ParticipantSchema

LIST = """Full name;E-mail;Employer;Line manager;Line manager e-mail;Front line share
Isla Grant;isla@council.example;Council;Ruth;ruth@council.example;80%
;nobody@council.example;Council;;;
Tomasz Nowak;no address;Advice;;;150
Priya Nair;ISLA@council.example;Pantry;;;

=1+1;;"Pantry; north";;;
"""


def test_a_list_is_read_and_judged_row_by_row() -> None:
    roster = read_roster(LIST)
    assert roster.mapping["name"] == "Full name"
    assert roster.mapping["manager_email"] == "Line manager e-mail"
    assert [(each.name, each.organisation, each.front_line_share) for each in roster.entries] == [
        ("Isla Grant", "Council", 80),
        ("=1+1", "Pantry; north", None),
    ]
    assert roster.entries[0].manager_email == "ruth@council.example"
    assert [(error.row, error.column, error.code) for error in roster.errors] == [
        (3, "Full name", "missing"),
        (4, "E-mail", "invalid"),
        (4, "Front line share", "invalid"),
        (5, "E-mail", "twice"),
    ]
    assert str(roster.errors[-1].message) == "The same address stands in row 2."
    assert roster.rows == 5


def test_a_mapping_by_hand_wins() -> None:
    roster = read_roster("a,b\nIsla,Council\n", {"name": "a", "organisation": "b", "team": "gone"})
    assert [(each.name, each.organisation) for each in roster.entries] == [("Isla", "Council")]


def test_without_a_name_column_nothing_is_read() -> None:
    roster = read_roster("colour,size\nred,3\n")
    assert (roster.entries, [error.code for error in roster.errors]) == ((), ["no_name_column"])


@pytest.mark.parametrize("text", ["", "\n", "name", "name\n"])
def test_lists_of_nobody(text: str) -> None:
    assert read_roster(text).entries == ()


def test_a_list_has_an_end() -> None:
    roster = read_roster("name\n" + "Isla\n" * 501)
    assert (len(roster.entries), [error.code for error in roster.errors]) == (500, ["too_many_rows"])


def test_a_cell_without_end_is_an_error_of_its_row() -> None:
    roster = read_roster("name,team\nIsla,A\nCalum," + "x" * 131_073 + "\nPriya,B\n")
    assert [each.name for each in roster.entries] == ["Isla"]
    assert [(error.row, error.code) for error in roster.errors] == [(3, "unreadable")]
    assert {error.code for error in read_roster("x" * 131_073).errors} == {"unreadable", "no_name_column"}


def test_old_encodings_are_read() -> None:
    assert roster_text("name\nSìne".encode("cp1252")) == "name\nSìne"
    assert roster_text(b"\xef\xbb\xbfname\nIsla") == "name\nIsla"


def test_heads_are_guessed_once_each() -> None:
    assert guess_columns(["NAME", "Name", "job_title", "what"]) == {"name": "NAME", "job": "job_title"}
    assert set(COLUMNS) == set(ParticipantSchema().fields)
