"""Takes a session from state to state: the kit's rules first, then every plugin's, and all reasons together."""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.cohorts.queries import cohort_row
from systems_changers.core.cohorts.rules import StepRefused
from systems_changers.core.operations.service import record
from systems_changers.core.sessions.models import CohortSession
from systems_changers.core.sessions.queries import session_facts, session_row
from systems_changers.core.sessions.rules import Standing, stands_against
from systems_changers.core.sessions.service.numbering import number_by_date
from systems_changers.hooks.scope import Scope


def take_step(scope: Scope, session: CohortSession, to: str) -> None:
    """Move a session to `to` and announce session.<to>.v1.

    Raises StepRefused with every reason, from the rules and from sc_check_session_transition.
    """
    cohort = cohort_row(scope, session.cohort_id)
    standing = Standing(session.state, session.starts_at, session.minutes, cohort.id, cohort.state)
    refusals = stands_against(standing, to, scope.clock.now())
    if not refusals:
        refusals = scope.hooks.check_session_transition(scope, session_facts(scope, session), to)
    if refusals:
        raise StepRefused(refusals)
    session.state = to
    record(scope, f"session.{to}", kind="session", id=session.id, changed=["state"])
    scope.announce(f"session.{to}.v1", session_id=session.id, cohort_id=session.cohort_id)


def confirm(scope: Scope, session_id: UUID) -> CohortSession:
    """The date and place are certain; raises StepRefused, for one where there is no date."""
    return _move(scope, session_id, "confirmed")


def cancel(scope: Scope, session_id: UUID) -> CohortSession:
    """The session will not take place; `put_back` takes it back."""
    return _move(scope, session_id, "cancelled")


def put_back(scope: Scope, session_id: UUID) -> CohortSession:
    """Plan a cancelled session again."""
    session = _move(scope, session_id, "planned")
    number_by_date(scope, session.cohort_id)
    return session


def _move(scope: Scope, session_id: UUID, to: str) -> CohortSession:
    session = session_row(scope, session_id)
    take_step(scope, session, to)
    scope.db.flush()
    return session
