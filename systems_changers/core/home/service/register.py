"""Brings a register of past deliveries in: read, staged on disk, then written host by host.

A row becomes a closed cohort with one delivered session at the partner that its host names. What its source_key and
state say is there already is left alone, so the same file twice changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from systems_changers.core.home.rules import CellError, Delivery, columns_of, date_format_of, read_delivery
from systems_changers.core.home.service.hosts import Hosts
from systems_changers.core.home.service.staging import Staged, Staging
from systems_changers.core.home.service.writing import Written, compare, write
from systems_changers.core.summaries import service as summaries
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra.tables import RowError, Table, open_table
from systems_changers.infra.text import msg

BATCH = 500
LONGEST_CELL = 10_000
Progress = Callable[[str, int, int | None], None]


def _silent(_stage: str, _done: int, _of: int | None) -> None:
    """Tells nobody."""


def _at_once(_preview: RegisterResult) -> bool:
    return True


def _never(_names: list[str]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RegisterOptions:
    """How to read a register, and what to do with it.

    `mapping` is column to field. `confirm` is shown the preview before anything is written and may say no; `ask_hosts`
    is shown the hosts that are no partners, and says whether to make them, where `create_partners` doesn't already.
    `errors_file` takes the rows in error with an extra column.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    create_partners: bool = False
    dry_run: bool = False
    errors_file: Path | None = None
    actor: ActorFacts = ANYONE
    confirm: Callable[[RegisterResult], bool] = _at_once
    ask_hosts: Callable[[list[str]], bool] = _never


@dataclass(slots=True)
class RegisterResult:
    """What an import did, or would do (`written` False). `rows` counts those that hold anything; errors name their row.

    `columns` is field to column, `new_partners` the names of hosts that are made, `unknown_hosts` of those left out.
    """

    rows: int = 0
    created: int = 0
    unchanged: int = 0
    changed: int = 0
    errors: list[RowError] = field(default_factory=list)
    partners: int = 0
    new_partners: list[str] = field(default_factory=list)
    unknown_hosts: list[str] = field(default_factory=list)
    columns: Mapping[str, str] = field(default_factory=dict)
    shape: str = ""
    written: bool = False

    def as_json(self) -> dict[str, Any]:
        """The result for programs; sentences in the source language."""
        errors = [{**error._asdict(), "message": str(error.message)} for error in self.errors]
        counts = {"rows": self.rows, "created": self.created, "unchanged": self.unchanged, "changed": self.changed}
        hosts = {"partners_created": len(self.new_partners), "unknown_hosts": self.unknown_hosts}
        return {**counts, **hosts, "written": self.written, "errors": errors}


def import_register(kit: Kit, file: Path, options: RegisterOptions, progress: Progress = _silent) -> RegisterResult:
    """Bring in a register; answers what was done, or with `dry_run`, or where `confirm` says no, what would be.

    Raises Invalid for a file, a mapping or a date format that can't be used, before anything is written. Each batch of
    up to 500 rows is a transaction: an import that is cut off is finished by running it again. Afterwards the
    foundation's summaries are gathered. `progress` hears (stage, rows done, rows in all or None).
    """
    date_format = date_format_of(options.date_format)
    with Staging(kit.settings.data) as staging:
        run = _Run(kit, options, staging, progress)
        with open_table(file) as table:
            run.read(table, date_format)
        run.settle()
        run.preview()
        wanted = not options.dry_run and run.result.created + run.result.changed > 0
        if wanted and options.confirm(replace(run.result)):
            run.write()
        elif not options.dry_run and not wanted:
            run.result.written = True
    if options.errors_file is not None:
        _save_errors(file, run.wrong_rows, options.errors_file)
    return run.result


def _save_errors(file: Path, wrong_rows: Mapping[int, list[RowError]], to: Path) -> None:
    """Save the rows in error as CSV, as they were, with what is wrong in an extra column."""
    with open_table(file) as table, to.open("w", encoding="utf-8-sig", newline="") as stream:
        writer, width = csv.writer(stream), len(table.headers)
        writer.writerow([*table.headers, "error"])
        for number, cells in table.rows:
            if errors := wrong_rows.get(number):
                sentences = " ".join(str(error.message) for error in errors)
                writer.writerow([*cells, *[""] * (width - len(cells)), sentences])


