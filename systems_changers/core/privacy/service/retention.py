"""Lets go what is due: empties columns, or deletes rows, as each column's `Keep` promises.

Sealed records and finished figures hold no person, so no column of theirs is ever due.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations.service import record
from systems_changers.core.privacy import queries
from systems_changers.core.privacy.queries import Due, Holding
from systems_changers.hooks.scope import Scope
from systems_changers.infra.personal import emptied

MOST_AT_ONCE = 500


def let_go(scope: Scope) -> list[Due]:
    """Let go everything at this partner whose time is over, and record of which columns; answers how much of each.

    Done again at once, it finds nothing.
    """
    done = []
    for holding in queries.holdings(scope):
        ids = queries.due_ids(scope, holding)
        for first in range(0, len(ids), MOST_AT_ONCE):
            _let_go(scope, holding, ids[first : first + MOST_AT_ONCE])
        if ids:
            done.append(Due(holding, len(ids)))
    if done:
        fields = {f"{each.holding.table}.{column.name}" for each in done for column in each.holding.columns}
        record(scope, "retention.let_go", kind="partner", id=scope.partner.id, changed=fields)
    return done


def _let_go(scope: Scope, holding: Holding, ids: Sequence[UUID]) -> None:
    model, these = holding.model, holding.model.id.in_(ids)
    if holding.keep.rows:
        scope.db.execute(sa.delete(model).where(these).execution_options(synchronize_session=False))
        return
    left: dict[str, Any] = {column.key: _left(column) for column in holding.columns}
    # As if nobody had touched it: a cancelled cohort ended when it was last changed.
    stamps = {"version": model.version + 1, "updated_at": model.updated_at}
    change = sa.update(model).where(these).values({**left, **stamps})
    scope.db.execute(change.execution_options(synchronize_session=False))


def _left(column: sa.Column[Any]) -> Any:
    value = emptied(column)
    return sa.null() if value is None else value  # else JSON would keep the word null
