"""What an installation weighs without extras: the wheel of this checkout in a fresh environment.

Slow, and it asks the package index: only with --install.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from bench.processes import MEGABYTE
from bench.readings import Goal, Reading
from bench.serving import ROOT

NOT_OURS = {"pip", "setuptools", "wheel"}


def installed() -> list[Reading]:
    """Megabytes and packages that `pip install` adds."""
    with tempfile.TemporaryDirectory(prefix="bench-install-") as folder:
        wheels, place = Path(folder) / "wheels", Path(folder) / "environment"
        _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(ROOT)])
        venv.create(place, with_pip=True)
        python = str(place / "bin" / "python")
        before, began = _megabytes(place), time.perf_counter()
        _run([python, "-m", "pip", "install", "--quiet", *map(str, wheels.glob("*.whl"))])
        seconds, after = time.perf_counter() - began, _megabytes(place)
        listed = _run([python, "-m", "pip", "list", "--format=freeze"]).splitlines()
    names = {line.partition("==")[0].lower() for line in listed} - NOT_OURS
    return [
        Reading("installed size, no extras", "", after - before, Goal(170, "MB"), f"pip took {seconds:.0f} s"),
        Reading("installed packages, no extras", "", float(len(names)), Goal(65, "")),
    ]


def _megabytes(folder: Path) -> float:
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / MEGABYTE


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])
    return done.stdout
