"""How modules are spread over sessions: in order, evenly, whole where they fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

MOST_SESSIONS, MOST_DAYS_APART = 60, 366


@dataclass(frozen=True, slots=True)
class FirstMeeting:
    """When and where the sessions of a new plan are: the first at `starts_at`, then every so many days.

    `longest` is the most taught minutes of one session; `minutes` how long each lasts (0: as long as its blocks).
    """

    starts_at: datetime | None
    sessions: int = 9
    days_apart: int = 14
    longest: int = 360
    minutes: int = 0
    place: str | None = None


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
    pieces = _pieces(modules, longest)
    later = [_part(each, (block,)) for each in modules for block in each.blocks if block["setting"] == "follow_up"]
    groups = _even([piece.minutes for piece in pieces], max(1, min(sessions, len(pieces))))
    made, start = [], 0
    for size in groups:
        made.append(_joined(pieces[start : start + size]))
        start += size
    return Spread(tuple(made), tuple(later))


def sessions_for(modules: Sequence[Portion], least: int, longest: int, most: int) -> int:
    """How many sessions, `least` or more, `spread` needs to teach at most `most` minutes in each.

    A piece that is longer by itself stands alone.
    """
    minutes = [piece.minutes for piece in _pieces(modules, longest)]
    for sessions in range(max(least, -(-sum(minutes) // most)), min(len(minutes), MOST_SESSIONS)):
        at = 0
        for size in _even(minutes, sessions):
            if size > 1 and sum(minutes[at : at + size]) > most:
                break
            at += size
        else:
            return sessions
    return max(least, min(len(minutes), MOST_SESSIONS))


def _pieces(modules: Sequence[Portion], longest: int) -> list[Portion]:
    pieces: list[Portion] = []
    for module in modules:
        here = tuple(block for block in module.blocks if block["setting"] != "follow_up")
        whole = _part(module, here)
        pieces += [whole] if whole.minutes <= longest else [_part(module, (block,)) for block in here]
    return pieces


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


def successors(
    keys: Collection[str], before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The blocks of a module's new form that belong where those with `keys` of its old form were."""
    old = {block["key"] for block in before}
    mine, found = bool(before) and before[0]["key"] in keys, []
    for block in after:
        mine = block["key"] in keys if block["key"] in old else mine
        if mine:
            found.append(block)
    return found


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
