"""Gathers what partners share into the foundation's own rows: agreement first, policy second, only then a row.

The foundation's page reads these rows alone, so what was hidden here is nowhere in its reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.partners import queries as partners
from systems_changers.core.partners.models import Partner
from systems_changers.core.summaries.models import ReceivedSummary
from systems_changers.core.summaries.queries.across import PartnerCounts, RegisterCounts, known_partners
from systems_changers.core.summaries.queries.received import REGISTER_ROW, alphabetical
from systems_changers.core.summaries.rules.counting import Counted, pool
from systems_changers.core.summaries.rules.disclosure import (
    FREE,
    NOT_SHARED,
    SUPPRESSED,
    Policy,
    disclose,
    policy,
    window_start,
)
from systems_changers.core.summaries.rules.indicators import Indicator, indicators
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import Scope, no_links
from systems_changers.infra.bulk import insert_rows
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id

Row = dict[str, Any]
Key = tuple[UUID, str]
COMPARED = (
    "about_name", "about_order", "about_kind", "definition_hash", "status", "confidentiality", "numerator",
    "denominator", "people", "cohorts", "parts", "module_mix", "from_on", "to_on",
)  # fmt: skip


def gather_all(kit: Kit) -> int:
    """Gather for every foundation of the instance, each in a transaction of its own; answers how many rows changed."""
    with kit.operator_scope(ANYONE, links=no_links) as operator:
        ids = list(operator.db.scalars(sa.select(Partner.id).where(Partner.kind == "foundation")))
        foundations = list(partners.partners_by_id(operator.db, ids).values())
    changed = 0
    for foundation in foundations:
        with kit.scope(foundation, ANYONE, links=no_links, write=True) as scope:
            changed += gather(scope)
            scope.db.commit()
    return changed


def gather(scope: Scope) -> int:
    """Bring the foundation's rows up to date; answers how many changed. Raises NotFound at any other partner.

    Opens the door across partners (infra/isolation.py) for reading, beside the scope's own transaction.
    """
    if scope.partner.kind != "foundation":
        raise NotFound
    rule = policy()
    known = known_partners(scope, window_start(scope.clock.now().date(), rule.months))
    wanted = {(row["about_partner"], row["indicator"]): row for each in known for row in _rows(each, rule)}
    changed = _keep(scope, wanted)
    if changed:
        operations.record(scope, "figures.gathered", kind="received_summary")
    return changed


# --- what may be kept of one partner ---


def _rows(known: PartnerCounts, rule: Policy) -> Iterator[Row]:
    if known.register is not None:
        yield _register_row(known, known.register, rule)
    if known.kind == "hosting":
        for indicator in indicators().values():
            yield _figure_row(known, indicator, rule)


def _base(known: PartnerCounts, indicator: str, definition_hash: str) -> Row:
    return {
        "about_partner": known.id,
        "about_name": known.name,
        "about_order": alphabetical(known.name),
        "about_kind": known.kind,
        "indicator": indicator,
        "definition_hash": definition_hash,
    }


def _figure_row(known: PartnerCounts, indicator: Indicator, rule: Policy) -> Row:
    base = _base(known, indicator.id, indicator.hash)
    if known.agreed is None or indicator.id not in known.agreed:
        return base | _counts(Counted("not_recorded"), NOT_SHARED)
    found = known.figures.get(indicator.id, [])
    nothing = Counted("not_recorded" if known.register and not found else "not_due")
    seen, confidentiality = disclose(pool(found) if found else nothing, indicator, rule)
    context = {"module_mix": known.mix, "from_on": known.from_on, "to_on": known.to_on}
    return base | _counts(seen, confidentiality) | (context if seen.status == "reported" else {})


def _counts(seen: Counted, confidentiality: str) -> Row:
    return {
        "status": seen.status,
        "confidentiality": confidentiality,
        "numerator": seen.numerator,
        "denominator": seen.denominator,
        "people": seen.people,
        "cohorts": seen.cohorts or None,
        "parts": seen.parts,
        "module_mix": {},
        "from_on": None,
        "to_on": None,
    }


def _register_row(known: PartnerCounts, register: RegisterCounts, rule: Policy) -> Row:
    """Deliveries are counts of things; heads are people, so a sum below the policy's least is hidden."""
    hidden = register.recorded > 0 and register.heads < rule.people_from
    parts = {"deliveries": register.deliveries, "recorded": None if hidden else register.recorded}
    heads = None if hidden or not register.recorded else register.heads
    counted = Counted("reported", None, None, heads, {**parts, "heads": heads})
    context = {"from_on": register.first, "to_on": register.last}
    return _base(known, REGISTER_ROW, rule.hash) | _counts(counted, SUPPRESSED if hidden else FREE) | context


# --- keeping it ---


def _keep(scope: Scope, wanted: Mapping[Key, Row]) -> int:
    mine = sa.select(
        ReceivedSummary.id, ReceivedSummary.about_partner, ReceivedSummary.indicator,
        *(getattr(ReceivedSummary, name) for name in COMPARED),
    ).where(ReceivedSummary.deleted_at.is_(None))  # fmt: skip
    left, differing, gone = dict(wanted), {}, []
    for row in scope.db.execute(mine):
        new = left.pop((row.about_partner, row.indicator), None)
        if new is None:
            gone.append(row.id)
        elif any(getattr(row, name) != new[name] for name in COMPARED):
            differing[row.id] = new
    _insert(scope, list(left.values()))
    _change(scope, differing)
    if gone:
        now = scope.clock.now()
        scope.db.execute(sa.update(ReceivedSummary).where(ReceivedSummary.id.in_(gone)).values(deleted_at=now))
    return len(left) + len(differing) + len(gone)


def _insert(scope: Scope, rows: list[Row]) -> None:
    if rows:
        made = {"received_at": scope.clock.now()}
        insert_rows(scope.db, ReceivedSummary, [{**row, **made, "id": new_id()} for row in rows])


def _change(scope: Scope, differing: Mapping[UUID, Row]) -> None:
    if not differing:
        return
    for row in scope.db.scalars(sa.select(ReceivedSummary).where(ReceivedSummary.id.in_(differing))):
        for name in COMPARED:
            setattr(row, name, differing[row.id][name])
        row.received_at = scope.clock.now()
    scope.db.flush()
