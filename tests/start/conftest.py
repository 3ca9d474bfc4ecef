"""A small checkout with the real start.py, whose kit prints the words it was given."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.start import tiny_wheel

ROOT = Path(__file__).parents[2]
ECHO = "import sys\n\n\ndef main():\n    print('kit:', *sys.argv[1:])\n"
PYPROJECT = """
[build-system]
requires = []
build-backend = "tiny_wheel"
backend-path = ["."]
[project]
name = "{name}"
version = "1"
"""
BUILDERS = {"hatchling": "1.99", "editables": "0.9", "tox": "4.99"}


@dataclass(frozen=True)
class Checkout:
    """The stand-in, and what start.py says when it is run there."""

    folder: Path
    wheels: Path

    @property
    def log(self) -> Path:
        return self.folder / ".venv" / "install.log"

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run `python3 start.py WORDS` from elsewhere, with no registry but a folder of wheels."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(
            [sys.executable, str(self.folder / "start.py"), *words],
            cwd=self.folder.parent,
            env={**kept, **pip, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )

    def without(self, *modules: str) -> dict[str, str]:
        """An environment whose Python has no such modules."""
        folder = self.folder.parent / f"without-{'-'.join(modules)}"
        folder.mkdir(exist_ok=True)
        code = f"import sys\nsys.modules.update(dict.fromkeys({modules!r}))\n"
        (folder / "sitecustomize.py").write_text(code)
        return {"PYTHONPATH": str(folder)}


def write_project(folder: Path, name: str, more: str = "") -> None:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name) + more)
    shutil.copy(tiny_wheel.__file__, folder)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh one, nothing installed."""
    folder, wheels = tmp_path / "kit", tmp_path / "wheels"
    write_project(folder, "kit", '[project.scripts]\nsystems-changers = "echo_kit:main"\n')
    (folder / "echo_kit.py").write_text(ECHO)
    for name in ("one", "two"):
        write_project(folder / "plugins" / name, name)
        (folder / "plugins" / name / f"plugin_{name}.py").write_text("")
    shutil.copy(ROOT / "start.py", folder)
    wheels.mkdir()
    for name, version in BUILDERS.items():
        files = {f"{name}/__init__.py": "", f"{name}/__main__.py": f"import sys\nprint('{name}:', *sys.argv[1:])\n"}
        tiny_wheel.write_wheel(wheels, name, version, files, {})
    return Checkout(folder, wheels)
