"""Plugins seen from the command line: what is installed, where it is on, and switching it at a partner."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from systems_changers.core.operations import queries as operations
from systems_changers.core.partners import queries as partners_queries
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.models import Partner
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import Kit, keep_out_unready
from systems_changers.hooks.scope import no_links


def plugin_lines(kit: Kit) -> list[dict[str, Any]]:
    """Every plugin as on the operator's page (installed, quarantined, parked), and the partners where it is on."""
    keep_out_unready(kit)
    with kit.operator_scope(ANYONE, links=no_links) as scope:
        on = list(scope.db.execute(sa.select(Partner.slug, Partner.plugins).order_by(Partner.slug)))
        known = {each.slug: each for each in operations.plugin_lines(scope, kit.registry)}
    for slug in {slug for _partner, plugins in on for slug in plugins} - known.keys():
        known[slug] = operations.PluginLine(slug, slug, "", "parked")
    return [
        {
            "slug": slug,
            "title": line.title,
            "version": line.release or None,
            "state": line.state,
            "why": str(line.why) if line.why else None,
            "partners": [partner for partner, plugins in on if slug in plugins],
            "faults": [{"hook": each.hook, "why": each.why, "times": each.times} for each in line.faults],
        }
        for slug, line in sorted(known.items())
    ]


def switch(kit: Kit, slug: str, at: str, *, on: bool) -> list[str]:
    """Switch a plugin on or off at a partner; answers what is on there now.

    Raises NotFound for a partner that isn't here, Invalid for a plugin that isn't here or is kept out.
    """
    facts = partners_queries.partner_here(kit.engine, at)
    keep_out_unready(kit)
    with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
        if on:
            partners.enable_plugin(scope, slug, pending=lambda _slug: False)  # it would be kept out
        else:
            partners.disable_plugin(scope, slug)
        scope.db.commit()
        row = scope.db.get(Partner, facts.id)
        return list(row.plugins) if row else []
