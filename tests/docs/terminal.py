"""Runs a page's commands as a reader would, in a copy of the checkout with an empty home.

`python3 start.py` stands for the installed command here, and `.venv/bin/` for where that is: installing is what
tests/start is about. A plugin that the page has written into `plugins/` counts as installed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 120.0
START = re.compile(r"^(?:\./|python3? )start\.py\b\s*(?P<words>[^#]*)")
SERVES = re.compile(r"^systems-changers (?:demo|serve)\b(?!.*--help)")
LEFT_OUT = {
    ".git",
    ".venv",
    ".tox",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".import_linter_cache",
    "__pycache__",
}


@dataclass(frozen=True)
class Terminal:
    """A shell in a scratch folder."""

    folder: Path
    home: Path

    @classmethod
    def open(cls, root: Path, scratch: Path) -> Terminal:
        """Copy the checkout without what tools made in it."""
        folder = scratch / "kit"
        shutil.copytree(root, folder, ignore=lambda _, names: LEFT_OUT & set(names))
        (scratch / "home").mkdir()
        return cls(folder, scratch / "home")

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SYSTEMS_CHANGERS", "XDG_"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        written = os.pathsep.join(str(place) for place in sorted((self.home / "written").glob("*")))
        return {**kept, "HOME": str(self.home), "PATH": path, "PYTHONPATH": written}

    def write(self, name: str, lines: Sequence[str]) -> None:
        """A file of the page; a plugin's pyproject.toml installs it, as an editable install would."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")
        if file.name == "pyproject.toml":
            self._install(file)

    def _install(self, file: Path) -> None:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        project = said["project"]
        place = self.home / "written" / project["name"]
        known = place / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        known.mkdir(parents=True)
        for package in said["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
            (place / package).symlink_to(file.parent / package)
        named = "".join(f"{field.title()}: {project[field]}\n" for field in ("name", "version"))
        (known / "METADATA").write_text(f"Metadata-Version: 2.1\n{named}", encoding="utf-8")
        points = project["entry-points"]["systems_changers.plugins"].items()
        lines = ["[systems_changers.plugins]", *(f"{name} = {value}" for name, value in points), ""]
        (known / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")

    def type(self, command: str) -> None:
        """Run one command; it must succeed, or, if it serves, answer.

        Raises AssertionError with the command and what it said.
        """
        plain = plainly(command)
        if plain is None:
            return
        if SERVES.match(plain):
            self._serve(plain)
            return
        done = subprocess.run(
            ["bash", "-c", plain],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def _serve(self, command: str) -> None:
        port = free_port()
        words = re.sub(r"\s--port[ =]\d+", "", command.partition(" #")[0])
        log = self.home / "served.log"
        with log.open("w") as output:
            served = subprocess.Popen(
                [*shlex.split(words), "--port", str(port)],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            answered = wait_for(f"http://127.0.0.1:{port}/", served)
        finally:
            served.send_signal(signal.SIGINT)
            served.wait(timeout=PATIENCE)
        assert answered, f"{command}\n{log.read_text()}"


def plainly(command: str) -> str | None:
    """The installed command that a line stands for; None for the checks, which are what runs this."""
    match = START.match(command)
    if match is None:
        return command.removeprefix(".venv/bin/")
    words = match["words"].strip()
    if words.split(" ")[0] == "test":
        return None
    return f"systems-changers {words or 'demo'}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether the address answers before patience or the process ends."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return bool(answer.status < 500)
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code < 500
        except OSError:
            time.sleep(0.1)
    return False
