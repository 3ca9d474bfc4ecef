"""Finds and loads plugins, one registry an application; a plugin that can't be loaded is quarantined, never the host.

Order is by slug, whatever the packaging says, so that two machines agree; a partner's own order is the view's matter.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from systems_changers import __version__
from systems_changers.hooks import specs
from systems_changers.hooks.manifest import Manifest, read_manifest
from systems_changers.hooks.tables import added_since, check_tables
from systems_changers.infra import revisions
from systems_changers.infra.blame import explained
from systems_changers.infra.db import Base
from systems_changers.infra.errors import Invalid, KitError, Refused
from systems_changers.infra.paths import migrations_dir
from systems_changers.infra.text import Message, msg

GROUP = "systems_changers.plugins"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A plugin that was found but not let in, and why."""

    slug: str
    why: Message


@dataclass(slots=True)
class Registry:
    """The plugins of one application: their manifests, their code, and those kept out."""

    manager: pluggy.PluginManager
    manifests: dict[str, Manifest] = field(default_factory=dict)
    quarantined: list[Quarantined] = field(default_factory=list)

    def manifest(self, slug: str) -> Manifest:
        """The manifest of a loaded plugin; raises Invalid that says why it is kept out, or that there is none."""
        found = self.manifests.get(slug)
        if found is None:
            for each in self.quarantined:
                if each.slug == slug:
                    raise Invalid(each.why, code="kept_out")
            raise Invalid(msg("No plugin %(slug)s is installed here.", slug=slug), code="unknown_plugin")
        return found

    def keep_out(self, slug: str, why: Message) -> None:
        """Keep out a plugin that was loaded, and those that require it."""
        self.manifests.pop(slug, None)
        self.quarantined.append(Quarantined(slug, why))
        for needing in [each for each in self.manifests.values() if slug in each.requires]:
            self.keep_out(needing.slug, _missing(needing, self.manifests))

    def usable(self, slugs: Iterable[str]) -> tuple[str, ...]:
        """Those of `slugs` that are loaded, in the given order."""
        return tuple(slug for slug in slugs if slug in self.manifests)


def find_manifests(folder: Path | None = None) -> tuple[list[Manifest], list[Quarantined]]:
    """Every installed plugin's manifest, and those of the trusted local `folder`; runs no plugin code."""
    found: dict[str, Manifest] = {}
    kept_out: list[Quarantined] = []
    for name, place, code in [*_installed(), *_local(folder)]:
        try:
            manifest = read_manifest(place, code)
            if manifest.slug in found:
                raise Invalid(msg("Two plugins are called %(slug)s.", slug=manifest.slug))
            found[manifest.slug] = manifest
        except KitError as error:
            kept_out.append(Quarantined(name, error.message))
    return [found[slug] for slug in sorted(found)], kept_out


def _installed() -> list[tuple[str, Path, str]]:
    return [(point.name, _home(point) / "plugin.toml", point.value) for point in entry_points(group=GROUP)]


def _home(point: EntryPoint) -> Path:
    spec = importlib.util.find_spec(point.value.split(".", 1)[0])
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else Path(point.value)


def _local(folder: Path | None) -> list[tuple[str, Path, str]]:
    if folder is None or not folder.is_dir():
        return []
    names = {file.stem for file in folder.glob("*.py")} | {
        file.stem for file in folder.glob("*.toml") if _is_ours(file)
    }
    return [(name, folder / f"{name}.toml", str(folder / f"{name}.py")) for name in sorted(names)]


def _is_ours(file: Path) -> bool:
    """Whether a TOML file without code beside it was meant to be a plugin's manifest."""
    try:
        return "slug" in tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False


