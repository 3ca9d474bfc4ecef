"""Bring in records kept elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from systems_changers.core.home.forms import RegisterScreen
from systems_changers.core.home.service import instance, register
from systems_changers.core.home.service.register import RegisterOptions
from systems_changers.infra.errors import Invalid
from systems_changers.infra.terminal import Terminal, command
from systems_changers.infra.text import msg


@click.group("import")
def import_() -> None:
    """Bring in records kept elsewhere."""


@command("register")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="What a column holds; may be repeated.")
@click.option("--date-format", help="How dates are written, such as %d/%m/%Y; day first without it.")
@click.option("--create-partners", is_flag=True, help="Make a listed partner of every host that is new.")
@click.option(
    "--errors", "errors_file", type=click.Path(path_type=Path, dir_okay=False), help="Save rows in error here."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and write nothing.")
@click.option("--yes", is_flag=True, help="Write without asking.")
def import_register(terminal: Terminal, file: Path, *, yes: bool, **given: Any) -> None:
    """Bring in past deliveries from a CSV or XLSX file, one row a delivery."""
    if not (yes or given["dry_run"] or terminal.interactive):
        raise Invalid(msg("Nobody is here to ask: give --yes to write, or --dry-run to look first."))
    shown = RegisterScreen(terminal, ask=not yes)
    mapping = dict(_pair(pair) for pair in given.pop("pairs"))
    options = RegisterOptions(mapping=mapping, confirm=shown.confirm, ask_hosts=shown.ask_hosts, **given)
    with instance.opened(instance.check_existing(terminal.data)) as kit, shown:
        result = register.import_register(kit, file, options, shown.progress)
    terminal.answer(result.as_json(), *shown.said(result))


def _pair(text: str) -> tuple[str, str]:
    column, sign, field = text.rpartition("=")
    if not sign or not column.strip() or not field.strip():
        raise Invalid(msg("--map wants COLUMN=FIELD, not %(text)s.", text=text))
    return column.strip(), field.strip()


import_.add_command(import_register)
