"""What a row is given when it is written, how ids and moments are kept, and what a session is opened with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, SafeUUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from systems_changers.core.people.models import Account, Person
from systems_changers.infra import db
from systems_changers.infra.db import (
    Id,
    Moment,
    Nobody,
    is_partner_table,
    open_session,
    owned_by,
    partner_tables,
    personal,
    plain,
    read_columns,
    using,
)
from systems_changers.infra.errors import OtherPartner
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.personal import Keep
from systems_changers.testing.instance import Instance

LITE, POST = sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
SOME = UUID("01234567-89ab-4def-8123-456789abcdef")


# --- columns ---


def test_an_id_is_sixteen_bytes_on_sqlite_and_native_on_postgresql() -> None:
    kept = Id()
    assert (kept.process_bind_param(SOME, LITE), kept.process_bind_param(SOME, POST)) == (SOME.bytes, SOME)
    assert (kept.process_bind_param(None, LITE), kept.process_bind_param(None, POST)) == (None, None)
    assert [str(kept.load_dialect_impl(each)) for each in (LITE, POST)] == ["BLOB", "UUID"]
    read = kept.result_processor(LITE, None)
    assert read is not None
    found = read(SOME.bytes)
    assert found is not None
    assert (found, hash(found), str(found), found.is_safe) == (SOME, hash(SOME), str(SOME), SafeUUID.unknown)
    assert (type(found), read(None), kept.process_result_value(SOME, POST)) == (UUID, None, SOME)


def test_a_moment_is_kept_in_utc_and_needs_its_zone() -> None:
    kept, at = Moment(), datetime(2026, 3, 12, 10, 0, tzinfo=timezone(timedelta(hours=2)))
    written = kept.process_bind_param(at, LITE)
    assert written is not None
    assert (written, written.utcoffset(), written.hour) == (at, timedelta(0), 8)
    for naive_or_not in (written.replace(tzinfo=None), at):
        read = kept.process_result_value(naive_or_not, LITE)
        assert read is not None
        assert (read, read.tzinfo) == (at, UTC)
    assert (kept.process_bind_param(None, LITE), kept.process_result_value(None, LITE)) == (None, None)
    with pytest.raises(ValueError, match="needs its time zone"):
        kept.process_bind_param(datetime(2026, 3, 12), LITE)  # noqa: DTZ001 - the very thing that is refused


def test_a_column_says_whether_it_is_about_a_person() -> None:
    keep = Keep.after("used", days=90)
    said = personal(sa.Text, purpose="think", basis="consent", keep=keep, special="explicit consent", label="Thought")
    assert said.column.info == {
        "personal": True, "purpose": "think", "basis": "consent", "keep": keep, "label": "Thought", "special": True,
        "condition": "explicit consent",
    }  # fmt: skip
    short = personal(sa.Text, purpose="think", basis="consent", keep=keep).column.info
    assert (short["special"], short["condition"], short["label"]) == (False, None, "")
    assert plain(sa.Text).column.info == {"personal": False}


def test_keys_and_indexes_are_named_alike_everywhere() -> None:
    table = sa.Table(
        "leaf", sa.MetaData(naming_convention=db.NAMING), sa.Column("partner_id", primary_key=True),
        sa.Column("tree_id", index=True), sa.Column("n", sa.Integer), sa.UniqueConstraint("partner_id", "n"),
        sa.CheckConstraint("n > 0", name="positive"), owned_by("tree_id", "tree"),
    )  # fmt: skip
    sa.Table("tree", table.metadata, sa.Column("partner_id", primary_key=True), sa.Column("id", primary_key=True))
    names = {str(getattr(each, "name", None)) for each in (*table.constraints, *table.indexes)}
    assert names == {
        "pk_leaf", "uq_leaf_partner_id_n", "ck_leaf_positive", "fk_leaf_partner_id_tree_id", "ix_leaf_tree_id",
    }  # fmt: skip


def test_a_key_to_a_partners_table_takes_the_partner_along() -> None:
    metadata = sa.MetaData()
    tree = sa.Table("tree", metadata, sa.Column("partner_id", primary_key=True), sa.Column("id", primary_key=True))
    kept = sa.Table("kept", metadata, sa.Column("partner_id"), sa.Column("tree_id"),
                    owned_by("tree_id", "tree", ondelete="RESTRICT"))  # fmt: skip
    leaf = sa.Table("leaf", metadata, sa.Column("partner_id", primary_key=True), sa.Column("tree_id"),
                    owned_by("tree_id", "tree"))  # fmt: skip
    for table, ondelete in ((kept, "RESTRICT"), (leaf, "CASCADE")):
        (key,) = table.foreign_key_constraints
        assert key.column_keys == ["partner_id", "tree_id"]
        assert [each.target_fullname for each in key.elements] == ["tree.partner_id", "tree.id"]
        assert key.ondelete == ondelete
    assert (is_partner_table(kept), partner_tables(metadata)) == (False, [tree, leaf])


def test_who_is_nobody_says_why() -> None:
    assert Nobody("a room is nobody's") == "a room is nobody's"


# --- sessions ---


@pytest.fixture
def at(instance: Instance) -> Instance:
    for slug in ("mine", "theirs"):
        instance.add_partner(slug.title(), slug=slug)
    return instance


def test_a_session_is_opened_for_one_partner_to_read_or_to_write(at: Instance) -> None:
    mine, account = at.partners["mine"].id, new_id()
    with open_session(at.kit.engine, mine, account_id=account, write=True) as made:
        assert {name: made.info[name] for name in ("partner_id", "account_id", "write")} == {
            "partner_id": mine, "account_id": account, "write": True,
        }  # fmt: skip
        assert (made.autoflush, made.expire_on_commit, "criteria" in made.info) == (True, False, True)
        assert made.connection().get_execution_options()[db.WRITES_SOON] is True
    with open_session(at.kit.engine, None) as made:
        assert (made.autoflush, made.info["write"], made.info["account_id"], "criteria" in made.info) == (
            False, False, None, False,
        )  # fmt: skip
        assert db.WRITES_SOON not in made.connection().get_execution_options()


@pytest.fixture
def writing(at: Instance) -> Iterator[Any]:
    """The first partner's session with an account, for writing."""
    with open_session(at.kit.engine, at.partners["mine"].id, account_id=new_id(), write=True) as made:
        yield made


