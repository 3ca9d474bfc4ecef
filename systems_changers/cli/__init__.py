"""The command line: each command parses, calls one service, prints; its module loads when it is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "demo": ("systems_changers.cli.serving:demo", "Make the demo if need be, and serve it."),
    "init": ("systems_changers.core.home.commands.making:init", "Make a real instance and print its set-up link."),
    "serve": ("systems_changers.cli.serving:serve", "Serve the instance."),
    "get-started": (
        "systems_changers.core.home.commands.beginning:get_started",
        "Say what a new instance needs first, and try out mail.",
    ),
    "upgrade": ("systems_changers.core.home.commands.making:upgrade", "Bring the database up to date."),
    "backup": ("systems_changers.core.home.commands.backups:backup", "Write a backup of the whole instance."),
    "restore": ("systems_changers.core.home.commands.backups:restore", "Make an instance from a backup."),
    "doctor": (
        "systems_changers.core.home.commands.looking:doctor",
        "Look the instance over: what is wrong, the way out.",
    ),
    "config": (
        "systems_changers.core.home.commands.looking:config",
        "Explain the settings, print files for the host.",
    ),
    "import": ("systems_changers.core.home.commands.registers:import_", "Bring in records kept elsewhere."),
    "partner": (
        "systems_changers.core.home.commands.partners:partner",
        "Make and list partners, give them administrators.",
    ),
    "account": (
        "systems_changers.core.home.commands.partners:account",
        "Let somebody in again, or change their address.",
    ),
    "plugin": (
        "systems_changers.core.home.commands.plugins:plugin",
        "List plugins, switch them on and off at a partner.",
    ),
    "audit": ("systems_changers.core.home.commands.audit:audit", "Prove that nothing recorded was altered since."),
    "privacy": ("systems_changers.core.home.commands.privacy:privacy", "Let go personal data whose time is over."),
    "person": (
        "systems_changers.cli.asking:person",
        "Take out or erase what is held about somebody; say what they can see, and why.",
    ),
}


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What a command can't be asked for is said in a sentence, without click's lines on usage around it."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        asked = error.ctx.command_path if error.ctx is not None else "systems-changers"
        raise click.UsageError(f"{error.format_message()} `{asked} --help` shows what there is.") from None


class Lazy(click.Group):
    """A group that knows its commands' names and help without loading them."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _one_sentence():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_sentence():
            return super().invoke(ctx)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute = COMMANDS[name][0].split(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="systems-changers", message="%(version)s")
def main(**_values: Any) -> None:
    """The Systems Changers kit: host, brand and adapt the programme, and compare it fairly."""