class _Run:
    """One import under way."""

    def __init__(self, kit: Kit, options: RegisterOptions, staging: Staging, progress: Progress) -> None:
        self.kit, self.options, self.staging, self.progress = kit, options, staging, progress
        self.result = RegisterResult()
        self.headers: list[str] = []
        self.wrong_rows: dict[int, list[RowError]] = {}
        self.hosts = Hosts(kit, options.actor)

    # --- reading ---

    def read(self, table: Table, date_format: str | None) -> None:
        self.headers = list(table.headers)
        columns = columns_of(self.headers, self.options.mapping)
        self.result.columns, self.result.shape = columns, table.shape
        reader = _Reader(self.headers, columns, date_format, self.kit.clock.now().date())
        while batch := list(islice(table.rows, BATCH)):
            good = []
            for number, cells in batch:
                read, errors = reader.read(number, cells)
                if read is not None:
                    good.append(read)
                for error in errors:
                    self._reject(error)
            self.staging.add(good)
            self.result.rows += len(batch)
            self.progress("read", self.result.rows, None)

    def _reject(self, error: RowError) -> None:
        self.result.errors.append(error)
        self.wrong_rows.setdefault(error.row, []).append(error)

    def settle(self) -> None:
        """Find repeated keys and hosts that are no partners."""
        column = self.result.columns.get("key", "")
        for repeated in self.staging.settle():
            sentence = msg("Row %(first)s has the key %(key)s already.", first=repeated.first, key=repeated.key)
            self._reject(RowError(repeated.row, column, "key_repeated", sentence))
        unknown = self.hosts.look_up(self.staging.hosts())
        if self.options.create_partners or (unknown and self.options.ask_hosts(unknown)):
            self.result.new_partners = unknown
            return
        self.result.unknown_hosts = unknown
        for name in unknown:
            sentence = msg("No partner is called %(name)s: make it first, or use --create-partners.", name=name)
            for spelling in self.hosts.spellings(name):
                for row in self.staging.rows_of(spelling):
                    self._reject(RowError(row, self.result.columns["host"], "unknown_host", sentence))

    # --- looking, then writing ---

    def preview(self) -> None:
        self.result.errors.sort(key=lambda error: error.row)
        self.result.partners = len(self.hosts.known) + len(self.result.new_partners)
        self._count(compare)
        new = [each for name in self.result.new_partners for each in self.hosts.spellings(name)]
        self.result.created += sum(len(self.staging.rows_of(host)) for host in new)

    def write(self) -> None:
        for names in self.hosts.several(self.result.new_partners):
            with self.kit.operator_scope(self.options.actor, links=no_links, write=True) as scope:
                self.hosts.make(scope, names)
                scope.db.commit()
        self.result.created = self.result.unchanged = self.result.changed = 0
        self._count(write)
        self.result.written = True
        self.progress("figures", 0, None)
        summaries.gather_all(self.kit)

    def _count(self, work: Callable[..., Written]) -> None:
        """Do the work for every known partner, batch by batch, and add up what it answers."""
        done, stage = 0, "write" if work is write else "compare"
        for partner, batches in self._batches():
            with self.kit.scope(partner, self.options.actor, links=no_links, write=work is write) as scope:
                for rows in batches:
                    told = work(scope, rows, fresh=partner.id in self.hosts.fresh)
                    if work is write and told.created + told.changed:
                        scope.db.commit()
                    done += len(rows)
                    self.result.created += told.created
                    self.result.changed += told.changed
                    self.result.unchanged += told.unchanged
                    self.progress(stage, done, self.result.rows)

    def _batches(self) -> Iterator[tuple[PartnerFacts, Iterator[list[Staged]]]]:
        for name, partner in self.hosts.known.items():
            yield partner, self.staging.batches(self.hosts.spellings(name), BATCH)


class _Reader:
    """Turns a row's cells into what is staged."""

    def __init__(self, headers: list[str], columns: Mapping[str, str], date_format: str | None, today: date) -> None:
        self.width, self.columns, self.date_format, self.today = len(headers), columns, date_format, today
        self.headers = headers
        self.places = {name: headers.index(column) for name, column in columns.items()}

    def read(self, number: int, cells: list[str]) -> tuple[tuple[Any, ...] | None, list[RowError]]:
        """The row to stage, or its errors."""
        if any(cell.strip() for cell in cells[self.width :]):
            sentence = msg("The row has more cells than the header: put text that holds a separator into quotes.")
            return None, [RowError(number, "", "too_many_cells", sentence)]
        long = next((place for place, cell in enumerate(cells) if len(cell) > LONGEST_CELL), None)
        if long is not None:
            sentence = msg("The cell has more than %(most)s characters.", most=LONGEST_CELL)
            return None, [RowError(number, self.headers[long], "cell_too_long", sentence)]
        named = {name: cells[place] if place < len(cells) else "" for name, place in self.places.items()}
        delivery, wrong = read_delivery(named, self.date_format, self.today)
        if delivery is None:
            return None, [self._error(number, each) for each in wrong]
        return self._staged(number, cells, delivery), []

    def _error(self, number: int, wrong: CellError) -> RowError:
        return RowError(number, self.columns.get(wrong.field, ""), wrong.code, wrong.message)

    def _staged(self, number: int, cells: list[str], delivery: Delivery) -> tuple[Any, ...]:
        day, details = delivery.day.isoformat(), json.dumps(delivery.details, ensure_ascii=False, sort_keys=True)
        digest = _digest(*sorted(f"{header}={cell.strip()}" for header, cell in zip(self.headers, cells, strict=False)))
        state = _digest(day, str(delivery.heads), details)
        return number, delivery.host, delivery.key, digest, state, day, delivery.heads, details


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
