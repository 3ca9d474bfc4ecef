"""A migrated database for a test's instance, on the database that the run is about."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from systems_changers.hooks.registry import Registry
from systems_changers.infra import roles
from systems_changers.infra.engine import open_owner_engine
from systems_changers.testing.instance import migrate
from tests.postgres import PostgresServer


@dataclass(frozen=True)
class Template:
    """A migrated, empty database that every test copies."""

    kind: str
    place: str
    server: PostgresServer | None = None

    def copy(self, folder: Path) -> tuple[str, str]:
        """A copy of its own: the application's address and the owner's."""
        if self.server is None:
            target = folder / "systems-changers.db"
            shutil.copy(self.place, target)
            return f"sqlite:///{target}", f"sqlite:///{target}"
        name = self.server.create_database(template=self.place)
        owner = open_owner_engine(self.server.url(name))
        with owner.begin() as connection:
            roles.prepare_roles(connection, password="for-tests")
        owner.dispose()
        return self.server.url(name, "sc_app"), self.server.url(name)


def make_template(kind: str, folder: Path, server: PostgresServer | None, registry: Registry) -> Template:
    """Migrate an empty database with the core and every loaded plugin."""
    if server is None:
        place, url = str(folder / "template.db"), f"sqlite:///{folder / 'template.db'}"
    else:
        place = server.create_database()
        url = server.url(place)
        engine = open_owner_engine(url)
        with engine.begin() as connection:
            roles.prepare_roles(connection, password="for-tests")
        engine.dispose()
    migrate(url, registry)
    return Template(kind, place, server)
