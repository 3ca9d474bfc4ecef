"""Sessions as JSON, read-only: those of cohorts that the account may see whole."""

from __future__ import annotations

from uuid import UUID

from systems_changers.core.sessions import queries
from systems_changers.core.sessions.schemas import SessionItemSchema
from systems_changers.hooks.scope import Scope
from systems_changers.infra.slices import Slice
from systems_changers.web.api import Answers
from systems_changers.web.pagination import PageRequest

answers = Answers("sessions", "Sessions of cohorts that the account may see.")


@answers.many("/", SessionItemSchema)
def listed(scope: Scope, page: PageRequest) -> Slice[queries.SessionLine]:
    """Sessions, the earliest first."""
    return queries.sessions_open_to(scope, page)


@answers.one("/<uuid:session_id>", SessionItemSchema)
def item(scope: Scope, session_id: UUID) -> queries.SessionLine:
    """One session."""
    return queries.session_view(scope, session_id).line
