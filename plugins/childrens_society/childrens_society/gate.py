"""What stands against an experiment that may touch young people, and against fieldwork that nobody has approved.

Whoever has not answered is refused like whoever was held: silence never opens the gate. Ending something is always
allowed, and so is recording what has happened.
"""

from __future__ import annotations

from childrens_society.reviews import About, review_about
from systems_changers.toolkit import ExperimentFacts, Refusal, Scope, SessionFacts, msg

STARTS = frozenset({"ready", "running"})
TRAVELS = frozenset({"grow", "scaling"})
FIELDWORK = "core:noticing-in-the-field"
EXPERIMENT_PAGE = "x.childrens-society.experiment"
SESSION_PAGE = "x.childrens-society.session"


def experiment_refusals(scope: Scope, experiment: ExperimentFacts, to: str) -> list[Refusal]:
    """What stands against the step; empty for every step that neither starts nor spreads it. At most one statement."""
    if to not in STARTS | TRAVELS:
        return []
    page = (EXPERIMENT_PAGE, {"experiment": experiment.id})
    found = review_about(scope, About(experiment_id=experiment.id))
    if found is not None and found.decision == "held":
        return [Refusal(msg("The safeguarding lead is holding this. Their reason is on its safeguarding page."), *page)]
    if to in TRAVELS:
        return []
    if found is None or found.young_people is None:
        return [Refusal(msg("Say first whether young people take part in this, or could feel it."), *page)]
    if found.young_people and found.decision != "cleared":
        return [
            Refusal(msg("Young people are part of this: it can begin once the safeguarding lead clears it."), *page)
        ]
    return []


def session_refusals(scope: Scope, session: SessionFacts, to: str) -> list[Refusal]:
    """A session with fieldwork of module 4 is confirmed once somebody approved it. At most one statement."""
    if to != "confirmed" or FIELDWORK not in session.modules:
        return []
    page = (SESSION_PAGE, {"session": session.id})
    found = review_about(scope, About(session_id=session.id))
    if found is None:
        return [Refusal(msg("Ask for approval first: this session sends people out to observe."), *page)]
    if found.decision != "cleared":
        return [Refusal(msg("This fieldwork has not been approved yet."), *page)]
    return []
