"""Take backups, check them, and make an instance from one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from systems_changers.core.home.service import backup as backups
from systems_changers.core.home.service import instance
from systems_changers.core.home.service import restore as restoring
from systems_changers.infra.errors import Invalid
from systems_changers.infra.settings import PREFIX
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg

PASSPHRASE = f"{PREFIX}BACKUP_PASSPHRASE"
SHOWN = ("partner", "person", "cohort", "cohort_session", "experiment")


@command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Restore it to a scratch place afterwards, and compare every row.")
def backup(terminal: Terminal, file: Path, *, check: bool) -> None:
    """Write a backup of the whole instance to FILE, while it runs."""
    settings = instance.check_existing(terminal.data)
    taken = backups.take_backup(settings, file)
    if check:
        backups.check_backup(file, settings)
    keys = "with its keys, locked" if taken.keys else f"without its keys: set {PASSPHRASE} to keep them, locked"
    checked = " It was restored to a scratch place, and every row is the same." if check else ""
    terminal.answer(
        {"file": str(file), "bytes": taken.size, "rows": taken.rows, "files": taken.files, "keys": taken.keys,
         "made_at": taken.made_at.isoformat(), "checked": check},
        f"{file} holds {taken.rows:,} rows and {taken.files:,} files, {taken.size / 1e6:,.1f} MB, {keys}.{checked}",
        "It holds personal data: keep it where only you can read it.",
    )  # fmt: skip


@command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Only restore it to a scratch place, compare every row, and clear it away.")
@click.option("--database", help="Address of an empty PostgreSQL database for the application's role.")
@click.option("--owner-database", help="The same for the owner's role.")
@click.option("--after", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
              help="Folder of the instance it takes over from: who was erased there is erased here too.")  # fmt: skip
@click.option("--erased-may-return", is_flag=True, help="Go on where nobody can say any more who was erased since.")
@click.option("--replace", is_flag=True, help="Let go of what the folder holds; it is backed up first.")
@click.option("--yes", is_flag=True, help="Restore without asking.")
def restore(terminal: Terminal, file: Path, *, check: bool, yes: bool, **given: Any) -> None:
    """Make the instance of a backup in the data folder, after saying what that would do."""
    if check:
        _check(terminal, file)
        return
    wanted = restoring.RestoreTarget(terminal.data, **given, passphrase=os.environ.get(PASSPHRASE, ""))
    seen = restoring.preview(file, wanted)
    terminal.say(*_previewed(seen, wanted))
    if not yes:
        if not terminal.interactive:
            raise Invalid(msg("Nobody is here to ask: give --yes to restore."))
        click.confirm("Restore it?", abort=True)
    settings = restoring.restore(file, wanted)
    terminal.answer(
        {"data": str(settings.data), "made_at": seen.told["made_at"], "rows": seen.told["database"]["rows"],
         "warnings": [str(each) for each in seen.warnings]},
        f"The instance is in {settings.data}. Everybody signs in again, and links that were sent are void.",
        "Mail that waited may have been sent since: it waits for you under what was given up.",
    )  # fmt: skip


def _check(terminal: Terminal, file: Path) -> None:
    there = (terminal.data / "secret.key").is_file()
    told = backups.check_backup(file, instance.check_existing(terminal.data) if there else None)
    terminal.answer({"file": str(file), "whole": True, "made_at": told["made_at"]},
                    f"{file} is whole: every row and file is as it was written.")  # fmt: skip


def _previewed(seen: restoring.Preview, wanted: restoring.RestoreTarget) -> list[str]:
    told = seen.told
    rows = told["database"]["rows"]
    counted = ", ".join(f"{rows[name]:,} in {name}" for name in SHOWN if name in rows)
    lines = [
        f"A backup of {told['instance']['name']}, made at {told['made_at'][:16].replace('T', ' ')} UTC.",
        f"It holds {sum(rows.values()):,} rows ({counted}) and {told['files']:,} files.",
        f"It would be restored to {wanted.data}{', in place of what is there' if wanted.replace else ''}.",
    ]
    lines += [f"It brings the setting {name} = {value}." for name, value in sorted(seen.settings.items())]
    return [*lines, *map(str, seen.warnings)]
