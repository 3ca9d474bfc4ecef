"""The session's own filter holds where the database's guard would not: each is a lock by itself."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from systems_changers.infra.db import open_session, read_columns
from systems_changers.infra.errors import OtherPartner
from tests.isolation.ground import Ground
from tests.isolation.world import Cohort, LeafNote, LeafPage, Person, Tag

Look = Callable[[Session], list[str]]


def names_of_people(db: Session) -> list[str]:
    return [person.name for cohort in db.scalars(sa.select(Cohort)) for person in cohort.people]


def loaded_with(strategy: Callable[..., sa.orm.interfaces.ORMOption]) -> Look:
    def look(db: Session) -> list[str]:
        cohorts = db.scalars(sa.select(Cohort).options(strategy(Cohort.people))).unique()
        return [person.name for cohort in cohorts for person in cohort.people]

    return look


LOOKS: dict[str, Look] = {
    "entities": lambda db: [row.name for row in db.scalars(sa.select(Cohort))],
    "columns": lambda db: list(db.scalars(sa.select(LeafNote.text))),
    "keyed by hash": lambda db: list(db.scalars(sa.select(LeafPage.hash))),
    "alias": lambda db: [row.name for row in db.scalars(sa.select(aliased(Cohort)))],
    "subquery": lambda db: [name for (name,) in db.execute(sa.select(sa.select(Person.name).subquery()))],
    "join": lambda db: list(db.scalars(sa.select(Tag.label).join(Person, Tag.id != Person.id).distinct())),
    "read as columns": lambda db: [name for (name,) in read_columns(db, sa.select(Cohort.name))],
    "read as columns of an alias": lambda db: [name for (name,) in read_columns(db, sa.select(aliased(Cohort).name))],
    "read as columns, joined": lambda db: [
        label for (label,) in read_columns(db, sa.select(Tag.label).join(Person, Tag.id != Person.id).distinct())
    ],
    "lazy": names_of_people,
    "joined": loaded_with(joinedload),
    "selectin": loaded_with(selectinload),
}


@pytest.mark.parametrize("name", LOOKS)
def test_reads_are_filtered_for_each_partner_in_turn(name: str, guarded: Ground, unguarded: Ground) -> None:
    """In turn, because the statement's compiled form is shared and the partner's value must not be."""
    guarded.seed()
    for side, other in [(unguarded.mine, unguarded.theirs), (unguarded.theirs, unguarded.mine)] * 3:
        with open_session(unguarded.app, side.partner) as db:
            found = LOOKS[name](db)
        assert found
        assert all(side.mark in each for each in found)
        assert other.traces(found) == []


def test_bulk_changes_are_filtered(guarded: Ground, unguarded: Ground) -> None:
    guarded.seed()
    table = LeafNote.metadata.tables["leaf_note"]
    before = guarded.rows_of(guarded.theirs)
    with open_session(unguarded.app, guarded.mine.partner, write=True) as db:
        db.execute(sa.update(Person).values(name="changed"))
        db.execute(sa.update(table).values(text="changed"))
        db.execute(sa.delete(LeafPage))
        db.commit()
    assert guarded.rows_of(guarded.theirs) == before
    guarded.seed()


def test_a_unit_of_work_refuses_another_partners_row(guarded: Ground, unguarded: Ground) -> None:
    with open_session(unguarded.app, guarded.mine.partner, write=True) as db:
        db.add(LeafPage(partner_id=guarded.theirs.partner, hash="planted", content={}))
        with pytest.raises(OtherPartner, match="LeafPage"):
            db.flush()