def load(manifests: Iterable[Manifest], kept_out: Iterable[Quarantined] = ()) -> Registry:
    """Import and register plugins; each in its own guard, after those it requires."""
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    registry = Registry(manager, quarantined=list(kept_out))
    waiting = list(manifests)
    while waiting:
        ready = [each for each in waiting if set(each.requires) <= registry.manifests.keys()]
        if not ready:
            registry.quarantined += [Quarantined(each.slug, _missing(each, registry.manifests)) for each in waiting]
            break
        for manifest in ready:
            waiting.remove(manifest)
            why = _register(registry, manifest)
            if why is not None:
                registry.quarantined.append(Quarantined(manifest.slug, why))
    return registry


def _missing(manifest: Manifest, present: Mapping[str, Manifest]) -> Message:
    names = ", ".join(sorted(set(manifest.requires) - present.keys()))
    return msg("It needs plugins that are not here: %(names)s.", names=names)


def _register(registry: Registry, manifest: Manifest) -> Message | None:
    """Let one plugin in, or say why not."""
    try:
        _check_versions(manifest)
        before = set(Base.metadata.tables)
        code = _import(manifest)
        check_tables(manifest, added_since(before))
        register(registry, manifest, code)
    except KitError as error:
        return error.message
    except pluggy.PluginValidationError as error:  # says only in its last line what is wrong
        return msg("It could not be loaded: %(why)s", why=" ".join(str(error).split()))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plugin raises, the host starts
        return msg("It could not be loaded: %(why)s", why=explained(error, manifest.folder))
    return None


def _check_versions(manifest: Manifest) -> None:
    try:
        fits = __version__ in SpecifierSet(manifest.kit, prereleases=True)
    except InvalidSpecifier:
        raise Refused(msg("Its kit version range can't be read: %(range)s.", range=manifest.kit)) from None
    if not fits:
        asked = msg("It asks for the kit %(range)s; this is %(version)s.", range=manifest.kit, version=__version__)
        raise Refused(asked)
    if manifest.requires_core and manifest.requires_core not in revisions.known(migrations_dir() / "versions"):
        raise Refused(
            msg("It needs the core at %(revision)s, which is not known here.", revision=manifest.requires_core)
        )


def register(registry: Registry, manifest: Manifest, code: object) -> None:
    """Let one plugin in; raises Refused for wrappers, for hooks that don't exist and for hooks without their mark."""
    unmarked = [name for name, each in vars(code).items() if name.startswith("sc_") and not _marked(each)]
    if unmarked:
        raise Refused(msg("Its %(name)s has no @hookimpl, so nobody would call it.", name=unmarked[0]))
    registry.manager.register(code, name=manifest.slug)
    callers = registry.manager.get_hookcallers(code) or []
    unknown = [caller.name for caller in callers if not caller.has_spec()]
    wrapping = [
        impl.function.__name__
        for caller in callers
        for impl in caller.get_hookimpls()
        if impl.plugin_name == manifest.slug and (impl.wrapper or impl.hookwrapper)
    ]
    if unknown or wrapping:
        registry.manager.unregister(name=manifest.slug)
        if unknown:
            raise Refused(_no_such_hook(unknown[0]))
        raise Refused(msg("It wraps a hook, which plugins may not: %(name)s.", name=wrapping[0]))
    registry.manifests[manifest.slug] = manifest


def _marked(each: object) -> bool:
    return not callable(each) or hasattr(each, f"{specs.PROJECT}_impl")


def _no_such_hook(name: str) -> Message:
    near = get_close_matches(name, [each for each in vars(specs) if each.startswith("sc_")], 1)
    if near:
        return msg("It implements a hook that doesn't exist: %(name)s. Did you mean %(near)s?", name=name, near=near[0])
    return msg("It implements a hook that doesn't exist: %(name)s.", name=name)


def _import(manifest: Manifest) -> ModuleType:
    if not manifest.code.endswith(".py"):
        return importlib.import_module(manifest.code)
    name = f"systems_changers_local_{manifest.slug.replace('-', '_')}"
    loader = SourceFileLoader(name, manifest.code)
    spec = cast("ModuleSpec", importlib.util.spec_from_file_location(name, manifest.code, loader=loader))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module
