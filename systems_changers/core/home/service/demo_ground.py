"""What the telling of the demo's story stands on: its own time, and identifiers that are the same every time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import event

from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.scope import Scope
from systems_changers.infra.db import PartnerSession, Recorded

ROOT = uuid5(NAMESPACE_DNS, "demo.systems-changers.example")
ZONE = ZoneInfo("Europe/London")
NATURAL = {"account": "email", "partner": "slug"}


@dataclass(slots=True)
class StoryClock:
    """The time that the story has reached; `made` is when it is told."""

    made: datetime
    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def at(self, day: int, hour: int = 9, minute: int = 0) -> datetime:
        """Move to a local hour of a day that counts from the day of making, never past it; answers the moment."""
        self.go(datetime.combine(self.today() + timedelta(days=day), time(hour, minute), tzinfo=ZONE))
        return self.moment

    def go(self, moment: datetime) -> None:
        """Move to a moment, at the latest to that of making."""
        self.moment = min(moment, self.made)

    def today(self) -> date:
        """The local day of making."""
        return self.made.astimezone(ZONE).date()

    def end(self) -> None:
        """Come back to the present."""
        self.go(self.made)


class FixedIds:
    """Gives every row that a session makes an identifier and dates that come from the story alone.

    `within` names the part of the story being told; identifiers count within it, so that a part that grows later
    leaves those of the others alone.
    """

    def __init__(self, session: PartnerSession, clock: StoryClock, within: str) -> None:
        self.clock, self.within = clock, within
        self.counts: dict[tuple[str, str], int] = {}
        event.listen(session, "before_flush", self._stamp)

    def of(self, *names: str) -> UUID:
        """The identifier of something that has a name in the story."""
        return uuid5(ROOT, "/".join((self.within.partition("/")[0], *names)))

    def _stamp(self, session: PartnerSession, _context: object, _instances: object) -> None:
        for row in session.new:
            if getattr(row, "id", UUID(int=0)) is None:
                row.id = self._next(row)
            if isinstance(row, Recorded) and vars(row).get("created_at") is None:
                row.created_at = row.updated_at = self.clock.now()
        for row in session.dirty:
            if isinstance(row, Recorded) and session.is_modified(row):
                row.updated_at = self.clock.now()

    def _next(self, row: Any) -> UUID:
        table = row.__tablename__
        if table in NATURAL:
            return uuid5(ROOT, f"{table}/{getattr(row, NATURAL[table])}")
        key = (self.within, table)
        self.counts[key] = self.counts.get(key, 0) + 1
        return uuid5(ROOT, f"{self.within}/{table}/{self.counts[key]}")


@dataclass(frozen=True, slots=True)
class Ground:
    """A partner's scope while its story is told, with the story's clock and identifiers."""

    scope: Scope
    clock: StoryClock
    ids: FixedIds
    accounts: dict[str, UUID]

    def person(self, key: str) -> UUID:
        """Somebody's identifier by the key in the story."""
        return self.ids.of("person", key)

    def by(self, key: str) -> Scope:
        """The scope as that person would have it."""
        roles = frozenset({"facilitator"})
        return replace(self.scope, actor=ActorFacts(self.accounts.get(key), self.person(key), key, roles))

    def within(self, part: str) -> None:
        """Begin another part of the partner's story."""
        self.ids.within = f"{self.scope.partner.slug}/{part}"
