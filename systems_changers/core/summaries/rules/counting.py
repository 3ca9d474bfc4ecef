"""Counts one cohort's six indicators from its records, and adds counts of several cohorts together.

Only counts are kept, never rates, so that cohorts can be pooled. A figure is due when its cohort has ended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from systems_changers.core.summaries.rules.indicators import indicators

ENDED = frozenset({"follow_up", "closed"})
CAME = frozenset({"present", "part"})
COMPLETE_PERCENT = 75
EFFECTS = ("keeps", "changes", "unclear")


@dataclass(frozen=True, slots=True)
class Counted:
    """Mergeable counts. `status`: reported, not_recorded, not_due (then the counts are those so far)."""

    status: str
    numerator: int | None = None
    denominator: int | None = None
    people: int | None = None
    parts: dict[str, Any] = field(default_factory=dict)
    cohorts: int = 0


class Participant(NamedTuple):
    """Somebody's part in the cohort."""

    id: UUID
    person_id: UUID
    confirmed: bool


class Held(NamedTuple):
    """A session that took place."""

    id: UUID
    written_up: bool


class Block(NamedTuple):
    """A block of a session that took place; `minutes` None means as planned."""

    session_id: UUID
    planned_module_id: UUID | None
    keeps: tuple[str, ...]
    planned_minutes: int
    minutes: int | None
    outcome: str
    effect: str | None


class Came(NamedTuple):
    """One person at one session; `minutes` None where only the state was noted."""

    session_id: UUID
    participant_id: UUID
    state: str
    minutes: int | None


@dataclass(slots=True)
class CohortBook:
    """Everything the indicators need of one cohort. `pinned` maps a planned module to its core elements.

    `core_modules` are the planned modules that are canonical or variants of canonical ones; `tried` are the people
    with an experiment that has run.
    """

    state: str
    target_places: int | None = None
    participants: list[Participant] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    came: list[Came] = field(default_factory=list)
    pinned: dict[UUID, frozenset[str]] = field(default_factory=dict)
    core_modules: set[UUID] = field(default_factory=set)
    tried: set[UUID] = field(default_factory=set)


def count(book: CohortBook) -> dict[str, Counted]:
    """The six indicators of one cohort, by id."""
    starters, offered, attended = _time(book)
    figures = {
        "core:I1": _places(book),
        "core:I6": _time_together(starters, offered, attended),
        "core:I7": _completion(starters, offered, attended),
        "core:I12": _coverage(book),
        "core:I14": _share(len(_people(book, starters) & book.tried), len(starters)),
        "core:I26": _adaptations(book),
    }
    due = book.state in ENDED
    return {name: each if due else _so_far(each) for name, each in figures.items()}


def _so_far(counted: Counted) -> Counted:
    return Counted("not_due", counted.numerator, counted.denominator, counted.people, counted.parts, counted.cohorts)


def _share(numerator: int, denominator: int) -> Counted:
    """A share of people; where there are none, nothing was recorded."""
    if not denominator:
        return Counted("not_recorded")
    return Counted("reported", numerator, denominator, denominator, {}, 1)


def _people(book: CohortBook, participants: Iterable[UUID]) -> set[UUID]:
    wanted = set(participants)
    return {each.person_id for each in book.participants if each.id in wanted}


def _places(book: CohortBook) -> Counted:
    if not book.target_places:
        return Counted("not_recorded")
    confirmed = sum(each.confirmed for each in book.participants)
    return Counted("reported", confirmed, book.target_places, confirmed, {}, 1)


def _lasted(block: Block) -> int:
    if block.outcome == "skipped":
        return 0
    return block.planned_minutes if block.minutes is None else block.minutes


def _time(book: CohortBook) -> tuple[set[UUID], int, Mapping[UUID, int]]:
    """Starters, the core minutes offered to each, and the core minutes that each attended."""
    core: dict[UUID, int] = defaultdict(int)
    whole: dict[UUID, int] = defaultdict(int)
    for block in book.blocks:
        whole[block.session_id] += _lasted(block)
        if block.planned_module_id in book.core_modules and block.outcome != "added":
            core[block.session_id] += _lasted(block)
    known, held = {each.id for each in book.participants}, {each.id for each in book.held}
    attended: dict[UUID, int] = {}
    for came in book.came:
        if came.state in CAME and came.participant_id in known and came.session_id in held:
            there = _attended(came, core[came.session_id], whole[came.session_id])
            attended[came.participant_id] = attended.get(came.participant_id, 0) + there
    return set(attended), sum(core[each] for each in held), attended


def _attended(came: Came, core: int, whole: int) -> int:
    """Core minutes of a session that somebody was there for, in proportion to the minutes noted."""
    if came.minutes is not None and whole:
        return core * min(max(came.minutes, 0), whole) // whole
    return core if came.state == "present" else core // 2


def _time_together(starters: set[UUID], offered: int, attended: Mapping[UUID, int]) -> Counted:
    if not starters or not offered:
        return Counted("not_recorded")
    edges = indicators()["core:I6"].edges
    bins = [0] * (len(edges) - 1)
    for each in starters:
        bins[min(bisect_right(edges, attended[each] * 100 // offered), len(bins)) - 1] += 1
    total = sum(attended[each] for each in starters)
    return Counted("reported", total, offered * len(starters), len(starters), {"bins": bins}, 1)


def _completion(starters: set[UUID], offered: int, attended: Mapping[UUID, int]) -> Counted:
    if not offered:
        return Counted("not_recorded")
    return _share(sum(attended[each] * 100 >= COMPLETE_PERCENT * offered for each in starters), len(starters))


def _coverage(book: CohortBook) -> Counted:
    pinned = sum(len(keys) for keys in book.pinned.values())
    if not pinned or not book.blocks:
        return Counted("not_recorded")
    delivered = {
        (block.planned_module_id, key)
        for block in book.blocks
        if block.planned_module_id in book.pinned and _carries(block)
        for key in block.keeps
        if key in book.pinned[block.planned_module_id]
    }
    return Counted("reported", len(delivered), pinned, None, {}, 1)


def _carries(block: Block) -> bool:
    if block.outcome == "skipped":
        return False
    if block.outcome == "replaced":
        return block.effect == "keeps"
    return block.effect not in {"changes", "unclear"}


def _adaptations(book: CohortBook) -> Counted:
    if not book.held:
        return Counted("not_recorded")
    parts = dict.fromkeys(EFFECTS, 0)
    for block in book.blocks:
        if block.outcome != "as_planned":
            parts[block.effect if block.effect in EFFECTS else "unclear"] += 1
    written_up = sum(each.written_up for each in book.held)
    return Counted("reported", written_up, len(book.held), None, parts, 1)


def pool(figures: Iterable[Counted]) -> Counted:
    """Several cohorts' counts of one indicator added up; those that are not reported leave the counts alone."""
    each_status, told = set(), []
    for each in figures:
        each_status.add(each.status)
        if each.status == "reported":
            told.append(each)
    if not told:
        return Counted("not_recorded" if each_status == {"not_recorded"} else "not_due")
    parts: dict[str, Any] = {}
    for each in told:
        for key, value in each.parts.items():
            parts[key] = _added(parts.get(key), value)
    people = [each.people for each in told if each.people is not None]
    return Counted(
        "reported",
        sum(each.numerator or 0 for each in told),
        sum(each.denominator or 0 for each in told),
        sum(people) if people else None,
        parts,
        sum(each.cohorts for each in told),
    )


def _added(sum_: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [a + b for a, b in zip(sum_, value, strict=True)] if sum_ else list(value)
    return value + (sum_ or 0)
