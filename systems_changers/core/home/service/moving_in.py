"""Brings one partner in from its file: all of it in one transaction, or nothing.

It is written in the partner's own session, so that the database itself refuses a row of anybody else's. Ids stay, a
higher version wins, nothing is deleted, and whoever was erased here or there is erased again before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.home.service import data_subjects, erasing, moving, own_data
from systems_changers.core.home.service.moving_kit import Beside
from systems_changers.core.home.service.moving_told import PartnerFile, fitting, partner_line, told_by
from systems_changers.core.operations import service as operations
from systems_changers.core.partners import queries as partners
from systems_changers.core.people.models import ERASED
from systems_changers.core.people.rules import plain_email
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import Scope, no_links
from systems_changers.infra import archive
from systems_changers.infra.archive import damaged
from systems_changers.infra.errors import Refused
from systems_changers.infra.files import address_in
from systems_changers.infra.row_moving import Meeting, Met, key_of, pages_of
from systems_changers.infra.row_text import Line
from systems_changers.infra.text import Message, msg

Tables = list[tuple[sa.Table, list[sa.Column[Any]]]]


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What was asked for: another slug, plugins whose rows stay in the file, that a foundation may be one here."""

    slug: str | None = None
    without: frozenset[str] = frozenset()
    foundation: bool = False


@dataclass
class Brought:
    """What an import did, or would do. `unlinked` are people who have to be invited: their address and roles."""

    name: str
    slug: str
    there: bool
    details: bool = False
    rows: Met = field(default_factory=Met)
    left: int = 0
    files: int = 0
    erased: int = 0
    unlinked: dict[str, set[str]] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether anything is here that wasn't."""
        return bool(not self.there or self.details or self.rows.new or self.rows.changed or self.files)


def preview(file: Path) -> PartnerFile:
    """What a partner's file says of itself. Raises Invalid (no_export), Refused (whole_instance, damaged_backup)."""
    with archive.reading(file, archive.ONE_PARTNER) as found:
        return told_by(found)


def bring_in(kit: Kit, file: Path, wanted: ImportChoices, *, dry_run: bool = False) -> Brought:
    """Bring a partner in; a dry run does all of it but files and erasing, and takes it back.

    Raises Invalid (no_export), Refused (whole_instance, damaged_backup, other_partner, slug_taken, foundation,
    plugin_missing, newer_plugin, newer_export, older_export, collides, not_the_same).
    """
    with archive.reading(file, archive.ONE_PARTNER) as found:
        told = told_by(found)
        line = partner_line(told)
        here = partners.partner_by_id(kit.engine, told.id)
        if here is not None:
            operations.seal_all(kit, [here])
        facts = here or PartnerFacts(told.id, told.slug, told.name, plugins=tuple(map(str, line["plugins"])))
        put: list[str] = []
        with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
            try:
                done = _Import(kit, scope, told, wanted, line).run(erase=not dry_run)
                done.files = _files(scope, told, put, dry_run=dry_run)
                if done.changes and not dry_run:
                    scope.db.commit()
            except BaseException:
                for sha256 in put:
                    scope.files.delete(sha256)
                raise
        return done


