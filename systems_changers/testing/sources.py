"""Finds and imports a plugin from its sources, installed or not, for the tools that work on a folder."""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module, invalidate_caches
from pathlib import Path

from systems_changers.hooks.manifest import Manifest, read_manifest


def package_in(folder: Path) -> Path:
    """The package with `plugin.toml`: the folder itself or one in it; raises FileNotFoundError with a sentence."""
    for place in (folder, *sorted(folder.glob("*/"))):
        if (place / "plugin.toml").is_file():
            return place.resolve()
    message = f"there is no plugin.toml in {folder}, nor in a folder in it"
    raise FileNotFoundError(message)


def import_plugin(package: Path) -> Manifest:
    """Import every module of the package, so that all of its tables are known, and answer its manifest."""
    if str(package.parent) not in sys.path:
        sys.path.insert(0, str(package.parent))
        invalidate_caches()
    root = import_module(package.name)
    for each in pkgutil.walk_packages(root.__path__, f"{package.name}."):
        import_module(each.name)
    return read_manifest(package / "plugin.toml", package.name)
