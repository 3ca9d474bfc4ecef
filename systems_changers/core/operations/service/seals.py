"""Seals what was recorded, after the commit that recorded it: each event's hash takes in the one before.

Only what is in order is sealed. An event that is older than the newest sealed by more than rules.OUT_OF_ORDER was added
afterwards, or recorded by a clock that was wrong; it stays unsealed, so that `audit verify` names it.
"""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.operations import queries
from systems_changers.core.operations.models import AuditLink, OperatorAuditLink
from systems_changers.core.operations.rules import OUT_OF_ORDER, genesis, link_hash
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.bulk import insert_rows

BATCH = 1000


def seal_waiting(scope: AnyScope, *, most: int = BATCH) -> int:
    """Seal the oldest `most` of what waits in the scope's chain, at the partner or outside any; answers how many.

    Raises sqlalchemy's IntegrityError where another process seals the same chain: begin a new transaction then.
    """
    head = queries.chain_head(scope)
    waiting = queries.unsealed(scope, since=head.at - OUT_OF_ORDER if head else None, most=most)
    before, last = (head.number, head.hash) if head else (0, genesis(scope.db.info["partner_id"]))
    now, rows = scope.clock.now(), []
    for number, event in enumerate(waiting, before + 1):
        last = link_hash(last, event)
        rows.append({"id": UUID(event.id), "number": number, "hash": last, "sealed_at": now})
    insert_rows(scope.db, AuditLink if isinstance(scope, Scope) else OperatorAuditLink, rows)
    return len(rows)
