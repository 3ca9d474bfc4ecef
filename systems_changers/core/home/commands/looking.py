"""Look an instance over, and explain its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from systems_changers.core.home.service import doctor as look
from systems_changers.core.home.service import instance
from systems_changers.infra import hosting
from systems_changers.infra.settings import explain_settings
from systems_changers.infra.terminal import Terminal, command


@command()
@click.option("--fix", is_flag=True, help="Mend what mends itself.")
@click.option("--support-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write what somebody who helps needs to know, without personal data.")  # fmt: skip
def doctor(terminal: Terminal, *, fix: bool, support_file: Path | None) -> None:
    """Look the instance over: what is wrong, and the way out."""
    settings = instance.check_existing(terminal.data)
    looked = look.look_over(settings, fix=fix)
    if support_file is not None:
        look.support_file(settings, looked, support_file)
    terminal.answer({"checks": [each.as_json() for each in looked]}, *_examined(looked))
    if look.worst(looked):
        raise SystemExit(1)


def _examined(looked: list[look.Looked]) -> Iterator[str]:
    """What is wrong first, each with its fix; what is well after it, a line each."""
    signs = {"error": "WRONG", "warning": "LOOK", "ok": "ok"}
    for status, sign in signs.items():
        for each in looked:
            if each.finding.status == status:
                said = f"{sign:6} {each.message}"
                yield f"{said} (mended just now)" if each.mended else said
                if each.finding.fix is not None:
                    by_itself = " `systems-changers doctor --fix` does it." if each.finding.mend else ""
                    yield f"       {each.finding.fix}{by_itself}"


@click.group()
def config() -> None:
    """Settings: what is in force, and why."""


@command()
def explain(terminal: Terminal) -> None:
    """Say every setting, its value, where that came from, and what it is for; secrets are not shown."""
    found = explain_settings(instance.check_existing(terminal.data).data)
    lines = [f"{each.name} = {_shown(each.value)}\n    {each.source}. {each.meaning}" for each in found]
    terminal.answer({"settings": [asdict(each) for each in found]}, *lines)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "(none)"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value) or "(empty)"


@command()
@click.option("--user", default="systems-changers", help="The system's user that runs the server.")
def systemd(terminal: Terminal, *, user: str) -> None:
    """Print a systemd unit that serves this instance."""
    text = hosting.systemd_unit(instance.check_existing(terminal.data), user)
    terminal.answer({"unit": text}, text.rstrip())


@command()
def caddy(terminal: Terminal) -> None:
    """Print a Caddyfile for the reverse proxy in front, with partners' own domains."""
    settings = instance.check_existing(terminal.data)
    with instance.opened(settings) as kit:
        text = hosting.caddyfile(settings, instance.own_domains(kit))
    terminal.answer({"caddyfile": text}, text.rstrip())


for each in (explain, systemd, caddy):
    config.add_command(each)
