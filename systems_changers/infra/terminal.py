"""How commands speak: for people by default, JSON with --json, one plain sentence on failure, never a traceback.

Nothing waits for input unless a person is at the terminal.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from systems_changers.infra.errors import Invalid, KitError
from systems_changers.infra.log import set_up_log

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Signs that steer a terminal; what is said may come from a file that somebody made up."""
DATA_VARIABLE = "SYSTEMS_CHANGERS_DATA"


@dataclass(frozen=True, slots=True)
class Terminal:
    """What every command is given: the data folder, and how to answer."""

    data: Path
    as_json: bool

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return not self.as_json and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def say(self, *lines: str) -> None:
        """Lines for people; nothing with --json."""
        if not self.as_json:
            for line in lines:
                click.echo(CONTROL.sub("\N{REPLACEMENT CHARACTER}", line))

    def answer(self, values: Mapping[str, Any], *lines: str) -> None:
        """The result: `values` as JSON, or `lines` for people."""
        if self.as_json:
            click.echo(json.dumps(values, ensure_ascii=False, default=str))
        else:
            self.say(*lines)


class PlainCommand(click.Command):
    """A command whose failures are one sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as error:
            raise click.ClickException(_with_fields(error)) from None
        except KitError as error:
            raise click.ClickException(str(error.message)) from None
        except SQLAlchemyError as error:
            raise click.ClickException(f"The database can't be used: {type(error).__name__}.") from None
        except (PermissionError, FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
            raise click.ClickException(f"{error.strerror}: {error.filename}") from None
        except BrokenPipeError:
            raise  # click knows how to leave quietly when nobody reads any more
        except OSError as error:
            raise click.ClickException(str(error)) from None


def _with_fields(error: Invalid) -> str:
    """The sentence, and for each field what is wrong with it."""
    wrong = [f"{field}: {sentence}" for field, sentences in error.fields.items() for sentence in sentences]
    return " ".join(wrong) if wrong else str(error.message)


def command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that takes --data and --json and is given a Terminal first."""

    def make(function: Callable[..., Any]) -> click.Command:
        def run(data: Path | None, as_json: bool, **values: Any) -> Any:  # noqa: FBT001 - click passes it by name
            set_up_log(quiet=True)
            return function(Terminal(data or default_data(), as_json), **values)

        run.__doc__ = function.__doc__
        run.__dict__.update(function.__dict__)
        wrapped = click.option("--json", "as_json", is_flag=True, help="Answer with JSON.")(run)
        wrapped = click.option("--data", type=click.Path(path_type=Path, file_okay=False), envvar=DATA_VARIABLE,
                               help=f"The instance's data folder (or {DATA_VARIABLE}).")(wrapped)  # fmt: skip
        found = name or function.__name__.rstrip("_").replace("_", "-")
        return click.command(found, cls=PlainCommand)(wrapped)

    return make


def default_data() -> Path:
    """Where an instance is kept when nobody says otherwise."""
    return _own_folder() / "instance"


def default_demo() -> Path:
    """Where the demo is kept when nobody says otherwise."""
    told = os.environ.get(DATA_VARIABLE)
    return Path(told) if told else _own_folder() / "demo"


def _own_folder() -> Path:
    from platformdirs import user_data_path  # slow: a served instance was told its folder

    return user_data_path("systems-changers", appauthor=False)
