"""Every migration, the core's and the plugins', cut after a statement: all is as before, and it can be done again.

In the usual run after its first, its last and some between; in the full run after each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from systems_changers.hooks.registry import Registry
from systems_changers.infra import migrations, roles
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.errors import Refused
from systems_changers.infra.migrations import Unit, units_of
from systems_changers.testing.instance import Instance
from tests.core.home import filling
from tests.faults.schemas import Rows, Step, bring_to, everything, fill, rows_of, steps
from tests.faults.trial import chances, say, times
from tests.postgres import PostgresServer

FAULT = "a migration is cut"
CHANGES = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE", "GRANT", "REVOKE")


class Cut(Exception):
    """The machine stopped here."""


@contextmanager
def cut_after(owner: sa.Engine, number: int | None) -> Iterator[list[str]]:
    """Hear the statements that change something; after so many of them the next is the end."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(CHANGES):
            heard.append(statement)
            if len(heard) == number:
                raise Cut

    sa.event.listen(owner, "after_cursor_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(owner, "after_cursor_execute", hear)


@pytest.fixture
def units(registry: Registry) -> list[Unit]:
    return units_of([(each.slug, each.migrations, each.requires_core) for each in registry.manifests.values()])


@pytest.fixture
def rows(instance: Instance) -> Rows:
    """What two partners of a newest database hold."""
    for _ in range(2):
        house = filling.make_house(instance)
        filling.participants(house, range(2))
        filling.register_of(house, range(2, 4), filling.one_session(house))
        filling.evidence_of(house, range(2), filling.experiments(house, range(1))[0])
        filling.counted_cohorts(house, range(1))
        filling.changes(house, range(2))
    filling.devices(house, range(2))
    owner = open_owner_engine(instance.kit.settings.owner_url)
    found = rows_of(owner)
    owner.dispose()
    return found


@contextmanager
def empty(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """The owner's engine on a database without tables."""
    if kind == "sqlite":
        owner = open_owner_engine(f"sqlite:///{folder / 'before.db'}")
        yield owner
        owner.dispose()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create_database()
    owner = open_owner_engine(server.url(name))
    with owner.begin() as connection:
        roles.prepare_roles(connection, password="for-tests")
    yield owner
    owner.dispose()
    server.drop_database(name)


def wanted(units: list[Unit], step: Step) -> list[Unit]:
    return [units[0]] if step.unit is units[0] else [units[0], step.unit]


def statements_of(owner: sa.Engine, units: list[Unit], step: Step) -> int:
    """How many statements a step has: up to where its revision is noted, or to the end where nothing comes after it."""
    bring_to(owner, units, step)
    with cut_after(owner, None) as heard:
        migrations.upgrade(owner, wanted(units, step))
    noted = [at for at, each in enumerate(heard, 1) if step.unit.version_table in each and "VERSION_NUM" in each.upper()
             and not each.lstrip().startswith("CREATE")]  # fmt: skip
    return len(heard) if step.last else noted[0]


def points(chance: Random, statements: int) -> list[int]:
    """After which of the statements it is cut: the first, the last, and others."""
    most = min(times(FAULT), statements)
    return sorted({1, statements, *chance.sample(range(1, statements + 1), most)})


def test_a_migration_that_is_cut_leaves_all_as_it_was_and_can_be_done_again(
    database_kind: Literal["sqlite", "postgresql"],
    units: list[Unit],
    rows: Rows,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    chance = chances(FAULT)
    for number, step in enumerate(steps(units)):
        places = [tmp_path / f"{number}-{name}" for name in ("tried", "filled")]
        for each in places:
            each.mkdir()
        with empty(database_kind, places[0], request) as owner:
            statements = statements_of(owner, units, step)
        with empty(database_kind, places[1], request) as owner:
            bring_to(owner, units, step)
            held = fill(owner, rows)
            before, cuts = everything(owner), points(chance, statements)
            for cut in cuts:
                with pytest.raises(Refused, match="nothing of it was changed"), cut_after(owner, cut):
                    migrations.upgrade(owner, wanted(units, step))
                assert everything(owner) == before, f"{step}, cut after statement {cut}"
            assert migrations.upgrade(owner, wanted(units, step)) == [step.unit.slug]
            kept = {name: len(found) for name, found in rows_of(owner).items()}
            assert [name for name, found in before[-1].items() if kept[name] < len(found)] == []
        say(f"{step}: {len(cuts)} cuts in {statements} statements, {held} rows")
