"""How a session moves from planned to written up, and what a departure from its plan is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from systems_changers.hooks.facts import Refusal
from systems_changers.infra.text import N_, Message, msg

KINDS = MappingProxyType(
    {
        "led": N_("Led session"),
        "residential": N_("Residential"),
        "visit": N_("Learning visit"),
        "set": N_("Action learning set"),
        "coaching": N_("Coaching"),
        "sponsor_event": N_("Sponsor event"),
        "follow_up": N_("Follow-up"),
    }
)
STATES = MappingProxyType(
    {
        "planned": N_("Planned"),
        "confirmed": N_("Confirmed"),
        "moved": N_("Moved"),
        "delivered": N_("Delivered"),
        "written_up": N_("Written up"),
        "cancelled": N_("Cancelled"),
    }
)
TONES = MappingProxyType(
    {"confirmed": "live", "moved": "wait", "delivered": "wait", "written_up": "good", "cancelled": "stop"}
)
NEXT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "planned": ("confirmed", "delivered", "cancelled"),
        "confirmed": ("delivered", "moved", "cancelled"),
        "moved": ("confirmed", "delivered", "cancelled"),
        "delivered": ("written_up", "confirmed"),
        "written_up": (),
        "cancelled": ("planned",),
    }
)
OPEN = frozenset({"planned", "confirmed", "moved"})
UNDER_WAY = frozenset({"confirmed", "running", "closing", "follow_up"})
"""States of a cohort in which its sessions take place."""
ATTENDANCE = MappingProxyType(
    {"present": N_("Here"), "part": N_("Part of it"), "absent": N_("Away"), "excused": N_("Excused")}
)
CAME = frozenset({"present", "part"})
MODES = MappingProxyType({"room": N_("In the room"), "online": N_("Online"), "phone": N_("By phone")})
REASONS = MappingProxyType(
    {
        "workload": N_("Workload"),
        "cover": N_("No cover"),
        "manager": N_("Manager"),
        "health": N_("Health"),
        "caring": N_("Caring"),
        "travel": N_("Travel"),
        "other": N_("Something else"),
    }
)
OUTCOMES = MappingProxyType(
    {
        "as_planned": N_("As planned"),
        "shortened": N_("Shorter"),
        "lengthened": N_("Longer"),
        "replaced": N_("Replaced"),
        "skipped": N_("Left out"),
        "added": N_("Added"),
    }
)
# What FRAME calls the nature of a change, prefilled from the outcome (Wiltsey Stirman and others, 2019).
NATURES = MappingProxyType(
    {
        "shortened": "shortening",
        "lengthened": "lengthening",
        "replaced": "substituting",
        "skipped": "removing",
        "added": "adding",
    }
)
DECIDERS = MappingProxyType(
    {
        "facilitator": N_("The facilitator"),
        "group": N_("The group"),
        "partner": N_("The host"),
        "circumstances": N_("Circumstances"),
    }
)


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What is said of a session. `starts_at` is aware; `minutes` whole; `bring` is for participants to read."""

    title: str
    kind: str = "led"
    starts_at: datetime | None = None
    minutes: int = 0
    time_zone: str | None = None
    place: str | None = None
    link: str | None = None
    bring: str | None = None


@dataclass(frozen=True, slots=True)
class PresenceEntry:
    """One line of the register. A reason belongs to absence only."""

    cohort_person_id: UUID
    state: str
    minutes: int | None = None
    mode: str = "room"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """What happened to one block instead of the plan: one tap (outcome) and one sentence (reason).

    The rest is FRAME's and prefilled: when it was decided (`reactive` or planned ahead), who decided, and the effect on
    the core element (keeps, changes, unclear), which follows from outcome and block where nobody says otherwise.
    """

    block_id: UUID
    outcome: str
    reason: str = ""
    minutes: int | None = None
    reactive: bool = True
    decided_by: str = "facilitator"
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class AddedBlock:
    """Something that was done and stood in no plan."""

    title: str
    minutes: int
    reason: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A session as it went: who came, what departed from the plan, and what was added."""

    register: tuple[PresenceEntry, ...] = ()
    departures: tuple[Departure, ...] = ()
    added: tuple[AddedBlock, ...] = ()


def may_step(state: str, to: str) -> bool:
    """Whether a session goes from `state` to `to` at all."""
    return to in NEXT.get(state, ())


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of a session to say whether it may take a step. `starts_at` is aware."""

    state: str
    starts_at: datetime | None = None
    minutes: int = 0
    cohort_id: UUID | None = None
    cohort_state: str = "running"


