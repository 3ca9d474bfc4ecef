"""Whose a row is follows from the tables' keys and marks, and a table from which nobody is reached is complained of."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.infra.db import APPEND_ONLY, ON_ERASURE, STAYS, SUBJECT, TITLE, Id, Nobody, owned_by
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.subjects import (
    Subject,
    Way,
    blanks,
    is_secret,
    mentions,
    owned_by_subject,
    personal_columns,
    rows_by,
    stays,
    subject_problems,
    tables_about,
    title_of,
    ways_of,
)

WORDS = {"personal": True, "purpose": "think", "keep": "a year"}
ME, YOU, HERE, MY_ACCOUNT = (new_id() for _ in range(4))
SUBJECT_ME = Subject(HERE, ME, MY_ACCOUNT, ("me@example.org",))


def words(name: str = "words", **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, info=WORDS, **options)


def table(metadata: sa.MetaData, name: str, *parts: Any, owned: bool = True, info: Any = None) -> sa.Table:
    """A partner's table with its key, or a global one."""
    key: list[Any] = [sa.Column("partner_id", Id(), primary_key=True)] if owned else []
    return sa.Table(name, metadata, *key, sa.Column("id", Id(), primary_key=True), *parts, info=info or {})


def link(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, Id(), nullable=nullable)


@pytest.fixture
def made() -> sa.MetaData:
    """People and accounts, a note with an owner, a place with a manager, a visit to a place, mail."""
    metadata = sa.MetaData()
    table(metadata, "account", words("email"), owned=False)
    table(metadata, "person", words("name", nullable=False), link("account_id"),
          sa.ForeignKeyConstraint(["account_id"], ["account.id"]))  # fmt: skip
    table(metadata, "place", link("person_id"), link("manager_id"), words(), owned_by("person_id", "person"),
          owned_by("manager_id", "person"), info={ON_ERASURE: {}})  # fmt: skip
    table(metadata, "visit", link("place_id"), words(), owned_by("place_id", "place"))
    table(metadata, "note", link("author_id"), words(), owned_by("author_id", "person"),
          info={SUBJECT: ("author_id", "note_owner")})  # fmt: skip
    table(metadata, "note_owner", link("note_id"), link("person_id"), owned_by("note_id", "note"),
          owned_by("person_id", "person"))  # fmt: skip
    table(metadata, "role", link("account_id"))
    table(metadata, "step", link("note_id"), link("created_by"), words(), owned_by("note_id", "note"),
          info={SUBJECT: ("note_id", "created_by")})  # fmt: skip
    table(metadata, "mail", sa.Column("address", sa.String), words(), owned=False, info={SUBJECT: "address"})
    table(metadata, "room", words(), info={SUBJECT: Nobody("a room is nobody's")})
    table(metadata, "shelf", link("room_id"), owned_by("room_id", "room"))
    return metadata


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("account", [("id", "account", None)]),
        ("person", [("id", "person", None)]),
        ("place", [("person_id", "person", None)]),
        ("visit", [("place_id", "place", None)]),
        ("note", [("author_id", "person", None), ("note_id", "note", "note_owner")]),
        ("note_owner", [("person_id", "person", None)]),
        ("role", [("account_id", "account", None)]),
        ("step", [("note_id", "note", None), ("created_by", "account", None)]),
        ("mail", [("address", "address", None)]),
        ("room", []),
        ("shelf", []),
    ],
)
def test_ways_are_found(made: sa.MetaData, name: str, ways: list[tuple[str, str, str | None]]) -> None:
    assert ways_of(made.tables[name]) == tuple(Way(*each) for each in ways)


def test_a_way_is_direct_where_the_row_names_the_person(made: sa.MetaData) -> None:
    direct = {name: [way.direct for way in ways_of(made.tables[name])] for name in ("note", "visit", "mail", "step")}
    assert direct == {"note": [True, False], "visit": [False], "mail": [True], "step": [False, True]}


