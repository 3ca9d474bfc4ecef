"""Commands by which what is held about somebody is taken out, and somebody is erased."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from systems_changers.cli import main
from systems_changers.core.home.commands import person
from systems_changers.core.home.service import erasing
from systems_changers.core.operations.queries import Away


def run(data: Path, *words: str, status: int = 0) -> str:
    done = CliRunner().invoke(main, [*words, "--data", str(data)])
    assert done.exit_code == status, done.output
    return done.output


@pytest.fixture
def made(tmp_path: Path) -> Path:
    data = tmp_path / "instance"
    run(data, "init", "--yes", "--partner", "Harbour Trust", "--name", "Ines Moreau", "--email", "ines@example.org")
    return data


def test_the_command_writes_a_file_once_for_its_owner_alone(made: Path, tmp_path: Path) -> None:
    file = tmp_path / "ines.zip"
    said = run(made, "person", "export", "harbour-trust", "Ines@Example.org", str(file))
    assert "Everything that Harbour Trust holds about Ines Moreau is in" in said
    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as held:
        assert "What Harbour Trust holds about Ines Moreau" in held.read("index.html").decode()
    assert "is there already" in run(made, "person", "export", "harbour-trust", "ines@example.org", str(file), status=1)
    answer = json.loads(run(made, "person", "export", "harbour-trust", "ines@example.org", str(file) + "2", "--json"))
    assert answer["rows"]["person"] == 1


def test_the_command_does_not_say_that_all_is_erased_where_a_plugin_is_away() -> None:
    plan = erasing.Plan("Ines", (), (Away("gone", "Harbour notes"),))
    why = ("What these plugins may hold can't be reached, because they are not installed or kept out just now:"
           " Harbour notes. It is erased once they are back.")  # fmt: skip
    assert list(person._told(plan)) == [str(erasing.OTHERS_OWN), f"Not everything can be erased now. {why}"]
    assert list(person._result(plan, done=True)) == [f"Ines is erased, but not everywhere. {why}"]
    assert list(person._result(plan, done=False)) == ["Nothing was erased."]
    assert list(person._result(erasing.Plan("Ines", ()), done=True)) == ["Ines is erased."]


def test_the_command_says_first_and_erases_with_yes_alone(made: Path, tmp_path: Path) -> None:
    words = ("person", "erase", "harbour-trust", "ines@example.org")
    assert "Nobody is here to ask" in run(made, *words, status=1)
    said = run(made, *words, "--dry-run")
    assert "Deleted:\n      1  Name, contact and profile\n" in said
    assert said.endswith("Nothing was erased.\n")
    answer = json.loads(run(made, *words, "--yes", "--json"))
    assert answer == {"erased": True, "rows": {"deleted": {"Name, contact and profile": 1}}, "unreached": []}
    assert "Nobody at Harbour Trust has the address" in run(made, *words, "--yes", status=1)
    said = run(made, "partner", "administrator", "harbour-trust", "ines@example.org", status=1)
    assert "asked to be erased here" in said
