"""A plugin that is wrong is named by every command with what to do, and stops neither init, upgrade nor the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from systems_changers.cli import main
from systems_changers.infra.engine import open_owner_engine

CODE = "from systems_changers.toolkit import hookimpl\n\n@hookimpl\ndef sc_offer_variants():\n    return []\n"
BROKEN = "raise RuntimeError('spilt')"


class Place:
    """An instance's folder, and the trusted folder with its plugins."""

    def __init__(self, folder: Path) -> None:
        self.data, self.plugins = folder / "instance", folder / "plugins"
        self.plugins.mkdir()

    def plugin(self, slug: str, more: str = "", *, version: str = "1") -> None:
        """A one-file plugin."""
        (self.plugins / f"{slug}.py").write_text(CODE, "utf-8")
        text = f'slug = "{slug}"\ntitle = "{slug.title()}"\nversion = "{version}"\nkit = ">=0.1"\n{more}'
        (self.plugins / f"{slug}.toml").write_text(text, "utf-8")

    def migration(self, work: str, number: int = 1) -> Path:
        """A migration of the plugin tea."""
        folder = self.plugins / "migrations" / "versions"
        folder.mkdir(parents=True, exist_ok=True)
        down = repr(f"{number - 1:04}") if number > 1 else None
        file = folder / f"tea_{number:04}.py"
        text = f'revision = "{number:04}"\ndown_revision = {down}\n\ndef upgrade():\n    {work}\n'
        file.write_text(text.replace("'", '"'), "utf-8")
        return file

    def run(self, *words: str) -> Result:
        """A command."""
        return CliRunner().invoke(main, [*words, "--data", str(self.data)])

    def lines(self) -> dict[str, Any]:
        """The plugins that are listed, by slug."""
        done = CliRunner().invoke(main, ["plugin", "list", "--data", str(self.data), "--json"])
        assert done.exit_code == 0, done.output
        return {each["slug"]: each for each in json.loads(done.output)["plugins"]}

    def slug(self) -> str:
        """The only partner's slug."""
        done = CliRunner().invoke(main, ["partner", "list", "--data", str(self.data), "--json"])
        found: str = json.loads(done.output)["partners"][0]["slug"]
        return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    made = Place(tmp_path)
    monkeypatch.setenv("SYSTEMS_CHANGERS_PLUGIN_FOLDER", str(made.plugins))
    return made


def test_init_keeps_out_a_plugin_whose_migration_fails(place: Place) -> None:
    place.plugin("tea")
    place.migration(BROKEN)
    done = place.run("init", "--yes")
    assert done.exit_code == 0, done.output
    assert "The plugin tea is kept out. tea could not be upgraded to its revision 0001" in done.output
    assert "tea_0001.py, line 5: RuntimeError: spilt" in done.output.replace("migrations/versions/", "")
    listed = place.lines()["tea"]
    assert (listed["state"], listed["why"]) == (
        "quarantined", "Its tables wait for an upgrade: run `systems-changers upgrade`.",
    )  # fmt: skip


def test_a_failed_init_leaves_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("out of ink")

    with monkeypatch.context() as patch:
        patch.setattr("systems_changers.core.home.service.instance._furnish", fails)
        assert place.run("init", "--yes").exit_code == 1
    assert not place.data.exists()
    assert place.run("init", "--yes").exit_code == 0


def test_upgrade_names_the_plugin_goes_on_and_fails(place: Place) -> None:
    assert place.run("init", "--yes").exit_code == 0
    place.plugin("tea")
    place.migration(BROKEN)
    done = place.run("upgrade")
    assert done.exit_code == 1
    said = "tea could not be upgraded to its revision 0001, and nothing of it was changed. tea_0001.py, line 5: "
    assert f"{said}RuntimeError: spilt" in done.output
    assert "Traceback" not in done.output
    (fault,) = place.lines()["tea"]["faults"]
    assert (fault["hook"], fault["why"]) == ("migrations", f"{said}RuntimeError: spilt")
    place.migration("pass")
    done = place.run("upgrade")
    assert (done.exit_code, done.output) == (0, "Brought up to date: tea.\n")
    assert (place.lines()["tea"]["state"], place.lines()["tea"]["faults"]) == ("installed", [])


def test_a_newer_database_is_said_to_be_one(place: Place) -> None:
    place.plugin("tea")
    place.migration("pass")
    newer = place.migration("pass", 2)
    assert place.run("init", "--yes").exit_code == 0
    newer.unlink()
    said = "The tables of tea were made by a newer version than is installed here: install that version again"
    assert place.lines()["tea"]["why"].startswith(said)
    assert said in place.run("plugin", "enable", "tea", "--partner", place.slug()).output
    done = place.run("upgrade")
    assert done.exit_code == 1
    assert said in done.output
    engine = sa.create_engine(f"sqlite:///{place.data / 'systems-changers.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE sc_version_core SET version_num = '9999'"))
    engine.dispose()
    for words in (("upgrade",), ("plugin", "list"), ("serve", "--port", "1")):
        done = place.run(*words)
        assert done.exit_code == 1
        assert done.output.startswith("Error: ")
        assert "The tables of core were made by a newer version" in done.output


def test_enable_says_why_a_plugin_is_kept_out(place: Place) -> None:
    place.plugin("tea", "slog = 1\n")
    assert place.run("init", "--yes").exit_code == 0
    done = place.run("plugin", "enable", "tea", "--partner", place.slug())
    assert done.exit_code == 1
    assert "tea.toml: slog is not known here" in done.output


def test_the_list_holds_what_is_on_and_gone(place: Place) -> None:
    assert place.run("init", "--yes").exit_code == 0
    place.plugin("tea")
    slug = place.slug()
    assert place.run("plugin", "enable", "tea", "--partner", slug).exit_code == 0
    for part in place.plugins.glob("tea.*"):
        part.unlink()
    assert (place.lines()["tea"]["state"], place.lines()["tea"]["partners"]) == ("parked", [slug])


def test_faults_of_another_version_are_forgotten(place: Place) -> None:
    place.plugin("tea")
    assert place.run("init", "--yes").exit_code == 0
    engine = open_owner_engine(f"sqlite:///{place.data / 'systems-changers.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text(
            "INSERT INTO plugin_fault VALUES ('tea', 'sc_offer_nav', 'oops', 3, '2026-03-01 10:00:00')"
        ))  # fmt: skip
    engine.dispose()
    assert place.run("upgrade").exit_code == 0
    assert place.run("plugin", "list").output.endswith("    sc_offer_nav, 3 times: oops\n")
    place.plugin("tea", version="2")
    assert place.run("upgrade").exit_code == 0
    assert place.lines()["tea"]["faults"] == []