def test_one_key_to_a_person_is_the_subjects_and_of_several_person_id(made: sa.MetaData) -> None:
    one = table(made, "a", link("helper_id"), owned_by("helper_id", "person"))
    two = table(made, "b", link("helper_id"), link("friend_id"), owned_by("helper_id", "person"),
                owned_by("friend_id", "person"), words())  # fmt: skip
    assert ways_of(one) == (Way("helper_id", "person"),)
    assert (ways_of(two), mentions(two)) == ((), ["friend_id", "helper_id"])
    assert list(subject_problems(two)) == [
        "holds personal columns, and no person is reached from it: say whose rows these are with SUBJECT"
    ]


def test_a_second_person_is_mentioned(made: sa.MetaData) -> None:
    assert mentions(made.tables["place"]) == ["manager_id"]
    assert mentions(made.tables["note"]) == []


def test_tables_that_point_at_each_other_end(made: sa.MetaData) -> None:
    ring = table(made, "hen", link("egg_id"), owned_by("egg_id", "egg"))
    table(made, "egg", link("hen_id"), owned_by("hen_id", "hen"))
    assert ways_of(ring) == ()


def test_tables_about_people_are_partners_or_the_kits(made: sa.MetaData) -> None:
    assert {each.name for each in tables_about(made)} == {
        "person", "place", "visit", "note", "note_owner", "role", "step",
    }  # fmt: skip
    assert {each.name for each in tables_about(made, partners=False)} == {"account", "mail"}


# --- rows ---


@pytest.fixture
def held(made: sa.MetaData) -> sa.Engine:
    """My rows and yours in each table; their ids are known by their text."""
    engine = sa.create_engine("sqlite://")
    made.create_all(engine)
    mine, yours = new_id(), new_id()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("place", {"id": mine, "person_id": ME, "manager_id": YOU, "words": "mine"}),
        ("place", {"id": yours, "person_id": YOU, "manager_id": ME, "words": "yours"}),
        ("visit", {"id": new_id(), "place_id": mine, "words": "mine"}),
        ("visit", {"id": new_id(), "place_id": yours, "words": "yours"}),
        ("note", {"id": mine, "author_id": ME, "words": "mine"}),
        ("note", {"id": yours, "author_id": YOU, "words": "shared"}),
        ("note", {"id": new_id(), "author_id": YOU, "words": "yours"}),
        ("note_owner", {"id": new_id(), "note_id": yours, "person_id": ME}),
        ("step", {"id": new_id(), "note_id": mine, "created_by": None, "words": "mine"}),
        ("step", {"id": new_id(), "note_id": yours, "created_by": MY_ACCOUNT, "words": "by me"}),
        ("step", {"id": new_id(), "note_id": yours, "created_by": None, "words": "shared"}),
    ]
    with engine.begin() as connection:
        for name, row in rows:
            connection.execute(sa.insert(made.tables[name]).values(partner_id=HERE, **row))
        elsewhere = {"partner_id": new_id(), "id": new_id(), "person_id": ME, "words": "elsewhere"}
        connection.execute(sa.insert(made.tables["place"]).values(elsewhere))
        for address in ("Me@Example.org", "you@example.org"):
            connection.execute(sa.insert(made.tables["mail"]).values(id=new_id(), address=address, words=address))
    return engine


@pytest.mark.parametrize(
    ("name", "owned", "shared"),
    [
        ("place", {"mine"}, {"mine"}),
        ("visit", {"mine"}, {"mine"}),
        ("note", {"mine"}, {"mine", "shared"}),
        ("step", {"mine", "by me"}, {"mine", "by me", "shared"}),
        ("mail", {"Me@Example.org"}, {"Me@Example.org"}),
        ("room", set(), set()),
    ],
)
def test_rows_are_the_persons_at_this_partner(
    made: sa.MetaData, held: sa.Engine, name: str, owned: set[str], shared: set[str]
) -> None:
    source = made.tables[name]
    with held.connect() as connection:
        for which, expected in ((True, owned), (False, shared)):
            found = sa.select(source.c.words).where(owned_by_subject(source, SUBJECT_ME, owned=which))
            assert set(connection.scalars(found)) == expected


