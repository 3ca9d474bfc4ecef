"""Takes one partner out of an instance into one file: its rows, its plugins' rows, its files, and whom it names.

How people sign in stays behind: an account goes along as its address alone, without password, second factor, sessions
or links, and mail that waits is still sent from here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers import __version__
from systems_changers.core.cohorts.models import PlannedModule
from systems_changers.core.curriculum.models import CanonicalModule, PartnerModule
from systems_changers.core.home.service import moving
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import Instance, KnownPlugin, StoredFile
from systems_changers.core.partners import queries as partners
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.people.models import Account
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra import archive, revisions
from systems_changers.infra.archive import ArchiveWriter
from systems_changers.infra.db import using
from systems_changers.infra.errors import Refused
from systems_changers.infra.files import FileStore, StoreFailed
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.row_moving import open_snapshot, pages_of
from systems_changers.infra.row_text import as_read, line_of, written
from systems_changers.infra.text import Message, msg

ACCOUNT_COLUMNS = ("id", "email", "locale", "disabled_at")
PARTNER_COLUMNS = (
    "id", "slug", "name", "kind", "locales", "time_zone", "brand", "terms", "plugins", "settings", "revision", "source",
    "source_key", "version", "created_at", "updated_at",
)  # fmt: skip
NAMED_COLUMNS = ("id", "slug", "name")


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A file that holds a partner: rows by table, how many files, how many of them were missing here."""

    name: str
    rows: dict[str, int]
    files: int
    missing: int


@dataclass
class _Export:
    session: Session
    made: ArchiveWriter
    partner: PartnerFacts
    accounts: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    rows: dict[str, int] = field(default_factory=dict)

    def tables(self, tables: Iterable[sa.Table]) -> None:
        for table in tables:
            self.rows[table.name] = 0
            self.made.add(moving.ROWS.format(table.name), self._lines(table))

    def _lines(self, table: sa.Table) -> Iterator[bytes]:
        accounts, others = moving.columns_to(table, "account"), moving.columns_to(table, "partner")
        for page in pages_of(self.session, table):
            self.rows[table.name] += len(page)
            for line in page:
                self.accounts.update(line[each.name] for each in accounts if each.name in line)
                self.named.update(line[each.name] for each in others if each.name in line)
            yield b"".join(map(written, page))

    def of_kit(self) -> dict[str, Any]:
        """Write what the kit keeps of the partner; answers what the manifest says of the instance."""
        with as_the_kit(self.session):
            self._kept(moving.PARTNER, Partner, PARTNER_COLUMNS, [str(self.partner.id)])
            self._kept(moving.ACCOUNTS, Account, ACCOUNT_COLUMNS, sorted(self.accounts))
            self._kept(moving.NAMED, Partner, NAMED_COLUMNS, sorted(self.named - {str(self.partner.id)}))
            self.made.add(moving.MODULES, self._modules())
            own = PartnerDomain.partner_ref == self.partner.id
            domains = self.session.scalars(sa.select(PartnerDomain.host).where(own).order_by(PartnerDomain.host))
            instance = self.session.execute(sa.select(Instance.id, Instance.name, Instance.kind)).one()
            about = {"id": str(instance.id), "name": instance.name, "kind": instance.kind}
            return {"domains": list(domains), "instance": about}

    def _kept(self, entry: str, model: Any, names: Sequence[str], ids: Sequence[str]) -> None:
        columns = moving.columns_named(moving.table_of(model), names)
        wanted = sa.select(*map(as_read, columns)).order_by(model.id)
        found = [line_of(columns, dict(row)) for some in _several(ids)
                 for row in self.session.execute(wanted.where(model.id.in_(map(UUID, some)))).mappings()]  # fmt: skip
        self.made.add(entry, map(written, found))

    def _modules(self) -> Iterator[bytes]:
        """The canonical versions that a plan or a variant names by their hash."""
        hashes = {each for column in (PlannedModule.canonical_hash, PlannedModule.hash, PartnerModule.base_hash)
                  for each in self.session.scalars(sa.select(column).distinct()) if each}  # fmt: skip
        columns = list(moving.table_of(CanonicalModule).columns)
        for digest in sorted(hashes):
            found = self.session.execute(sa.select(*map(as_read, columns)).where(CanonicalModule.hash == digest))
            yield from (written(line_of(columns, dict(row))) for row in found.mappings())

    def files(self, store: FileStore) -> tuple[int, int]:
        """Write the files that rows name, each once; answers how many there are, and how many are missing."""
        added = missing = 0
        for sha256 in self.session.scalars(sa.select(StoredFile.sha256).distinct().order_by(StoredFile.sha256)):
            try:
                content = store.open(self.partner.id, sha256)
            except StoreFailed:
                if store.size(self.partner.id, sha256) is not None:
                    raise
                missing += 1
                continue
            self.made.add(moving.FILES.format(sha256), content)
            added += 1
        return added, missing


