"""Goes along the chains of what was recorded: seals what waits in each, and proves that nothing was altered.

A transaction a batch, so that nobody waits long; one chain's trouble leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from systems_changers.core.operations import queries
from systems_changers.core.operations.queries import ChainLine
from systems_changers.core.operations.rules import OPERATOR_CHAIN, OUT_OF_ORDER, Recorded, genesis, link_hash
from systems_changers.core.operations.service.seals import BATCH, seal_waiting
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import AnyScope, no_links
from systems_changers.infra.log import log
from systems_changers.infra.spelt import moment_of
from systems_changers.infra.text import Message, msg

TRIES = 3
PAGE = 2000
NAMED = 20
"""How many entries that are wrong are named; the others are counted."""
Heads = Mapping[int, AbstractSet[str]]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found along one chain: its name, how many seals hold, the hash of the last of them, what is wrong.

    Of what is wrong the first `NAMED` are in `wrongs`, and `unnamed` counts the others.
    """

    name: str
    number: int
    head: str
    wrongs: tuple[Message, ...] = ()
    unnamed: int = 0

    @property
    def wrong(self) -> Message | None:
        """The first thing that is wrong."""
        return self.wrongs[0] if self.wrongs else None


def name_of(partner: PartnerFacts | None) -> str:
    """What the chain of a partner, or (None) of what is outside any, is called."""
    return OPERATOR_CHAIN if partner is None else partner.slug


@contextmanager
def _scope(kit: Kit, partner: PartnerFacts | None, *, write: bool = False) -> Iterator[AnyScope]:
    if partner is None:
        with kit.operator_scope(ANYONE, links=no_links, write=write) as outside:
            yield outside
    else:
        with kit.scope(partner, ANYONE, links=no_links, write=write) as scope:
            yield scope


def seal_all(kit: Kit, partners: Iterable[PartnerFacts]) -> int:
    """Seal what waits at these partners and outside any; answers how many entries were sealed.

    Raises the first chain's error once all the others are done.
    """
    done, trouble = 0, None
    for partner in (None, *partners):
        try:
            done += seal_chain(kit, partner)
        except Exception as error:  # noqa: BLE001 - one chain's trouble leaves the others alone
            log.error("sealing", chain=name_of(partner), exc_info=error)
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return done


def seal_chain(kit: Kit, partner: PartnerFacts | None) -> int:
    """Seal all that waits in one chain; a chain in which nothing waits is only read."""
    with _scope(kit, partner) as scope:
        head = queries.chain_head(scope)
        if not queries.unsealed(scope, since=head.at - OUT_OF_ORDER if head else None, most=1):
            return 0
    done, tries = 0, 0
    while True:
        try:
            with _scope(kit, partner, write=True) as scope:
                count = seal_waiting(scope)
                scope.db.commit()
        except IntegrityError:  # another process was first, and the chain goes on from what it sealed
            tries += 1
            if tries >= TRIES:
                return done
            continue
        done += count
        if count < BATCH:
            return done


def verify_chain(kit: Kit, partner: PartnerFacts | None, heads: Heads | None = None) -> ChainReport:
    """Seal what waits, then go along the whole chain; `heads` are hashes kept elsewhere, by their numbers."""
    seal_chain(kit, partner)
    with _scope(kit, partner) as scope:
        walk = Walk(0, genesis(scope.db.info["partner_id"]), "", dict(heads or {}))
        if walk.go(scope):
            walk.rest(scope)
    number, head = walk.held or (walk.number, walk.hash)
    return ChainReport(name_of(partner), number, head, tuple(walk.wrongs), walk.unnamed)


def inspect_newest(kit: Kit, partner: PartnerFacts | None, most: int) -> Message | None:
    """What is wrong among the newest `most` seals of a chain; what came before them is taken for granted."""
    with _scope(kit, partner) as scope:
        head = queries.chain_head(scope)
        if head is None:
            return None
        walk = Walk(0, genesis(scope.db.info["partner_id"]), "")
        if head.number > most:
            number, last, event = queries.chain_lines(scope, after=head.number - most - 1, most=1)[0]
            if number != head.number - most:
                return msg("Seal number %(number)s is missing.", number=head.number - most)
            walk = Walk(number, last, event.at if event else "")
        walk.go(scope)
    return walk.wrongs[0] if walk.wrongs else None


