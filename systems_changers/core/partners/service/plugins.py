"""Turns plugins on and off at a partner, orders and configures them; a disabled plugin's data and settings are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from systems_changers.core.operations import service as operations
from systems_changers.core.operations.rules import checked_settings, reordered
from systems_changers.core.partners.models import Partner
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import msg


def enable_plugin(scope: Scope, slug: str, *, pending: Callable[[str], bool]) -> None:
    """Turn a plugin on, last in the order.

    `pending(slug)` says whether its migrations have yet to run. Raises Invalid for a plugin that isn't installed,
    Refused where it needs another plugin or its tables are not there yet.
    """
    manifest, row = _registry(scope).manifest(slug), _row(scope)
    if slug in row.plugins:
        return
    missing = [each for each in manifest.requires if each not in row.plugins]
    if missing:
        raise Refused(msg("%(title)s needs %(name)s: turn that on first.", title=manifest.title, name=missing[0]))
    if pending(slug):
        raise Refused(
            msg("%(title)s is not ready: whoever runs this installation needs to run `upgrade` first.",
                title=manifest.title),
            code="migrations_pending",
        )  # fmt: skip
    first = {} if slug in row.settings else {slug: checked_settings(manifest.settings, {})}
    _set(scope, row, [*row.plugins, slug], "partner.plugin_enabled", first)


def disable_plugin(scope: Scope, slug: str) -> None:
    """Turn a plugin off. Raises Refused where another that is on needs it."""
    registry, row = _registry(scope), _row(scope)
    if slug not in row.plugins:
        return
    needing = [each for each in registry.usable(row.plugins) if slug in registry.manifests[each].requires]
    if needing:
        title = registry.manifests[needing[0]].title
        raise Refused(msg("%(title)s needs this plugin: turn that off first.", title=title))
    _set(scope, row, [each for each in row.plugins if each != slug], "partner.plugin_disabled")


def move_plugin(scope: Scope, slug: str, *, up: bool) -> None:
    """Move one plugin a place earlier (up) or later. Raises Invalid for one that isn't on."""
    row = _row(scope)
    if slug not in row.plugins:
        raise Invalid(msg("This plugin is not turned on."))
    _set(scope, row, list(reordered(tuple(row.plugins), slug, up=up)), "partner.plugins_ordered")


def save_plugin_settings(scope: Scope, slug: str, given: Mapping[str, Any], version: int | None) -> dict[str, Any]:
    """Check, keep and use a plugin's settings; answers them typed.

    `version` is the one the form was made from, None where none were kept. Raises Invalid, Conflict.
    """
    manifest, row = _registry(scope).manifest(slug), _row(scope)
    values = checked_settings(manifest.settings, given)
    kept = operations.keep_plugin_settings(scope, slug, values, version)
    with as_the_kit(scope.db):
        row.settings = {**row.settings, slug: values}
        row.revision += 1
    operations.record(scope, "partner.plugin_settings_saved", kind="plugin_setting", id=kept.id, changed=values)
    return values


def _registry(scope: Scope) -> Registry:
    return scope.hooks.views.registry


def _row(scope: Scope) -> Partner:
    return scope.db.get_one(Partner, scope.partner.id)


def _set(scope: Scope, row: Partner, plugins: list[str], what: str, settings: Mapping[str, Any] | None = None) -> None:
    with as_the_kit(scope.db):
        row.plugins, row.settings = plugins, {**row.settings, **(settings or {})}
        row.revision += 1
    operations.record(scope, what, kind="partner", id=row.id, changed=["plugins"])
