"""Rows that go past the unit of work are those that it would have written, and never another partner's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.operations.models import OperatorAudit
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.db import open_session
from systems_changers.infra.errors import BeyondPartner, OtherPartner
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.transactions import apart_from
from systems_changers.testing.instance import Instance

START = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _two_partners(instance: Instance) -> None:
    for slug in ("mine", "theirs"):
        instance.add_partner(slug.title(), slug=slug)


def cohort(name: str) -> dict[str, object]:
    return {"id": new_id(), "name": name, "starts_on": START, "extra": {"seen": ["é", None]}}


@pytest.mark.parametrize("number", [1, 3])
def test_rows_are_as_the_session_would_have_written_them(instance: Instance, number: int) -> None:
    rows = [cohort(f"Number {at} %s \" '") for at in range(number)]
    with instance.scope("mine", write=True) as scope:
        insert_rows(scope.db, Cohort, rows)
        whole = Cohort(name="By the session", starts_on=START, extra={})
        scope.db.add(whole)
        scope.db.flush()
        found = scope.db.scalars(sa.select(Cohort).where(Cohort.id.in_([row["id"] for row in rows]))).all()
        names = [column.key for column in sa.inspect(Cohort).columns]
        own = {"id", "name", "extra", "created_at", "updated_at"}
        for made in found:
            assert {key: getattr(made, key) for key in names if key not in own} == {
                key: getattr(whole, key) for key in names if key not in own
            }
            assert (made.extra, made.created_at.tzinfo) == ({"seen": ["é", None]}, UTC)
        assert sorted(made.name for made in found) == [row["name"] for row in rows]


def test_nothing_is_asked_of_the_database_for_no_rows(instance: Instance) -> None:
    with instance.scope("mine") as scope:
        insert_rows(scope.db, Cohort, [])
        assert not scope.db.in_transaction()


@pytest.mark.parametrize("number", [1, 2])
def test_one_row_and_many_are_judged_alike(instance: Instance, number: int) -> None:
    def written(**more: object) -> list[Cohort]:
        rows = [cohort("Alike") | more for _ in range(number)]
        with instance.scope("mine", write=True) as scope:
            insert_rows(scope.db, Cohort, rows)
            found = sa.select(Cohort).where(Cohort.id.in_([row["id"] for row in rows]))
            return list(scope.db.scalars(found))

    with pytest.raises((ValueError, StatementError), match="time zone"):
        written(closed_at=datetime.fromisoformat("2026-03-01T12:00"))
    assert [each.extra for each in written(extra=None)] == [None] * number
    assert [each.closed_at for each in written(closed_at=NOON)] == [NOON] * number
    assert [each.place for each in written(place=None)] == [None] * number


def test_rows_that_name_other_columns_are_refused(instance: Instance) -> None:
    with instance.scope("mine", write=True) as scope:
        for rows in ([cohort("A"), cohort("B") | {"place": "Oban"}], [cohort("A") | {"nam": "typo"}]):
            with pytest.raises(ValueError, match="cohort name its columns"):
                insert_rows(scope.db, Cohort, rows)


def test_a_scope_for_reading_writes_none(instance: Instance) -> None:
    with instance.scope("mine") as scope, pytest.raises(RuntimeError, match="write scope"):
        insert_rows(scope.db, Cohort, [cohort("Early")])


def test_a_limit_after_them_would_lose_them_and_is_refused(instance: Instance) -> None:
    with instance.scope("mine", write=True) as scope:
        insert_rows(scope.db, Cohort, [cohort("Kept")])
        with pytest.raises(RuntimeError, match="before anything is changed"), apart_from(scope.db):
            pass
        scope.db.commit()
        with apart_from(scope.db) as connection:
            assert connection.scalar(sa.select(1)) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_another_partners_rows_are_refused(instance: Instance, number: int) -> None:
    theirs = [{**cohort("Planted"), "partner_id": instance.partners["theirs"].id} for _ in range(number)]
    with instance.scope("mine", write=True) as scope, pytest.raises(OtherPartner):
        insert_rows(scope.db, Cohort, theirs)
    with open_session(instance.kit.engine, None, write=True) as db, pytest.raises(OtherPartner):
        insert_rows(db, Cohort, theirs)


@pytest.mark.parametrize("number", [1, 2])
def test_the_database_refuses_what_is_not_the_partners_to_write(instance: Instance, number: int) -> None:
    row = {"at": datetime.now(UTC), "name": "forged", "changed": []}
    with instance.scope("mine", write=True) as scope, pytest.raises(BeyondPartner):
        insert_rows(scope.db, OperatorAudit, [{**row, "id": new_id()} for _ in range(number)])
