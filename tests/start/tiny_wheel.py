"""A whole build backend in one file, so that start.py is tried with real pip, without a network.

It is copied into stand-in projects as their own backend; it writes wheels with the standard library.
"""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path
from typing import Any

TAG = "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def write_wheel(folder: Path, name: str, version: str, files: dict[str, str], scripts: dict[str, str]) -> str:
    """Write a wheel of these files and console scripts, and return its file name."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    entry_points = "[console_scripts]\n" + "".join(f"{key} = {value}\n" for key, value in scripts.items())
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    about = {"METADATA": metadata, "WHEEL": TAG, "entry_points.txt": entry_points}
    content = files | {f"{info}/{key}": text for key, text in about.items()}
    record = "".join(f"{key},,\n" for key in [*content, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for key, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(key, text)
    return f"{stem}-py3-none-any.whl"


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: Any = None) -> str:
    """PEP 660: the project in the current folder, by a path file that points at it."""
    here = Path.cwd()
    project = tomllib.loads((here / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = {f"_{project['name']}.pth": f"{here}\n"}
    return write_wheel(Path(wheel_directory), project["name"], project["version"], files, project.get("scripts", {}))


build_wheel = build_editable
