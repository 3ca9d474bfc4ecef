"""What an instance knows of its plugins: which it has had, what they did wrong, their settings at a partner.

Which plugins a partner has enabled stands in the partner's own row (core/partners).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from systems_changers.core.operations.models import KnownPlugin, PluginFault, PluginSetting
from systems_changers.core.operations.service.audit import record
from systems_changers.hooks.calls import Fault
from systems_changers.hooks.manifest import Manifest
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.clock import Clock
from systems_changers.infra.errors import Conflict
from systems_changers.infra.transactions import apart, inserting


class FaultBook:
    """Keeps the latest faults of each plugin and hook and counts them, in a transaction of its own.

    Called after the scope that met the faults has ended, so that they are kept whatever became of it.
    """

    def __call__(self, engine: sa.Engine, faults: Sequence[Fault], clock: Clock) -> None:
        now = clock.now()
        met: dict[tuple[str, str], list[str]] = {}
        for fault in faults:
            met.setdefault((fault.plugin, fault.hook), []).append(fault.why)
        with apart(engine) as connection:
            for (plugin, hook), whys in met.items():
                why, times = "; ".join(dict.fromkeys(whys))[:500], len(whys)
                adding = inserting(engine.dialect, PluginFault)
                adding = adding.values(plugin=plugin, hook=hook, why=why, times=times, last_at=now)
                again = {"why": why, "times": PluginFault.times + times, "last_at": now}
                connection.execute(adding.on_conflict_do_update(index_elements=["plugin", "hook"], set_=again))


def remember_plugins(scope: OperatorScope, manifests: Iterable[Manifest]) -> None:
    """Write down the plugins that are installed; one whose package has gone is parked, its tables stay known."""
    present = {manifest.slug: manifest for manifest in manifests}
    known = {row.slug: row for row in scope.db.scalars(sa.select(KnownPlugin))}
    for slug, manifest in present.items():
        row = known.get(slug)
        if row is None:
            row = KnownPlugin(slug=slug)
            scope.db.add(row)
        elif row.release != manifest.version:
            forget_faults(scope, [slug])  # another version's
        row.title, row.release, row.state = manifest.title, manifest.version, "installed"
        row.tables, row.personal_tables = list(manifest.tables), list(manifest.personal_tables)
    for slug in known.keys() - present.keys():
        if known[slug].state == "installed":
            known[slug].state = "parked"
    scope.db.flush()


def forget_faults(scope: OperatorScope, plugins: Collection[str]) -> None:
    """Take what these plugins did wrong off the operator's page: it is put right, or will be told anew."""
    gone = sa.delete(PluginFault).where(PluginFault.plugin.in_(plugins)).returning(PluginFault.plugin)
    if scope.db.execute(gone.execution_options(synchronize_session=False)).all():
        record(scope, "plugin.faults_forgotten", kind="plugin")


def keep_plugin_settings(scope: Scope, plugin: str, values: Mapping[str, Any], version: int | None) -> PluginSetting:
    """Keep a plugin's settings at this partner, already checked; they outlive the plugin's being disabled.

    `version` is the one the form was made from, None for settings that were never kept. Raises Conflict.
    """
    row = scope.db.scalar(
        sa.select(PluginSetting).where(PluginSetting.plugin == plugin, PluginSetting.deleted_at.is_(None))
    )
    if (row.version if row else None) != version:
        theirs = row.values if row else {}
        raise Conflict(mine=values, theirs=theirs, version=row.version if row else None)
    if row is None:
        row = PluginSetting(plugin=plugin)
        scope.db.add(row)
    row.values = dict(values)
    scope.db.flush()
    return row
