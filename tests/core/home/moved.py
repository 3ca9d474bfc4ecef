"""Two instances between which a partner is carried, and a way to write the file anew with something else in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from systems_changers.core.home.service import moving_in, moving_out
from systems_changers.core.home.service.moving_in import Brought, ImportChoices
from systems_changers.core.partners.queries import partner_by_id
from systems_changers.infra import archive
from systems_changers.infra.db import Base, partner_tables
from systems_changers.infra.engine import open_owner_engine
from systems_changers.testing.instance import Instance
from tests.core.home.held import Held

Rows = dict[str, list[Any]]
Change = Callable[[dict[str, bytes], dict[str, Any]], None]
EVERYTHING = ImportChoices()
PICTURE = b"a picture of the harbour"


@dataclass
class Move:
    """The partner `harbour` at one instance, the other instance, and the file between them."""

    held: Held
    there: Instance
    folder: Path
    taken: int = 0

    @property
    def here(self) -> Instance:
        return self.held.instance

    def out(self, instance: Instance | None = None, slug: str = "harbour") -> Path:
        """A new file of the partner."""
        self.taken += 1
        file = self.folder / f"{self.taken}.scpartner"
        moving_out.take_out((instance or self.here).kit, slug, file)
        return file

    def bring(self, file: Path, wanted: ImportChoices = EVERYTHING, *, dry_run: bool = False) -> Brought:
        """Bring it into the other instance, where tests' scopes find it then."""
        done = moving_in.bring_in(self.there.kit, file, wanted, dry_run=dry_run)
        facts = partner_by_id(self.there.kit.engine, self.held.partner.id)
        if facts is not None:
            self.there.partners["harbour"] = facts
        return done

    def rows(self, instance: Instance) -> Rows:
        """Every row of the partner, past every guard."""
        return rows_of(instance, self.held.partner.id)


def rows_of(instance: Instance, partner_id: Any) -> Rows:
    """Every row of a partner in the order of its key, past every guard."""
    owner = open_owner_engine(instance.kit.settings.owner_url)
    with owner.connect() as connection:
        found = {table.name: [tuple(row) for row in connection.execute(
            sa.select(table).where(table.c.partner_id == partner_id).order_by(*table.primary_key))]
            for table in partner_tables(Base.metadata)}  # fmt: skip
    owner.dispose()
    return found


def outside(instance: Instance, *names: str) -> Rows:
    """Every row of some tables of the kit's own."""
    owner = open_owner_engine(instance.kit.settings.owner_url)
    with owner.connect() as connection:
        tables = {name: sa.select(Base.metadata.tables[name]) for name in names}
        found = {name: sorted(map(tuple, connection.execute(all_)), key=repr) for name, all_ in tables.items()}
    owner.dispose()
    return found


def forged(file: Path, change: Change) -> Path:
    """The file with other entries and another manifest, and checksums that are right for them."""
    with archive.reading(file, archive.ONE_PARTNER) as found:
        entries = {name: found.bytes(name) for name in found.entries}
        told = {name: value for name, value in found.told.items() if name not in {"format", "version", "entries"}}
    change(entries, told)
    other = file.with_name(f"forged-{file.name}")
    with archive.writing(other) as made:
        for name, content in entries.items():
            made.add(name, [content])
        made.finish(told, archive.ONE_PARTNER)
    return other


def changed_row(table: str, **values: Any) -> Change:
    """The first row of a table with other values; None takes one away."""

    def change(entries: dict[str, bytes], _told: dict[str, Any]) -> None:
        name = f"rows/{table}.jsonl"
        first, *rest = entries[name].splitlines()
        row = {key: value for key, value in (json.loads(first) | values).items() if value is not None}
        entries[name] = b"\n".join([json.dumps(row).encode(), *rest]) + b"\n"

    return change
