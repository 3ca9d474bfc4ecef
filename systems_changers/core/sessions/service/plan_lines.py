"""Changes the order of a plan and what is in it, as long as none of it was delivered.

A line that is dropped stays for the sessions that were made from it, until they take the plan's modules anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.cohorts.models import PlannedModule
from systems_changers.core.cohorts.queries import cohort_row, planned_rows
from systems_changers.core.operations.service import record
from systems_changers.core.sessions.queries import delivered_modules
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.infra.text import msg


def move_module(scope: Scope, cohort_id: UUID, planned_id: UUID, *, down: bool = False) -> PlannedModule:
    """Move a line one place up or down; at the end of the plan nothing changes.

    Sessions keep their blocks. Raises NotFound, Refused where the module or its neighbour was delivered.
    """
    rows = planned_rows(scope, cohort_row(scope, cohort_id).id)
    place, line = _line(rows, planned_id)
    beside = place + (1 if down else -1)
    if not 0 <= beside < len(rows):
        return line
    _refuse_delivered(scope, cohort_id, (line, rows[beside]))
    here, there = line.position, rows[beside].position
    # What was swapped before stands at the same place, so that sessions made from it find what came instead.
    everything = sa.select(PlannedModule).where(
        PlannedModule.cohort_id == cohort_id, PlannedModule.position.in_((here, there))
    )
    for row in scope.db.scalars(everything).all():
        row.position = there if row.position == here else here
    record(scope, "plan.module_moved", kind="planned_module", id=line.id, changed=["position"])
    scope.db.flush()
    return line


def drop_module(scope: Scope, cohort_id: UUID, planned_id: UUID) -> PlannedModule:
    """Take a line out of the plan; `restore_module` takes that back. Raises NotFound, Refused once delivered."""
    _, line = _line(planned_rows(scope, cohort_row(scope, cohort_id).id), planned_id)
    _refuse_delivered(scope, cohort_id, (line,))
    line.deleted_at = scope.clock.now()
    record(scope, "plan.module_dropped", kind="planned_module", id=line.id)
    scope.db.flush()
    return line


def restore_module(scope: Scope, cohort_id: UUID, planned_id: UUID) -> PlannedModule:
    """Put a dropped line back in its place. Raises NotFound, also where another form has taken the place since."""
    line = scope.db.get(PlannedModule, (scope.partner.id, planned_id))
    taken = {row.position for row in planned_rows(scope, cohort_row(scope, cohort_id).id)}
    if line is None or line.cohort_id != cohort_id or line.position in taken:
        raise NotFound
    line.deleted_at = None
    record(scope, "plan.module_restored", kind="planned_module", id=line.id)
    scope.db.flush()
    return line


def _line(rows: Sequence[PlannedModule], planned_id: UUID) -> tuple[int, PlannedModule]:
    for place, row in enumerate(rows):
        if row.id == planned_id:
            return place, row
    raise NotFound


def _refuse_delivered(scope: Scope, cohort_id: UUID, lines: Sequence[PlannedModule]) -> None:
    delivered = delivered_modules(scope, cohort_id)
    for line in lines:
        if line.id in delivered:
            said = msg("“%(title)s” was delivered: its place in the plan stays.", title=line.title)
            raise Refused(said, code="module_delivered")
