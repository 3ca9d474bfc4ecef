"""Rows of one partner are read a page at a time and met by key: new, newer, the same, or left as they are."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.people.models import Person
from systems_changers.infra import row_moving
from systems_changers.infra.db import Base, using
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.row_moving import Meeting, key_of, open_snapshot, pages_of
from systems_changers.testing.instance import Instance

TABLE = Base.metadata.tables["person"]
COLUMNS = list(TABLE.columns)


@pytest.fixture
def place(instance: Instance) -> Instance:
    instance.add_partner("Harbour", slug="harbour")
    instance.add_partner("Haven", slug="haven")
    for slug in ("harbour", "haven"):
        with instance.scope(slug, write=True) as scope:
            scope.db.add_all(Person(name=f"{slug} {number}") for number in range(5))
    return instance


def test_a_snapshot_reads_one_partner_a_page_at_a_time(place: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_moving, "PAGE", 2)
    with using(open_snapshot(place.kit.engine, place.partners["harbour"].id)) as session:
        pages = pages_of(session, TABLE)
        first = next(pages)
        with place.scope("harbour", write=True) as scope:
            scope.db.add(Person(name="Later"))
        rest = list(pages)
    assert [len(page) for page in (first, *rest)] == [2, 2, 1]
    names = [line["name"] for page in (first, *rest) for line in page]
    assert sorted(names) == [f"harbour {number}" for number in range(5)]
    assert key_of(TABLE).name == "id"


def test_rows_meet_those_that_are_here(place: Instance) -> None:
    with place.scope("harbour", write=True) as scope:
        one, two, three, *_ = (line for page in pages_of(scope.db, TABLE) for line in page)
        lines: list[dict[str, Any]] = [
            one, {**two, "name": "Newer", "version": 2}, {**three, "name": "Older", "version": 0},
            {**one, "id": str(new_id()), "name": "New"}, {**three, "name": "Another at once"},
        ]  # fmt: skip
        met = Meeting(scope.db, TABLE, COLUMNS).bring(lines)
        assert (met.new, met.changed, met.same, met.kept, met.wrong) == (1, 1, 1, 2, [])
        found = sorted(scope.db.scalars(sa.select(Person.name)))
        assert found == sorted([one["name"], three["name"], "Newer", "New", "harbour 3", "harbour 4"])


def test_what_is_held_stays_as_it_is_here(place: Instance) -> None:
    with place.scope("harbour", write=True) as scope:
        one = next(pages_of(scope.db, TABLE))[0]
        met = Meeting(scope.db, TABLE, COLUMNS, ["name"]).bring([{**one, "name": "Not", "job": "Pilot", "version": 2}])
        assert met.changed == 1
        row = scope.db.execute(sa.select(Person.name, Person.job).where(Person.job == "Pilot")).one()
        assert tuple(row) == (one["name"], "Pilot")


def test_what_comes_out_otherwise_is_named(place: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.scope("harbour", write=True) as scope:
        one = next(pages_of(scope.db, TABLE))[0]
        meeting = Meeting(scope.db, TABLE, COLUMNS)
        monkeypatch.setattr(Meeting, "_write", lambda *_: None)
        assert meeting.bring([{**one, "version": 2}]).wrong == [one["id"]]


def test_the_database_refuses_a_row_of_another_partner(place: Instance) -> None:
    with place.scope("harbour", write=True) as scope:
        one = next(pages_of(scope.db, TABLE))[0]
        other = {**one, "id": str(new_id()), "partner_id": str(place.partners["haven"].id)}
        with pytest.raises(BeyondPartner):
            Meeting(scope.db, TABLE, COLUMNS).bring([other])
        scope.db.rollback()
