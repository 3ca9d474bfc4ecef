"""A kit on a database of its own with the whole schema and no partner: what imports and gathering are tested on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pluggy
import pytest
import sqlalchemy as sa

import systems_changers.core.cohorts.models
import systems_changers.core.curriculum.models
import systems_changers.core.experiments.models
import systems_changers.core.operations.models
import systems_changers.core.people.models
import systems_changers.core.privacy.models
import systems_changers.core.sessions.models
import systems_changers.core.summaries.models  # noqa: F401 - foreign keys go by name, so every table must be known
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.queries import facts_of
from systems_changers.hooks import specs
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import Scope
from systems_changers.hooks.view import Views
from systems_changers.infra import isolation
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_engine, open_owner_engine
from systems_changers.infra.paths import translations_dir
from systems_changers.infra.roles import prepare_roles
from systems_changers.infra.settings import Settings
from tests.statements import statements

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=UTC)


@dataclass
class Ground:
    """A kit, with partners made as a test needs them."""

    kit: Kit

    def partner(self, name: str, kind: str = "hosting") -> PartnerFacts:
        """A new partner of this kind."""
        with self.kit.operator_scope(ANYONE, links=nowhere, write=True) as scope:
            row = Partner(slug=name.lower().replace(" ", "-"), name=name, kind=kind)
            scope.db.add(row)
            scope.db.commit()
            return facts_of(row)

    def partners(self) -> dict[str, PartnerFacts]:
        """Every partner by name."""
        with self.kit.operator_scope(ANYONE, links=nowhere) as scope:
            return {row.name: facts_of(row) for row in scope.db.scalars(sa.select(Partner))}

    @contextmanager
    def scope(self, partner: PartnerFacts, actor: ActorFacts = ANYONE, *, write: bool = False) -> Iterator[Scope]:
        """A scope at a partner, committed at the end when it writes."""
        with self.kit.scope(partner, actor, links=nowhere, write=write) as scope:
            yield scope
            if write:
                scope.db.commit()

    def counted(self) -> AbstractContextManager[list[str]]:
        """The statements sent meanwhile, without BEGIN and COMMIT."""
        return statements(self.kit.engine)


def nowhere(endpoint: str, /, **_values: Any) -> str:
    """Addresses nobody follows."""
    return endpoint


def _no_faults(*_anything: object) -> None:
    """No plugin is loaded, so none is at fault."""


@pytest.fixture
def ground(
    database_kind: Literal["sqlite", "postgresql"], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Ground]:
    """A fresh kit."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'systems-changers.db'}"
        owner = open_owner_engine(url)
    else:
        server = request.getfixturevalue("postgres")
        name = server.create_database()
        url, owner = server.url(name, user="sc_app"), open_owner_engine(server.url(name))
        with owner.begin() as connection:
            prepare_roles(connection, password="not asked for on this socket")
    with owner.begin() as connection:
        Base.metadata.create_all(connection)
        isolation.arm(connection)
    owner.dispose()
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    registry = Registry(manager)
    engine = open_engine(url)
    catalogues = Catalogues(translations_dir(), {})
    settings = Settings(data=tmp_path, database=url)
    yield Ground(Kit(settings, engine, registry, Views(registry), catalogues, FixedClock(NOW), _no_faults))
    engine.dispose()
