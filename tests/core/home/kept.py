"""A real instance that is backed up and restored, on the database of this run; its owner is no superuser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from systems_changers.core.home.service import instance
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra import migrations
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.settings import Settings
from tests.postgres import PostgresServer

KEEPER = "sc_keeper"
Rows = dict[str, list[tuple[Any, ...]]]


def new_database(server: PostgresServer) -> dict[str, str]:
    """The addresses of an empty database, as settings say them. Its owner makes roles, and is no superuser."""
    server.execute(
        f"DO $$ BEGIN CREATE ROLE {KEEPER} LOGIN CREATEROLE; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    for role in ("sc_app", "sc_rollup"):
        kind = "LOGIN NOINHERIT" if role == "sc_app" else "NOLOGIN"
        server.execute(
            f"DO $$ BEGIN CREATE ROLE {role} {kind}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
            f"GRANT {role} TO {KEEPER} WITH ADMIN OPTION"
        )
    name = server.create_database(owner=KEEPER)
    server.execute(f"ALTER SCHEMA public OWNER TO {KEEPER}", name)
    return {"database": server.url(name, "sc_app"), "owner_database": server.url(name, KEEPER)}


def addresses(server: PostgresServer | None) -> dict[str, Any]:
    """An empty database on the server; on SQLite the folder says it all."""
    return dict(new_database(server)) if server else {}


@dataclass
class KeptInstance:
    """An instance in a folder, and short ways to look at it."""

    settings: Settings

    @property
    def data(self) -> Path:
        return self.settings.data

    @contextmanager
    def opened(self) -> Iterator[Kit]:
        with instance.opened(self.settings) as kit:
            yield kit

    def add_person(self, name: str) -> None:
        """Somebody at the first partner."""
        with self.opened() as kit, kit.scope(self.partner(kit), ANYONE, links=no_links, write=True) as scope:
            scope.db.add(Person(name=name))
            scope.db.commit()

    def partner(self, kit: Kit) -> PartnerFacts:
        from systems_changers.core.partners.queries import hosting_partners

        return hosting_partners(kit.engine)[0]

    def people(self) -> list[str]:
        """Names at the first partner, seen as the application sees them."""
        with self.opened() as kit, kit.scope(self.partner(kit), ANYONE, links=no_links) as scope:
            return sorted(scope.db.scalars(sa.select(Person.name)))

    def say(self, *statements: str) -> None:
        """As the owner."""
        owner = open_owner_engine(self.settings.owner_url)
        with owner.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        owner.dispose()

    def rows(self, *but: str) -> Rows:
        """Every row of every table but some, in the order of its key, as the owner sees it."""
        owner = open_owner_engine(self.settings.owner_url)
        with owner.connect() as connection:
            tables = sa.MetaData()
            tables.reflect(connection)
            found = {table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
                     for table in tables.sorted_tables if table.name not in but}  # fmt: skip
        owner.dispose()
        return found

    def go_back(self, revision: str) -> None:
        """Make the core's tables what they were at an older revision."""
        owner = open_owner_engine(self.settings.owner_url)
        core = migrations.units_of(())[0]
        with owner.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]  # sqlite3's
            with connection.begin():
                command.downgrade(core.config(connection), revision)
        owner.dispose()


def make_kept(folder: Path, server: PostgresServer | None) -> KeptInstance:
    """A new instance with one partner."""
    given: dict[str, Any] = {"public_url": "http://127.0.0.1:8765", **addresses(server)}
    answers = instance.FirstAnswers("Harbour Trust", "Ines Moreau", "ines@harbour.example")
    return KeptInstance(instance.make_real(folder / "instance", answers, given).settings)
