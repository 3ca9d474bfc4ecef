"""What is shipped is whole: pins with a floor and a cap, a wheel that carries migrations and catalogues."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.house.conftest import Plant
from tests.house.tree import Tree, in_order

UNCAPPED = {"tzdata", "furo", "packaging"}  # numbered by year: a cap would only go stale
PLUGINS = {"corra_scotland": "corra-scotland", "childrens_society": "childrens-society"}
FLOOR_AND_CAP = re.compile(r"[\w-]+(?:\[\w+\])?>=[\d.]+,<[\d.]+")


def project(tree: Tree, folder: str = "") -> dict[str, Any]:
    text = (tree.root / folder / "pyproject.toml").read_text(encoding="utf-8")
    said: dict[str, Any] = tomllib.loads(text)["project"]
    return said


def loose_pins(tree: Tree) -> list[str]:
    said = project(tree)
    pins = [*said["dependencies"], *(pin for extra in said["optional-dependencies"].values() for pin in extra)]
    return [
        f"pyproject.toml:1 {pin} needs a floor and a cap"
        for pin in pins
        if re.split(r"[\[>=<]", pin, maxsplit=1)[0] not in UNCAPPED and not FLOOR_AND_CAP.fullmatch(pin)
    ]


def test_pins(tree: Tree) -> None:
    in_order(loose_pins(tree))


def test_loose_pins_are_found(plant: Plant) -> None:
    said = '[project]\ndependencies = ["a>=1,<2", "b", "c>=1"]\n'
    said += '[project.optional-dependencies]\nx = ["d[e]>=1,<2", "f<3"]\n'
    wrong = plant({"pyproject.toml": said})
    assert [finding.split()[1] for finding in loose_pins(wrong)] == ["b", "c>=1", "f<3"]


@pytest.mark.parametrize("package", PLUGINS)
def test_a_partners_plugin_is_a_distribution_of_its_own(tree: Tree, package: str) -> None:
    said = project(tree, f"plugins/{package}")
    assert said["entry-points"]["systems_changers.plugins"] == {PLUGINS[package]: f"{package}.plugin"}
    assert said["dependencies"] == ["systems-changers>=0.1,<0.2"]


def test_ci_runs_the_readmes_command(tree: Tree) -> None:
    lines = (tree.root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "exec python3 start.py test"


def build(folder: Path, to: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(to)]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(to.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit's wheel, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build(tree.root, folder / "dist")) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def expected(tree: Tree) -> set[str]:
    """Every file that the kit reads when it runs, where a wheel has it."""
    kit = {
        source.name
        for source in tree.files(".py", ".html", ".txt", ".css", ".js", ".toml", ".md", below="systems_changers")
    }
    shipped = [*tree.files(".py", ".mako", below="migrations"), *tree.files(".po", ".pot", below="translations")]
    return kit | {f"systems_changers/_shipped/{source.name}" for source in shipped}


def test_the_wheel_is_whole(tree: Tree, wheel: Path) -> None:
    there = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*")}
    assert expected(tree) - there == set()
    assert "systems_changers/_shipped/migrations/env.py" in there
    assert "systems_changers/py.typed" in there


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    tops = {path.name for path in wheel.iterdir()}
    assert tops == {"systems_changers", next(wheel.glob("*.dist-info")).name}


def run_from(wheel: Path, code: str, *words: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(wheel)}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=wheel.parent, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_finds_its_own_migrations_and_catalogues(wheel: Path) -> None:
    code = "from systems_changers.infra import paths; print(paths.migrations_dir(), paths.translations_dir())"
    shipped = wheel / "systems_changers" / "_shipped"
    assert run_from(wheel, code).split() == [str(shipped / "migrations"), str(shipped / "translations")]


def test_the_wheels_command_answers(wheel: Path) -> None:
    assert "Usage" in run_from(wheel, "from systems_changers.cli import main; main()", "--help")


@pytest.mark.parametrize("package", PLUGINS)
def test_a_plugins_wheel_is_whole(tree: Tree, package: str, tmp_path: Path) -> None:
    folder = tree.root / "plugins" / package
    with zipfile.ZipFile(build(folder, tmp_path)) as archive:
        there = set(archive.namelist())
    suffixes = (".py", ".toml", ".html", ".txt", ".po", ".pot", ".css", ".svg", ".json")
    wanted = {
        source.path.relative_to(folder).as_posix()
        for source in tree.files(*suffixes, below=f"plugins/{package}/{package}")
    }
    assert f"{package}/plugin.toml" in wanted
    assert wanted - there == set()
