"""What one has agreed to at a partner, in the words that were shown, and taking it back."""

from __future__ import annotations

from uuid import UUID

from flask import Request

from systems_changers.core.people import service
from systems_changers.core.people.views.request import pages
from systems_changers.core.privacy import queries as privacy
from systems_changers.core.privacy.rules import asked_for, shown_to
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.text import msg


@pages.get("/account/agreed")
def agreed(scope: Scope, _request: Request) -> Page:
    """Everything one agreed to here; what was taken back stands below."""
    me = scope.actor.person_id
    lines = privacy.consents_of(scope, me) if me is not None else []
    now = [each for each in lines if each.withdrawn_at is None]
    before = [each for each in lines if each.withdrawn_at is not None]
    return Page("people/agreed.html", {"now": now, "before": before, "asked_for": asked_for, "shown_to": shown_to})


@pages.post("/account/agreed/<uuid:consent_id>/take-back")
def take_back(scope: Scope, _request: Request, consent_id: UUID) -> Redirect:
    """Take one back, in one click."""
    service.take_back(scope, consent_id)
    return Redirect("people.agreed", notice=msg("Taken back. It is not shown any more."))
