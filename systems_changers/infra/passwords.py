"""Hashes passwords with Argon2id, and takes as long for an account that isn't there as for one that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one hash costs: rounds, KiB of memory, lanes."""

    rounds: int
    memory: int
    lanes: int = 1


OWASP = HashCost(rounds=2, memory=19 * 1024)
"""OWASP's Password Storage Cheat Sheet, the Argon2id row with 19 MiB."""

_cost = OWASP


def use_cost(cost: HashCost) -> HashCost:
    """Hash at another cost from now on, and answer the one before; for tests, which need no strong hashes."""
    global _cost
    before, _cost = _cost, cost
    return before


def hash_password(password: str) -> str:
    """The hash to keep."""
    return _hasher(_cost).hash(password)


def password_matches(kept: str | None, password: str) -> bool:
    """Whether the password is right; with nothing kept it answers False after the same work."""
    from argon2.exceptions import InvalidHashError, VerificationError  # slow: a C library that only signing in needs

    try:
        _hasher(_cost).verify(kept or _decoy(_cost), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether the hash was made at another cost than today's."""
    return _hasher(_cost).check_needs_rehash(kept)


@lru_cache(maxsize=4)
def _hasher(cost: HashCost) -> PasswordHasher:
    from argon2 import PasswordHasher  # slow: a C library that only signing in needs

    return PasswordHasher(time_cost=cost.rounds, memory_cost=cost.memory, parallelism=cost.lanes)


@lru_cache(maxsize=4)
def _decoy(cost: HashCost) -> str:
    return _hasher(cost).hash("nobody's password")
