"""PostgreSQL without room or memory: a clear sentence and when to come back, nothing half kept, and it recovers.

The whole database lies on a small disk where one may be mounted; everywhere the server itself is made to say so.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from systems_changers.core.operations.models import AuditEvent
from systems_changers.hooks.registry import Registry
from systems_changers.infra.away import GONE, NO_ROOM
from systems_changers.infra.text import Message
from systems_changers.testing.instance import Instance, open_instance
from tests.faults.conftest import SLUG
from tests.faults.room import FAULT, fills_and_recovers, leave, small, small_disk
from tests.faults.trial import chances, say
from tests.instance import Template
from tests.postgres import NOBODY, PostgresServer

MEGABYTES = 64
RECORDED = "experiment.noted"
CODES = {
    "53100": NO_ROOM,  # disk full
    "53200": GONE,  # out of memory
    "53300": GONE,  # too many connections
    "57P03": GONE,  # cannot connect now
}
SAYS = """
CREATE FUNCTION says() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER says AFTER INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION says();
"""


def recorded(instance: Instance) -> int:
    """How many ideas are on record."""
    with instance.scope(SLUG) as scope:
        noted = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.name == RECORDED)
        return scope.db.scalar(noted) or 0


@pytest.fixture
def on_small_disk(
    place: Template, server: PostgresServer, registry: Registry, tmp_path: Path
) -> Iterator[tuple[Instance, Path]]:
    """An instance whose whole database lies on a disk of its own, and that disk; the server's log lies elsewhere."""
    with small_disk(server.home, MEGABYTES) as disk:
        shutil.chown(disk, NOBODY, NOBODY)
        (disk / "tables").mkdir()
        shutil.chown(disk / "tables", NOBODY, NOBODY)
        server.execute(f"CREATE TABLESPACE small LOCATION '{disk / 'tables'}'")
        urls = place.copy(tmp_path)
        name = make_url(urls[1]).database
        assert name is not None
        server.execute(f'ALTER DATABASE "{name}" SET TABLESPACE small')
        made = open_instance(urls, tmp_path, registry)
        yield made, disk
        made.kit.engine.dispose()
        server.drop_database(name)
        server.execute("DROP TABLESPACE small")


def test_a_full_disk_says_so_keeps_all_and_recovers(on_small_disk: tuple[Instance, Path]) -> None:
    chance, (instance, disk) = chances(FAULT), on_small_disk
    ballast = disk / "ballast"
    kept = fills_and_recovers(small(instance, partial(leave, ballast), ballast.unlink), chance)
    assert recorded(instance) == kept
    say(f"PostgreSQL on a small disk: {kept} ideas kept")


@pytest.mark.parametrize(("code", "said"), CODES.items())
def test_what_the_server_says_is_told_and_nothing_is_half_kept(
    code: str, said: Message, on_postgresql: Instance, server: PostgresServer
) -> None:
    database = on_postgresql.kit.engine.url.database
    assert database is not None

    def fill_up(_chance: Random) -> None:
        server.execute(SAYS.format(code=code), database)

    def make_room() -> None:
        server.execute("DROP FUNCTION says CASCADE", database)

    kept = fills_and_recovers(small(on_postgresql, fill_up, make_room), chances(FAULT), str(said))
    assert recorded(on_postgresql) == kept
