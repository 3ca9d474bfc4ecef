"""Reads through the ORM: selects of every form, and loading by identity."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased, make_transient_to_detached, undefer

from tests.isolation.ground import Case
from tests.isolation.paths import more_than, read
from tests.isolation.world import Cohort, LeafNote, LeafPage, Membership, Person, Tag


@read("select(Entity)")
def entities(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort)).all()


@read("select(Entity) of a plugin")
def plugin_entities(case: Case) -> object:
    return case.db.scalars(sa.select(LeafNote)).all()


@read("select(Entity) keyed by hash")
def entities_by_hash(case: Case) -> object:
    return [(page.hash, page.content) for page in case.db.scalars(sa.select(LeafPage))]


@read("select(Entity) of memberships")
def memberships(case: Case) -> object:
    return case.db.scalars(sa.select(Membership)).all()


@read("select(Entity.column)")
def columns(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort.name)).all()


@read("select(count()).select_from(Entity)")
def count_of_rows(case: Case) -> object:
    return more_than(2, case.db.scalar(sa.select(sa.func.count()).select_from(Cohort)), case.theirs)


@read("select(count(Entity.id))")
def count_of_ids(case: Case) -> object:
    return more_than(2, case.db.scalar(sa.select(sa.func.count(Cohort.id))), case.theirs)


@read("query(Entity).count()")
def legacy_count(case: Case) -> object:
    return more_than(2, case.db.query(Cohort).count(), case.theirs)


@read("query(Entity).all()")
def legacy_all(case: Case) -> object:
    return case.db.query(Cohort).all()


@read("group by over entities")
def grouped(case: Case) -> object:
    return case.db.execute(sa.select(Cohort.name, sa.func.count()).group_by(Cohort.name)).all()


@read("window function over entities")
def windowed(case: Case) -> object:
    return case.db.execute(sa.select(sa.func.first_value(Cohort.name).over(order_by=Cohort.name))).all()


@read("aliased(Entity)")
def alias(case: Case) -> object:
    return case.db.scalars(sa.select(aliased(Cohort))).all()


@read("aliased(Entity, subquery)")
def alias_of_subquery(case: Case) -> object:
    return case.db.scalars(sa.select(aliased(Cohort, sa.select(Cohort).subquery()))).all()


@read("subquery of an entity")
def subquery(case: Case) -> object:
    inner = sa.select(Cohort.name).subquery()
    return case.db.execute(sa.select(inner.c.name)).all()


@read("join to a second entity without the partner")
def loose_join(case: Case) -> object:
    return case.db.execute(sa.select(Person.name, Cohort.name).join(Cohort, Person.cohort_id == Cohort.id)).all()


@read("outer join to a second entity without the partner")
def loose_outer_join(case: Case) -> object:
    return case.db.execute(sa.select(Cohort.name, Person.name).outerjoin(Person, Person.name != Cohort.name)).all()


@read("EXISTS over another entity")
def exists(case: Case) -> object:
    theirs = sa.select(Tag.id).where(Tag.label.contains(case.theirs.mark)).exists()
    return [f"{case.theirs.mark} exists" for _ in case.db.scalars(sa.select(Cohort.id).where(theirs))]


@read("IN (subquery of another entity)")
def in_subquery(case: Case) -> object:
    names = sa.select(Person.cohort_id).where(Person.name.contains(case.theirs.mark))
    return case.db.scalars(sa.select(Cohort).where(Cohort.id.in_(names))).all()


@read("scalar subquery as a column")
def scalar_subquery(case: Case) -> object:
    first, last = (sa.select(pick(Person.name)).scalar_subquery() for pick in (sa.func.min, sa.func.max))
    return case.db.execute(sa.select(first, last)).all()


@read("relationship .any()")
def related_any(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).where(Cohort.people.any(Person.name.contains(case.theirs.mark)))).all()


@read("CTE of an entity")
def cte(case: Case) -> object:
    inner = sa.select(Cohort.name).cte()
    return case.db.scalars(sa.select(inner.c.name)).all()


@read("UNION of entities")
def union(case: Case) -> object:
    return case.db.scalars(sa.union_all(sa.select(Cohort.name), sa.select(Person.name))).all()


@read("column_property that counts")
def counted_property(case: Case) -> object:
    sizes = case.db.execute(sa.select(Cohort.name, Cohort.size)).all()  # type: ignore[attr-defined]  # added in world.py
    return [name for name, _ in sizes]


@read("entity with an undeferred column_property")
def undeferred(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).options(undefer(Cohort.size))).all()  # type: ignore[attr-defined]  # as above


@read("session.get()")
def get(case: Case) -> object:
    return case.db.get(Cohort, (case.theirs.partner, case.theirs.cohort))


@read("query.get()")
def legacy_get(case: Case) -> object:
    return case.db.query(Person).filter_by(partner_id=case.theirs.partner, id=case.theirs.person).one_or_none()


@read("session.get() with populate_existing")
def get_again(case: Case) -> object:
    return case.db.get(Tag, (case.theirs.partner, case.theirs.tag), populate_existing=True)


@read("session.get_one()")
def get_one(case: Case) -> object:
    return case.db.get_one(LeafNote, (case.theirs.partner, case.theirs.note))


@read("session.refresh() of an object made by hand")
def refresh(case: Case) -> object:
    row = Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort)
    make_transient_to_detached(row)
    case.db.add(row)
    case.db.refresh(row)
    return row.name


@read("expired attribute of an object made by hand")
def expired(case: Case) -> object:
    row = Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort)
    make_transient_to_detached(row)
    case.db.add(row)
    return row.name


@read("session.merge(load) of their key")
def merge(case: Case) -> object:
    with case.db.no_autoflush:
        return case.db.merge(Cohort(partner_id=case.theirs.partner, id=case.theirs.cohort)).name


@read("yield_per and streaming")
def streamed(case: Case) -> object:
    return [row.name for row in case.db.scalars(sa.select(Person).execution_options(yield_per=1))]


@read("get() of an object another session left behind")
def identity_of_another_session(case: Case) -> object:
    with case.ground.session(case.theirs) as other:
        left = other.get_one(Cohort, (case.theirs.partner, case.theirs.cohort))
    return case.db.get(Cohort, (left.partner_id, left.id))


@read("selection by their partner's key")
def where_their_partner(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).where(Cohort.partner_id == case.theirs.partner)).all()


@read("OR that tries to widen the filter")
def widened(case: Case) -> object:
    return case.db.scalars(sa.select(Cohort).where(sa.or_(sa.true(), Cohort.id == case.theirs.cohort))).all()
