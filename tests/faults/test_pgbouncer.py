"""Partners behind PgBouncer in transaction mode, where connections go from hand to hand: nobody sees another's rows."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.people import service as people
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.registry import Registry
from systems_changers.testing.instance import Instance, no_links, open_instance
from tests.faults.trial import chances, say, times
from tests.instance import Template
from tests.postgres import NOBODY, PostgresServer

FAULT = "a transaction goes through PgBouncer"
PROGRAM = shutil.which("pgbouncer") or ""
PARTNERS, THREADS, CONNECTIONS, PORT, PATIENCE = 6, 8, 3, 6432, 10.0
NOT_HERE = "pgbouncer is not on the PATH: partners behind it were not tried"
PEOPLE = Person.__table__
pytestmark = pytest.mark.skipif(not PROGRAM, reason=NOT_HERE)
SETTINGS = """\
[databases]
* = host={server}
[pgbouncer]
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pidfile = {folder}/pid
logfile = {folder}/log
ignore_startup_parameters = extra_float_digits
"""


@pytest.fixture
def pool(server: PostgresServer) -> Iterator[Path]:
    """The folder of a PgBouncer's socket, in front of the server; beside its data, which the same user owns."""
    folder = server.home / "pool"
    folder.mkdir()
    values = {"server": server.home, "connections": CONNECTIONS, "port": PORT, "folder": folder}
    (folder / "settings.ini").write_text(SETTINGS.format(**values))
    (folder / "users").write_text('"sc_app" ""\n')
    root = os.geteuid() == 0
    for each in (folder, *folder.iterdir()) if root else ():
        shutil.chown(each, NOBODY, NOBODY)
    process = subprocess.Popen(
        [PROGRAM, str(folder / "settings.ini")], user=NOBODY if root else None, group=NOBODY if root else None,
        extra_groups=[] if root else None, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not (folder / f".s.PGSQL.{PORT}").exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < until
        time.sleep(0.02)
    yield folder
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture
def instance(place: Template, pool: Path, registry: Registry, tmp_path: Path) -> Iterator[Instance]:
    """An instance whose application goes through the pool, with a few partners and somebody at each."""
    url, owner = place.copy(tmp_path)
    through = sa.make_url(url).update_query_dict({"host": str(pool), "port": str(PORT)})
    made = open_instance((through.render_as_string(hide_password=False), owner), tmp_path, registry)
    for number in range(PARTNERS):
        made.add_partner(f"Partner {number}", slug=f"p{number}")
        made.add_person(f"p{number}", f"Somebody of p{number}", "participant")
    yield made
    made.kit.engine.dispose()


def _one(instance: Instance, slug: str, *, write: bool) -> int:
    """One transaction at a partner; how many rows of others it met, without any filter of ours."""
    partner = instance.partners[slug]
    with instance.kit.scope(partner, ANYONE, links=no_links, write=write) as scope:
        if write:
            people.find_or_make_person(scope, f"Somebody of {slug}", f"other@{slug}.example", job="Joiner")
        found = scope.db.connection().execute(sa.select(PEOPLE.c.partner_id, PEOPLE.c.name)).all()
        scope.db.commit()
    assert found
    return sum(owner != partner.id or name != f"Somebody of {slug}" for owner, name in found)


def test_no_transaction_serves_another_partner(instance: Instance) -> None:
    chance = chances(FAULT)
    turns = [(f"p{chance.randrange(PARTNERS)}", chance.random() < 0.2) for _ in range(times(FAULT))]
    with ThreadPoolExecutor(THREADS) as threads:
        wrong = list(threads.map(lambda turn: _one(instance, turn[0], write=turn[1]), turns))
    say(f"{len(wrong)} transactions over {CONNECTIONS} connections, {sum(wrong)} rows of another partner")
    assert sum(wrong) == 0
