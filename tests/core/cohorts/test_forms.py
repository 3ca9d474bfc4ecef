"""Lists of people as they come: heads guessed, encodings and separators found, errors by row and column."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pytest
from openpyxl import Workbook

from systems_changers.core.cohorts.forms import Roster, read_roster
from systems_changers.core.cohorts.schemas import COLUMNS, ParticipantSchema, cohort_schema
from systems_changers.core.home.rules import HEADERS
from systems_changers.hooks.facts import CohortType, FieldSpec
from systems_changers.infra.tables import guess_columns, plain_header
from systems_changers.web.forms import Form

LIST = """Full name;E-mail;Employer;Line manager;Line manager e-mail;Front line share
Isla Grant;isla@council.example;Council;Ruth;ruth@council.example;80%
;nobody@council.example;Council;;;
Tomasz Nowak;no address;Advice;;;150
Priya Nair;ISLA@council.example;Pantry;;;

=1+1;;"Pantry; north";;;
"""


def read(text: str, mapping: dict[str, str] | None = None) -> Roster:
    return read_roster(text.encode(), mapping)


@pytest.mark.parametrize("name", ["starts_on", "ends_on", "extra_begun"])
@pytest.mark.parametrize("year", ["0026", "1899", "2101", "9999"])
def test_a_day_in_no_cohorts_lifetime_is_refused_by_its_fields_name(name: str, year: str) -> None:
    begun = FieldSpec("begun", "When it was begun", "date")
    schema = cohort_schema("cohort", CohortType("circle", "Circle", "place", "A circle.", fields=(begun,)))
    label = {"starts_on": "First day", "ends_on": "Last day", "extra_begun": "When it was begun"}[name]
    form = Form.read(schema, {"name": "Shore", "type_key": "circle", name: f"{year}-04-01"})
    (said,) = [str(said) for place, said in form.errors if place == f"field-{name}"]
    assert said == f"{label}: enter a date from 1 1 1900 to 31 12 2100."
    assert form.fields[name].value == f"{year}-04-01"


def test_a_list_is_read_and_judged_row_by_row() -> None:
    roster = read(LIST)
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
    roster = read("a,b\nIsla,Council\n", {"name": "a", "organisation": "b", "team": "gone"})
    assert [(each.name, each.organisation) for each in roster.entries] == [("Isla", "Council")]


def test_without_a_name_column_nothing_is_read() -> None:
    roster = read("colour,size\nred,3\n")
    assert (roster.entries, [error.code for error in roster.errors]) == ((), ["no_name_column"])


@pytest.mark.parametrize("text", ["", "\n", "name", "name\n"])
def test_lists_of_nobody(text: str) -> None:
    assert read(text).entries == ()


def test_a_list_has_an_end() -> None:
    roster = read("name\n" + "Isla\n" * 501)
    assert (len(roster.entries), [error.code for error in roster.errors]) == (500, ["too_many_rows"])


def test_a_cell_without_end_is_an_error_of_its_row() -> None:
    roster = read("name,team\nIsla,A\nCalum," + "x" * 131_073 + "\nPriya,B\n")
    assert [each.name for each in roster.entries] == ["Isla", "Priya"]
    assert [(error.row, error.code) for error in roster.errors] == [(3, "invalid")]
    assert {error.code for error in read("x" * (1 << 20) + "x").errors} == {"unreadable_file", "no_name_column"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_is_read(encoding: str, separator: str) -> None:
    roster = read_roster(f"name{separator}team\nSìne{separator}Àird\n".encode(encoding))
    assert [(each.name, each.team) for each in roster.entries] == [("Sìne", "Àird")]


def test_a_workbook_is_read_and_carried_on_as_text() -> None:
    book, kept = Workbook(), io.BytesIO()
    assert book.active is not None
    for row in (["Name", "Front-line share"], ["Isla", 80], [None, None], ["Tomasz", "many"]):
        book.active.append(row)
    book.save(kept)
    roster = read_roster(kept.getvalue(), name="people.xlsx")
    assert [(each.name, each.front_line_share) for each in roster.entries] == [("Isla", 80)]
    assert [(error.row, error.column) for error in roster.errors] == [(4, "Front-line share")]
    assert read(roster.text) == roster


def test_a_file_that_is_no_table_is_named() -> None:
    roster = read_roster(b"PK\x03\x04 broken", name="people.xlsx")
    assert [str(error.message) for error in roster.errors] == [
        "people.xlsx is damaged.",
        "No column was found for the names. Choose one.",
    ]


def test_heads_are_guessed_once_each() -> None:
    heads = ["NAME", "Name", "job_title", "E-Mail", "what"]
    assert guess_columns(heads, COLUMNS) == {"name": "NAME", "job": "job_title", "email": "E-Mail"}
    assert set(COLUMNS) == set(ParticipantSchema().fields)


@pytest.mark.parametrize("known", [COLUMNS, HEADERS], ids=["participants", "register"])
def test_known_heads_are_plain_and_each_means_one_thing(known: Mapping[str, Sequence[str]]) -> None:
    words = [word for several in known.values() for word in several]
    assert words == [plain_header(word) for word in words]
    assert len(words) == len(set(words))


def test_a_row_with_more_cells_than_heads_is_an_error() -> None:
    read = read_roster(b"Name,E-mail\nZoe,zoe@shore.example,Teacher\nBen,ben@shore.example,,\n")
    assert [(each.row, each.code) for each in read.errors] == [(2, "too_many_cells")]
    assert [each.name for each in read.entries] == ["Ben"]


def test_a_head_that_only_ends_in_a_known_one_is_guessed_where_nothing_else_fits() -> None:
    heads = ["Volunteer full name", "Work e-mail", "Line manager's mail", "Home address"]
    assert guess_columns(heads, COLUMNS) == {"name": "Volunteer full name", "email": "Work e-mail"}
    assert guess_columns(["Manager full name", "Name"], COLUMNS) == {"name": "Name"}
