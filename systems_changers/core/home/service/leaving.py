"""Makes an exit kit: all that a partner's administrator may see, in formats that need no kit, and a report of it.

It is for reading and for other programs; nothing brings it back into an instance: `partner export` is for that.
What people wrote for themselves stays theirs: each can take it out on the page of their account.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from systems_changers.core.home.rules import readable
from systems_changers.core.home.service import leaving_site, moving
from systems_changers.core.home.service.leaving_words import markdown, named, report
from systems_changers.core.home.service.own_data import words_of
from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import partner_with_pages
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra import archive
from systems_changers.infra.archive import ArchiveWriter
from systems_changers.infra.db import using
from systems_changers.infra.errors import Refused
from systems_changers.infra.files import FileStore, StoreFailed
from systems_changers.infra.row_moving import open_snapshot, pages_of
from systems_changers.infra.row_text import Line
from systems_changers.infra.sheets import csv_text
from systems_changers.infra.subjects import is_secret
from systems_changers.infra.text import N_, msg
from systems_changers.web.brand import DEFAULT_BRAND, brand_from_json, check_brand
from systems_changers.web.standalone import Render, StandalonePage

FORMAT = "systems-changers-exit-kit"
LEFT_TABLES: Mapping[str, str] = {
    "tombstone": N_("hashes of who was erased: they say nothing to a reader"),
    "plugin_setting": N_("settings of plugins, which may hold keys"),
    "audit_link": N_("seals of the list of changes, which prove something in an instance alone"),
}
ROOM = frozenset({"about", "asks", "offers", "shows", "contact_by"})
LEFT_COLUMNS: Mapping[str, frozenset[str]] = {"person": ROOM, "cohort_person": frozenset({"question"})}
SUFFIXES: Mapping[str, str] = {
    "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif", "application/pdf": "pdf",
    "text/plain": "txt", "text/csv": "csv",
}  # fmt: skip


@dataclass
class Left:
    """What an exit kit holds: rows by table, how many of a table stayed out, files."""

    name: str
    rows: dict[str, int] = field(default_factory=dict)
    private: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    files: int = 0
    missing: int = 0


@dataclass
class View:
    """A partner as its administrator may see it: without what people keep to themselves, and what was deleted."""

    session: Session
    tables: dict[str, sa.Table]
    done: Left
    shared: frozenset[str] = frozenset()
    files: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        share = self.tables["experiment_share"].c
        found = sa.select(share.experiment_id).where(
            share.partner_id == self.session.info["partner_id"], share.audience == "partner", share.deleted_at.is_(None)
        )
        self.shared = frozenset(map(str, self.session.scalars(found)))

    def columns(self, table: sa.Table) -> list[sa.Column[Any]]:
        """Those that are shown: no secrets, nothing of a special category, nothing that was for a cohort alone."""
        left = LEFT_COLUMNS.get(table.name, frozenset())
        return [each for each in table.columns
                if not (each.info.get("special") or each.name in left)
                and not (each.info.get("personal") and is_secret(each))]  # fmt: skip

    def lines(self, table: sa.Table, *, count: bool = False) -> Iterator[Line]:
        """The rows that are shown; with `count` also tell how many, and how many are not."""
        shown = private = deleted = 0
        for page in pages_of(self.session, table, self.columns(table)):
            for line in page:
                if "deleted_at" in line:
                    deleted += 1
                elif self._is_private(table, line):
                    private += 1
                else:
                    shown += 1
                    yield line
        if count:
            self.done.rows[table.name] = shown
            self.done.private |= {table.name: private} if private else {}
            self.done.deleted |= {table.name: deleted} if deleted else {}
            gone = sorted({each.name for each in table.columns} - {each.name for each in self.columns(table)})
            self.done.columns |= {table.name: gone} if gone else {}

    def _is_private(self, table: sa.Table, line: Line) -> bool:
        """Whether it is of an experiment that nobody showed to the partner's administrators."""
        if table.name == "stored_file":
            return line["id"] not in self.files
        of = line.get("id" if table.name == "experiment" else "experiment_id")
        return (table.name == "experiment" or "experiment_id" in line) and of not in self.shared

    def find_files(self) -> None:
        """Learn which files are named by rows that are shown."""
        for table in self.tables.values():
            for column in (key.column_keys[-1] for key in table.foreign_key_constraints
                           if key.referred_table.name == "stored_file"):  # fmt: skip
                self.files.update((line[column], "") for line in self.lines(table) if column in line)


