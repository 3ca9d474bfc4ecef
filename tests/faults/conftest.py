"""What every fault is tried on: an instance with one partner and somebody in each role that the trials need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.registry import Registry
from systems_changers.testing.instance import Instance, open_instance
from tests.instance import Template, make_template
from tests.postgres import PostgresServer, start_postgres

SLUG = "corra"


@pytest.fixture
def morag(instance: Instance) -> ActorFacts:
    """A participant at the only partner."""
    instance.add_partner("Corra", slug=SLUG)
    return instance.add_person(SLUG, "Morag", "participant")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL that keeps what is committed as it comes, and that a trial may stop and kill."""
    started = start_postgres(("max_connections=60",))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def place(server: PostgresServer, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A migrated, empty database on it."""
    return make_template("postgresql", tmp_path_factory.mktemp("template"), server, registry)


@pytest.fixture
def on_postgresql(place: Template, registry: Registry, tmp_path: Path) -> Iterator[Instance]:
    """An instance on that server, whichever database the run is about, with one partner."""
    made = open_instance(place.copy(tmp_path), tmp_path, registry)
    made.add_partner("Corra", slug=SLUG)
    yield made
    made.kit.engine.dispose()
