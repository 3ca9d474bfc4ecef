"""Imports every model there is, the kit's and those of the plugins in the checkout or installed."""

import importlib
import pkgutil
import sys
import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

import systems_changers.plugins
from systems_changers.testing.schema import import_core

ROOT = Path(__file__).resolve().parents[2]


def plugin_packages() -> dict[str, str]:
    """Packages of plugins and their slugs; a plugin in the checkout counts without being installed."""
    found = {each.module.split(".")[0]: each.name for each in entry_points(group="systems_changers.plugins")}
    for manifest in sorted(ROOT.glob("plugins/*/*/plugin.toml")):
        package = manifest.parent.name
        found.setdefault(package, tomllib.loads(manifest.read_text(encoding="utf-8")).get("slug", package))
        if find_spec(package) is None:
            sys.path.append(str(manifest.parent.parent))
            importlib.invalidate_caches()
    return found


def import_models() -> dict[str, str]:
    """Import them all; answers the plugins' packages and slugs."""
    bundled = [
        f"systems_changers.plugins.{each.name}" for each in pkgutil.iter_modules(systems_changers.plugins.__path__)
    ]
    plugins = plugin_packages() | {each: each.rpartition(".")[2] for each in bundled}
    import_core()
    for package in plugins:
        if find_spec(f"{package}.models") is not None:
            importlib.import_module(f"{package}.models")
    return plugins