def make_exit_kit(kit: Kit, slug: str, file: Path, render: Render) -> Left:
    """Write a partner's exit kit to a new zip, whole or not at all.

    Raises NotFound (unknown_partner), Refused (listed_partner, exit_kit_exists, disk_full).
    """
    partner = partner_with_pages(kit.engine, slug)
    if file.exists():
        raise Refused(msg("%(file)s is there already: choose another name.", file=str(file)), code="exit_kit_exists")
    at = kit.clock.now()
    with using(open_snapshot(kit.engine, partner.id)) as session, archive.writing(file) as made:
        present = sa.inspect(session.connection()).get_table_names()
        tables = {name: each for name, each in moving.tables_here(present).items() if name not in LEFT_TABLES}
        view = View(session, tables, Left(partner.name))
        view.find_files()
        for table in tables.values():
            made.add(f"csv/{table.name}.csv", _csv(view, table))
        made.add("data.json", _json(view, partner))
        _add_files(made, view, kit.files, partner.id)
        _add_words(made, view)
        for name, page in _site(kit, partner, view).items():
            made.add(f"site/{name}", [render(page).encode()])
        told = report(view.done, LEFT_TABLES, at, kit.catalogues.catalogue(partner.locales[0]))
        made.add("REPORT.md", [render(told).encode()])
        made.finish({"made_at": at.isoformat(), "why": "leaving", "partner": partner.name}, FORMAT)
    with kit.operator_scope(ANYONE, links=no_links, write=True) as outside:
        operations.record(outside, "partner.exit_kit_made", kind="partner", id=partner.id)
        outside.db.commit()
    return view.done


def _csv(view: View, table: sa.Table) -> Iterator[bytes]:
    columns = [each.name for each in view.columns(table) if each.name != "partner_id"]
    heads = [name.replace("_", " ").capitalize() for name in columns]
    yield ("\N{BYTE ORDER MARK}" + csv_text([heads])).encode()
    for line in view.lines(table, count=True):
        yield csv_text([[readable(line.get(name)) for name in columns]]).encode("utf-8", "replace")


def _json(view: View, partner: PartnerFacts) -> Iterator[bytes]:
    about = {"name": partner.name, "languages": partner.locales, "time_zone": partner.time_zone}
    yield f'{{"partner": {json.dumps(about, ensure_ascii=False)}, "tables": {{'.encode()
    for number, table in enumerate(view.tables.values()):
        yield f"{', ' if number else ''}\n{json.dumps(table.name)}: [".encode()
        yield from _joined(json.dumps(line, ensure_ascii=False) for line in view.lines(table))
        yield b"]"
    yield b"\n}}\n"


def _joined(texts: Iterable[str]) -> Iterator[bytes]:
    for number, text in enumerate(texts):
        yield f"{',' if number else ''}\n {text}".encode("utf-8", "replace")


def _add_files(made: ArchiveWriter, view: View, store: FileStore, partner_id: UUID) -> None:
    """The files under a name that no system takes for a program's, whatever somebody called them."""
    for line in view.lines(view.tables["stored_file"]):
        place = f"media/{line['id']}.{SUFFIXES.get(line['media_type'], 'bin')}"
        view.files[line["id"]] = place
        try:
            made.add(place, store.open(partner_id, line["sha256"]))
        except StoreFailed:
            if store.size(partner_id, line["sha256"]) is not None:
                raise
            view.done.missing += 1
            continue
        view.done.files += 1


def _add_words(made: ArchiveWriter, view: View) -> None:
    """Modules and variants, each cohort's plan, and sealed records with their corrections, as Markdown."""
    for line in view.lines(view.tables["partner_module"]):
        place = f"markdown/modules/{named(line['content'].get('title', ''), line['hash'][-12:])}"
        made.add(place, [markdown(line["content"].get("title", ""), line["content"] | {
            "origin": line["origin"], "hash": line["hash"], "why": line.get("why", "")}).encode()])  # fmt: skip
    cohorts = {line["id"]: line for line in view.lines(view.tables["cohort"])}
    plans: dict[str, list[Line]] = {}
    for line in view.lines(view.tables["planned_module"]):
        plans.setdefault(line["cohort_id"], []).append(line)
    for id_, plan in plans.items():
        steps = [{"title": each["title"], "minutes": each["minutes"], "origin": each["origin"], "hash": each["hash"]}
                 for each in sorted(plan, key=lambda each: int(each["position"]))]  # fmt: skip
        title = str(cohorts[id_]["name"]) if id_ in cohorts else id_
        made.add(f"markdown/plans/{named(title, id_[-12:])}", [markdown(title, {"plan": steps}).encode()])
    for table in ("session_record", "record_correction"):
        for line in view.lines(view.tables[table]):
            told = markdown(f"{table.replace('_', ' ')} {line['hash'][:20]}", line["content"] | {"hash": line["hash"]})
            made.add(f"markdown/records/{named(table, line['id'])}", [told.encode()])


def _site(kit: Kit, partner: PartnerFacts, view: View) -> dict[str, StandalonePage]:
    with kit.scope(partner, ANYONE, links=no_links) as scope:
        words = words_of(scope, kit)
        chosen = scope.hooks.choose_brand(partner, check_brand)
    brand = brand_from_json(partner.brand, partner.name) if partner.brand else chosen[1] if chosen else DEFAULT_BRAND
    shown = {name: [_whole(view.tables[name], line) for line in view.lines(view.tables[name])]
             for name in leaving_site.SHOWN}  # fmt: skip
    return leaving_site.pages(leaving_site.Masthead(partner.name, brand, words), shown, view.files)


def _whole(table: sa.Table, line: Line) -> Line:
    """A line that says of every column at least nothing."""
    return {**dict.fromkeys(table.columns.keys(), ""), **line}
