"""A partner's frozen view of the plugins: an allow list in the partner's order, built once a tuple of names.

Never a deny list: a plugin that is registered later can't slip into a view that exists.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from systems_changers.hooks import specs
from systems_changers.hooks.registry import Registry

HOOKS = tuple(sorted(name for name in vars(specs) if name.startswith("sc_")))
SLOW_SECONDS = 2.0
OPEN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook, with the argument names it asks for."""

    plugin: str
    function: Callable[..., Any]
    wants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartnerView:
    """The implementations of every hook for one tuple of enabled plugins."""

    plugins: tuple[str, ...]
    implementations: dict[str, tuple[Implementation, ...]]


class Views:
    """Makes and keeps views, and the circuits that rest a slow plugin at one partner."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._made: dict[tuple[str, ...], PartnerView] = {}
        self._resting: dict[tuple[UUID, str], float] = {}
        self._lock = threading.Lock()

    def of(self, plugins: tuple[str, ...]) -> PartnerView:
        """The view for plugins enabled in this order; names that aren't loaded are left out."""
        view = self._made.get(plugins)
        if view is None:
            with self._lock:
                view = self._made.setdefault(plugins, self._build(self.registry.usable(plugins)))
        return view

    def _build(self, plugins: tuple[str, ...]) -> PartnerView:
        made: dict[str, tuple[Implementation, ...]] = {}
        for hook in HOOKS:
            impls = {impl.plugin_name: impl for impl in getattr(self.registry.manager.hook, hook).get_hookimpls()}
            made[hook] = tuple(
                Implementation(slug, impls[slug].function, tuple(impls[slug].argnames))
                for slug in plugins
                if slug in impls
            )
        return PartnerView(plugins, made)

    def rest(self, partner_id: UUID, plugin: str) -> None:
        """Leave a plugin out at one partner for a minute, from the next request on."""
        self._resting[partner_id, plugin] = time.monotonic() + OPEN_SECONDS

    def resting(self, partner_id: UUID, plugin: str) -> bool:
        """Whether the plugin is being rested at this partner."""
        if not self._resting:
            return False
        until = self._resting.get((partner_id, plugin))
        if until is None:
            return False
        if until < time.monotonic():
            self._resting.pop((partner_id, plugin), None)
            return False
        return True
