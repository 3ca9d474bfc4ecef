"""PostgreSQL without room or memory: a clear sentence and when to come back, nothing half kept, and it recovers.

The whole database lies on a small disk where one may be mounted; everywhere the server itself is made to say so.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa
from psycopg import OperationalError
from sqlalchemy.engine import make_url

from systems_changers.core.operations.models import AuditEvent
from systems_changers.hooks.registry import Registry
from systems_changers.infra.away import GONE, NO_ROOM
from systems_changers.infra.text import Message
from systems_changers.testing.instance import Instance, open_instance
from tests.faults.conftest import SLUG
from tests.faults.room import FAULT, MOST_FORMS, all_that_is_left, fills_and_recovers, leave, small, small_disk
from tests.faults.trial import chances, say
from tests.instance import Template
from tests.postgres import NOBODY, PostgresServer

MEGABYTES, PATIENCE = 64, 30.0
MUCH = "SELECT pg_logical_emit_message(false, 'much', repeat('x', 4000000))"
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


@pytest.fixture
def log_on_small_disk(server: PostgresServer) -> Iterator[Path]:
    """The server's write-ahead log lies on a disk of its own, and comes back from there at the end."""
    log = server.home / "data" / "pg_wal"
    with small_disk(server.home, 160) as disk:
        shutil.chown(disk, NOBODY, NOBODY)
        server.halt()
        _move(log, disk / "log")
        log.symlink_to(disk / "log")
        server.start()
        yield disk
        server.halt()
        log.unlink()
        _move(disk / "log", log)
        server.start()


def _move(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    for each in (target, *target.rglob("*")):
        shutil.chown(each, NOBODY, NOBODY)
    target.chmod(0o700)
    shutil.rmtree(source)


def test_without_room_for_its_log_the_server_falls_and_nothing_is_lost(
    on_postgresql: Instance, server: PostgresServer, log_on_small_disk: Path
) -> None:
    ballast = log_on_small_disk / "ballast"
    on_postgresql.kit.engine.dispose()  # its connections went with the server that was halted
    tried = small(on_postgresql, lambda _chance: None, ballast.unlink)
    kept = [tried.send("Before")[0]["title"]]
    ballast.write_bytes(bytes(all_that_is_left(log_on_small_disk)))
    for number in range(MOST_FORMS):
        idea, answer = tried.send(f"Idea {number}")
        if answer.status_code != 303:
            break
        kept.append(idea["title"])
        with suppress(OperationalError):
            server.execute(MUCH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert idea["title"] in answer.text
    tried.make_room()
    with suppress(RuntimeError):  # it may have come back by itself
        server.start()
    until = time.monotonic() + PATIENCE
    while tried.send_again(idea).status_code != 303:
        assert time.monotonic() < until
        time.sleep(0.1)
    on_postgresql.kit.engine.dispose()  # what is asked past the web is not asked again
    assert tried.titles() == [*kept, idea["title"]]
    assert recorded(on_postgresql) == len(kept) + 1
    say(f"PostgreSQL without room for its log: {len(kept)} ideas kept")
