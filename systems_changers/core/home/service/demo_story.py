"""The shapes that the demo's story is told in. The telling itself is data in the modules beside this one.

Days count from the day the demo is made, so that the same story is always about now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

EVERYTHING = ("name", "job", "organisation", "team", "about", "asks", "offers")
REASONS = MappingProxyType(
    {"w": "workload", "c": "cover", "m": "manager", "h": "health", "k": "caring", "t": "travel", "o": "other"}
)

PAST_TEXTS = (
    "title", "insight", "hypothesis", "prediction", "harm_check", "permission_holder", "learning", "embedded_in",
)  # fmt: skip
PACE = (("framed", 9), ("ready", 16), ("running", 21), ("reviewing", 52))
ENDS: Mapping[str, tuple[tuple[str, int], ...]] = MappingProxyType(
    {
        "reviewing": (),
        "stop": (("stop", 56),),
        "adapt": (("adapt", 56),),
        "pause": (("pause", 56),),
        "grow": (("grow", 56),),
        "scaling": (("grow", 56), ("scaling", 84)),
        "embedded": (("grow", 56), ("scaling", 84), ("embedded", 170)),
    }
)


@dataclass(frozen=True, slots=True)
class Someone:
    """An invented person. With `roles` they have an account, without they have none.

    `manager` and `companion` (the learning partner) are other people's keys; `share` is per cent of paid time in
    direct contact; `away` says what they missed, see `Missed`.
    """

    key: str
    name: str
    job: str
    organisation: str
    team: str = ""
    email: str = ""
    phone: str = ""
    roles: tuple[str, ...] = ()
    locale: str | None = None
    time_zone: str | None = None
    access: str = ""
    about: str = ""
    asks: str = ""
    offers: str = ""
    shows: tuple[str, ...] = EVERYTHING
    contact_by: tuple[str, ...] = ()
    question: str = ""
    share: int | None = None
    manager: str = ""
    companion: str = ""
    away: str = ""

    @classmethod
    def each(cls, lines: str) -> tuple[Someone, ...]:
        """People of closed cohorts, one a line: key; name; job; organisation; team; what they missed."""
        cells = ([cell.strip() for cell in line.split(";")] for line in lines.strip().splitlines())
        return tuple(
            cls(key, name, job, organisation, team, away=away, shows=("name", "job", "organisation"))
            for key, name, job, organisation, team, away in cells
        )


@dataclass(frozen=True, slots=True)
class Missed:
    """What somebody missed: "3w 5/90 8Ec >9": absent from 3 (workload), 90 minutes of 5, excused from 8, left after 9.

    The letters are those of REASONS.
    """

    absent: Mapping[int, str] = field(default_factory=dict)
    excused: Mapping[int, str] = field(default_factory=dict)
    part: Mapping[int, int] = field(default_factory=dict)
    left_after: int | None = None

    @classmethod
    def said(cls, text: str) -> Missed:
        """Read the short form."""
        absent: dict[int, str] = {}
        excused: dict[int, str] = {}
        part: dict[int, int] = {}
        left = None
        for word in text.split():
            if word.startswith(">"):
                left = int(word[1:])
            elif "/" in word:
                number, minutes = word.split("/")
                part[int(number)] = int(minutes)
            elif "E" in word:
                number, letter = word.split("E")
                excused[int(number)] = REASONS[letter]
            else:
                absent[int(word[:-1])] = REASONS[word[-1]]
        return cls(absent, excused, part, left)


@dataclass(frozen=True, slots=True)
class Turn:
    """A block that went otherwise than planned; `minutes` None where it is not known how long it took."""

    session: int
    block: str
    outcome: str
    why: str
    minutes: int | None = None
    decided_by: str = "facilitator"
    reactive: bool = True
    effect: str | None = None


@dataclass(frozen=True, slots=True)
class CohortStory:
    """A cohort as it goes. `first` is the day of the first session, every other comes `apart` days later.

    Where `circle_in` is given, the days are those that put the 12-month circle so many days ahead. `variants` are held
    by the plan (slugs, where the partner's plugin offers them); where none is named, a running cohort's plan has its
    type's. `last_seen` is the last session delivered, None for all; `unwritten` waits for its write-up; `correction` is
    a head count put right.
    """

    key: str
    name: str
    form: str
    state: str
    target: int
    apart: int
    people: tuple[Someone, ...]
    facilitators: tuple[str, ...]
    first: int = 0
    circle_in: int | None = None
    sessions: int = 9
    longest: int = 360
    minutes: int = 0
    hour: int = 10
    place: str = ""
    host_organisation: str = ""
    room: str = ""
    purpose: str = ""
    criteria: str = ""
    local_name: str = ""
    local_mark: str = ""
    co_host: str = ""
    lead: tuple[str, str] = ("", "")
    variants: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    added: tuple[tuple[int, str, int, str], ...] = ()
    notes: Mapping[int, str] = field(default_factory=dict)
    bring: Mapping[int, str] = field(default_factory=dict)
    last_seen: int | None = None
    unwritten: int | None = None
    sealed_by_time: tuple[int, ...] = ()
    correction: tuple[int, str] | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of evidence: the day, what was seen, what it tells, and an address where it has one."""

    day: int
    text: str
    tells: str = "neither"
    link: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment. `path` are its states after noticing, each with the day it was reached and why, if said.

    `shared` are audiences, `shown` people with the fields chosen for them. `texts` are by column.
    """

    key: str
    author: str
    cohort: str
    noticed: int
    texts: Mapping[str, str]
    path: tuple[tuple[str, int, str], ...] = ()
    owners: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    shared: tuple[str, ...] = ()
    shown: tuple[tuple[str, tuple[str, ...]], ...] = ()
    scaling: tuple[str, ...] = ()
    condition: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def state(self) -> str:
        return self.path[-1][0] if self.path else "noticing"

    @classmethod
    def past(cls, who: str, noticed: int, end: str, texts: tuple[str, ...], **more: Any) -> Trial:
        """One of a closed cohort, at the usual pace. `who` is "cohort: author, co-owner, …".

        `texts` are title, insight, hypothesis, prediction, harm check, permission holder and learning, and where it is
        part of how things are done.
        """
        cohort, people = who.split(": ")
        author, *owners = people.split(", ")
        days = [(name, noticed + after, "") for name, after in PACE]
        ends = ENDS[end]
        path = (*days, *((name, noticed + after, "") for name, after in ends))
        said = dict(zip(PAST_TEXTS, texts, strict=False))
        return cls(author, author, cohort, noticed, said, path, tuple(owners), **more)


@dataclass(frozen=True, slots=True)
class PluginRow:
    """A row of a plugin's own table, told only where the plugin is installed.

    It is about one `cohort` (by key), one session of it (`number` as well), or one experiment (`trial`).
    """

    table: str
    values: Mapping[str, object]
    cohort: str = ""
    number: int | None = None
    trial: str = ""
    decided: int | None = None


@dataclass(frozen=True, slots=True)
class PartnerStory:
    """One partner of the demo: its plugin, languages, people outside the cohorts, cohorts and experiments.

    `care` is whom to turn to; `agreed` the day on which it agreed to share its figures.
    """

    slug: str
    locales: tuple[str, ...]
    plugin: str | None
    care: tuple[str, str]
    staff: tuple[Someone, ...]
    cohorts: tuple[CohortStory, ...]
    trials: tuple[Trial, ...]
    agreed: int
    rows: tuple[PluginRow, ...] = ()
