"""Plugins seen from the command line: what is installed, where it is on, and switching it at a partner."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from systems_changers.core.partners import queries as partners_queries
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra import revisions
from systems_changers.infra.errors import NotFound
from systems_changers.infra.text import msg


def plugin_lines(kit: Kit) -> list[dict[str, Any]]:
    """Every plugin found: its state (installed, quarantined), why, and the partners where it is on."""
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        on = list(scope.db.execute(sa.select(Partner.slug, Partner.plugins).order_by(Partner.slug)))
    lines = [
        {
            "slug": slug,
            "title": manifest.title,
            "version": manifest.version,
            "state": "installed",
            "why": None,
            "partners": [partner for partner, plugins in on if slug in plugins],
        }
        for slug, manifest in kit.registry.manifests.items()
    ]
    kept_out: list[dict[str, Any]] = [
        {
            "slug": each.slug,
            "title": each.slug,
            "version": None,
            "state": "quarantined",
            "why": str(each.why),
            "partners": [],
        }
        for each in kit.registry.quarantined
    ]
    return [*lines, *kept_out]


def switch(kit: Kit, slug: str, at: str, *, on: bool) -> list[str]:
    """Switch a plugin on or off at a partner; answers what is on there now.

    Raises NotFound for a partner that isn't here, Invalid for an unknown plugin, Refused while its migrations wait.
    """
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        facts = partners_queries.partner_by_slug(scope.db, at)
    if facts is None:
        raise NotFound(msg("No partner %(slug)s is here.", slug=at), code="unknown_partner")
    plugins = [(name, manifest.migrations) for name, manifest in kit.registry.manifests.items()]
    behind = revisions.waiting(kit.engine, plugins)
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        if on:
            partners.enable_plugin(scope, slug, pending=behind.__contains__)
        else:
            partners.disable_plugin(scope, slug)
        scope.db.commit()
        row = scope.db.get(Partner, facts.id)
        return list(row.plugins) if row else []