def test_a_new_row_is_the_sessions_and_says_who_made_it(at: Instance, writing: Any) -> None:
    row, other = Person(name="Ada"), Person(name="Bo", created_by=new_id())
    made_by = other.created_by
    writing.add_all([row, other])
    writing.flush()
    me = writing.info["account_id"]
    assert (row.partner_id, row.created_by, row.updated_by, row.version) == (at.partners["mine"].id, me, me, 1)
    assert (other.created_by, other.updated_by) == (made_by, me)
    assert (row.extra, row.deleted_at, row.created_at.tzinfo) == ({}, None, UTC)
    writing.info["account_id"] = changer = new_id()
    row.name = "Ada B"
    writing.flush()
    assert (row.created_by, row.updated_by, row.version) == (me, changer, 2)
    writing.delete(row)
    writing.info["account_id"] = new_id()
    writing.flush()
    assert row.updated_by == changer


def test_a_row_of_another_partner_is_refused_by_its_class_name(at: Instance, writing: Any) -> None:
    writing.add(Person(name="Eve", partner_id=at.partners["theirs"].id))
    with pytest.raises(OtherPartner, match="Person"):
        writing.flush()
    writing.rollback()
    row = Person(name="Ada")
    writing.add(row)
    writing.flush()
    row.partner_id = at.partners["theirs"].id
    with pytest.raises(OtherPartner):
        writing.flush()


@pytest.mark.parametrize("owner", ["mine", None])
def test_outside_any_partner_no_partners_row_is_written(at: Instance, owner: str | None) -> None:
    given = {"partner_id": at.partners[owner].id} if owner else {}
    with open_session(at.kit.engine, None, write=True) as made:
        made.add(Person(name="Ada", **given))
        with pytest.raises(OtherPartner):
            made.flush()
        made.rollback()
        made.add(Account(email="ada@example.org", is_operator=False))
        made.flush()


def test_columns_are_read_with_what_is_given_and_written_only_where_the_session_writes(at: Instance) -> None:
    asked = sa.select(Person.name).where(Person.name == sa.bindparam("called"))
    with at.scope("mine", write=True) as scope:
        scope.db.add_all([Person(name="Ada"), Person(name="Bo")])
        assert read_columns(scope.db, asked, {"called": "Bo"}) == [("Bo",)]
    with at.scope("mine") as scope:
        scope.db.add(Person(name="Cy"))
        assert read_columns(scope.db, asked, {"called": "Cy"}) == []
        assert list(scope.db.new) != []
    with at.scope("theirs") as scope:
        assert read_columns(scope.db, asked, {"called": "Bo"}) == []


def _refusing(session: Any) -> Any:
    """Begins the session's transaction, and then something goes wrong."""
    session.connection()
    raise OtherPartner("Person")


def test_a_session_that_was_used_is_closed_and_what_was_not_committed_is_lost(at: Instance) -> None:
    mine = at.partners["mine"].id
    with using(open_session(at.kit.engine, mine, write=True)) as made:
        made.add(Person(name="Lost"))
        made.flush()
    assert not made.in_transaction()
    with pytest.raises(OtherPartner), using(open_session(at.kit.engine, mine, write=True)) as made:
        made.execute(sa.select(_refusing(made)))
    assert not made.in_transaction()
    with at.scope("mine") as scope:
        assert scope.db.scalars(sa.select(Person.name)).all() == []