def _several(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[at : at + 500] for at in range(0, len(ids), 500))


def take_out(kit: Kit, slug: str, file: Path, without: Collection[str] = ()) -> TakenOut:
    """Write a partner to a new file, whole or not at all, as it is at one moment; people go on meanwhile.

    `without` are plugins whose rows stay behind. Raises NotFound (unknown_partner), Refused (listed_partner,
    export_exists, plugin_not_loaded, disk_full).
    """
    partner = partners.partner_with_pages(kit.engine, slug)
    if file.exists():
        raise Refused(msg("%(file)s is there already: choose another name.", file=str(file)), code="export_exists")
    operations.seal_all(kit, [partner])
    with using(open_snapshot(kit.engine, partner.id)) as session, archive.writing(file) as made:
        export = _Export(session, made, partner)
        plugins, tables = _chosen(kit, session, partner, without)
        export.tables(tables)
        about = export.of_kit()
        files, missing = export.files(kit.files)
        made.finish({
            "made_at": kit.clock.now().astimezone(UTC).isoformat(), "why": "partner", "kit": __version__,
            "partner": {"id": str(partner.id), "slug": partner.slug, "name": partner.name}, **about,
            "revision": revisions.present(session.connection(), ["core"])["core"],
            "plugins": [asdict(each) for each in plugins], "without": sorted(without),
            "rows": export.rows, "files": files, "missing": missing,
            "columns": {table.name: [column.name for column in table.columns] for table in tables},
        }, archive.ONE_PARTNER)  # fmt: skip
    with kit.operator_scope(ANYONE, links=no_links, write=True) as outside:
        operations.record(outside, "partner.taken_out", kind="partner", id=partner.id)
        outside.db.commit()
    return TakenOut(partner.name, export.rows, files, missing)


def _chosen(
    kit: Kit, session: Session, partner: PartnerFacts, without: Collection[str]
) -> tuple[list[moving.PluginPart], list[sa.Table]]:
    """The plugins that go along, and all tables; nothing of a plugin is left behind unless that was asked for."""
    connection = session.connection()
    present = set(sa.inspect(connection).get_table_names())
    tables = moving.tables_here(present)
    at = revisions.present(connection, kit.registry.manifests)
    plugins = [each for each in moving.parts(partner, kit.registry, at, tables) if each.slug not in without]
    with as_the_kit(session):
        known = session.execute(sa.select(KnownPlugin.slug, KnownPlugin.title, KnownPlugin.tables)).all()
    for slug, title, own in known:
        away = [name for name in own if name in present and name not in tables]
        if away and slug not in without:
            raise Refused(_not_loaded(slug, title), code="plugin_not_loaded")
    left = {name for each in moving.parts(partner, kit.registry, at, tables) if each.slug in without
            for name in each.tables}  # fmt: skip
    return plugins, [table for name, table in tables.items() if name not in left]


def _not_loaded(slug: str, title: str) -> Message:
    return msg("%(title)s has tables here, and isn't installed: install it again, or leave what it stored behind with"
               " --without %(slug)s.", title=title, slug=slug)  # fmt: skip
