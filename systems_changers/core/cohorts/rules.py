"""How a cohort moves from planned to closed, what each step needs, and who may see which part of it.

A step is refused with every reason at once, because nobody wants to hear them one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from uuid import UUID

from systems_changers.hooks.facts import ActorFacts, CohortType, Refusal
from systems_changers.infra.errors import Refused
from systems_changers.infra.text import N_, Message, msg, nmsg

FORMS = MappingProxyType(
    {"place": N_("Place-based"), "organisation": N_("Within one organisation"), "mixed": N_("Mixed")}
)
STATES = MappingProxyType(
    {
        "planned": N_("Planned"),
        "recruiting": N_("Recruiting"),
        "confirmed": N_("Confirmed"),
        "running": N_("Running"),
        "closing": N_("Closing"),
        "follow_up": N_("Follow-up"),
        "closed": N_("Closed"),
        "cancelled": N_("Cancelled"),
    }
)
TONES = MappingProxyType(
    {"running": "live", "closing": "wait", "follow_up": "good", "closed": "good", "cancelled": "stop"}
)
NEXT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "planned": ("recruiting", "cancelled"),
        "recruiting": ("confirmed", "planned", "cancelled"),
        "confirmed": ("running", "recruiting", "cancelled"),
        "running": ("closing", "cancelled"),
        "closing": ("follow_up", "running"),
        "follow_up": ("closed",),
        "closed": ("follow_up",),
        "cancelled": ("planned",),
    }
)
STEPS = MappingProxyType(
    {
        "planned": N_("Back to planning"),
        "recruiting": N_("Open for recruiting"),
        "confirmed": N_("Confirm the cohort"),
        "running": N_("Start the cohort"),
        "closing": N_("Begin closing"),
        "follow_up": N_("Move to follow-up"),
        "closed": N_("Close the cohort"),
        "cancelled": N_("Cancel the cohort"),
    }
)
EVENTS = MappingProxyType(
    {
        "planned": "cohort.planned.v1",
        "recruiting": "cohort.opened.v1",
        "confirmed": "cohort.confirmed.v1",
        "running": "cohort.started.v1",
        "closing": "cohort.closing.v1",
        "follow_up": "cohort.followed_up.v1",
        "closed": "cohort.closed.v1",
        "cancelled": "cohort.cancelled.v1",
    }
)
PARTS = MappingProxyType(
    {"participant": N_("Participant"), "facilitator": N_("Facilitator"), "learning_partner": N_("Learning partner")}
)
# Who is on the list has not been invited by that: an invitation is a link, and has a day when it ends.
PERSON_STATES = MappingProxyType({"invited": N_("On the list"), "confirmed": N_("Confirmed"), "left": N_("Left")})
OVER = frozenset({"closed", "cancelled"})
"""States in which nobody needs to know any more what helps people take part."""
LEAVES_OPEN = frozenset({"planned", "recruiting", "confirmed", "running", "closing"})
SEE_ALL = frozenset({"administrator", "facilitator"})


@dataclass(frozen=True, slots=True)
class CohortDetails:
    """What is said of a cohort when it is made or changed; `extra` holds the answers to its type's own questions."""

    name: str
    form: str = "place"
    type_key: str | None = None
    purpose: str | None = None
    criteria: str | None = None
    place: str | None = None
    host_organisation: str | None = None
    target_places: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    time_zone: str | None = None
    locale: str | None = None
    local_name: str | None = None
    local_mark: str | None = None
    co_host: str | None = None
    safeguarding_name: str | None = None
    safeguarding_contact: str | None = None
    rehearsal: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ParticipantEntry:
    """Somebody to add to a cohort. `manager_email` finds or makes the line manager; `front_line_share` is per cent."""

    name: str
    email: str | None = None
    phone: str | None = None
    job: str | None = None
    organisation: str | None = None
    team: str | None = None
    access_needs: str | None = None
    question: str | None = None
    front_line_share: int | None = None
    manager_name: str | None = None
    manager_email: str | None = None
    state: str = "invited"


