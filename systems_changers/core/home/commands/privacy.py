"""Commands about personal data: what is due to be let go, and letting it go."""

from __future__ import annotations

from typing import Any

import click

from systems_changers.core.home.service import instance
from systems_changers.core.home.service.keeping import run_retention
from systems_changers.infra.terminal import Terminal, command


@click.group()
def privacy() -> None:
    """Personal data: how long it is kept."""


@command()
@click.option("--partner", metavar="SLUG", help="At this partner alone; at all without it.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and let nothing go.")
def retention(terminal: Terminal, partner: str | None, *, dry_run: bool) -> None:
    """Let go what is due by what each column declares; the server does it once a day by itself."""
    with instance.opened(instance.check_existing(terminal.data)) as kit:
        found = run_retention(kit, partner, dry_run=dry_run)
    lines = [_line(each, dry_run=dry_run) for each in found]
    terminal.answer({"dry_run": dry_run, "let_go": found}, *(lines or ["Nothing is due."]))


def _line(each: dict[str, Any], *, dry_run: bool) -> str:
    what = "deleted" if each["deleted"] else "emptied"
    said = f"would be {what}" if dry_run else what
    columns = ", ".join(each["columns"])
    return f"{each['partner']:28} {each['rows']:6} of {each['table']} {said}: {columns} ({each['kept']})"


privacy.add_command(retention)