def waits_since(kit: Kit, partner: PartnerFacts | None) -> datetime | None:
    """When the oldest entry that waits to be sealed was made."""
    with _scope(kit, partner) as scope:
        head = queries.chain_head(scope)
        waiting = queries.unsealed(scope, since=head.at - OUT_OF_ORDER if head else None, most=1)
        return moment_of(waiting[0].at) if waiting else None


@dataclass(slots=True)
class Walk:
    """The place in a chain up to which it was looked at; `at` is when the last event that is as it was sealed was made.

    Beyond something wrong the walk goes on from the seal as it stands, so that what follows is not blamed for it.
    """

    number: int
    hash: str
    at: str
    heads: dict[int, AbstractSet[str]] = field(default_factory=dict)
    wrongs: list[Message] = field(default_factory=list)
    unnamed: int = 0
    held: tuple[int, str] | None = None
    """The number and hash of the last seal before the first wrong, once there is one."""
    _told: str | None = None
    """What the seal before should have been, where it is another."""

    def go(self, scope: AnyScope) -> bool:
        """Go on to the end, a page at a time; False where something can't be read, beyond which nobody looks."""
        while True:
            try:
                lines = queries.chain_lines(scope, after=self.number, most=PAGE)
                for line in lines:
                    self._along(line)
            except (AttributeError, TypeError, ValueError):  # something that is no id, no moment or no hash
                self._find(msg("The entry after number %(number)s can't be read.", number=self.number))
                return False
            if len(lines) < PAGE:
                return True

    def _along(self, line: ChainLine) -> None:
        number, sealed, event = line
        kept, told = self.heads.pop(number, {sealed}), None
        if number != self.number + 1:
            self._find(_missing(self.number + 1, number - 1))
        elif event is None:
            self._find(msg("The entry number %(number)s is gone; its seal is still there.", number=number))
        elif sealed not in (hashes := self._hashes(event)):
            self._find(msg("The entry %(entry)s is not what was sealed.", entry=_named(event, number)))
            told = hashes[0]
        elif event.at < self.at and moment_of(event.at) < moment_of(self.at) - OUT_OF_ORDER:
            self._find(msg("The entry %(entry)s was added after later ones.", entry=_named(event, number)))
        else:
            self.at = event.at
            if kept != {sealed}:
                self._find(msg("The entry %(entry)s has another hash than the one kept.", entry=_named(event, number)))
        self.number, self.hash, self._told = number, sealed, told

    def _hashes(self, event: Recorded) -> list[str]:
        return [link_hash(each, event) for each in (self.hash, self._told) if each is not None]

    def rest(self, scope: AnyScope) -> None:
        """Find what is wrong beyond the end: entries that no seal reaches, and heads kept of a longer chain."""
        if beyond := [number for number in self.heads if number > self.number]:
            self._find(msg("The chain ends at number %(number)s, and number %(kept)s was kept: its end was cut off.",
                           number=self.number, kept=min(beyond)))  # fmt: skip
        last = moment_of(self.at) - OUT_OF_ORDER if self.at else None
        stray = queries.unsealed(scope, until=last, most=NAMED) if last else []
        for event in stray:
            self._find(msg("The entry %(entry)s has no seal, though later ones have: it was added afterwards.",
                           entry=_named(event)))  # fmt: skip
        if len(stray) == NAMED:
            self.unnamed += queries.count_unsealed(scope, until=last) - NAMED

    def _find(self, wrong: Message) -> None:
        self.held = self.held or (self.number, self.hash)
        if len(self.wrongs) < NAMED:
            self.wrongs.append(wrong)
        else:
            self.unnamed += 1


def _missing(first: int, last: int) -> Message:
    if first == last:
        return msg("Seal number %(number)s is missing.", number=first)
    return msg("The seals number %(first)s to %(last)s are missing.", first=first, last=last)


def _named(event: Recorded, number: int | None = None) -> str:
    """An entry by its number, if it has one, and by what tells it from others."""
    told = f"({event.name}, {event.at[:19]} UTC, {UUID(event.id)})"
    return told if number is None else f"{number} {told}"
