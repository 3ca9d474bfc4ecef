"""Writes through the ORM: units of work, bulk changes, objects made by hand."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, make_transient_to_detached

from systems_changers.infra.db import open_session
from tests.isolation.ground import Case
from tests.isolation.paths import write
from tests.isolation.world import Cohort, LeafNote, LeafPage, Membership, Person, Tag

KEYS = "keys: another partner's row can't be named"


def theirs_by_hand(case: Case) -> Cohort:
    row = Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort, version=1)
    make_transient_to_detached(row)
    case.db.add(row)
    return row


@write("update(Entity)")
def update(case: Case) -> object:
    return case.db.execute(sa.update(Cohort).where(Cohort.id == case.theirs.cohort).values(name="taken"))


@write("update(Entity) of everything")
def update_all(case: Case) -> object:
    return case.db.execute(sa.update(Person).values(name="taken"))


@write("update(Entity) by a column that is no key")
def update_by_text(case: Case) -> object:
    return case.db.execute(sa.update(Tag).where(Tag.label.contains(case.theirs.mark)).values(label="taken"))


@write("update(Entity) without synchronising")
def update_unsynchronised(case: Case) -> object:
    change = sa.update(LeafNote).where(LeafNote.text.contains(case.theirs.mark)).values(text="taken")
    return case.db.execute(change.execution_options(synchronize_session=False))


@write("update(Entity) RETURNING")
def update_returning(case: Case) -> object:
    return case.db.execute(sa.update(Tag).values(label="taken").returning(Tag.id)).all()


@write("query.update()")
def legacy_update(case: Case) -> object:
    return str(case.db.query(Cohort).filter_by(id=case.theirs.cohort).update({"name": "taken"}))


@write("delete(Entity)")
def delete(case: Case) -> object:
    return case.db.execute(sa.delete(LeafNote).where(LeafNote.id == case.theirs.note))


@write("delete(Entity) of everything")
def delete_all(case: Case) -> object:
    return case.db.execute(sa.delete(Membership))


@write("delete(Entity) by a subquery")
def delete_by_subquery(case: Case) -> object:
    cohorts = sa.select(Cohort.id).where(Cohort.name.contains(case.theirs.mark))
    change = sa.delete(LeafNote).where(LeafNote.cohort_id.in_(cohorts))
    return case.db.execute(change.execution_options(synchronize_session=False))


@write("query.delete()")
def legacy_delete(case: Case) -> object:
    return str(case.db.query(LeafNote).filter_by(id=case.theirs.note).delete())


@write("bulk update by key")
def bulk_update(case: Case) -> object:
    keys = {"partner_id": case.theirs.partner, "id": case.theirs.cohort, "version": 1}
    return case.db.execute(sa.update(Cohort), [{**keys, "name": "taken"}])


@write("bulk_update_mappings")
def bulk_update_mappings(case: Case) -> object:
    keys = {"partner_id": case.theirs.partner, "id": case.theirs.cohort, "version": 1}
    case.db.bulk_update_mappings(sa.inspect(Cohort), [{**keys, "name": "taken"}])
    return None


@write("session.merge() of their key")
def merge(case: Case) -> object:
    case.db.merge(Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort, name="taken"))
    return None


@write("get(), change, flush")
def get_and_change(case: Case) -> object:
    row = case.db.get(Cohort, (case.theirs.partner, case.theirs.cohort))
    if row is not None:
        row.name = "taken"
    return None


@write("get(), delete")
def get_and_delete(case: Case) -> object:
    row = case.db.get(LeafNote, (case.theirs.partner, case.theirs.note))
    if row is not None:
        case.db.delete(row)
    return None


@write("object made by hand, changed")
def changed_by_hand(case: Case) -> object:
    theirs_by_hand(case).name = "taken"
    return None


@write("object made by hand, deleted")
def deleted_by_hand(case: Case) -> object:
    row = LeafPage(partner_id=case.theirs.partner, hash=f"hash {case.theirs.mark}")
    make_transient_to_detached(row)
    case.db.add(row)
    case.db.delete(row)
    return None


@write("object of another session, changed")
def taken_over(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        row = other.get_one(Cohort, (case.theirs.partner, case.theirs.cohort))
    case.db.add(row)
    row.name = "taken"
    return None


@write("add() for their partner")
def add(case: Case) -> object:
    case.db.add(Tag(partner_id=case.theirs.partner, label="planted"))
    return None


@write("add() keyed by hash for their partner")
def add_by_hash(case: Case) -> object:
    case.db.add(LeafPage(partner_id=case.theirs.partner, hash="planted", content={}))
    return None


@write("add_all() with one of theirs among mine")
def add_among(case: Case) -> object:
    case.db.add_all(
        [Tag(partner_id=case.mine.partner, label="mine"), Tag(partner_id=case.theirs.partner, label="planted")]
    )
    return None


@write("bulk insert for their partner")
def bulk_insert(case: Case) -> object:
    case.db.execute(sa.insert(Tag), [{"partner_id": case.theirs.partner, "label": "planted"}])
    return None


@write("bulk_save_objects for their partner")
def bulk_save(case: Case) -> object:
    case.db.bulk_save_objects([Tag(partner_id=case.theirs.partner, label="planted")])
    return None


@write("bulk_insert_mappings for their partner")
def bulk_insert_mappings(case: Case) -> object:
    case.db.bulk_insert_mappings(sa.inspect(Tag), [{"partner_id": case.theirs.partner, "label": "planted"}])
    return None


@write("my row moved to their partner", held_by="its children and the version hold it back")
def move(case: Case) -> object:
    row = case.db.scalars(sa.select(Tag).where(Tag.id == case.mine.tag)).one()
    row.partner_id = case.theirs.partner
    return None


@write("my row moved by update()")
def move_by_update(case: Case) -> object:
    change = sa.update(LeafNote).where(LeafNote.id == case.mine.note)
    return case.db.execute(change.values(partner_id=case.theirs.partner, cohort_id=case.theirs.cohort))


@write("my row with their parent", held_by="composite foreign key")
def foreign_parent(case: Case) -> object:
    case.db.add(Person(partner_id=case.mine.partner, name="mine", cohort_id=case.theirs.cohort))
    return None


@write("their row appended to my collection", held_by="composite foreign key")
def append(case: Case) -> object:
    cohort = case.db.scalars(sa.select(Cohort).where(Cohort.id == case.mine.cohort)).one()
    person = case.db.get(Person, (case.theirs.partner, case.theirs.person))
    if person is not None:
        cohort.people.append(person)
    return None


@write("my tag on their person")
def tag_on_their_person(case: Case) -> object:
    person = Person(partner_id=case.theirs.partner, id=case.theirs.second_person, version=1)
    make_transient_to_detached(person)
    case.db.add(person)
    tag = Tag(partner_id=case.theirs.partner, label="planted")
    person.tags.append(tag)
    return None


@write("a plain Session on the same engine")
def plain_session(case: Case) -> object:
    with Session(case.ground.app) as db:
        db.execute(sa.update(Cohort).where(Cohort.id == case.theirs.cohort).values(name="taken"))
        db.commit()
    return None


@write("a session of no partner")
def no_partner(case: Case) -> object:
    with open_session(case.ground.app, None, write=True) as db:
        db.execute(sa.update(Tag).values(label="taken"))
        db.commit()
    return None


@write("membership of the own account at their partner")
def own_membership(case: Case) -> object:
    case.db.execute(
        sa.insert(Membership),
        [{"partner_id": case.theirs.partner, "account_id": case.mine.account, "role": "administrator"}],
    )
    return None