@dataclass(frozen=True, slots=True)
class Support:
    """Who stands behind a participant. A manager is found or made by address, a learning partner is known already."""

    manager_name: str | None = None
    manager_email: str | None = None
    learning_partner_id: UUID | None = None
    front_line_share: int | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the rules need to know of a cohort to say whether it may take a step."""

    cohort_id: UUID
    state: str
    target_places: int | None = None
    safeguarding: bool = False
    facilitators: int = 0
    confirmed: int = 0
    teams: int = 0
    planned_modules: int = 0
    least_teams: int = 1


class StepRefused(Refused):
    """A step that may not be taken yet; `refusals` holds every reason, the rules' and the plugins'."""

    def __init__(self, refusals: Sequence[Refusal], *, code: str = "step_refused") -> None:
        first = refusals[0].message
        many = nmsg("%(count)s thing has to be done first.", "%(count)s things have to be done first.", len(refusals))
        super().__init__(first if len(refusals) == 1 else many, code=code)
        self.refusals = tuple(refusals)


def may_step(state: str, to: str) -> bool:
    """Whether the life of a cohort goes from `state` to `to` at all."""
    return to in NEXT.get(state, ())


def stands_against(ready: Readiness, to: str) -> list[Refusal]:
    """What the kit's own rules have against the step, in sentences; empty when nothing does."""
    if not may_step(ready.state, to):
        was, wanted = Message(STATES[ready.state]), Message(STATES.get(to, to))
        return [Refusal(msg("A cohort that is %(state)s cannot become %(to)s.", state=was, to=wanted))]
    change = ("cohorts.change", {"cohort_id": ready.cohort_id})
    found: list[Refusal] = []
    if to == "confirmed":
        if not ready.safeguarding:
            found.append(Refusal(msg("Say who looks after safeguarding, and how to reach them."), *change))
        if not ready.target_places:
            found.append(Refusal(msg("Say how many places there are."), *change))
        if not ready.facilitators:
            people = ("cohorts.people", {"cohort_id": ready.cohort_id})
            found.append(Refusal(msg("Name at least one facilitator."), *people))
        if ready.teams < ready.least_teams and ready.least_teams > 1:
            found.append(_too_few_teams(ready))
    if to == "running":
        if not ready.confirmed:
            people = ("cohorts.people", {"cohort_id": ready.cohort_id})
            found.append(Refusal(msg("Confirm at least one participant."), *people))
        if not ready.planned_modules:
            plan = ("cohorts.plan", {"cohort_id": ready.cohort_id})
            found.append(Refusal(msg("Choose the modules this cohort follows."), *plan))
    return found


def _too_few_teams(ready: Readiness) -> Refusal:
    sentence = nmsg(
        "This kind of cohort brings together at least %(count)s team; so far: %(teams)s.",
        "This kind of cohort brings together at least %(count)s teams; so far: %(teams)s.",
        ready.least_teams,
        teams=ready.teams,
    )
    return Refusal(sentence, "cohorts.people", {"cohort_id": ready.cohort_id})


def may_see_all(actor: ActorFacts) -> bool:
    """Whether the actor sees every cohort of the partner, whole."""
    return not SEE_ALL.isdisjoint(actor.roles)


def type_by_key(types: Sequence[tuple[str, CohortType]], key: str | None) -> CohortType | None:
    """The kind of cohort with this key among those on offer, or None."""
    return next((kind for _, kind in types if kind.key == key), None)


def shown_to_the_room(shows: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Of a person's `values`, those they chose to show to the people in their cohort."""
    return {name: value for name, value in values.items() if name in shows and value}


def contact_by_consent(contact_by: Sequence[str], values: Mapping[str, str | None]) -> dict[str, str]:
    """The ways to reach a person that they agreed to: of `email` and `phone`, those named in `contact_by`."""
    return {way: value for way, value in values.items() if value and way in contact_by}
