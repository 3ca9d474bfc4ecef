"""Reads along relationships, by every loading strategy, from an object that is already there."""

import sqlalchemy as sa
from sqlalchemy.orm import (
    contains_eager,
    immediateload,
    joinedload,
    make_transient_to_detached,
    raiseload,
    selectinload,
    subqueryload,
)
from sqlalchemy.orm.interfaces import ORMOption

from tests.isolation.ground import Case
from tests.isolation.paths import read
from tests.isolation.world import Cohort, LeafNote, Person


def by_hand(case: Case) -> Cohort:
    """Their cohort as an object nobody loaded, attached to my session."""
    row = Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort)
    make_transient_to_detached(row)
    case.db.add(row)
    return row


def people_loaded_by(case: Case, option: ORMOption) -> list[str]:
    cohorts = case.db.scalars(sa.select(Cohort).options(option)).unique().all()
    return [person.name for cohort in cohorts for person in cohort.people]


@read("lazy collection")
def lazy_collection(case: Case) -> object:
    return [person.name for cohort in case.db.scalars(sa.select(Cohort)).all() for person in cohort.people]


@read("lazy collection of an object made by hand")
def lazy_collection_by_hand(case: Case) -> object:
    return by_hand(case).people


@read("lazy many-to-one with their key")
def lazy_parent(case: Case) -> object:
    person = Person(partner_id=case.theirs.partner, id=case.theirs.person, cohort_id=case.theirs.cohort)
    make_transient_to_detached(person)
    case.db.add(person)
    return person.cohort


@read("lazy many-to-one of a plugin's row to the core")
def lazy_parent_of_plugin(case: Case) -> object:
    note = LeafNote(partner_id=case.theirs.partner, id=case.theirs.note, cohort_id=case.theirs.cohort)
    make_transient_to_detached(note)
    case.db.add(note)
    return note.cohort


@read("selectinload")
def selectin(case: Case) -> object:
    return people_loaded_by(case, selectinload(Cohort.people))


@read("joinedload")
def joined(case: Case) -> object:
    return people_loaded_by(case, joinedload(Cohort.people))


@read("subqueryload")
def subquery(case: Case) -> object:
    return people_loaded_by(case, subqueryload(Cohort.people))


@read("immediateload")
def immediate(case: Case) -> object:
    return people_loaded_by(case, immediateload(Cohort.people))


@read("joinedload of the parent")
def joined_parent(case: Case) -> object:
    people = case.db.scalars(sa.select(Person).options(joinedload(Person.cohort))).all()
    return [person.cohort.name for person in people]


@read("selectinload of the parent, two steps")
def selectin_chain(case: Case) -> object:
    chain = selectinload(Person.cohort).selectinload(Cohort.people)
    people = case.db.scalars(sa.select(Person).options(chain)).all()
    return [other.name for person in people for other in person.cohort.people]


@read("contains_eager over a loose join")
def contained(case: Case) -> object:
    loose = sa.select(Cohort).join(Person, Person.name != Cohort.name).options(contains_eager(Cohort.people))
    cohorts = case.db.scalars(loose).unique().all()
    return [person.name for cohort in cohorts for person in cohort.people]


@read("association proxy over one-to-many")
def proxied(case: Case) -> object:
    return [list(cohort.names) for cohort in case.db.scalars(sa.select(Cohort))]


@read("association proxy over many-to-many")
def proxied_through_a_table(case: Case) -> object:
    return [list(person.labels) for person in case.db.scalars(sa.select(Person)).all()]


@read("many-to-many of an object made by hand")
def secondary_by_hand(case: Case) -> object:
    person = Person(partner_id=case.theirs.partner, id=case.theirs.person)
    make_transient_to_detached(person)
    case.db.add(person)
    return person.tags


@read("deferred count of an object made by hand")
def deferred_by_hand(case: Case) -> object:
    size: int | None = by_hand(case).size  # type: ignore[attr-defined]  # added in world.py
    return f"{case.theirs.mark} has {size}" if size else ""


@read("collection reloaded after expire()")
def expired_collection(case: Case) -> object:
    row = by_hand(case)
    case.db.expire(row)
    return [person.name for person in row.people]


@read("object taken over from another session")
def taken_over(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        row = other.get_one(Cohort, (case.theirs.partner, case.theirs.cohort))
    case.db.add(row)
    return [person.name for person in row.people]


@read("raiseload kept, parent read by key")
def raised(case: Case) -> object:
    people = case.db.scalars(sa.select(Person).options(raiseload("*"))).all()
    return [case.db.get(Cohort, (person.partner_id, person.cohort_id)) for person in people]