def stands_against(session: Standing, to: str, now: datetime) -> list[Refusal]:
    """What the kit's own rules have against the step, in sentences; empty when nothing does."""
    state, starts_at = session.state, session.starts_at
    if state == "written_up":
        return [Refusal(msg("This session is written up and sealed. What was wrong can be put right in a correction."))]
    if not may_step(state, to):
        was, wanted = Message(STATES[state]), Message(STATES.get(to, to))
        return [Refusal(msg("A session that is %(state)s cannot become %(to)s.", state=was, to=wanted))]
    if to == "confirmed" and starts_at is None:
        return [Refusal(msg("Say when the session takes place."))]
    return _against_delivery(session, now) if to == "delivered" else []


def _against_delivery(session: Standing, now: datetime) -> list[Refusal]:
    """A session is delivered when it is over, and only in a cohort that takes place."""
    found: list[Refusal] = []
    if session.starts_at is not None and session.starts_at > now:
        found.append(Refusal(msg("This session has not begun yet.")))
    elif session.starts_at is not None and session.starts_at + timedelta(minutes=session.minutes) > now:
        going_on = msg("This session is still going on: keep the register for now, and close it when the session is"
                       " over. If it ended early, change its length first.")  # fmt: skip
        found.append(Refusal(going_on))
    if session.cohort_state not in UNDER_WAY:
        first = msg("Confirm the cohort first: only a cohort that takes place delivers sessions.")
        found.append(Refusal(first, "cohorts.show", {"cohort_id": session.cohort_id}))
    return found


def register_opens(starts_at: datetime | None, time_zone: str, now: datetime) -> bool:
    """Whether the register can be taken: from the session's own day on, by its own clock."""
    zone = ZoneInfo(time_zone)
    return starts_at is None or starts_at.astimezone(zone).date() <= now.astimezone(zone).date()


# --- departures ---


def likely_effect(outcome: str, keeps: Sequence[str]) -> str:
    """What a departure does to the core where nobody has said: keeps, changes or unclear."""
    if outcome in {"as_planned", "lengthened", "added"} or not keeps:
        return "keeps"
    return {"skipped": "changes", "shortened": "keeps"}.get(outcome, "unclear")


def adaptation(departure: Departure, keeps: Sequence[str], tier: str) -> dict[str, Any]:
    """The departure as a FRAME record; the reason stays in the block's own column."""
    if departure.outcome == "as_planned":
        return {}
    return {
        "when": "delivery",
        "planned": "reactive" if departure.reactive else "proactive",
        "decided_by": departure.decided_by,
        "what": "content",
        "level": "cohort",
        "nature": NATURES[departure.outcome],
        "core": tier == "fixed",
        "effect": departure.effect or likely_effect(departure.outcome, keeps),
    }


def minutes_delivered(outcome: str, planned: int, said: int | None) -> int | None:
    """The minutes a block really took: None where it was changed and nobody said how long it took."""
    if outcome == "as_planned":
        return planned
    return 0 if outcome == "skipped" else said


def minutes_problem(outcome: str, planned: int, minutes: int | None) -> Message | None:
    """Why a block that was planned for so many minutes can't have been this much shorter or longer; None where it can.

    Both are whole minutes; nothing is said against a length that nobody planned or nobody told.
    """
    if not planned or minutes is None:
        return None
    if outcome == "shortened" and minutes >= planned:
        return msg("It was planned for %(planned)s min: shorter is less than that.", planned=planned)
    if outcome == "lengthened" and minutes <= planned:
        return msg("It was planned for %(planned)s min: longer is more than that.", planned=planned)
    return None
