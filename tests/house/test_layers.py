"""The layers' contracts bite: each is run against a small house that breaks it.

The real house is checked by `lint-imports` itself; here a contract that has gone blind is found.
"""

import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.tree import Tree

KIT = "systems_changers"
LAYERS = ("testing", "plugins", "plugins.quiet", "plugins.loud", "toolkit", "core", "web", "hooks", "infra")
SLICES = (
    "home", "summaries", "sessions", "experiments", "cohorts", "curriculum", "people", "privacy", "partners",
    "operations",
)  # fmt: skip
FLOORS = ("views", "api", "commands", "forms", "schemas", "service", "queries", "models", "rules")

BREACHES = {
    "1 the house": {f"{KIT}/web/page.py": f"import {KIT}.core.people.models\n"},
    "1 the house, a stray file": {f"{KIT}/stray.py": ""},
    "2 the slices": {f"{KIT}/core/people/service.py": f"import {KIT}.core.cohorts.queries\n"},
    "2 the slices, a stray folder": {f"{KIT}/core/voices/__init__.py": ""},
    "3 the floors of a slice": {f"{KIT}/core/people/rules.py": f"import {KIT}.core.people.models\n"},
    "3 the floors of a slice, a drawer": {f"{KIT}/core/people/utilities.py": ""},
    "4 only app knows the edges": {f"{KIT}/core/home/queries.py": f"import {KIT}.core.people.views\n"},
    "5 no HTTP below the edges": {
        f"{KIT}/core/people/service.py": f"import {KIT}.infra.sly\n",
        f"{KIT}/infra/sly.py": "import werkzeug\n",
    },
    "6 plugins use the toolkit": {"corra_scotland/plugin.py": f"import {KIT}.web.page\n"},
    "6 plugins use the toolkit, bundled": {f"{KIT}/plugins/quiet/plugin.py": f"import {KIT}.hooks.specs\n"},
    "7 plugins do not know each other": {"corra_scotland/plugin.py": "import childrens_society.plugin\n"},
    "8 no cycles": {f"{KIT}/web/page.py": f"import {KIT}.web.form\n", f"{KIT}/web/form.py": f"import {KIT}.web.page\n"},
}


def sound_house() -> dict[str, str]:
    """Every layer, slice and floor, each importing only what it may."""
    packages = [KIT, *(f"{KIT}.{layer}" for layer in LAYERS), *(f"{KIT}.core.{name}" for name in SLICES)]
    packages += ["corra_scotland", "childrens_society"]
    files = {f"{name.replace('.', '/')}/__init__.py": "" for name in packages}
    files |= {f"{KIT}/core/{name}/{floor}.py": "" for name in SLICES for floor in FLOORS}
    files |= {f"{KIT}/web/page.py": "import flask\n", f"{KIT}/hooks/specs.py": "import pluggy\n", f"{KIT}/cli.py": ""}
    files[f"{KIT}/core/people/service.py"] = f"import {KIT}.core.people.queries\nimport {KIT}.hooks.specs\n"
    files[f"{KIT}/app.py"] = f"import {KIT}.core.people.views\n"
    files["corra_scotland/plugin.py"] = f"import {KIT}.toolkit\n"
    files["childrens_society/plugin.py"] = f"import {KIT}.toolkit\n"
    return files


def judge(folder: Path, contracts: str, changes: Mapping[str, str]) -> tuple[bool, str]:
    """Build the house with these changes and run the contracts on it."""
    for name, text in {**sound_house(), **changes, "contracts.toml": contracts}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    program = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--config", "contracts.toml", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def contracts(tree: Tree) -> str:
    """The contracts as pyproject.toml has them, alone in a file of their own."""
    text = (tree.root / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return text[text.index("[tool.importlinter]") :]


def test_a_sound_house_passes(tmp_path: Path, contracts: str) -> None:
    kept, said = judge(tmp_path, contracts, {})
    assert kept, said


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found(tmp_path: Path, contracts: str, breach: str) -> None:
    kept, said = judge(tmp_path, contracts, BREACHES[breach])
    assert not kept
    name = breach.partition(",")[0]
    broken = [line for line in said.splitlines() if line.startswith(name) and line.rstrip().endswith("BROKEN")]
    assert broken, said
