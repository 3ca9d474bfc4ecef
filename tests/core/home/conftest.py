"""The demo's story told in a database of its own, and a partner that moves between two instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.home.service import demo
from systems_changers.core.home.service.demo_ground import StoryClock
from systems_changers.core.operations.models import AuditLink, StoredFile
from systems_changers.core.privacy.models import Complaint
from systems_changers.hooks.registry import Registry
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.files import address_in
from systems_changers.infra.settings import Settings
from systems_changers.testing.instance import KEY, Instance, open_instance
from tests.core.home.erased import Place, make_place
from tests.core.home.held import EMAIL, filled
from tests.core.home.moved import PICTURE, Move
from tests.instance import Template

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)
STAMPS = {"created_at", "updated_at", "received_at", "loaded_at"}
CHANCE = {each: {"id"} for each in ("received_summary", "audit_event")}  # written past the session, which numbers rows
Rows = dict[str, list[dict[str, Any]]]
Tell = Callable[[datetime], "Told"]


@dataclass(frozen=True)
class Told:
    """A database in which the story has been told."""

    settings: Settings
    engine: sa.Engine

    def rows(self, found: sa.Executable) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(found))

    def dump(self) -> Rows:
        """Every row of every table but for what depends on the moment of making."""
        made: Rows = {}
        for table in Base.metadata.sorted_tables:
            left_out = STAMPS | CHANCE.get(table.name, set())
            kept = [column for column in table.columns if column.name not in left_out]
            made[table.name] = sorted((dict(row._mapping) for row in self.rows(sa.select(*kept))), key=repr)
        return made


@pytest.fixture(scope="session")
def tell(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tell]:
    """Tells the story in a database of its own at a given moment."""
    engines: list[sa.Engine] = []

    def told(moment: datetime) -> Told:
        folder = tmp_path_factory.mktemp("demo")
        app, owner = template.copy(folder)
        settings = Settings(data=folder, database=app, owner_database=owner, secret_key=KEY, demo=True)
        demo.furnish(settings, registry, StoryClock(moment, moment), lambda _line: None)
        engines.append(open_owner_engine(owner))
        return Told(settings, engines[-1])

    yield told
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="session")
def story(tell: Tell) -> Told:
    """The story told once, for tests that only read."""
    return tell(NOW)


@pytest.fixture
def place(instance: Instance) -> Place:
    """A partner where somebody is erased."""
    return make_place(instance)


@pytest.fixture
def there(template: Template, tmp_path: Path, registry: Registry) -> Iterator[Instance]:
    """Another instance, with a partner of its own."""
    folder = tmp_path / "there"
    folder.mkdir()
    made = open_instance(template.copy(folder), folder, registry)
    made.add_partner("Haven", slug="haven")
    made.add_person("haven", "Hal Other", "administrator")
    yield made
    made.kit.engine.dispose()


@pytest.fixture
def move(instance: Instance, there: Instance, tmp_path: Path) -> Iterator[Move]:
    held = filled(instance)
    with held.owner.begin() as connection:  # a seal that was made up is none
        connection.execute(sa.delete(AuditLink))
        connection.execute(sa.update(StoredFile).values(sha256=address_in(PICTURE)))
        connection.execute(sa.update(Complaint).values(contact=EMAIL))  # by which a complaint is somebody's
    held.words.pop(("complaint", "contact"), None)
    with instance.scope("harbour", write=True) as scope:
        scope.files.put(PICTURE)
    yield Move(held, there, tmp_path)
    held.owner.dispose()
