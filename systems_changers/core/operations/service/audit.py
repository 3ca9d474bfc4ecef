"""Writes who did what to which record; field names, never their values.

At a partner it is a row of that partner, outside any partner one of the operator's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.db import Base

_AT_A_PARTNER, _OUTSIDE = (sa.insert(Base.metadata.tables[each.__tablename__]) for each in (AuditEvent, OperatorAudit))


def record(
    scope: Scope | OperatorScope,
    name: str,
    *,
    kind: str | None = None,
    id: UUID | None = None,
    changed: Iterable[str] = (),
) -> None:
    """Record one change in the caller's transaction, at once."""
    who = scope.actor.account_id
    values: dict[str, Any] = {
        "at": scope.clock.now(), "name": name, "actor_account_id": who, "object_kind": kind, "object_id": id,
        "changed": sorted(changed),
    }  # fmt: skip
    if isinstance(scope, Scope):
        made = {"created_at": values["at"], "created_by": who, "updated_at": values["at"], "updated_by": who}
        values |= {"partner_id": scope.partner.id, **made}
    # Not through the session's unit of work: every form writes one, and that would cost it a tenth more.
    scope.db.connection().execute(_AT_A_PARTNER if isinstance(scope, Scope) else _OUTSIDE, values)
