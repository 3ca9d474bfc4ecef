"""The plugins as the operator and the partners see them, and what they did wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from systems_changers.core.operations.models import (
    KnownPlugin,
    PluginFault,
    PluginSetting,
)
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.db import Base
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.text import Message


@dataclass(frozen=True, slots=True)
class FaultLine:
    """What a plugin did wrong last in one hook, and how often it went wrong."""

    plugin: str
    hook: str
    why: str
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class PluginLine:
    """One plugin as the operator sees it; `state` is installed, quarantined or parked."""

    slug: str
    title: str
    release: str
    state: str
    why: Message | None = None
    faults: tuple[FaultLine, ...] = ()


class Away(NamedTuple):
    """A plugin whose tables about people nobody can read now: its package is gone, or it is kept out."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class KeptSettings:
    """A plugin's settings at this partner with the version that a form is made from."""

    values: Mapping[str, Any]
    version: int | None


def plugin_lines(scope: OperatorScope, registry: Registry) -> list[PluginLine]:
    """Every plugin that is installed, kept out or parked, by slug, with its faults; two statements."""
    faults = faults_by_plugin(scope)
    lines = {
        slug: PluginLine(slug, each.title, each.version, "installed", None, faults.get(slug, ()))
        for slug, each in registry.manifests.items()
    }
    for out in registry.quarantined:
        lines[out.slug] = PluginLine(out.slug, out.slug, "", "quarantined", out.why, faults.get(out.slug, ()))
    for row in scope.db.scalars(sa.select(KnownPlugin)):
        if row.slug not in lines:
            lines[row.slug] = PluginLine(row.slug, row.title, row.release, "parked", None, faults.get(row.slug, ()))
    return [lines[slug] for slug in sorted(lines)]


def faults_by_plugin(scope: OperatorScope) -> dict[str, tuple[FaultLine, ...]]:
    """The latest faults, newest first."""
    found: dict[str, tuple[FaultLine, ...]] = {}
    for row in scope.db.scalars(sa.select(PluginFault).order_by(PluginFault.last_at.desc())):
        line = FaultLine(row.plugin, row.hook, row.why, row.times, row.last_at)
        found[row.plugin] = (*found.get(row.plugin, ()), line)
    return found


def plugins_away(scope: Scope) -> tuple[Away, ...]:
    """The plugins that this instance has had and whose tables about people aren't loaded, by slug; one statement."""
    columns = (KnownPlugin.slug, KnownPlugin.title, KnownPlugin.personal_tables)
    with as_the_kit(scope.db):
        rows = scope.db.execute(sa.select(*columns).order_by(KnownPlugin.slug)).all()
    loaded = Base.metadata.tables.keys()
    return tuple(Away(row.slug, row.title) for row in rows if set(row.personal_tables) - loaded)


def plugin_settings(scope: Scope) -> dict[str, KeptSettings]:
    """What is kept of every plugin's settings at this partner, enabled or not; one statement."""
    rows = scope.db.scalars(sa.select(PluginSetting).where(PluginSetting.deleted_at.is_(None)))
    return {row.plugin: KeptSettings(row.values, row.version) for row in rows}
