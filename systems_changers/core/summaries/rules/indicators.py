"""Indicators as data: one file each in `indicators/`, known by the hash of its whole content.

A figure is compared only with figures of the same definition hash, so a changed word makes a new definition.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from systems_changers.core.curriculum.rules import content_hash

FOLDER = Path(__file__).parent.parent / "indicators"
SPOKEN_FIELDS = ("title", "question", "numerator", "denominator", "population", "decision")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One definition. `disclosure` is P (counts of people) or N (counts of things).

    `others_are_people`: the rest of the denominator are people too, so it is hidden together with the numerator.
    `edges` are whole per cent: the bins that people are counted in, where a median and a middle half are read.
    """

    id: str
    title: str
    question: str
    numerator: str
    denominator: str
    population: str
    unit: str
    of: str
    disclosure: str
    others_are_people: bool
    reading: str
    decision: str
    hash: str
    edges: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """The identifier without its namespace, such as I7."""
        return self.id.rpartition(":")[2]


@lru_cache(maxsize=1)
def indicators() -> Mapping[str, Indicator]:
    """The kit's definitions by id, in the order of their numbers; texts are msgids."""
    made = [_read(file) for file in sorted(FOLDER.glob("*.toml"))]
    return MappingProxyType({each.id: each for each in made})


def _read(file: Path) -> Indicator:
    raw = tomllib.loads(file.read_text("utf-8"))
    known = {each.name for each in fields(Indicator)}
    if not raw.keys() <= known:
        raise ValueError(f"{file.name}: unknown {sorted(raw.keys() - known)}")
    hash_ = content_hash({"kind": "indicator", **raw})
    return Indicator(**{**raw, "edges": tuple(raw.get("edges", ())), "hash": hash_})
