"""Isolation that stops a partner's own work would be switched off: everything of one's own goes through."""

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.exc import StaleDataError

from systems_changers.infra.db import open_session
from systems_changers.infra.errors import BeyondPartner
from systems_changers.infra.isolation import as_the_kit
from tests.isolation.ground import Ground
from tests.isolation.world import (
    Cohort,
    Domain,
    Installed,
    LeafNote,
    LeafPage,
    Ledger,
    Partner,
    Person,
    Queued,
    Tag,
    World,
)


def test_a_unit_of_work_counts_its_changes(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        row = db.get_one(Cohort, (fresh.mine.partner, fresh.mine.cohort))
        row.name = "renamed"
        db.commit()
        assert (row.version, row.updated_by) == (2, fresh.mine.account)


def test_a_change_that_was_overtaken_is_refused(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as late:
        row = late.get_one(Cohort, (fresh.mine.partner, fresh.mine.cohort))
        late.commit()
        with fresh.session(fresh.mine, write=True) as early:
            early.get_one(Cohort, (fresh.mine.partner, fresh.mine.cohort)).name = "first"
            early.commit()
        row.name = "second"
        with pytest.raises(StaleDataError):
            late.commit()


def test_rows_are_stamped_with_the_partner(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        tag, page = Tag(label="new"), LeafPage(hash="new", content={"a": 1})
        db.add_all([tag, page])
        db.commit()
        assert (tag.partner_id, tag.created_by, page.partner_id) == (
            fresh.mine.partner,
            fresh.mine.account,
            fresh.mine.partner,
        )


def test_bulk_changes_may_compare_any_column_through_the_session(fresh: Ground) -> None:
    table = World.metadata.tables["leaf_note"]
    with fresh.session(fresh.mine, write=True) as db:
        db.execute(sa.update(Person).where(Person.name.like("one %")).values(name="changed"))
        db.execute(sa.update(table).where(table.c.text.like("note %")).values(text="changed too"))
        db.execute(sa.delete(Tag).where(Tag.label == "nothing like it"))
        db.commit()
        assert sorted(db.scalars(sa.select(Person.name))) == ["changed", "two Rowan"]
        assert db.scalars(sa.select(LeafNote.text)).all() == ["changed too"]
    with fresh.session(fresh.theirs) as other:
        assert sorted(other.scalars(sa.select(Person.name))) == ["one Alder", "two Alder"]


def test_bulk_changes_update_what_is_loaded(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        people = db.scalars(sa.select(Person)).all()
        db.execute(sa.update(Person).values(name="everybody"))
        assert {person.name for person in people} == {"everybody"}


def test_a_bulk_change_returns_what_it_changed(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        names = db.scalars(sa.update(Person).values(name="x").returning(Person.name)).all()
        assert names == ["x", "x"]


def test_many_rows_at_once_return_their_keys(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        rows = [{"partner_id": fresh.mine.partner, "label": f"tag {number}"} for number in range(30)]
        keys = db.scalars(sa.insert(Tag).returning(Tag.id), rows).all()
        db.commit()
        assert len(set(keys)) == 30
        assert db.scalar(sa.select(sa.func.count(Tag.id))) == 31


def test_bulk_change_by_key(fresh: Ground) -> None:
    keys = {"partner_id": fresh.mine.partner, "id": fresh.mine.cohort, "version": 1}
    with fresh.session(fresh.mine, write=True) as db:
        db.execute(sa.update(Cohort), [{**keys, "name": "by key"}])
        db.commit()
        assert db.get_one(Cohort, (fresh.mine.partner, fresh.mine.cohort)).name == "by key"


def test_an_upsert_on_any_unique_key(fresh: Ground, database_kind: str) -> None:
    page = World.metadata.tables["leaf_page"]
    insert = sqlite.insert(page) if database_kind == "sqlite" else postgresql.insert(page)
    row = insert.values(partner_id=fresh.mine.partner, hash="hash Rowan", content={"text": "new"})
    with fresh.session(fresh.mine, write=True) as db:
        db.execute(row.on_conflict_do_update(index_elements=["partner_id", "hash"], set_={"content": {"text": "new"}}))
        db.commit()
        assert db.scalars(sa.select(LeafPage.content)).all() == [{"text": "new"}]


def test_insert_select_copies_ones_own(fresh: Ground) -> None:
    cohort, page = World.metadata.tables["cohort"], World.metadata.tables["leaf_page"]
    copied = sa.select(cohort.c.partner_id, cohort.c.name, cohort.c.extra)
    with fresh.session(fresh.mine, write=True) as db:
        db.execute(sa.insert(page).from_select(["partner_id", "hash", "content"], copied))
        db.commit()
        assert sorted(db.scalars(sa.select(LeafPage.hash))) == ["cohort Rowan", "empty Rowan", "hash Rowan"]


def test_cascade_takes_ones_own_children(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        db.delete(db.get_one(Cohort, (fresh.mine.partner, fresh.mine.cohort)))
        db.commit()
        assert db.scalars(sa.select(Person)).all() == []
    with fresh.session(fresh.theirs) as other:
        assert len(other.scalars(sa.select(Person)).all()) == 2


def test_a_partner_adds_rows_that_name_it_and_changes_none(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        db.add_all([Domain(host="more.example.org", partner_ref=fresh.mine.partner),
                    Queued(partner_ref=fresh.mine.partner, name="queued more")])  # fmt: skip
        db.commit()
        assert set(db.scalars(sa.select(Domain.host))) == {"Rowan.example.org", "more.example.org", "Alder.example.org"}
        assert set(db.scalars(sa.select(Queued.name))) == {"queued Rowan", "queued more"}
        db.get_one(Domain, "more.example.org").host = "changed.example.org"
        with pytest.raises((BeyondPartner, StaleDataError)):
            db.flush()


def test_a_partner_reads_its_own_row_and_changes_it_as_the_kit(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        row = db.scalars(sa.select(Partner)).one()
        with as_the_kit(db):
            row.name = "renamed"
        assert row in db
        db.commit()
        assert db.scalars(sa.select(Partner.name)).all() == ["renamed"]


def test_nobody_counts_what_others_changed(fresh: Ground, database_kind: str) -> None:
    asked = "total_changes()" if database_kind == "sqlite" else "n_tup_upd FROM pg_stat_user_tables"
    with fresh.session(fresh.mine) as db, pytest.raises(BeyondPartner):
        db.execute(sa.text(f"SELECT {asked}"))


def test_outside_any_partner_the_kit_writes_what_all_read(fresh: Ground) -> None:
    with open_session(fresh.app, None, write=True) as db:
        db.execute(sa.update(Partner).values(name="renamed"))
        db.execute(sa.update(Installed).values(title="newer"))
        db.delete(db.get_one(Domain, "Alder.example.org"))
        db.add(Partner(name="new"))
        db.commit()
        assert sorted(db.scalars(sa.select(Partner.name))) == ["new", "renamed", "renamed"]
        assert set(db.scalars(sa.select(Installed.title))) == {"newer"}
        assert db.scalars(sa.select(Domain.host)).all() == ["Rowan.example.org"]


@pytest.mark.parametrize(
    "change", [sa.update(Ledger).values(said="rewritten"), sa.delete(Ledger)], ids=["update", "delete"]
)
def test_what_is_append_only_is_added_to_by_the_kit_and_changed_by_the_owner(
    fresh: Ground, change: sa.Update | sa.Delete
) -> None:
    with open_session(fresh.app, None, write=True) as outside:
        outside.add(Ledger(said="first"))
        outside.commit()
        with pytest.raises(BeyondPartner):
            outside.execute(change)
        outside.rollback()
        assert outside.scalars(sa.select(Ledger.said)).all() == ["first"]
    with fresh.session(fresh.mine, write=True) as db:
        db.add(Ledger(said="planted"))
        with pytest.raises(BeyondPartner):
            db.flush()
    with fresh.owner.begin() as owner:
        assert owner.execute(change).rowcount == 1


def test_savepoints_keep_the_partner(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        with db.begin_nested() as nested:
            db.add(Tag(label="undone"))
            db.flush()
            nested.rollback()
        with db.begin_nested():
            db.add(Tag(label="kept"))
        db.commit()
        assert sorted(db.scalars(sa.select(Tag.label))) == ["kept", "tag Rowan"]


def test_a_refusal_says_why(fresh: Ground, database_kind: str) -> None:
    for statement in ("DROP TABLE tag", "CREATE TABLE mine (id integer)"):
        with (
            fresh.session(fresh.mine) as db,
            pytest.raises(BeyondPartner, match="read and write rows, and nothing else"),
        ):
            db.execute(sa.text(statement))
    foreign = sa.insert(LeafPage).values(partner_id=fresh.theirs.partner, hash="x", content={})
    with fresh.session(fresh.mine, write=True) as db, pytest.raises(BeyondPartner, match="partner") as refused:
        db.execute(foreign)
    assert refused.value.code == "beyond_partner"


def test_a_bulk_change_below_the_session_says_where_to_go(fresh: Ground, database_kind: str) -> None:
    change = sa.update(Tag).where(Tag.label == "tag Rowan").values(label="x")
    with fresh.session(fresh.mine, write=True) as db:
        if database_kind == "postgresql":
            assert db.connection().execute(change).rowcount == 1
        else:
            with pytest.raises(BeyondPartner, match=r"session's execute\(\)"):
                db.connection().execute(change)


def test_the_kit_can_still_look_at_its_schema(fresh: Ground) -> None:
    with fresh.session(fresh.mine) as db:
        columns = {column["name"] for column in sa.inspect(db.connection()).get_columns("leaf_page")}
    assert columns == {"partner_id", "hash", "content"}


def test_json_may_be_unfolded(fresh: Ground, database_kind: str) -> None:
    unfold = "json_each(content)" if database_kind == "sqlite" else "json_each_text(content)"
    with fresh.session(fresh.mine) as db:
        assert db.execute(sa.text(f"SELECT value FROM leaf_page, {unfold}")).all() == [("Rowan",)]
