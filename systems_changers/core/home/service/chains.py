"""Proves for a command that nothing recorded was altered, partner by partner and outside any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import every_partner, unknown_partner
from systems_changers.hooks.kit import Kit


class KeptHead(NamedTuple):
    """A head kept elsewhere: of which chain, how many entries that was then, and the hash of the last."""

    chain: str
    number: int
    hash: str


def verify(kit: Kit, slug: str | None, kept: Sequence[KeptHead]) -> list[operations.ChainReport]:
    """Seal and walk every chain, or (with a slug) one; heads that were kept are compared on the way.

    Raises NotFound (code unknown_partner) for a slug, or the chain of a head, that isn't here.
    """
    chains = {operations.name_of(each): each for each in (None, *every_partner(kit.engine))}
    for name in (*([] if slug is None else [slug]), *(each.chain for each in kept)):
        if name not in chains:
            raise unknown_partner(name)
    asked = chains if slug is None else {slug, *(each.chain for each in kept)}
    return [operations.verify_chain(kit, chains[name], _heads(kept, name)) for name in chains if name in asked]


def _heads(kept: Sequence[KeptHead], chain: str) -> dict[int, set[str]]:
    """The hashes that were kept of a chain, by number; two of one number can't both be true, and one is found wrong."""
    heads: dict[int, set[str]] = {}
    for each in kept:
        if each.chain == chain:
            heads.setdefault(each.number, set()).add(each.hash)
    return heads
