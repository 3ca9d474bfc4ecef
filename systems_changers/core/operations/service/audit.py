"""Writes who did what to which record; field names, never their values.

At a partner it is a row of that partner, outside any partner one of the operator's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.bulk import insert_rows


def record(
    scope: AnyScope,
    name: str,
    *,
    kind: str | None = None,
    id: UUID | None = None,
    changed: Iterable[str] = (),
) -> None:
    """Record one change in the caller's transaction, at once. Raises ValueError for what can be no field's name.

    A name may have parts, such as `reach.email`; nothing that has a space is one.
    """
    fields = sorted(changed)
    if not all(part.isidentifier() for each in fields for part in each.split(".")):
        message = f"{name} tells fields' names, and nothing else: {fields}"
        raise ValueError(message)
    now = scope.clock.now()
    values: dict[str, Any] = {
        "at": now, "name": name, "actor_account_id": scope.actor.account_id,
        "object_kind": kind, "object_id": id, "changed": fields,
    }  # fmt: skip
    if isinstance(scope, Scope):
        insert_rows(scope.db, AuditEvent, [{**values, "created_at": now, "updated_at": now}])
    else:
        insert_rows(scope.db, OperatorAudit, [values])