@dataclass
class _Import:
    kit: Kit
    scope: Scope
    told: PartnerFile
    wanted: ImportChoices
    line: Line

    def run(self, *, erase: bool) -> Brought:
        """Write everything and erase again."""
        connection = self.scope.db.connection()
        here = moving.tables_here(sa.inspect(connection).get_table_names())
        tables, left = fitting(self.told, self.kit.registry, here, self.wanted.without)
        beside = Beside(self.kit, self.scope, self.told, self.line)
        slug = beside.partner(self.wanted.slug, self.wanted.without, foundation=self.wanted.foundation)
        there = beside.there
        done = Brought(self.told.name, slug, there, beside.changed, notes=beside.notes)
        done.left = sum(self.told.rows[name] for name in left)
        beside.named()
        beside.modules()
        self._linked = beside.accounts()
        forked = there and self._is_forked({table.name: table for table, _ in tables})
        for table, columns in tables:
            done.rows += self._table(table, columns, done, forked=forked)
        if forked:
            done.notes.append(msg("The list of changes has gone on here by itself: entries that are in the file alone"
                                  " stay there."))  # fmt: skip
        if erase and done.changes:
            done.erased = self._erase_again(tables, emptied=there)
            beside.record()
        self._tell(done)
        return done

    def _table(self, table: sa.Table, columns: list[sa.Column[Any]], done: Brought, *, forked: bool) -> Met:
        accounts = moving.columns_to(table, "account")
        meeting = Meeting(self.scope.db, table, columns, [each.name for each in accounts])
        lines = self._linking(table, accounts, done)
        if forked and table.name in moving.TRAIL:
            lines = self._there(meeting, lines, done)
        try:
            met = meeting.bring(lines)
        except ValueError:
            raise damaged(self.told.found.path) from None
        except (sa.exc.IntegrityError, sa.exc.DataError) as error:
            raise Refused(msg("A row of %(table)s can't stand beside what is here: nothing was brought in.",
                              table=table.name), code="collides") from error  # fmt: skip
        if met.wrong:
            raise Refused(msg("A row of %(table)s is not here as it is in the file: nothing was brought in.",
                              table=table.name), code="not_the_same")  # fmt: skip
        return met

    def _linking(self, table: sa.Table, accounts: list[sa.Column[Any]], done: Brought) -> Iterator[Line]:
        """The table's rows without accounts that aren't the same person's here for certain."""
        for line in self.told.rows_of(table):
            strange = [each for each in accounts if each.name in line and line[each.name] not in self._linked]
            if any(not each.nullable for each in strange):
                self._leave(table, line, done)
                continue
            yield {name: value for name, value in line.items() if not any(each.name == name for each in strange)}

    def _leave(self, table: sa.Table, line: Line, done: Brought) -> None:
        done.left += 1
        address = self._linked.strangers.get(line.get("account_id", ""))
        if table.name == "membership" and address and "deleted_at" not in line:
            done.unlinked.setdefault(address, set()).add(str(line.get("role", "")))

    def _there(self, meeting: Meeting, lines: Iterator[Line], done: Brought) -> Iterator[Line]:
        """Those of the lines that are here already; the others stay in the file."""
        key = key_of(meeting.table).name
        for line in lines:
            if line[key] in meeting.here([line]):
                yield line
            else:
                done.left += 1

    def _erase_again(self, tables: Tables, *, emptied: bool) -> int:
        """Erase whoever has a tombstone, by what the file says of them too: their own row here may be empty."""
        back = {str(id_): id_ for id_ in own_data.who_is_back(self.scope, emptied=emptied)}
        if not back:
            return 0
        person = next(table for table, _ in tables if table.name == "person")
        lines = {line["id"]: line for line in self.told.rows_of(person) if line["id"] in back}
        for said, id_ in back.items():
            erasing.erase(self.scope, self._known(id_, lines.get(said, {})), again=True)
        return len(back)

    def _known(self, person_id: UUID, line: Line) -> data_subjects.DataSubject:
        known = data_subjects.subject_of(self.scope, person_id)
        account = line.get("account_id") if line.get("account_id") in self._linked else None
        subject = replace(
            known.subject, account_id=known.subject.account_id or (UUID(account) if account else None),
            emails=tuple(sorted({*known.subject.emails, *([plain_email(line["email"])] if "email" in line else [])})),
        )  # fmt: skip
        named = line.get("name") if known.name == ERASED else None
        return replace(known, subject=subject, name=named or known.name, phone=known.phone or line.get("phone"))

    def _is_forked(self, tables: dict[str, sa.Table]) -> bool:
        """Whether a seal here has the number of another one in the file: the chains went on apart."""
        table = tables.get("audit_link")
        if table is None:
            return False
        here = {each["number"]: each["id"] for page in pages_of(self.scope.db, table) for each in page}
        there = {line.get("number"): line["id"] for line in self.told.rows_of(table)}
        return any(here[number] != there[number] for number in here.keys() & there.keys())

    def _tell(self, done: Brought) -> None:
        if self.told.missing:
            done.notes.append(msg("Files that were missing already where it was exported: %(count)s.",
                                  count=self.told.missing))  # fmt: skip
        if done.rows.kept:
            done.notes.append(msg("Rows that are newer here, or were changed on both sides, and stay as they are here:"
                                  " %(count)s.", count=done.rows.kept))  # fmt: skip


def _files(scope: Scope, told: PartnerFile, put: list[str], *, dry_run: bool) -> int:
    """Keep the files that aren't here; `put` names those that were. Raises Refused (damaged_backup, too_large)."""
    new = 0
    for sha256 in told.stored():
        entry = moving.FILES.format(sha256)
        if told.found.entries[entry].size > scope.files.most:
            raise Refused(msg("A file in it has more than %(most)s MB, which is the most here: see most_file in"
                              " `systems-changers config explain`.", most=scope.files.most // 1_000_000),
                          code="too_large")  # fmt: skip
        content = told.found.bytes(entry)
        if address_in(content) != sha256:
            raise damaged(told.found.path)
        if scope.files.size(sha256) is None:
            new += 1
            if not dry_run:
                put.append(scope.files.put(content))
    return new
