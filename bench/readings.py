"""What a figure comes to, beside its goal: one reading a figure and database, printed as one table.

A reading without a value says why in `note`; it counts as not met, so that nothing is left out quietly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HEADS = ("figure", "database", "measured", "goal", "met", "spread", "beside it")
LONGEST_NOTE = 60


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `limit`, or at least where `more` is better; `unit` follows the number."""

    limit: float
    unit: str = "×"
    more: bool = False

    def met(self, value: float) -> bool:
        """Whether a value as printed keeps to it."""
        shown = float(_number(value).replace(",", ""))
        return shown >= self.limit if self.more else shown <= self.limit


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure on one database (empty: on none). `spread` holds every round's value."""

    figure: str
    database: str
    value: float | None
    goal: Goal | None
    note: str = ""
    spread: Sequence[float] = ()

    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        if self.goal is None:
            wanted, met = "", ""
        else:
            wanted = f"{'≥' if self.goal.more else '≤'} {_number(self.goal.limit)} {self.goal.unit}".rstrip()
            met = "yes" if self.value is not None and self.goal.met(self.value) else "NO"
        unit = self.goal.unit if self.goal else ""
        shown = "not measured" if self.value is None else f"{_number(self.value)} {unit}".rstrip()
        spread = f"{_number(min(self.spread))} to {_number(max(self.spread))}" if len(self.spread) > 1 else ""
        return self.figure, self.database, shown, wanted, met, spread, self.note


def of_rounds(figure: str, database: str, rounds: Sequence[float], goal: Goal, note: str = "") -> Reading:
    """The median of some rounds, with all of them as its spread."""
    return Reading(figure, database, median(rounds), goal, note, tuple(rounds))


def of_pairs(figure: str, database: str, ratios: Sequence[float], goal: Goal, note: str = "") -> Reading:
    """The median of many pairs; the spread is the middle half, because single pairs on a busy machine say little."""
    ordered = sorted(ratios)
    quarter = len(ordered) // 4
    middle = (ordered[quarter], ordered[-quarter - 1])
    return Reading(figure, database, median(ordered), goal, note or f"{len(ordered)} pairs", middle)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def print_table(readings: Sequence[Reading]) -> None:
    """The table, as plain text that also reads as Markdown; long notes stand under it."""
    rows = [HEADS, *(_shortened(reading.cells()) for reading in readings)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    long = [reading for reading in readings if len(reading.note) > LONGEST_NOTE]
    lines += ["", *(f"- {reading.figure} ({reading.database}): {reading.note}" for reading in long)]
    print("\n".join(lines), flush=True)


def _shortened(cells: tuple[str, ...]) -> tuple[str, ...]:
    return (*cells[:-1], "see below") if len(cells[-1]) > LONGEST_NOTE else cells
