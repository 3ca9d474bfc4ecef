"""The ground that the leak suite stands on: one guarded database of the kind this run is about, and one unguarded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.infra import isolation
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.roles import prepare_roles
from tests.isolation.ground import Ground
from tests.isolation.world import World
from tests.postgres import PostgresServer


def build(app: sa.URL, owner: sa.URL) -> Ground:
    """Schema, roles and guards, as a migration would leave them."""
    engine = open_owner_engine(owner)
    with engine.begin() as connection:
        World.metadata.create_all(connection)
        if engine.dialect.name == "postgresql":
            prepare_roles(connection, password="not a secret here")
        isolation.arm(connection, World.metadata)
    return Ground(open_engine(app, World.metadata), engine)


def new_ground(kind: str, folder: Path, request: pytest.FixtureRequest) -> Ground:
    """A database of its own; whoever changes how it is guarded takes a new one."""
    if kind == "sqlite":
        url = sa.make_url(f"sqlite:///{folder / 'world.db'}")
        return build(url, url)
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create_database()
    return build(sa.make_url(server.url(name, "sc_app")), sa.make_url(server.url(name)))


@pytest.fixture(scope="session")
def guarded(
    database_kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Ground]:
    """Guarded as the kit guards it."""
    made = new_ground(database_kind, tmp_path_factory.mktemp("guarded"), request)
    yield made
    made.app.dispose()
    made.owner.dispose()


@pytest.fixture
def fresh(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A guarded database to break."""
    made = new_ground(database_kind, tmp_path, request)
    made.seed()
    yield made
    made.app.dispose()
    made.owner.dispose()


@pytest.fixture(scope="session")
def unguarded(guarded: Ground) -> Iterator[Ground]:
    """The same database, seen by an engine that nothing guards."""
    owner = guarded.owner
    bare = open_owner_engine(owner.url, poolclass=sa.QueuePool, pool_size=1, max_overflow=20)
    if owner.dialect.name == "sqlite":
        sa.event.listen(bare, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=ON"))
    yield Ground(bare, owner, guarded.mine, guarded.theirs)
    bare.dispose()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many paths were tried, and how many leaked."""
    tried: dict[str, int] = {}
    leaked: dict[str, int] = {}
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in getattr(report, "user_properties", ()):
            if name == "path":
                tried[value] = tried.get(value, 0) + 1
                leaked[value] = leaked.get(value, 0) + report.failed
    for kind in sorted(tried):
        terminalreporter.write_line(f"isolation, {kind}: {leaked[kind]} leaks in {tried[kind]} paths")
