"""How a session moves from planned to written up, how modules are spread over sessions, and what a record may hold.

A sealed record holds hashes, outcomes, minutes and a head count: never a person's name or id, and no free text, so
that attendance can be corrected and a person erased without breaking it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from systems_changers.core.curriculum.rules import content_hash
from systems_changers.hooks.facts import Refusal
from systems_changers.infra.text import N_, msg

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
        "replaced": N_("Something else instead"),
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
FIRST_REMINDER, SECOND_REMINDER, SEALS_ITSELF = timedelta(days=5), timedelta(days=10), timedelta(days=14)
BETWEEN_STEPS = timedelta(days=1)
RECORD_FORMAT = "session-record/1"


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


def stands_against(state: str, to: str, *, now: datetime, starts_at: datetime | None) -> list[Refusal]:
    """What the kit's own rules have against the step, in sentences; empty when nothing does."""
    if state == "written_up":
        return [Refusal(msg("This session is written up and sealed. What was wrong can be put right in a correction."))]
    if not may_step(state, to):
        was, wanted = STATES[state], STATES.get(to, to)
        return [Refusal(msg("A session that is %(state)s cannot become %(to)s.", state=was, to=wanted))]
    if to == "confirmed" and starts_at is None:
        return [Refusal(msg("Say when the session takes place."))]
    if to == "delivered" and starts_at is not None and starts_at > now:
        return [Refusal(msg("This session has not begun yet."))]
    return []


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


# --- spreading modules over sessions ---


@dataclass(frozen=True, slots=True)
class Portion:
    """Blocks of one planned module that belong into one session."""

    planned_id: UUID
    title: str
    number: int | None
    blocks: tuple[Mapping[str, Any], ...]

    @property
    def minutes(self) -> int:
        """Minutes in the room."""
        return sum(block["minutes"] for block in self.blocks if block["setting"] == "room")


@dataclass(frozen=True, slots=True)
class Spread:
    """How modules fall into sessions: a tuple of portions each, then one portion for each follow-up."""

    sessions: tuple[tuple[Portion, ...], ...]
    follow_ups: tuple[Portion, ...] = ()


def spread(modules: Sequence[Portion], sessions: int, longest: int) -> Spread:
    """Spread modules, in order, over so many sessions as evenly as can be.

    A module stays whole unless it is longer than `longest` minutes; then blocks are the pieces. Fieldwork goes with the
    session of its module and counts no minutes there; each follow-up block becomes a session of its own.
    """
    pieces: list[Portion] = []
    later: list[Portion] = []
    for module in modules:
        here = tuple(block for block in module.blocks if block["setting"] != "follow_up")
        later += [_part(module, (block,)) for block in module.blocks if block["setting"] == "follow_up"]
        whole = _part(module, here)
        pieces += [whole] if whole.minutes <= longest else [_part(module, (block,)) for block in here]
    groups = _even([piece.minutes for piece in pieces], max(1, min(sessions, len(pieces))))
    made, start = [], 0
    for size in groups:
        made.append(_joined(pieces[start : start + size]))
        start += size
    return Spread(tuple(made), tuple(later))


def _part(module: Portion, blocks: tuple[Mapping[str, Any], ...]) -> Portion:
    return Portion(module.planned_id, module.title, module.number, blocks)


def _joined(pieces: Sequence[Portion]) -> tuple[Portion, ...]:
    by_module: dict[UUID, Portion] = {}
    for piece in pieces:
        known = by_module.get(piece.planned_id)
        by_module[piece.planned_id] = _part(piece, (known.blocks if known else ()) + piece.blocks)
    return tuple(by_module.values())


def _even(minutes: Sequence[int], groups: int) -> list[int]:
    """Sizes of contiguous groups with the least sum of squared minutes (dynamic programming over cuts)."""
    count = len(minutes)
    if not count:
        return []
    sums = [0]
    for each in minutes:
        sums.append(sums[-1] + each)
    best = [[0 if at == 0 else float("inf") for at in range(count + 1)]]
    cuts: list[list[int]] = []
    for _ in range(groups):
        row, cut = [float("inf")] * (count + 1), [0] * (count + 1)
        for end in range(1, count + 1):
            for start in range(end):
                cost = best[-1][start] + (sums[end] - sums[start]) ** 2
                if cost < row[end]:
                    row[end], cut[end] = cost, start
        best.append(row)
        cuts.append(cut)
    sizes, end = [], count
    for cut in reversed(cuts):
        sizes.append(end - cut[end])
        end = cut[end]
    return sizes[::-1]


def months_after(moment: datetime, months: int) -> datetime:
    """The same local day and hour some months later; the last of the month where that day doesn't exist."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            date(year, month + 1, day)
        except ValueError:
            continue
        return moment.replace(year=year, month=month + 1, day=day)
    return moment.replace(year=year, month=month + 1)


# --- records ---


@dataclass(frozen=True, slots=True)
class RecordChanges:
    """What a correction puts right: the head count, or outcomes and minutes of blocks by their place in the record."""

    head_count: int | None = None
    blocks: Mapping[int, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    def content(self) -> dict[str, Any]:
        """As canonical JSON will hold it."""
        made: dict[str, Any] = {}
        if self.head_count is not None:
            made["head_count"] = self.head_count
        if self.blocks:
            made["blocks"] = {str(place): dict(values) for place, values in sorted(self.blocks.items())}
        return made


def correction_hash(follows: str, number: int, content: Mapping[str, Any]) -> str:
    """The hash that chains a correction to what it follows."""
    return content_hash({"kind": "correction", "follows": follows, "number": number, "content": content})


def corrected(content: Mapping[str, Any], corrections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record's content with every correction made, in order; the sealed content itself stays as it is."""
    made = {**content, "blocks": [dict(block) for block in content["blocks"]]}
    for each in corrections:
        if "head_count" in each:
            made["head_count"] = each["head_count"]
        for place, values in each.get("blocks", {}).items():
            made["blocks"][int(place)].update(values)
    return made


def chain_holds(
    sealed: str, content: Mapping[str, Any], links: Sequence[tuple[str, str, int, Mapping[str, Any]]]
) -> bool:
    """Whether a record and its corrections (follows, hash, number, content) are as they were sealed."""
    if content_hash(content) != sealed:
        return False
    last = sealed
    for follows, own, number, said in links:
        if follows != last or correction_hash(follows, number, said) != own:
            return False
        last = own
    return True


def due_step(delivered_at: datetime, reminders: int, reminded_at: datetime | None, now: datetime) -> str | None:
    """What time asks of a delivered session: "remind", "seal" or nothing yet.

    Reminders fall due after 5 and 10 days, the seal after 14, never before both reminders; steps that are late come at
    most one a day.
    """
    if reminded_at is not None and now - reminded_at < BETWEEN_STEPS:
        return None
    waited = now - delivered_at
    if reminders == 0:
        return "remind" if waited >= FIRST_REMINDER else None
    if reminders == 1:
        return "remind" if waited >= SECOND_REMINDER else None
    return "seal" if waited >= SEALS_ITSELF else None