def test_without_an_account_nothing_is_found_by_it(made: sa.MetaData, held: sa.Engine) -> None:
    step = made.tables["step"]
    by = rows_by(step, Way("created_by", "account"), Subject(HERE, ME))
    with held.connect() as connection:
        assert connection.scalars(sa.select(step.c.words).where(by)).all() == []


# --- what becomes of a row ---


def test_what_stands_in_a_row_that_is_kept(made: sa.MetaData) -> None:
    kept = table(made, "kept", link("person_id"), owned_by("person_id", "person"), words("note"),
                 sa.Column("must", sa.String(9), nullable=False, info=WORDS),
                 sa.Column("list", sa.JSON, nullable=False, default=lambda: ["a"], info=WORDS),
                 sa.Column("map", sa.JSON, nullable=False, info=WORDS), sa.Column("plain", sa.Text),
                 sa.Column("source", sa.Text), sa.Column("source_key", sa.Text), sa.Column("extra", sa.JSON),
                 info={ON_ERASURE: {"plain": "–"}})  # fmt: skip
    assert blanks(kept) == {
        "note": None, "must": "–", "list": ["a"], "map": {}, "plain": "–", "source": None, "source_key": None,
        "extra": {},
    }  # fmt: skip
    assert (blanks(made.tables["note"]), blanks(made.tables["place"])) == (None, {"words": None})
    assert list(subject_problems(kept)) == []


def test_a_title_is_told_or_made() -> None:
    metadata = sa.MetaData()
    assert title_of(table(metadata, "one", info={TITLE: "Notes"})) == "Notes"
    assert title_of(table(metadata, "little_boat")) == "Little boat"


def test_secrets_and_personal_columns_are_known(made: sa.MetaData) -> None:
    assert [each.name for each in personal_columns(made.tables["person"])] == ["name"]
    names = ("password_hash", "totp_secret", "recovery_codes", "email")
    assert [is_secret(sa.Column(name, sa.Text)) for name in names] == [True, True, True, False]


# --- what is complained of ---


def test_a_table_that_says_whose_it_is_is_left_in_peace(made: sa.MetaData) -> None:
    assert [
        (name, list(subject_problems(each))) for name, each in made.tables.items() if list(subject_problems(each))
    ] == []


@pytest.mark.parametrize(
    ("parts", "info", "expected"),
    [
        ([words()], {SUBJECT: Nobody(" ")}, ["its SUBJECT is Nobody without a reason"]),
        ([words()], {SUBJECT: "nowhere"}, ["SUBJECT names nowhere, which is neither a column nor a table"]),
        (
            [words(), link("account_id")],
            {ON_ERASURE: STAYS},
            ["is never changed, and its personal columns hold more than ids"],
        ),
        (
            [words(), link("account_id")],
            {APPEND_ONLY: True},
            ["is never changed, and its personal columns hold more than ids"],
        ),
        ([sa.Column("account_id", Id(), info=WORDS)], {ON_ERASURE: STAYS}, []),
        (
            [link("account_id"), sa.Column("age", sa.Integer, nullable=False, info=WORDS)],
            {ON_ERASURE: {}},
            ["column age is personal and can't be emptied: let it be nullable"],
        ),
        ([link("account_id"), sa.Column("age", sa.Integer, nullable=False, info=WORDS)], {ON_ERASURE: {"age": 0}}, []),
        (
            [link("person_id"), link("boss_id", nullable=False), owned_by("person_id", "person"),
             owned_by("boss_id", "person")],
            {},
            ["column boss_id names a second person and can't be emptied: let it be nullable"],
        ),
    ],
)  # fmt: skip
def test_what_could_not_be_shown_or_erased_is_told(
    made: sa.MetaData, parts: list[Any], info: dict[str, Any], expected: list[str]
) -> None:
    parts = [each.copy() if isinstance(each, sa.Column) and each.table is not None else each for each in parts]
    assert list(subject_problems(table(made, "odd", *parts, info=info))) == expected


def test_rows_that_stay_say_so(made: sa.MetaData) -> None:
    assert stays(table(made, "log", info={ON_ERASURE: STAYS}))
    assert not stays(made.tables["place"])
