"""One migrated database with both partners' tables, and a host for plugins of any kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from systems_changers.hooks.registry import Registry
from systems_changers.infra import migrations
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.roles import prepare_roles
from tests.plugins.house import Host, make_kit, partners_registry, registry_of

Functions = Mapping[str, Callable[..., Any]]


@pytest.fixture(scope="session")
def plugins() -> Registry:
    """Both partners' plugins."""
    return partners_registry()


@pytest.fixture(scope="session")
def engine(
    database_kind: Literal["sqlite", "postgresql"],
    plugins: Registry,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[sa.Engine]:
    """The application's engine on a database that was migrated, the plugins' tables included."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plugins') / 'kit.db'}"
        owner, app_url = open_owner_engine(url), url
    else:
        server = request.getfixturevalue("postgres")
        name = server.create_database()
        owner, app_url = open_owner_engine(server.url(name)), server.url(name, user="sc_app")
        with owner.begin() as connection:
            prepare_roles(connection, password="not asked for on this socket")
    units = [(each.slug, each.migrations, each.requires_core) for each in plugins.manifests.values()]
    migrations.upgrade(owner, migrations.units_of(units))
    owner.dispose()
    app = open_engine(app_url)
    yield app
    app.dispose()


@pytest.fixture
def host(engine: sa.Engine, plugins: Registry, tmp_path: Path) -> Host:
    """A host with both partners' plugins installed."""
    return make_kit(str(engine.url), tmp_path, plugins, engine)


@pytest.fixture
def host_of(engine: sa.Engine, tmp_path: Path) -> Callable[..., Host]:
    """Makes a host with plugins of plain functions: slug to hook name to function."""

    def make(**hooks: Functions) -> Host:
        return make_kit(str(engine.url), tmp_path, registry_of(**hooks), engine)

    return make
