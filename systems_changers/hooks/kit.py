"""The parts of a running instance, put together once: settings, database, plugins, words and the time.

The edges (web, command, job) open scopes here; nothing below them does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from systems_changers.hooks.calls import Calls, Fault
from systems_changers.hooks.facts import ActorFacts, PartnerFacts
from systems_changers.hooks.registry import Registry, find_manifests, load
from systems_changers.hooks.scope import Links, OperatorScope, Scope
from systems_changers.hooks.view import Views
from systems_changers.infra import revisions
from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.clock import Clock, SystemClock
from systems_changers.infra.db import for_writing, open_session
from systems_changers.infra.engine import open_engine
from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.files import FileStore
from systems_changers.infra.paths import translations_dir
from systems_changers.infra.settings import Settings
from systems_changers.infra.shelves import shelf_of, store_of


@dataclass(slots=True)
class Kit:
    """One instance. `tell_faults` records plugins' faults after the scope that met them has ended."""

    settings: Settings
    engine: sa.Engine
    registry: Registry
    views: Views
    catalogues: Catalogues
    clock: Clock
    tell_faults: Callable[[sa.Engine, Sequence[Fault], Clock], None]
    _writing: sa.Engine = field(init=False)

    def __post_init__(self) -> None:
        self._writing = for_writing(self.engine)

    @property
    def files(self) -> FileStore:
        """Where all partners' files lie; a scope has its own partner's alone."""
        return store_of(self.settings)

    def calls(self, partner: PartnerFacts) -> Calls:
        """The partner's hooks."""
        return Calls(self.views, self.views.of(partner.plugins), partner)

    @contextmanager
    def scope(self, partner: PartnerFacts, actor: ActorFacts, *, links: Links, write: bool = False) -> Iterator[Scope]:
        """A scope for one partner; the caller commits `scope.db`, or everything is rolled back."""
        calls = self.calls(partner)
        engine = self._writing if write else self.engine
        session = open_session(engine, partner.id, account_id=actor.account_id, write=write)
        try:
            yield Scope(session, partner, actor, calls, self.clock, links, shelf_of(self.settings, partner.id))
        finally:
            session.close()
            if calls.faults:
                self.tell_faults(self.engine, calls.faults, self.clock)

    @contextmanager
    def operator_scope(self, actor: ActorFacts, *, links: Links, write: bool = False) -> Iterator[OperatorScope]:
        """A scope outside any partner: what is the kit's own, and no partner's rows."""
        engine = self._writing if write else self.engine
        session = open_session(engine, None, account_id=actor.account_id, write=write)
        try:
            yield OperatorScope(session, actor, self.clock, links)
        finally:
            session.close()


def load_plugins(settings: Settings) -> Registry:
    """The registry of the plugins installed here and in the settings' trusted folder."""
    return load(*find_manifests(Path(settings.plugin_folder) if settings.plugin_folder else None))


def keep_out_unready(kit: Kit) -> None:
    """Keep out plugins whose tables aren't those of what is installed; raises Misconfigured where the core's aren't."""
    plugins = [(slug, manifest.migrations) for slug, manifest in kit.registry.manifests.items()]
    told = revisions.waiting(kit.engine, plugins)
    if "core" in told:
        raise Misconfigured(told["core"])
    for slug, why in told.items():
        kit.registry.keep_out(slug, why)


def open_kit(
    settings: Settings,
    tell_faults: Callable[[sa.Engine, Sequence[Fault], Clock], None],
    *,
    clock: Clock | None = None,
    registry: Registry | None = None,
) -> Kit:
    """The parts of the instance in `settings`; opens the database, changes nothing in it.

    Plugins load before the engine opens, so that their tables are among those it isolates.
    """
    registry = registry or load_plugins(settings)
    folders = {slug: manifest.translations for slug, manifest in registry.manifests.items()}
    catalogues = Catalogues(translations_dir(), folders)
    engine = open_engine(settings.database_url)
    return Kit(settings, engine, registry, Views(registry), catalogues, clock or SystemClock(), tell_faults)
