"""Writes who did what to which record; field names, never their values.

At a partner it is a row of that partner, outside any partner one of the operator's.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.hooks.scope import OperatorScope, Scope


def record(
    scope: Scope | OperatorScope,
    name: str,
    *,
    kind: str | None = None,
    id: UUID | None = None,
    changed: Iterable[str] = (),
) -> AuditEvent | OperatorAudit:
    """Record one change in the caller's transaction."""
    row = OperatorAudit if isinstance(scope, OperatorScope) else AuditEvent
    event = row(
        at=scope.clock.now(),
        name=name,
        actor_account_id=scope.actor.account_id,
        object_kind=kind,
        object_id=id,
        changed=sorted(changed),
    )
    scope.db.add(event)
    return event
