"""Commands answer people or programs, and fail with one sentence."""

import errno
import json
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from systems_changers.infra.errors import Refused
from systems_changers.infra.terminal import Terminal, command, default_demo
from systems_changers.infra.text import msg


@command("greet")
@click.option("--fail", type=click.Choice(["refused", "missing"]))
def greet(terminal: Terminal, fail: str | None) -> None:
    """Say hello."""
    if fail == "refused":
        raise Refused(msg("Not today, %(name)s.", name="Ada"))
    if fail == "missing":
        Path("/nowhere/at/all").read_text("utf-8")
    terminal.answer({"said": "hello", "data": str(terminal.data)}, "Hello.")


def test_people_read_lines_and_programs_json(tmp_path: Path) -> None:
    assert CliRunner().invoke(greet, ["--data", str(tmp_path)]).output == "Hello.\n"
    said = CliRunner().invoke(greet, ["--json"], env={"SYSTEMS_CHANGERS_DATA": str(tmp_path)}).output
    assert json.loads(said) == {"said": "hello", "data": str(tmp_path)}


@pytest.mark.parametrize(
    ("fail", "sentence"), [("refused", "Not today, Ada."), ("missing", "No such file or directory: /nowhere/at/all")]
)
def test_a_failure_is_one_sentence(fail: str, sentence: str) -> None:
    done = CliRunner().invoke(greet, ["--fail", fail])
    assert (done.exit_code, done.output) == (1, f"Error: {sentence}\n")


def test_nobody_is_asked_without_a_terminal() -> None:
    assert Terminal(Path(), as_json=False).interactive is False


def test_the_demo_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYSTEMS_CHANGERS_DATA", str(tmp_path))
    assert default_demo() == tmp_path
    monkeypatch.delenv("SYSTEMS_CHANGERS_DATA")
    assert default_demo().name == "demo"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            sa.exc.OperationalError("SELECT 1", {}, Exception()),
            "The database can't be used: OperationalError.",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "[Errno 28] No space left on device"),
    ],
)
def test_trouble_of_the_machine_is_one_sentence_too(error: Exception, sentence: str) -> None:
    @command("fall")
    def fall(terminal: Terminal) -> None:
        raise error

    done = CliRunner().invoke(fall)
    assert (done.exit_code, done.output) == (1, f"Error: {sentence}\n")


def test_nobody_who_reads_any_more_is_told_nothing() -> None:
    @command("pour")
    def pour(terminal: Terminal) -> None:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    done = CliRunner().invoke(pour)
    assert (done.exit_code, done.output) == (1, "")
