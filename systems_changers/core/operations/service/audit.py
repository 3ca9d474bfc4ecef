"""Writes who did what to which record; field names, never their values.

At a partner it is a row of that partner. Outside any partner there is nobody's row to write, so it goes to the log.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from systems_changers.core.operations.models import AuditEvent
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.log import log


def record(
    scope: Scope | OperatorScope,
    name: str,
    *,
    kind: str | None = None,
    id: UUID | None = None,
    changed: Iterable[str] = (),
) -> AuditEvent | None:
    """Record one change in the caller's transaction; answers None outside any partner."""
    fields = sorted(changed)
    if isinstance(scope, OperatorScope):
        who = str(scope.actor.account_id) if scope.actor.account_id else None
        log.info("audit", what=name, account=who, kind=kind, id=str(id) if id else None, changed=fields)
        return None
    event = AuditEvent(
        at=scope.clock.now(),
        name=name,
        actor_account_id=scope.actor.account_id,
        object_kind=kind,
        object_id=id,
        changed=fields,
    )
    scope.db.add(event)
    return event
