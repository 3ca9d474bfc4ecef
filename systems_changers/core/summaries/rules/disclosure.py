"""Who may see which count: policy sck-1, kept as data and known by its hash.

A partner sees its own figures whole. The foundation sees a count of people only where it, and what is left of its
total, are large enough; a hidden figure loses numerator, n, interval and parts together.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from systems_changers.core.curriculum.rules import content_hash
from systems_changers.core.summaries.rules.counting import Counted
from systems_changers.core.summaries.rules.indicators import Indicator
from systems_changers.core.summaries.rules.intervals import median_band, middle_half

FOLDER = Path(__file__).parent.parent / "policies"
FREE, SUPPRESSED, NOT_SHARED = "free", "suppressed", "not_shared"


@dataclass(frozen=True, slots=True)
class Policy:
    """`people_from`: the smallest count of people that the foundation sees. `months`: the longest window pooled."""

    id: str
    people_from: int
    months: int
    hash: str


@lru_cache(maxsize=4)
def policy(name: str = "sck-1") -> Policy:
    """The policy of this name."""
    raw = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
    return Policy(raw["id"], raw["people_from"], raw["months"], content_hash({"kind": "policy", **raw}))


def window_start(today: date, months: int) -> date:
    """The first day of a window of `months` that ends today."""
    count = today.year * 12 + today.month - 1 - months
    year, month = divmod(count, 12)
    day = min(today.day, 28)
    return date(year, month + 1, day)


def suppress(cells: Sequence[int], least: int) -> list[int | None]:
    """Cells of a line whose total is published, with None for what must not be seen.

    First every cell below `least`; then, smallest first, as many more as keep what is hidden from being worked out:
    never one alone, never with a sum below `least`.
    """
    shown: list[int | None] = [None if cell < least else cell for cell in cells]
    while (hidden := [cell for cell, seen in zip(cells, shown, strict=True) if seen is None]) and (
        len(hidden) == 1 or sum(hidden) < least
    ):
        left = [(cell, place) for place, cell in enumerate(shown) if cell is not None]
        if not left:
            break
        shown[min(left)[1]] = None
    return shown


def disclose(counted: Counted, indicator: Indicator, rule: Policy) -> tuple[Counted, str]:
    """What the foundation may see of one pooled figure, and its confidentiality (free or suppressed)."""
    if counted.status != "reported":
        return Counted(counted.status), FREE
    if indicator.disclosure != "P":
        return counted, FREE
    if _too_small(counted, indicator, rule.people_from):
        return Counted("reported"), SUPPRESSED
    return replace(counted, parts=_parts(counted.parts, indicator, rule)), FREE


def _too_small(counted: Counted, indicator: Indicator, least: int) -> bool:
    if (counted.people or 0) < least:
        return True
    if not indicator.others_are_people:
        return False
    x, n = counted.numerator or 0, counted.denominator or 0
    return None in suppress([x, n - x], least)


def _parts(parts: dict[str, Any], indicator: Indicator, rule: Policy) -> dict[str, Any]:
    if "bins" not in parts:
        return parts
    bins = parts["bins"]
    read = {"median": median_band(bins, indicator.edges), "middle_half": middle_half(bins, indicator.edges)}
    bands = {name: list(band) if band else None for name, band in read.items()}
    return {"bins": suppress(bins, rule.people_from), **bands}
