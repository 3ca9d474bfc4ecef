"""Ids and moments are read as the same text on both databases, whatever zone a moment was written in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from systems_changers.core.operations.models import OperatorAudit
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.spelt import SpeltId, SpeltMoment, moment_of
from systems_changers.testing.instance import Instance, no_links

ID = UUID("0197a5f0-0000-7000-8000-00000000000a")
AT = datetime(2026, 3, 27, 11, 30, 0, 5, timezone(timedelta(hours=2)))


def test_what_was_written_is_spelt(instance: Instance) -> None:
    row = {"id": ID, "at": AT, "name": "a.b", "actor_account_id": None, "changed": []}
    spelt = sa.select(
        sa.type_coerce(OperatorAudit.id, SpeltId()), sa.type_coerce(OperatorAudit.at, SpeltMoment()),
        sa.type_coerce(OperatorAudit.actor_account_id, SpeltId()),
    )  # fmt: skip
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        insert_rows(scope.db, OperatorAudit, [row])
        found: list[Any] = [tuple(row) for row in scope.db.execute(spelt)]
        assert found == [(ID.hex, "2026-03-27 09:30:00.000005", None)]
        nothing = sa.select(sa.type_coerce(sa.null(), SpeltMoment()))
        assert scope.db.scalar(nothing) is None


def test_it_reads_alike_on_both() -> None:
    kept = {"sqlite": (ID.bytes, "2026-03-27 09:30:00.000005"), "postgresql": (ID, AT)}
    for dialect in (sqlite.dialect(), postgresql.dialect()):  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no types
        id_, at = kept[dialect.name]
        of_id, of_moment = (
            each.dialect_impl(dialect).result_processor(dialect, None) for each in (SpeltId(), SpeltMoment())
        )
        assert of_id is not None
        assert (of_id(id_), of_id(None)) == (ID.hex, None)
        assert (of_moment(at) if of_moment else at) == "2026-03-27 09:30:00.000005"


def test_a_spelt_moment_is_a_moment_again() -> None:
    assert moment_of("2026-03-27 09:30:00.000005") == AT == datetime(2026, 3, 27, 9, 30, 0, 5, UTC)
    with pytest.raises(ValueError, match="does not match"):
        moment_of("yesterday")
