"""The retention run for the command line: partner after partner, a transaction each, or only what it would do."""

from __future__ import annotations

from typing import Any

from systems_changers.core.partners import queries as partners_queries
from systems_changers.core.privacy import queries, service
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit, keep_out_unready
from systems_changers.hooks.scope import no_links


def run_retention(kit: Kit, slug: str | None, *, dry_run: bool) -> list[dict[str, Any]]:
    """Let go what is due at one partner or at all; answers what went, or with `dry_run` what would go.

    Raises NotFound for a partner that isn't here.
    """
    keep_out_unready(kit)
    return [line for partner in _asked(kit, slug) for line in _at(kit, partner, dry_run=dry_run)]


def _asked(kit: Kit, slug: str | None) -> list[PartnerFacts]:
    found = [each for each in partners_queries.hosting_partners(kit.engine) if slug in (None, each.slug)]
    if slug is not None and not found:
        raise partners_queries.unknown_partner(slug)
    return found


def _at(kit: Kit, partner: PartnerFacts, *, dry_run: bool) -> list[dict[str, Any]]:
    with kit.scope(partner, ANYONE, links=no_links, write=not dry_run) as scope:
        done = queries.due(scope) if dry_run else service.let_go(scope)
        if not dry_run:
            scope.db.commit()
    return [
        {
            "partner": partner.slug,
            "table": each.holding.table,
            "columns": [column.name for column in each.holding.columns],
            "kept": str(each.holding.keep.sentence),
            "rows": each.rows,
            "deleted": each.holding.keep.rows,
        }
        for each in done
    ]
