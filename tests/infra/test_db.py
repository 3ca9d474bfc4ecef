"""The schema's building blocks say what they mean to every database."""

import ast
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex

from systems_changers.core.people.models import Person
from systems_changers.infra.db import alias_for_good, live_row, open_session, read_columns, unique_live
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.paths import PACKAGE
from systems_changers.testing.instance import Instance


def test_an_index_of_live_rows_says_so_on_both_databases() -> None:
    table = sa.Table("leaf", sa.MetaData(), sa.Column("partner_id"), sa.Column("slug"), unique_live("uq_leaf", "slug"))
    for made in (table, table.to_metadata(sa.MetaData())):
        (index,) = made.indexes
        for dialect in (make_url(each).get_dialect()() for each in ("sqlite://", "postgresql://")):
            told = str(CreateIndex(index).compile(dialect=dialect))
            assert told == "CREATE UNIQUE INDEX uq_leaf ON leaf (partner_id, slug) WHERE deleted_at IS NULL"


@pytest.fixture
def at(instance: Instance) -> Instance:
    for slug in ("mine", "theirs"):
        instance.add_partner(slug.title(), slug=slug)
    return instance


def test_columns_are_read_with_what_the_session_has_not_written_yet(at: Instance) -> None:
    with at.scope("mine", write=True) as scope:
        scope.db.add(Person(name="Ada Pending"))
        found = read_columns(scope.db, sa.select(Person.name).where(Person.name.like("Ada%")))
    assert found == [("Ada Pending",)]


def test_columns_are_read_within_a_partner(at: Instance) -> None:
    with open_session(at.kit.engine, None) as db, pytest.raises(RuntimeError, match="within a partner"):
        read_columns(db, sa.select(Person.name))


def test_a_live_row_is_neither_unknown_nor_deleted_nor_anothers(at: Instance) -> None:
    person = Person(name="Ada")
    with at.scope("mine", write=True) as scope:
        scope.db.add(person)
        scope.db.flush()
        assert live_row(scope.db, Person, person.id).name == "Ada"
    with at.scope("theirs") as scope, pytest.raises(NotFound):
        live_row(scope.db, Person, person.id)
    with at.scope("mine", write=True) as scope:
        live_row(scope.db, Person, person.id).deleted_at = scope.clock.now()
    with at.scope("mine") as scope:
        for gone in (person.id, new_id()):
            with pytest.raises(NotFound):
                live_row(scope.db, Person, gone)


def test_an_alias_for_good_is_whole_for_every_thread_that_is_first() -> None:
    """The last of its columns, because a thread that comes too early finds the first ones."""
    usual, threads = sys.getswitchinterval(), 4
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(threads) as pool, warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(200):
                made, ready = alias_for_good(Person), Barrier(threads)

                def ask(_number: int, made: type[Person] = made, ready: Barrier = ready) -> str:
                    ready.wait()
                    return str(made.deleted_at.is_(None))

                assert set(pool.map(ask, range(threads))) == {"person_1.deleted_at IS NULL"}
    finally:
        sys.setswitchinterval(usual)


def test_what_a_module_makes_once_is_an_alias_for_good() -> None:
    """An alias that a function makes is one thread's alone."""
    files = [file for file in PACKAGE.rglob("*.py") if "aliased" in file.read_text("utf-8")]
    found = [
        f"{file.relative_to(PACKAGE)}:{call.lineno}"
        for file in files
        for statement in ast.parse(file.read_text("utf-8")).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "aliased"
    ]
    assert files
    assert found == []
